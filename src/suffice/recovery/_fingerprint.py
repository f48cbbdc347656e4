"""Numbers that show what a user's own target and model compute."""

import functools
from typing import Any

import equinox as eqx
import jax
import numpy as np

from suffice._core import partition

from ._draws import drawn_model, rng_of
from ._evaluate import target_values
from ._law import Law, test_points
from ._model import Architecture, CustomModel
from ._target import CustomTarget, Target

SUMS = 4  # sums with random signs; a change leaves all of them equal by chance only


@functools.lru_cache(maxsize=256)
def fingerprint(
    model: Architecture, target: Target, law: Law, scale: float, size: int
) -> dict[str, tuple[float, ...]]:
    """Return a few numbers for each function that a study names.

    They come from values on the test inputs, and for a model from its derivatives at
    random parameters, too. So they are the same in every process and, up to rounding,
    under every version of JAX.
    """
    template = model.template()
    x = test_points(template, law, scale, size)
    numbers = {}
    if isinstance(target, CustomTarget):
        function = target.build(model, rng_of(0, "fingerprint"))
        numbers[f"target.function {target.function}"] = _summed(
            target_values([function], x[None])
        )
    if isinstance(model, CustomModel):
        numbers[f"model.function {model.function}"] = _summed(*_responses(template, x))
    return numbers


def _responses(template: Any, x: np.ndarray) -> tuple[Any, Any]:
    """Values of a model at random parameters, and how they change along a direction."""
    rngs = rng_of(0, "fingerprint", 0), rng_of(0, "fingerprint", 1)
    at, along = (partition(drawn_model(template, rng, 1.0))[0] for rng in rngs)
    rest = partition(template)[1]

    def values(params):
        return jax.vmap(eqx.combine(params, rest))(x)

    return jax.jvp(values, (at,), (along,))


def _summed(*arrays: Any) -> tuple[float, ...]:
    """The root mean square of the values of arrays, and sums with random signs."""
    values = np.concatenate([np.asarray(array, float).ravel() for array in arrays])
    root = np.sqrt(values.size)
    signs = rng_of(0, "signs", values.size).choice([-1.0, 1.0], (SUMS, values.size))
    sums = signs @ values / root
    return float(np.linalg.norm(values) / root), *map(float, sums)
