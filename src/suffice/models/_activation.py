"""Activations and the identities that decide when two parameters are one function."""

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp

Kind = Literal[
    "none",
    "odd",
    "even",
    "sig",
    "lin",
    "relu",
    "polynomial",
    "exponential",
    "sinusoidal",
    "unknown",
]


@dataclasses.dataclass(frozen=True)
class Activation:
    """A scalar function and the identities it satisfies.

    | kind | identity | examples |
    |---|---|---|
    | `none` | neurons with distinct weights are independent | ELU |
    | `odd` | s(-z) = -s(z) | tanh, erf, arctan |
    | `even` | s(-z) = s(z) | Gaussian |
    | `sig` | s(z) + s(-z) = 2 `centre` | logistic |
    | `lin` | s(z) - s(-z) = z | softplus, SiLU, GELU |
    | `relu` | positively homogeneous, s(z) - s(-z) = (1 + `leak`) z | (leaky) ReLU |
    | `polynomial` | finitely many monomials: `coefficients` | square |
    | `exponential` | s(z + b) = e^b s(z) | exp |
    | `sinusoidal` | s(z + b) lies in span{sin z, cos z} | sin, cos |
    | `unknown` | nothing is assumed; only numerical answers are given | yours |

    Attributes:
        name: As typed on the command line.
        function: Elementwise, differentiable JAX function.
        kind: The row of the table above.
        slope: sup |s'|, infinite when unbounded or unknown.
        curvature: sup |s''|, likewise.
        centre: Half of s(z) + s(-z) for kind `sig`.
        leak: Slope for negative inputs for kind `relu`.
        coefficients: Integer coefficients, constant first, for kind `polynomial`.

    Source:
        Sussmann-type identities: arXiv:2405.17501, section 3, with the corrections
        for logistic- and softplus-type functions (verified here).
    """

    name: str
    function: Callable[[jax.Array], jax.Array]
    kind: Kind = "unknown"
    slope: float = math.inf
    curvature: float = math.inf
    centre: float = 0.0
    leak: float = 0.0
    coefficients: tuple[int, ...] = ()

    def __call__(self, z: jax.Array) -> jax.Array:
        """Apply the function elementwise."""
        return self.function(z)


@functools.cache  # equal polynomials are one object, and compile once
def polynomial(*coefficients: int, name: str | None = None) -> Activation:
    """The activation `sum_k c_k z^k` with integer coefficients, constant first."""

    def function(z):
        return sum(c * z**k for k, c in enumerate(coefficients) if c) + 0 * z

    label = name or "poly:" + ",".join(map(str, coefficients))
    return Activation(label, function, "polynomial", coefficients=tuple(coefficients))


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("tanh", jnp.tanh, "odd", 1.0, 0.7699),
        Activation("erf", jax.lax.erf, "odd", 2 / math.sqrt(math.pi), 0.9681),
        Activation("arctan", jnp.arctan, "odd", 1.0, 0.6496),
        Activation("sigmoid", jax.nn.sigmoid, "sig", 0.25, 0.09623, centre=0.5),
        Activation("softplus", jax.nn.softplus, "lin", 1.0, 0.25),
        Activation("silu", jax.nn.silu, "lin", 1.0999, 0.5),
        Activation(
            "gelu", lambda z: jax.nn.gelu(z, approximate=False), "lin", 1.1290, 0.7979
        ),
        Activation("gelu-tanh", jax.nn.gelu, "lin", 1.1290, 0.7979),  # of GPT-2
        Activation("gaussian", lambda z: jnp.exp(-(z**2)), "even", 0.8578, 2.0),
        Activation("elu", jax.nn.elu, "none", 1.0, 1.0),
        Activation("relu", jax.nn.relu, "relu", 1.0),
        Activation(
            "leaky-relu", lambda z: jnp.where(z > 0, z, 0.1 * z), "relu", 1.0, leak=0.1
        ),
        Activation("exp", jnp.exp, "exponential"),
        Activation("sin", jnp.sin, "sinusoidal", 1.0, 1.0),
        Activation("cos", jnp.cos, "sinusoidal", 1.0, 1.0),
        polynomial(0, 1, name="identity"),
        polynomial(0, 0, 1, name="square"),
        polynomial(0, 0, 0, 1, name="cube"),
    )
}


def activation(which: str | Activation | Callable) -> Activation:
    """Look up an activation by name, or wrap a function of unknown kind.

    Args:
        which: A name in `ACTIVATIONS`, `poly:c0,c1,...` with integer coefficients,
            an `Activation` (returned as it is), or any elementwise JAX function.

    Raises:
        ValueError: The name is not known.
    """
    if isinstance(which, Activation):
        return which
    if callable(which):
        return Activation(getattr(which, "__name__", "custom"), which)
    if which in ACTIVATIONS:
        return ACTIVATIONS[which]
    try:
        head, _, tail = which.partition(":")
        if head == "poly":
            return polynomial(*map(int, tail.split(",")))
    except ValueError:
        pass
    raise ValueError(
        f"activation {which!r} is not known; use one of "
        f"{', '.join(sorted(ACTIVATIONS))}, or poly:c0,c1,... with integers."
    )
