"""Training and test sets of a forecast: inputs, targets and initial outputs."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float

from suffice._core import evaluate, given, Model, Numbers

Pair = tuple[Numbers, Numbers] | list[Numbers]
"""Inputs and their targets."""


@dataclasses.dataclass(frozen=True)
class Labelled:
    """One data set in float64.

    Attributes:
        x: Inputs stacked along the first axis.
        y: Targets, one row per input.
        start: Outputs of the initial model.
    """

    x: Any
    y: Float[np.ndarray, "n c"]
    start: Float[np.ndarray, "n c"]

    @property
    def residual(self) -> Float[np.ndarray, "n c"]:
        """The residual `y - f`, which is still to be learned."""
        return self.y - self.start


def read_sets(model: Model, train: Pair, test: Pair) -> tuple[Labelled, Labelled]:
    """Check both sets and evaluate the model on them.

    Args:
        model: Any callable pytree.
        train: Inputs and targets. Whole numbers `(n,)` are classes where the model has
            several outputs, and become one-hot rows.
        test: Inputs and targets of the test set, in the same form.

    Raises:
        ValueError: A set is not a pair, the shapes do not agree, a value is not finite,
            or all training labels are equal.
    """
    sets = _read(model, train, "train"), _read(model, test, "test")
    if not np.ptp(sets[0].y, axis=0).any():
        raise ValueError(
            "all labels of train are equal; expected labels that vary, since losses "
            "are measured in their variance."
        )
    return sets


def _read(model: Model, pair: Pair, name: str) -> Labelled:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ValueError(
            f"{name} is of type {type(pair).__name__}; expected (inputs, labels)."
        )
    x, y = map(given, pair)
    if not x.ndim or not len(x) or y.shape[:1] != x.shape[:1]:
        raise ValueError(
            f"{name} has inputs of shape {x.shape} and labels of shape {y.shape}; "
            "expected n >= 1 inputs and n labels along the leading axis."
        )
    for what, array in (("inputs", x), ("labels", y)):
        if array.dtype.kind not in "biuf":
            raise ValueError(
                f"{name} has {what} of type {array.dtype}; expected real numbers."
            )
        if not np.isfinite(array).all():
            raise ValueError(
                f"{name} has {what} that are not finite; drop those samples first."
            )
    start = evaluate(model, x).astype(float)
    if not np.isfinite(start).all():
        raise ValueError(f"the model is not finite on {name}; expected finite outputs.")
    return Labelled(x, _targets(y, start.shape[1], name), start)


def started(model: Model, labelled: Labelled) -> Labelled:
    """Return the set with the outputs of another initial model."""
    start = evaluate(model, labelled.x).astype(float)
    return dataclasses.replace(labelled, start=start)


def _targets(y, outputs, name):
    whole = np.issubdtype(y.dtype, np.integer)
    if outputs > 1 and y.ndim == 1 and whole and y.min() >= 0 and y.max() < outputs:
        return np.eye(outputs)[y]
    rows = y.reshape(len(y), -1)
    if rows.shape[1] != outputs:
        raise ValueError(
            f"{name} has labels of shape {y.shape} and the model has {outputs} "
            f"outputs; expected ({len(y)}, {outputs}), or whole numbers from 0 to "
            f"{outputs - 1}."
        )
    return rows.astype(float)


def are_classes(train: Labelled, test: Labelled) -> bool:
    """Return whether labels are classes: two numbers, or one-hot rows."""
    y = np.concatenate([train.y, test.y])
    values = np.unique(y)
    if len(values) != 2:
        return False
    return y.shape[1] == 1 or bool(((y == values[1]).sum(1) == 1).all())


def accuracy(values: Float[np.ndarray, "n c"], y: Float[np.ndarray, "n c"]) -> float:
    """Return the share of inputs whose outputs give the class of their label."""
    if y.shape[1] > 1:
        return float((values.argmax(1) == y.argmax(1)).mean())
    middle = (y.min() + y.max()) / 2
    return float(((values > middle) == (y > middle)).mean())


def scaled(model: Model, factor: float) -> Model:
    """Return the model with every parameter multiplied by a factor."""
    params, rest = eqx.partition(model, eqx.is_inexact_array)
    return eqx.combine(jax.tree.map(lambda p: factor * p, params), rest)
