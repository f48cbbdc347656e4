"""The results of a sweep: fractions with intervals, errors and outcomes."""

import json

import numpy as np
import xarray

from suffice.sweeps import wilson
from suffice.sweeps._shared import DONE
from suffice.training import Outcome

# Another method or more steps might have recovered.
OPEN = (Outcome.out_of_steps, Outcome.stalled, Outcome.kinked)


def summary(results: xarray.Dataset, *, confidence: float = 0.95) -> xarray.Dataset:
    """Return fractions, errors and outcomes at every point of the grid.

    A run that ran out of steps, stalled or met a kink is *undetermined*, because more
    steps or another method might have recovered. The recovered fraction therefore has
    two values, `fraction` if none of these runs had recovered and `fraction_most` if
    all had. The interval reaches from the lower Wilson bound of the first to the upper
    Wilson bound of the second.

    Runs that share their samples are not independent. Where `samples.share` is above 1
    the counts are divided by the design effect, the factor by which the variance of
    the fraction exceeds that of independent runs, before the interval is formed.

    Args:
        results: The data set from `suffice.sweeps.open_store`, finished or not.
        confidence: Confidence level of the intervals, between 0 and 1.

    Returns:
        A data set over the grid with `runs`, `recovered`, `undetermined`, `fraction`,
        `fraction_most`, `low`, `high`, `mean_error`, `median_error`, `design_effect`
        and `outcomes` (with a dimension `outcome`). Attributes are those of `results`.

    Raises:
        ValueError: The data set is not that of a `suffice.recovery.Study`.

    Source:
        Wilson 1927 (interval), Kish 1965 (design effect).

    Examples:
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> three = LinearSpec(3), RandomNetwork(), Random(3)
        >>> study = sf.Study(*three, grid={"samples.size": (2, 3)}, seeds=4)
        >>> done = sf.sweep(study, "linear.store")
        >>> sf.recovery.summary(sf.open_store("linear.store"))["fraction"].values
        array([0., 1.])
    """
    missing = {"outcome", "test_error", "status", "seed"} - set(results.variables)
    if missing:
        raise ValueError(
            f"the data set lacks {', '.join(sorted(missing))}; expected the store of a "
            "suffice.recovery.Study."
        )
    done = results["status"] == DONE
    outcome = results["outcome"]
    codes = {o: (outcome == int(o)) & done for o in Outcome}
    runs = done.sum("seed")
    recovered = codes[Outcome.recovered].sum("seed")
    undetermined = (outcome.isin([int(o) for o in OPEN]) & done).sum("seed")
    effect = _design_effect(codes[Outcome.recovered], done, _share(results))
    share = recovered / runs.where(runs > 0)
    most = (recovered + undetermined) / runs.where(runs > 0)
    low, high = _interval(recovered, undetermined, runs, effect, confidence)
    error = results["test_error"].where(done)
    counts = xarray.concat([codes[o].sum("seed") for o in Outcome], dim="outcome")
    columns = {
        "runs": runs,
        "recovered": recovered,
        "undetermined": undetermined,
        "fraction": share,
        "fraction_most": most,
        "low": low,
        "high": high,
        "mean_error": error.mean("seed"),
        "median_error": error.median("seed"),
        "design_effect": effect,
        "outcomes": counts.assign_coords(outcome=[o.name for o in Outcome]),
    }
    about = {"confidence": confidence, "sampling": outcome.attrs.get("sampling", "")}
    return xarray.Dataset(columns, attrs=results.attrs | about)


def _share(results: xarray.Dataset) -> int:
    """Return the largest number of seeds that share their samples on the grid."""
    study = json.loads(results.attrs.get("study", "{}"))
    share = study.get("samples", {}).get("share", 1)
    return max([share, *study.get("grid", {}).get("samples.share", [])])


def _interval(recovered, undetermined, runs, effect, confidence):
    def ends(k, u, n):
        return wilson(k, n, undecided=u, confidence=confidence)

    scaled = [counts / effect for counts in (recovered, undetermined, runs)]
    return xarray.apply_ufunc(ends, *scaled, output_core_dims=[[], []])


def _design_effect(recovered, done, share: int) -> xarray.DataArray:
    """Return the variance of the mean over groups, over that of independent runs."""
    runs = done.sum("seed")
    one = xarray.ones_like(runs, dtype=float)
    if share == 1:
        return one
    group = recovered["seed"] // share
    k = recovered.groupby(group.rename("group")).sum()
    n = done.groupby(group.rename("group")).sum()
    groups = (n > 0).sum("group")
    p = recovered.sum("seed") / runs.where(runs > 0)
    between = ((k - p * n) ** 2).sum("group") / runs**2
    correction = groups / (groups - 1).where(groups > 1)
    independent = p * (1 - p) / runs.where(runs > 0)
    effect = between * correction / independent.where(independent > 0)
    most = (n**2).sum("group") / runs.where(
        runs > 0
    )  # if all runs of a group have one outcome
    return effect.fillna(most).clip(1.0, most).fillna(1.0)


def first_reaching(
    found: xarray.Dataset, size: str, fraction: float = 0.5
) -> xarray.DataArray:
    """Return the value of a dimension from which on the fraction stays above a bound.

    Args:
        found: A `summary`.
        size: Name of the dimension, usually `size`.
        fraction: The bound that is to be reached.

    Returns:
        The smallest such value over the other dimensions of the grid; NaN where there
        is none.
    """
    above = (found["fraction"] >= fraction).transpose(..., size).to_numpy()
    stays = np.flip(np.cumprod(np.flip(above, -1), -1), -1).astype(bool)
    values = np.where(stays, found[size].to_numpy().astype(float), np.inf).min(-1)
    rest = found["fraction"].isel({size: 0}, drop=True)
    return rest.copy(data=np.where(np.isfinite(values), values, np.nan))
