"""Given inputs at which a model has no derivative by its parameters."""

import dataclasses
from collections.abc import Callable

import jax
import numpy as np
from jaxtyping import Bool

from suffice._core import count_parameters, evaluate, Inputs, Model
from suffice.models import Points
from suffice.tangent._rank import open_status, Rank

from ._tangent_matrix import mapped, traits_of
from ._traits import Traits

_JUMP = 16.0  # how much faster than linearly a change has to shrink to be none
_BLOCK = 2e7  # entries of a tangent matrix that are held at once


def off_kinks(answer: Callable[[Points], Rank], model: Model, where: Points) -> Rank:
    """A rank on finitely many inputs, without those at which there is no derivative.

    Args:
        answer: Gives the rank on inputs that have a derivative.
        model: Any callable pytree, or a `TorchModel`.
        where: All inputs.

    Returns:
        The answer on the other inputs, as a lower bound unless it is the largest rank
        possible.
    """
    kinks = on_kinks(model, where.x)
    if not kinks.any():
        return answer(where)
    count, total, p = int(kinks.sum()), len(kinks), count_parameters(model)
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
    size = max(1, int(_BLOCK // count_parameters(model)))
    parts = [
        jax.tree.map(lambda v, first=first: np.asarray(v)[first : first + size], x)
        for first in range(0, n, size)
    ]
    return np.concatenate([_jumps(model, part, traits) for part in parts])


def _jumps(model: Model, x: Inputs, traits: Traits) -> np.ndarray:
    smaller, step = traits.rounding**0.75, traits.rounding**0.5
    matrix, sizes = traits.rows(model, x), _sizes(model)
    near, far = (_changes(traits, model, x, matrix, t) for t in (smaller, step))
    with np.errstate(divide="ignore", over="ignore"):
        scale = np.log2(np.maximum(np.abs(matrix), near)) + sizes
        visible = np.log2(near) + sizes > scale.max(1, keepdims=True) + np.log2(smaller)
        jumps = visible & (near > _JUMP * smaller / step * far)
    n = len(jax.tree.leaves(x)[0])
    return jumps.reshape(n, -1).any(1)


def _changes(traits: Traits, model: Model, x, matrix, step: float) -> np.ndarray:
    """The largest change of each entry as the parameters move forth and back."""
    change = np.zeros_like(matrix)
    tiny = 2.0**-800 if traits.rounding <= 2.0**-53 else 2.0**-90  # in place of zero
    for sign in (step, -step):
        rng = np.random.default_rng(0)  # the same direction every time

        def move(value, sign=sign, rng=rng):
            along = rng.choice([-1, 1], value.shape) * rng.uniform(0.5, 1, value.shape)
            return value + sign * along * np.where(value, np.abs(value), tiny)

        there = traits.rows(mapped(model, move, traits.rounding), x)
        change = np.maximum(change, np.abs(there - matrix))
    return change


def _sizes(model: Model) -> np.ndarray:
    """For every parameter, the binary exponent of the largest one in its array.

    A derivative times the size of its parameter can be compared with others.
    """
    sizes: list[np.ndarray] = []

    def look(value):
        largest = np.abs(value).max(initial=0.0)
        sizes.append(np.full(value.size, np.log2(largest or 1.0)))
        return value

    mapped(model, look, 1.0)
    return np.concatenate(sizes)
