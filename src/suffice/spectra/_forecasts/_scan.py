"""The plateau of memorisation for different scales of the initial parameters."""

import dataclasses

import numpy as np
from jaxtyping import Float

from suffice._core import Model

from ._kernel_flow import flow_of, MemorisationPlateau
from ._sets import Labelled, scaled, started

SCALES = 2.0 ** (-np.arange(9) / 2)  # from 1 to 1/16
GOOD = 0.95  # share of the best accuracy from which on a scale generalises


@dataclasses.dataclass(frozen=True)
class ScalePoint:
    """The end of memorisation at one scale.

    Attributes:
        scale: Factor of every initial parameter.
        loss: Test loss in units of the variance of the labels; nan where the kernel
            cannot fit the training set.
        loss_error: Standard error of the loss, from the spread over the test set.
        accuracy: Accuracy on the test set; None where labels are not classes, nan where
            the kernel cannot fit the training set.
    """

    scale: float
    loss: float
    loss_error: float
    accuracy: float | None


def scan_scales(
    model: Model,
    train: Labelled,
    test: Labelled,
    scales: Float[np.ndarray, " k"],
    first: MemorisationPlateau,
) -> tuple[ScalePoint, ...]:
    """Return the end of memorisation at each scale; that of the first is given."""
    points = [_point(1.0, first, first.accuracy is not None)]
    for scale in scales[1:]:
        small = scaled(model, float(scale))
        sets = started(small, train), started(small, test)
        end = flow_of(small, *sets).plateau()
        points.append(_point(float(scale), end, first.accuracy is not None))
    return tuple(points)


def _point(scale, end, classes):
    if end is None:
        return ScalePoint(scale, np.nan, np.nan, np.nan if classes else None)
    return ScalePoint(scale, end.loss, end.loss_error, end.accuracy)


def critical_scale(
    scales: Float[np.ndarray, " k"], accuracies: Float[np.ndarray, " k"]
) -> float:
    """Return the largest scale with 0.95 of the best accuracy, interpolated.

    The interpolation is linear in the logarithm of the scale.

    Args:
        scales: Decreasing scales.
        accuracies: Accuracy at each scale.
    """
    good = GOOD * np.nanmax(accuracies)
    k = int(np.argmax(accuracies >= good))
    if k == 0 or not accuracies[k - 1] < good:
        return float(scales[k])
    part = (good - accuracies[k - 1]) / (accuracies[k] - accuracies[k - 1])
    above, below = np.log(scales[k - 1]), np.log(scales[k])
    return float(np.exp(above + part * (below - above)))
