"""The verdict on the curves of a record."""

from collections.abc import Mapping

import numpy as np
import xarray
from jaxtyping import Float

from suffice.spectra._classes import most_frequent

from ._criterion import Criterion
from ._curves import Curves
from ._losses import baseline, Loss
from ._verdict import Verdict, verdict_on


def judge(
    losses: xarray.Dataset,
    labels: Mapping[str, Float[np.ndarray, "n outputs"]],
    loss: Loss,
    criterion: Criterion,
) -> Verdict:
    """Return the verdict on curves of loss and, for classes, of accuracy.

    Args:
        losses: Losses and accuracies, from `SpectralRecord.losses`.
        labels: Labels of the training and of the test set, for the baselines.
        loss: The loss that was trained.
        criterion: The thresholds.

    Raises:
        ValueError: The record has fewer than two steps or does not begin at step 0,
            labels are missing, or all labels of a set are equal.
    """
    at = losses["step"].values.astype(float)
    if len(at) < 2 or at[0] != 0:
        raise ValueError(
            f"the record has {len(at)} steps from {at[0]:g}; a verdict needs step 0, "
            "before training, and later ones."
        )
    classes = "accuracy" in losses
    _check(labels, ("train", "test") if classes else ("train",))
    chance = most_frequent(labels["test"]) if classes else 0.0
    level = baseline(loss, labels["train"])
    names = ("loss", "accuracy") if classes else ("loss",)
    curves = [losses[name].sel(set=s).values for name in names for s in labels]
    runs = [
        Curves(at, train, test, chance, level, criterion, *accuracies)
        for train, test, *accuracies in zip(*curves, strict=True)
    ]
    return verdict_on(runs, losses["run"].values.tolist())


def _check(labels: Mapping[str, np.ndarray], varied: tuple[str, ...]) -> None:
    for name, y in labels.items():
        if not np.isfinite(y).all():
            raise ValueError(
                f"the set {name} has no labels; a verdict compares outputs with labels."
            )
        if name in varied and (y == y[0]).all():
            raise ValueError(
                f"all labels of {name} are equal; a verdict compares losses with that "
                "of the best constant prediction, which is perfect for them."
            )
