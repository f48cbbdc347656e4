"""Given inputs at which a model has no derivative by its parameters."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Float

from suffice._core import count_parameters, evaluate, Inputs, Model
from suffice.models import Points
from suffice.tangent._rank import open_status, Rank

from ._tangent_matrix import DENSE_ENTRIES, mapped, traits_of
from ._traits import Traits

_JUMP = 16.0  # how much faster than linearly a change has to shrink to be none


def off_kinks(answer: Callable[[Points], Rank], model: Model, where: Points) -> Rank:
    """A rank on finitely many inputs, without those at which there is no derivative.

    Where the tangent matrix is too large to be formed, the sketch leaves them out.

    Args:
        answer: Gives the rank on inputs that have a derivative.
        model: Any callable pytree, or a `TorchModel`.
        where: All inputs.

    Returns:
        The answer on the other inputs, as a lower bound unless it is the largest rank
        possible.
    """
    p, total = count_parameters(model), len(jax.tree.leaves(where.x)[0])
    if p * total > DENSE_ENTRIES:
        return answer(where)
    kinks = on_kinks(model, where.x)
    if not kinks.any():
        return answer(where)
    count = int(kinks.sum())
    few = jax.tree.map(lambda v: np.asarray(v)[:1], where.x)
    hidden = count * evaluate(model, few).shape[1]
    rest = Rank(0, "exact", "no input with a derivative", 0, 0, p)
    if count < total:
        rest = answer(Points(jax.tree.map(lambda v: np.asarray(v)[~kinks], where.x)))
    upper = min(p, rest.upper + hidden)
    whole = rest.lower == upper
    return dataclasses.replace(
        rest,
        value=rest.value if whole else None,
        status=rest.status if whole else open_status(rest.lower),
        upper=upper,
        domain=f"a finite set of {total} inputs",
        note=kink_note(f"{count} of {total} inputs lie on a kink"),
    )


def kink_note(which: str) -> str:
    """What inputs on a kink mean, and the remedy."""
    return (
        f"{which}, so that the model has no derivative there; the lower bound is the "
        "rank on the others. Move them a little, or leave them out."
    )


def on_kinks(
    model: Model, x: Inputs, traits: Traits | None = None
) -> Bool[np.ndarray, " n"]:
    """Whether the derivative by the parameters jumps at each of the given inputs.

    All parameters move by a small and by a smaller step, forth and back. Where there is
    a derivative, its change shrinks with the step; a jump stays. An input nearer to a
    kink than the smaller step, about 1e-12 of its size, counts as on it.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        x: `n` inputs stacked along the leading axis.
        traits: What `traits_of` found, if it is known already.
    """
    traits = traits or traits_of(model, x)
    n = len(jax.tree.leaves(x)[0])
    if not traits.pieces:
        return np.zeros(n, bool)
    size = max(1, int(DENSE_ENTRIES // max(1, count_parameters(model))))
    parts = [
        jax.tree.map(lambda v, first=first: np.asarray(v)[first : first + size], x)
        for first in range(0, n, size)
    ]
    return np.concatenate([_jumps(model, part, traits) for part in parts])


def _jumps(model: Model, x: Inputs, traits: Traits) -> np.ndarray:
    jumps = jumping_rows(
        lambda near: traits.rows(near, x), model, traits.rounding, sizes_of(model)
    )
    return np.any(jumps.reshape(len(jax.tree.leaves(x)[0]), -1), axis=1)


def jumping_rows(
    rows: Callable[[Model], np.ndarray], model: Model, rounding: float, sizes: Any
) -> Bool[np.ndarray, " rows"]:
    """Which rows jump as the parameters move.

    Args:
        rows: Derivatives of a model in some directions, one row per output.
        model: The model.
        rounding: Unit roundoff of the rows.
        sizes: For every direction, the binary exponent of the size of parameters.
    """
    smaller, step = rounding**0.75, rounding**0.5
    matrix = rows(model)
    near, far = (_changes(rows, model, rounding, matrix, t) for t in (smaller, step))
    with np.errstate(divide="ignore", over="ignore"):
        scale = np.log2(np.maximum(np.abs(matrix), near)) + sizes
        largest = scale.max(1, keepdims=True, initial=-np.inf)
        visible = np.log2(near) + sizes > largest + np.log2(smaller)
        return np.any(visible & (near > _JUMP * smaller / step * far), axis=1)


def _changes(rows, model: Model, rounding: float, matrix, step: float) -> np.ndarray:
    """The largest change of each entry as the parameters move forth and back."""
    change = np.zeros_like(matrix)
    tiny = 2.0**-800 if rounding <= 2.0**-53 else 2.0**-90  # in place of zero
    for sign in (step, -step):
        rng = np.random.default_rng(0)  # the same direction every time

        def move(value, sign=sign, rng=rng):
            along = rng.choice([-1, 1], value.shape) * rng.uniform(0.5, 1, value.shape)
            return value + sign * along * np.where(value, np.abs(value), tiny)

        there = rows(mapped(model, move, rounding))
        change = np.maximum(change, np.abs(there - matrix))
    return change


def sizes_of(model: Model) -> Float[np.ndarray, " p"]:
    """For every parameter, the binary exponent of the largest one in its array.

    A derivative times the size of its parameter can be compared with others.
    """
    arrays = array_sizes(model)
    return np.concatenate([np.full(count, size) for count, size in arrays])


def array_sizes(model: Model) -> list[tuple[int, float]]:
    """For every array of parameters, their number and the exponent of the largest."""
    sizes: list[tuple[int, float]] = []

    def look(value):
        largest = np.abs(value).max(initial=0.0)
        sizes.append((value.size, float(np.log2(largest or 1.0))))
        return value

    mapped(model, look, 1.0)
    return sizes
