"""Two-layer networks, the model for which most of the theory is exact."""

from collections.abc import Callable

import equinox as eqx
import jax
from jaxtyping import Array, Float, Inexact, Key

from ._activation import Activation
from ._activations import activation as as_activation
from ._domain import RealSpace


class TwoLayer(eqx.Module):
    """A two-layer network `f(x) = sum_k a_k s(w_k . x + b_k) + c`.

    Attributes:
        w: Input weights, shape `(width, inputs)`.
        a: Output weights, `(width,)` for a scalar output or `(outputs, width)`.
        b: Input biases `(width,)`, or None.
        c: Output bias, `()` or `(outputs,)`, or None.
        activation: The activation of the neurons; a name or function is converted.

    Examples:
        >>> model = sf.TwoLayer(w=jnp.array([[1.0, 2.0]]), a=jnp.array([3.0]))
        >>> round(float(model(jnp.array([0.5, 0.0]))), 6)  # 3 tanh(0.5)
        1.386351
    """

    w: Float[Array, "width dim"]
    a: Float[Array, " width"] | Float[Array, "outputs width"]
    b: Float[Array, " width"] | None = None
    c: Float[Array, "*outputs"] | None = None
    activation: Activation = eqx.field(
        static=True, default="tanh", converter=as_activation
    )

    def __check_init__(self):
        width = self.w.shape[0]
        if self.a.shape[-1] != width:
            raise ValueError(
                f"a has shape {self.a.shape} and w has shape {self.w.shape}: the last "
                "axis of a and the first of w must both be the width."
            )
        if self.b is not None and self.b.shape != (width,):
            raise ValueError(f"b has shape {self.b.shape}, expected ({width},).")
        if self.c is not None and self.c.shape != self.a.shape[:-1]:
            raise ValueError(
                f"c has shape {self.c.shape}, expected {self.a.shape[:-1]}."
            )

    @classmethod
    def normal(
        cls,
        width: int,
        inputs: int,
        scale: float = 1.0,
        *,
        key: Key[Array, ""],
        outputs: int | None = None,
        bias: bool = False,
        output_bias: bool = False,
        activation: str | Activation | Callable = "tanh",
    ) -> "TwoLayer":
        """Draw every parameter from `N(0, scale^2)`.

        Args:
            width: Number of hidden neurons.
            inputs: Number of inputs.
            scale: Standard deviation of every parameter.
            key: Random key.
            outputs: Number of outputs; None for a scalar output.
            bias: Whether neurons have an input bias.
            output_bias: Whether the output has a bias.
            activation: Name, `Activation` or function.
        """
        if min(width, inputs, outputs or 0) < 0:
            raise ValueError(
                f"width is {width}, inputs is {inputs} and outputs is {outputs}; "
                "expected numbers from 0."
            )
        head = () if outputs is None else (outputs,)
        kw, ka, kb, kc = jax.random.split(key, 4)
        return cls(
            w=scale * jax.random.normal(kw, (width, inputs)),
            a=scale * jax.random.normal(ka, (*head, width)),
            b=scale * jax.random.normal(kb, (width,)) if bias else None,
            c=scale * jax.random.normal(kc, head) if output_bias else None,
            activation=activation,
        )

    @property
    def width(self) -> int:
        """Number of hidden neurons."""
        return self.w.shape[0]

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return self.w.shape[1]

    @property
    def outputs(self) -> int:
        """Number of scalar outputs."""
        return 1 if self.a.ndim == 1 else self.a.shape[0]

    @property
    def domain(self) -> RealSpace:
        """Default domain of the inputs."""
        return RealSpace(self.inputs)

    def __call__(self, x: Inexact[Array, " dim"]) -> Inexact[Array, "*outputs"]:
        """Evaluate at one input; use `jax.vmap` for many."""
        z = self.w @ x if self.b is None else self.w @ x + self.b
        y = self.a @ self.activation(z)
        return y if self.c is None else y + self.c
