"""The data of the members of an ensemble, checked before compilation."""

import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np

from suffice._core import check_numbers, check_real, check_scale, given

from ._ensemble import member
from ._fit import _weights, check_finite


class Data(NamedTuple):
    """The data of all members.

    Attributes:
        shared: Inputs of all members, or None where each member has different ones.
        per_member: Arrays with a leading axis `runs`: targets `y` `(runs, n, outputs)`,
            square roots of the weights `root` `(runs, n, 1)` and, if they are not
            shared, inputs `x` `(runs, n, ...)`.
    """

    shared: Any
    per_member: dict[str, Any]

    @property
    def samples(self) -> int:
        """Number of samples of a member."""
        return self.per_member["y"].shape[1]


def read_data(models: Any, runs: int, x: Any, y: Any, weights: Any, what="") -> Data:
    """Determine which arrays have an axis of members, and check the values.

    Args:
        models: The ensemble; the shape of the outputs comes from its first member.
        runs: Number of its members.
        x: Inputs, `(n, ...)` or `(runs, n, ...)`, or a pytree of such arrays.
        y: Targets, with or without a leading axis `runs`.
        weights: `(n,)`, `(runs, n)` or None.
        what: Prefix of the names in messages, `test ` for test data.

    Raises:
        ValueError: Shapes do not agree or values are not finite.
    """
    x, y = jax.tree.map(given, x), given(y, float)
    check_numbers(f"{what}x", x)
    has_members, head, samples = _layout(models, runs, x, y, what)
    check_finite(f"{what}x", x)
    check_finite(f"{what}y", y)
    check_scale(f"{what}x", *jax.tree.leaves(x))
    check_scale(f"{what}y", y)
    root = np.sqrt(_weights(weights, runs, samples))[..., None]
    if y.ndim == len(head) + 1:
        y = np.broadcast_to(y, (runs, *y.shape))
    arrays = {"y": y.reshape(runs, samples, math.prod(head)), "root": root}
    return Data(None, {**arrays, "x": x}) if has_members else Data(x, arrays)


def _layout(models, runs, x, y, what):
    """Whether `x` has an axis of members, the shape of an output, and the samples."""
    model, leaves = member(models, 0), jax.tree.leaves(x)
    if not leaves or min(leaf.ndim for leaf in leaves) == 0:
        raise ValueError(f"{what}x must hold inputs stacked along the leading axis.")
    reason = ""
    for has_members in (True, False):
        first = (lambda leaf: leaf[0, 0]) if has_members else (lambda leaf: leaf[0])
        axis = 1 if has_members else 0
        lengths = {leaf.shape[axis] if leaf.ndim > axis else 0 for leaf in leaves}
        members = {leaf.shape[0] for leaf in leaves}
        if len(lengths) != 1 or 0 in lengths or (has_members and members != {runs}):
            continue
        try:
            output = eqx.filter_eval_shape(model, jax.tree.map(first, x))
            head = output.shape
        except (TypeError, ValueError, IndexError) as error:
            reason = reason if has_members else f" A member rejects an input: {error}"
            continue
        check_real(f"{what}x", output)
        (n,) = lengths
        if y.shape in ((n, *head), (runs, n, *head)):
            return has_members, head, n
        reason = f" A member returns shape {head} for one input."
    shapes = [leaf.shape for leaf in leaves]
    raise ValueError(
        f"{what}x has shape {shapes[0] if len(shapes) == 1 else shapes} and {what}y "
        f"has shape {y.shape}, which do not agree for an ensemble of {runs}; expected "
        f"x (n, ...) or ({runs}, n, ...) and y (n, outputs...) or "
        f"({runs}, n, outputs...), with n >= 1.{reason}"
    )
