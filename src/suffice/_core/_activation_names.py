"""The names of activations, so that a wrong one is refused before JAX is imported."""

import re

from ._reading import did_you_mean

ACTIVATION_NAMES = (
    "arctan",
    "cos",
    "cube",
    "elu",
    "erf",
    "exp",
    "gaussian",
    "gelu",
    "gelu-tanh",
    "identity",
    "leaky-relu",
    "relu",
    "sigmoid",
    "silu",
    "sin",
    "softplus",
    "square",
    "tanh",
)
POLYNOMIAL = re.compile(r"poly:(\s*[+-]?\d+\s*(?:,\s*[+-]?\d+\s*)*)")


def check_activation(name: str) -> None:
    """Raise a ValueError if no activation, and no polynomial, has this name."""
    if name in ACTIVATION_NAMES or POLYNOMIAL.fullmatch(name):
        return
    hint = did_you_mean(name, ACTIVATION_NAMES) or "."
    raise ValueError(
        f"activation {name!r} is not known{hint} Use one of "
        f"{', '.join(ACTIVATION_NAMES)}, or poly:c0,c1,... with integers."
    )
