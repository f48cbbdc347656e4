"""Deep fully connected networks."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Float, Inexact, Key

from ._activation import Activation
from ._activations import activation as as_activation
from ._domain import RealSpace


class DeepNetwork(eqx.Module):
    """A fully connected network `W_L s(... s(W_1 x + b_1) ...) + b_L`.

    Prefer `TwoLayer` for one hidden layer, since more is known about it.

    Attributes:
        weights: One matrix `(fan_out, fan_in)` per layer. The last may be a vector
            `(fan_in,)` instead; the output is then a scalar.
        biases: One vector per layer, or None for a network without biases.
        activation: The activation of the hidden neurons; a name or function is
            converted.

    Examples:
        >>> model = sf.DeepNetwork.normal((2, 3, 3, 1), key=jax.random.key(0))
        >>> model(jnp.ones(2)).shape
        ()
    """

    weights: tuple[Float[Array, "..."], ...]
    biases: tuple[Float[Array, "..."], ...] | None = None
    activation: Activation = eqx.field(
        static=True, default="tanh", converter=as_activation
    )

    def __check_init__(self):
        for lower, upper in itertools.pairwise(self.weights):
            if upper.shape[-1] != lower.shape[0]:
                raise ValueError(
                    f"a layer of weights {upper.shape} cannot follow one of "
                    f"{lower.shape}: the fan-in must equal the width below."
                )
        if self.biases is not None:
            shapes = [b.shape for b in self.biases]
            expected = [w.shape[:-1] for w in self.weights]
            if shapes != expected:
                raise ValueError(f"biases have shapes {shapes}, expected {expected}.")

    @classmethod
    def normal(
        cls,
        widths: Sequence[int],
        scale: float | None = None,
        *,
        key: Key[Array, ""],
        bias: bool = True,
        scalar: bool = True,
        activation: str | Activation | Callable = "tanh",
    ) -> "DeepNetwork":
        """Draw every parameter from a normal distribution with mean 0.

        Args:
            widths: `(inputs, width_1, ..., width_{L-1}, outputs)`.
            scale: Standard deviation of every parameter; None takes `fan_in ** -0.5`
                of each layer, also for biases.
            key: Random key.
            bias: Whether every layer has a bias.
            scalar: Whether the output is a scalar when `widths` ends in 1.
            activation: Name, `Activation` or function.

        Raises:
            ValueError: There are fewer than two widths, or one is not positive.
        """

        def draw(key, shape, fan_in):
            std = fan_in**-0.5 if scale is None else scale
            return std * jax.random.normal(key, shape)

        return cls(*_drawn(draw, widths, key, bias, scalar), activation)

    @classmethod
    def uniform(
        cls,
        widths: Sequence[int],
        scale: float = 1.0,
        *,
        key: Key[Array, ""],
        bias: bool = True,
        scalar: bool = True,
        activation: str | Activation | Callable = "tanh",
    ) -> "DeepNetwork":
        """Draw every parameter from `U(-r, r)`, `r = scale * fan_in ** -0.5`.

        Scale 1 is the default initialisation of linear layers in PyTorch, biases
        included.

        Args:
            widths: `(inputs, width_1, ..., width_{L-1}, outputs)`.
            scale: Factor of every parameter.
            key: Random key.
            bias: Whether every layer has a bias.
            scalar: Whether the output is a scalar when `widths` ends in 1.
            activation: Name, `Activation` or function.

        Raises:
            ValueError: There are fewer than two widths, or one is not positive.
        """

        def draw(key, shape, fan_in):
            radius = scale * fan_in**-0.5
            return jax.random.uniform(key, shape, minval=-radius, maxval=radius)

        return cls(*_drawn(draw, widths, key, bias, scalar), activation)

    @property
    def widths(self) -> tuple[int, ...]:
        """The sizes of all layers, `(inputs, width_1, ..., outputs)`."""
        return (
            self.weights[0].shape[-1],
            *(w.shape[0] for w in self.weights[:-1]),
            self.outputs,
        )

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return self.weights[0].shape[-1]

    @property
    def outputs(self) -> int:
        """Number of scalar outputs."""
        last = self.weights[-1]
        return 1 if last.ndim == 1 else last.shape[0]

    @property
    def domain(self) -> RealSpace:
        """Default domain of the inputs."""
        return RealSpace(self.inputs)

    def __call__(self, x: Inexact[Array, " dim"]) -> Any:
        """Evaluate at one input; use `jax.vmap` for many."""
        biases = self.biases or (None,) * len(self.weights)
        for weight, bias in zip(self.weights[:-1], biases[:-1], strict=True):
            z = weight @ x if bias is None else weight @ x + bias
            x = self.activation(z)
        y = self.weights[-1] @ x
        return y if biases[-1] is None else y + biases[-1]


def _drawn(draw, widths, key, bias, scalar):
    """Weights and biases, every array by `draw(key, shape, fan_in)`."""
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(
            f"widths is {tuple(widths)}; expected (inputs, ..., outputs), all >= 1."
        )
    weights, biases = [], []
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(widths)):
        last = layer == len(widths) - 2
        head = () if last and scalar and fan_out == 1 else (fan_out,)
        kw, kb = jax.random.split(jax.random.fold_in(key, layer))
        weights.append(draw(kw, (*head, fan_in), fan_in))
        biases.append(draw(kb, head, fan_in))
    return tuple(weights), tuple(biases) if bias else None
