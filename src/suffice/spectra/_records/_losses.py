"""The loss that was trained, and its value at the best constant prediction."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize
from scipy.special import entr

LossName = Literal["squared", "cross-entropy"]
Loss = LossName | Callable[[Any, Any], Any]
LOSSES = ("squared", "cross-entropy")


def losses_of(
    loss: Loss,
    outputs: Float[np.ndarray, "run step n outputs"],
    labels: Float[np.ndarray, "n outputs"],
) -> Float[np.ndarray, "run step"]:
    """Return the mean loss over samples, nan where there are no labels.

    Args:
        loss: `squared`: mean over samples and outputs. `cross-entropy`: the outputs are
            logits, and a single one is that of the class 1 against -1. Or a function of
            outputs and labels `(n, outputs)`.
        outputs: Outputs of every run at every step.
        labels: Labels; class numbers are unit vectors.
    """
    if not np.isfinite(labels).all():
        return np.full(outputs.shape[:2], np.nan)
    if loss == "squared":
        return ((outputs - labels) ** 2).mean((-2, -1))
    if loss == "cross-entropy":
        return _cross_entropy(outputs, labels).mean(-1)
    rows = [[_number(loss, one, labels) for one in run] for run in outputs]
    return np.array(rows, float)


def baseline(loss: Loss, labels: Float[np.ndarray, "n outputs"]) -> float:
    """Return the loss of the best constant prediction for some labels.

    It is the variance of the labels for the squared loss, averaged over outputs, and
    the entropy of the classes for the cross-entropy.
    """
    if loss == "squared":
        return float(labels.var(0).mean())
    if loss == "cross-entropy":
        signs = labels.shape[1] == 1
        share = (np.hstack([1 + labels, 1 - labels]) / 2 if signs else labels).mean(0)
        return float(entr(share).sum())

    def of_constant(value):
        return _number(loss, np.broadcast_to(value, labels.shape).copy(), labels)

    return float(minimize(of_constant, labels.mean(0), method="Powell").fun)


def trained_loss(loss: Loss | None, task: str) -> Loss:
    """Return the loss of a task, which classes do not have by themselves.

    Raises:
        ValueError: It is missing, not known, or for another task.
    """
    classes = task == "classification"
    if loss is None and classes:
        raise ValueError(
            "no loss is given for task='classification'; say which loss is trained: "
            "loss='cross-entropy' for logits, loss='squared', or a function of outputs "
            "and labels (n, outputs)."
        )
    loss = "squared" if loss is None else loss
    if not callable(loss) and loss not in LOSSES:
        raise ValueError(
            f"loss is {loss!r}; expected one of {', '.join(LOSSES)}, or a function of "
            "outputs and labels (n, outputs)."
        )
    if loss == "cross-entropy" and not classes:
        raise ValueError(
            "loss is 'cross-entropy' and task 'regression'; expected "
            "task='classification'."
        )
    return loss


def name_of(loss: Loss) -> str:
    """Return the name of a loss, for files and sentences."""
    return loss if isinstance(loss, str) else getattr(loss, "__name__", "function")


def _cross_entropy(outputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # outputs of a run that diverged
        if labels.shape[1] == 1:
            return np.logaddexp(0.0, -outputs * labels)[..., 0]
        right = (outputs * labels).sum(-1)
        return np.logaddexp.reduce(outputs, axis=-1) - right


def _number(loss: Any, outputs: np.ndarray, labels: np.ndarray) -> float:
    value = np.asarray(loss(outputs, labels), float)
    if value.shape != ():
        raise ValueError(
            f"the loss {name_of(loss)} returns an array of shape {value.shape} for "
            f"outputs of shape {outputs.shape}; expected one number, for instance the "
            "mean."
        )
    return float(value)
