"""The verdict on the curves of a record."""

import numpy as np
import xarray
from jaxtyping import Float

from suffice.spectra._classes import most_frequent

from ._criterion import Criterion
from ._curves import Curves
from ._kaplan_meier import kaplan_meier
from ._verdict import Verdict


def judge(
    losses: xarray.Dataset,
    labels: Float[np.ndarray, "n outputs"] | None,
    criterion: Criterion,
) -> Verdict:
    """Return the verdict on curves of loss and, with labels, of accuracy.

    Args:
        losses: Losses and accuracies, from `SpectralRecord.losses`.
        labels: Test labels as unit vectors or signs, for the accuracy of chance; None
            for regression.
        criterion: The thresholds.

    Raises:
        ValueError: The record has fewer than two steps or does not begin at step 0.
    """
    at = losses["step"].values.astype(float)
    if len(at) < 2 or at[0] != 0:
        raise ValueError(
            f"the record has {len(at)} steps from {at[0]:g}; a verdict needs step 0, "
            "before training, and later ones."
        )
    train, test = (losses["loss"].sel(set=name).values for name in ("train", "test"))
    if labels is None:
        runs = [
            Curves(at, a, b, None, None, 0.0, criterion)
            for a, b in zip(train, test, strict=True)
        ]
        return _collected(runs, criterion)
    accuracy, chance = losses["accuracy"], most_frequent(labels)
    right = (accuracy.sel(set=name).values for name in ("train", "test"))
    runs = [
        Curves(at, a, b, c, d, chance, criterion)
        for a, b, c, d in zip(train, test, *right, strict=True)
    ]
    return _collected(runs, criterion)


def _collected(runs: list[Curves], criterion: Criterion) -> Verdict:
    at = runs[0].at
    top = [0 if run.diverged else int(np.argmax(run.test)) for run in runs]
    pairs = list(zip(runs, top, strict=True))
    step = np.array([run.generalises for run in runs])
    censored = ~np.isfinite(step)
    accuracy = [run.test_accuracy for run in runs]
    return Verdict(
        word=np.array([run.word for run in runs]),
        ascent=np.array([_ratio(run.test, k) for run, k in pairs]),
        ascent_step=at[top],
        ascent_train=np.array([_ratio(run.train, k) for run, k in pairs]),
        fit_step=np.array([run.fit for run in runs]),
        step=step,
        delay=np.array([run.delay for run in runs]),
        censored=censored,
        accuracy=np.array([np.nan if a is None else a.max() for a in accuracy]),
        last_accuracy=np.array([np.nan if a is None else a[-1] for a in accuracy]),
        last_step=int(at[-1]),
        survival=kaplan_meier(np.where(censored, at[-1], step), censored),
        criterion=criterion,
    )


def _ratio(loss: np.ndarray, place: int) -> float:
    """Return a loss over its first value, which is zero if training began fitted."""
    if loss[0] == 0:
        return 1.0 if loss[place] == 0 else np.inf
    return float(loss[place] / loss[0])
