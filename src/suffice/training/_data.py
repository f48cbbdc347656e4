"""Data of the members of an ensemble, checked once before anything is compiled."""

import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np

from ._ensemble import member
from ._fit import _weights


class Data(NamedTuple):
    """Inputs, shared by all members or their own, and each member's targets."""

    shared: Any  # inputs of all members, or None
    own: dict[
        str, Any
    ]  # y (runs, n, outputs), root (runs, n, 1), maybe x (runs, n, ..)

    @property
    def samples(self) -> int:
        """Number of samples of a member."""
        return self.own["y"].shape[1]


def read_data(models: Any, runs: int, x: Any, y: Any, weights: Any, what="") -> Data:
    """Find which arrays have an axis of members, and check the values.

    Args:
        models: The ensemble, whose first member is evaluated abstractly.
        runs: Number of its members.
        x: Inputs, `(n, ...)` or `(runs, n, ...)`; a pytree of them, too.
        y: Targets, with or without a leading axis `runs`.
        weights: `(n,)`, `(runs, n)` or None.
        what: Prefix of the names in messages, `test ` for test data.

    Raises:
        ValueError: Shapes do not agree or values are not finite.
    """
    x, y = jax.tree.map(np.asarray, x), np.asarray(y, float)
    own_x, head, samples = _layout(models, runs, x, y, what)
    _finite(f"{what}x", x)
    _finite(f"{what}y", y)
    root = np.sqrt(_weights(weights, runs, samples))[..., None]
    if y.ndim == len(head) + 1:
        y = np.broadcast_to(y, (runs, *y.shape))
    own = {"y": y.reshape(runs, samples, math.prod(head)), "root": root}
    return Data(None, {**own, "x": x}) if own_x else Data(x, own)


def _layout(models, runs, x, y, what):
    one, leaves = member(models, 0), jax.tree.leaves(x)
    if not leaves or min(leaf.ndim for leaf in leaves) == 0:
        raise ValueError(f"{what}x must hold inputs stacked along the leading axis.")
    said = ""
    for own in (True, False):
        at = (lambda leaf: leaf[0, 0]) if own else (lambda leaf: leaf[0])
        axis = 1 if own else 0
        lengths = {leaf.shape[axis] if leaf.ndim > axis else 0 for leaf in leaves}
        members = {leaf.shape[0] for leaf in leaves}
        if len(lengths) != 1 or 0 in lengths or (own and members != {runs}):
            continue
        try:
            head = eqx.filter_eval_shape(one, jax.tree.map(at, x)).shape
        except (TypeError, ValueError, IndexError) as error:
            said = said if own else f" A member says of one input: {error}"
            continue
        (n,) = lengths
        if y.shape in ((n, *head), (runs, n, *head)):
            return own, head, n
        said = f" A member returns shape {head} for one input."
    shapes = [leaf.shape for leaf in leaves]
    raise ValueError(
        f"{what}x has shape {shapes[0] if len(shapes) == 1 else shapes} and {what}y "
        f"has shape {y.shape}, which do not agree for an ensemble of {runs}; expected "
        f"x (n, ...) or ({runs}, n, ...) and y (n, outputs...) or "
        f"({runs}, n, outputs...), with n >= 1.{said}"
    )


def _finite(name, tree):
    for leaf in jax.tree.leaves(tree):
        bad = int(np.sum(~np.isfinite(leaf)))
        if bad:
            raise ValueError(
                f"{name} has {bad} values that are not finite; drop those samples, or "
                "give them finite values and weight 0."
            )
