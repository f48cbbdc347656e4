"""The records of the activation functions that have a name."""

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from suffice._core import check_activation, POLYNOMIAL

from ._activation import Activation, Piece

DEGREE = 100  # the largest of a polynomial: powers, expansions and their memory grow
DIGITS = 15


@functools.cache  # equal polynomials are one object, and compile once
def polynomial(*coefficients: int, name: str | None = None) -> Activation:
    """The activation `sum_k c_k z^k` with integer coefficients, the constant first.

    Examples:
        >>> square = sf.models.polynomial(0, 0, 1)
        >>> float(square(jnp.array(3.0)))
        9.0
    """
    terms = [(k, c) for k, c in enumerate(coefficients) if c]

    def function(z):
        return sum(c * z**k for k, c in terms) + 0 * z

    odd, even = (all(k % 2 == side for k, _ in terms) for side in (1, 0))
    return Activation(
        name or "poly:" + ",".join(map(str, coefficients)),
        function,
        parity="even" if even else "odd" if odd else None,
        coefficients=coefficients[: terms[-1][0] + 1] if terms else (0,),
        zeros=(0.0,) if len(terms) == 1 and terms[0][0] else None,
        balls=function,
    )


def rectifier(
    name: str, function: Callable[[jax.Array], jax.Array], leak: float = 0.0
) -> Activation:
    """The activation `max(z, leak z)`, for `-1 < leak < 1`."""
    return Activation(
        name,
        function,
        parity="even",
        tilt=1.0 + leak,
        pieces=(Piece(slope=leak), Piece(slope=1.0)),
        independent=True,
        zeros=(0.0,) if leak else None,
        suprema=(math.inf, 1.0, math.inf),
    )


@functools.cache  # equal slopes are one object, and compile once
def leaky(slope: float) -> Activation:
    """The activation `max(z, slope z)`, for `-1 < slope < 1`."""
    name = f"leaky-relu:{slope:g}"
    return rectifier(name, lambda z: jnp.where(z > 0, z, slope * z), leak=slope)


def _logistic(z: Any) -> Any:
    return 1 / (1 + (-z).exp())


def _normal_cdf(z: Any) -> Any:
    return (1 + (z / (0 * z + 2).sqrt()).erf()) / 2


def _near_normal_cdf(z: Any) -> Any:
    return _logistic(2 * math.sqrt(2 / math.pi) * (z + 0.044715 * z * z * z))


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            "tanh",
            jnp.tanh,
            parity="odd",
            independent=True,
            zeros=(0.0,),
            suprema=(1.0, 1.0, 0.7699),
            balls=lambda z: 2 * _logistic(2 * z) - 1,
        ),
        Activation(
            "erf",
            jax.lax.erf,
            parity="odd",
            independent=True,
            zeros=(0.0,),
            suprema=(1.0, 2 / math.sqrt(math.pi), 0.9681),
            balls=lambda z: z.erf(),
        ),
        Activation(
            "arctan",
            jnp.arctan,
            parity="odd",
            independent=True,
            zeros=(0.0,),
            suprema=(math.pi / 2, 1.0, 0.6496),
            balls=lambda z: z.atan(),
        ),
        Activation(
            "sigmoid",
            jax.nn.sigmoid,
            parity="odd",
            centre=0.5,
            independent=True,
            zeros=(),
            suprema=(1.0, 0.25, 0.09623),
            balls=_logistic,
        ),
        Activation(
            "softplus",
            jax.nn.softplus,
            parity="even",
            tilt=1.0,
            independent=True,
            zeros=(),
            suprema=(math.inf, 1.0, 0.25),
            balls=lambda z: (1 + z.exp()).log(),
        ),
        Activation(
            "silu",
            jax.nn.silu,
            parity="even",
            tilt=1.0,
            independent=True,
            zeros=(0.0,),
            suprema=(math.inf, 1.0999, 0.5),
            balls=lambda z: z * _logistic(z),
        ),
        Activation(
            "gelu",
            lambda z: jax.nn.gelu(z, approximate=False),
            parity="even",
            tilt=1.0,
            independent=True,
            zeros=(0.0,),
            suprema=(math.inf, 1.1290, 0.7979),
            balls=lambda z: z * _normal_cdf(z),
        ),
        Activation(
            "gelu-tanh",  # of GPT-2
            jax.nn.gelu,
            parity="even",
            tilt=1.0,
            independent=True,
            zeros=(0.0,),
            suprema=(math.inf, 1.1290, 0.7979),
            balls=lambda z: z * _near_normal_cdf(z),
        ),
        Activation(
            "gaussian",
            lambda z: jnp.exp(-(z**2)),
            parity="even",
            independent=True,
            zeros=(),
            suprema=(1.0, 0.8578, 2.0),
            balls=lambda z: (-z * z).exp(),
        ),
        Activation(
            "elu",
            jax.nn.elu,
            pieces=(Piece(constant=-1.0, exponential=1.0), Piece(slope=1.0)),
            independent=True,
            zeros=(0.0,),
            suprema=(math.inf, 1.0, 1.0),
        ),
        rectifier("relu", jax.nn.relu),
        rectifier("leaky-relu", lambda z: jnp.where(z > 0, z, 0.1 * z), leak=0.1),
        Activation(
            "exp",
            jnp.exp,
            phase="scale",
            independent=True,
            zeros=(),
            balls=lambda z: z.exp(),
        ),
        Activation(
            "sin",
            jnp.sin,
            parity="odd",
            phase="angle",
            independent=True,
            suprema=(1.0, 1.0, 1.0),
            balls=lambda z: z.sin(),
        ),
        Activation(
            "cos",
            jnp.cos,
            parity="even",
            phase="angle",
            independent=True,
            suprema=(1.0, 1.0, 1.0),
            balls=lambda z: z.cos(),
        ),
        polynomial(0, 1, name="identity"),
        polynomial(0, 0, 1, name="square"),
        polynomial(0, 0, 0, 1, name="cube"),
    )
}


def activation(which: str | Activation | Callable) -> Activation:
    """The record of an activation function.

    Args:
        which: A name in `ACTIVATIONS`, `poly:c0,c1,...` with integer coefficients, an
            `Activation` (which is returned unchanged), or any elementwise JAX function
            (whose record declares no properties).

    Raises:
        ValueError: There is no activation with this name, or the polynomial is too
            large.

    Examples:
        >>> tanh = sf.models.activation("tanh")
        >>> tanh.name, tanh.homogeneous
        ('tanh', False)
    """
    if isinstance(which, Activation):
        return which
    if callable(which):
        return Activation(getattr(which, "__name__", "custom"), which)
    check_activation(which)
    if found := POLYNOMIAL.fullmatch(which):
        return polynomial(*_coefficients(found[1]))
    return ACTIVATIONS[which]


def _coefficients(text: str) -> list[int]:
    """The integers of a text, if the polynomial can be computed with."""
    texts = text.split(",")
    if len(texts) > DEGREE + 1:
        raise ValueError(
            f"the activation poly: has {len(texts)} coefficients; expected at most "
            f"{DEGREE + 1}, a degree of {DEGREE}."
        )
    if longest := [part for part in texts if len(part.strip(" +-")) > DIGITS]:
        raise ValueError(
            f"the activation poly: has a coefficient of {len(longest[0])} digits; "
            f"expected at most {DIGITS}, which float64 holds exactly."
        )
    return list(map(int, texts))
