"""Two-layer convolutional networks, with and without weight sharing."""

import itertools
import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact, Int, Key

from ._activation import Activation
from ._activations import activation as as_activation
from ._domain import RealSpace
from ._two_layer import TwoLayer


class Convolution(eqx.Module):
    """A two-layer convolution `f(x) = sum_k sum_p a_kp s(K_k . x[window p] + b_k)`.

    It has one or two spatial axes, stride 1 and no padding: an input of size `d` and a
    kernel of size `s` have `d + 1 - s` positions per axis. The shape of `kernel` shows
    whether weights are shared between positions. Prefer `TwoLayer` for inputs without
    spatial axes.

    Attributes:
        kernel: Input weights, `(width, *s)` if shared, `(width, *positions, *s)` if
            not.
        a: Output weights, `(width, *positions)`.
        b: Input biases, `(width,)` if shared, `(width, *positions)` if not, or None.
        activation: The activation of the neurons; a name or function is converted.

    Examples:
        >>> model = sf.Convolution.normal(
        ...     width=2, inputs=5, kernel=3, key=jax.random.key(0)
        ... )
        >>> model(jnp.ones(5)).shape
        ()
    """

    kernel: Float[Array, "width ..."]
    a: Float[Array, "width *positions"]
    b: Float[Array, "width ..."] | None = None
    activation: Activation = eqx.field(
        static=True, default="tanh", converter=as_activation
    )

    def __check_init__(self):
        axes = self.a.ndim - 1
        if axes not in (1, 2):
            raise ValueError(
                f"a has shape {self.a.shape}; expected (width, *positions) with one or "
                "two spatial axes."
            )
        tied, free = self.a.shape[:1], self.a.shape
        if self.kernel.shape[:-axes] not in (tied, free):
            raise ValueError(
                f"kernel has shape {self.kernel.shape} and a has shape {self.a.shape}; "
                f"expected {tied} (shared) or {free} (not shared) followed by "
                f"{axes} kernel size(s)."
            )
        if self.b is not None and self.b.shape != self.kernel.shape[:-axes]:
            raise ValueError(
                f"b has shape {self.b.shape}, expected {self.kernel.shape[:-axes]}: "
                "biases are shared exactly when kernels are."
            )

    @classmethod
    def normal(
        cls,
        width: int,
        inputs: int | tuple[int, ...],
        kernel: int | tuple[int, ...],
        scale: float = 1.0,
        *,
        key: Key[Array, ""],
        shared: bool = True,
        bias: bool = False,
        activation: str | Activation | Callable = "tanh",
    ) -> "Convolution":
        """Draw every parameter from `N(0, scale^2)`.

        Args:
            width: Number of kernels (per position, when they are not shared).
            inputs: Shape of an input; an integer is the length of a vector.
            kernel: Shape of a kernel; an integer is its size along every axis.
            scale: Standard deviation of every parameter.
            key: Random key.
            shared: Whether all positions have the same kernels.
            bias: Whether neurons have an input bias.
            activation: Name, `Activation` or function.

        Raises:
            ValueError: The kernel does not fit into the input.
        """
        shape = (inputs,) if isinstance(inputs, int) else tuple(inputs)
        size = (kernel,) * len(shape) if isinstance(kernel, int) else tuple(kernel)
        if len(size) != len(shape) or not all(
            1 <= s <= d for s, d in zip(size, shape, strict=True)
        ):
            raise ValueError(
                f"a kernel of size {size} does not fit into an input of shape {shape}."
            )
        positions = tuple(d + 1 - s for d, s in zip(shape, size, strict=True))
        head = (width,) if shared else (width, *positions)
        kk, ka, kb = jax.random.split(key, 3)
        return cls(
            kernel=scale * jax.random.normal(kk, (*head, *size)),
            a=scale * jax.random.normal(ka, (width, *positions)),
            b=scale * jax.random.normal(kb, head) if bias else None,
            activation=activation,
        )

    @property
    def width(self) -> int:
        """Number of kernels."""
        return self.a.shape[0]

    @property
    def shared(self) -> bool:
        """Whether all positions have the same kernels."""
        return self.kernel.ndim == self.a.ndim

    @property
    def positions(self) -> tuple[int, ...]:
        """Number of windows along each axis."""
        return self.a.shape[1:]

    @property
    def size(self) -> tuple[int, ...]:
        """Shape of one kernel."""
        return self.kernel.shape[-len(self.positions) :]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one input."""
        return tuple(p + s - 1 for p, s in zip(self.positions, self.size, strict=True))

    @property
    def inputs(self) -> int:
        """Number of coordinates of an input."""
        return math.prod(self.shape)

    @property
    def outputs(self) -> int:
        """Number of scalar outputs."""
        return 1

    @property
    def domain(self) -> RealSpace:
        """Default domain of the inputs."""
        return RealSpace(self.shape)

    def __call__(self, x: Inexact[Array, "*shape"]) -> Inexact[Array, ""]:
        """Evaluate at one input; use `jax.vmap` for many."""
        windows = x.ravel()[_windows(self.positions, self.size)]
        if self.shared:
            z = self.kernel.reshape(self.width, windows.shape[1]) @ windows.T
        else:
            kernel = self.kernel.reshape(self.width, *windows.shape)
            z = jnp.einsum("kps,ps->kp", kernel, windows)
        if self.b is not None:
            z = z + self.b.reshape(self.width, 1 if self.shared else len(windows))
        return jnp.sum(self.a.reshape(z.shape) * self.activation(z))

    def untied(self) -> TwoLayer:
        """The same function of `x.ravel()` as a network without weight sharing.

        It has one neuron per kernel and position, in that order; the input weights of a
        neuron are the kernel padded with zeros.
        """
        tied = self.tying()
        theta = jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(self)])
        full = jnp.where(tied < 0, 0.0, theta[tied])
        neurons = self.a.size
        w, a, b = jnp.split(full, [neurons * self.inputs, neurons * (self.inputs + 1)])
        return TwoLayer(
            w.reshape(neurons, self.inputs),
            a,
            None if self.b is None else b,
            activation=self.activation,
        )

    def tying(self) -> Int[np.ndarray, " untied"]:
        """For each parameter of `untied()` the parameter that it copies.

        The numbers are positions in the parameter vector `(kernel, a, b)` of this
        model, in the order `(w, a, b)` of the untied one; -1 stands for a fixed zero.
        Columns of the untied tangent matrix with equal numbers add up to the column of
        that parameter.
        """
        windows = _windows(self.positions, self.size)
        count = len(windows)
        kernels_per_unit = 1 if self.shared else count
        kernel = np.arange(self.kernel.size).reshape(
            self.width, kernels_per_unit, windows.shape[1]
        )
        w = np.full((self.width, count, self.inputs), -1)
        for p, window in enumerate(windows):
            w[:, p, window] = kernel[:, 0 if self.shared else p]
        a = self.kernel.size + np.arange(self.a.size)
        if self.b is None:
            return np.concatenate([w.ravel(), a])
        start = self.kernel.size + self.a.size
        b = start + np.arange(self.b.size).reshape(self.width, kernels_per_unit)
        b = np.broadcast_to(b, (self.width, count))
        return np.concatenate([w.ravel(), a, b.ravel()])


def _windows(positions, size) -> np.ndarray:
    """Flat input indices of each window, shape `(positions, kernel entries)`."""
    shape = tuple(p + s - 1 for p, s in zip(positions, size, strict=True))
    corners = itertools.product(*map(range, positions))
    offsets = list(itertools.product(*map(range, size)))
    cells = [[np.add(corner, offset) for offset in offsets] for corner in corners]
    axes = tuple(np.moveaxis(np.array(cells), -1, 0))
    return np.asarray(np.ravel_multi_index(axes, shape))
