"""What residuals say against a fit."""

import numpy as np
import scipy.stats
from jaxtyping import Float

from suffice._core import EPS, short

from ._measurements import Measurements

UNSETTLED = (
    "the fit has not come to rest: choose starting values nearer to the solution."
)
LEVEL = 0.01
FEWEST = 8  # rows from which residuals are judged
ALONE = 1e-6  # share of other rows in a fitted value, below which none checks it


def residual_checks(
    data: Measurements,
    fitted: Float[np.ndarray, "n outputs"],
    leverage: Float[np.ndarray, "n outputs"],
    parameters: int,
) -> tuple[str, ...]:
    """Sentences on outlying rows, growing spread, runs of one sign, unlike outputs.

    Each test is made at the level 1 %; the test of outliers is corrected for the number
    of rows.

    Args:
        data: The measurements.
        fitted: The fitted values.
        leverage: Share of each value in its own fitted value.
        parameters: Number of free parameters.

    Source:
        Bonferroni's bound for studentised residuals, and for the F-test of two outputs;
        Spearman's rank correlation; the runs test of Wald and Wolfowitz.
    """
    found: list[str] = []
    for column, name in enumerate(data.targets):
        r = (data.y[:, column] - fitted[:, column]) * data.weight[:, column]
        if len(r) < FEWEST or not r.any():
            continue
        of = f" of {name}" if len(data.targets) > 1 else ""
        found += _outlier(r, leverage[:, column], parameters, data, of)
        found += _growing(r, fitted[:, column], of)
        found += _runs(r, fitted[:, column], of)
    return (*found, *_unlike(data, fitted, parameters))


def _outlier(r, leverage, parameters, data, of) -> list[str]:
    free = len(r) - parameters - 1
    if free < 1:
        return []
    share = 1 - leverage
    judged = share > ALONE
    squares = np.where(judged, r**2 / np.where(judged, share, 1.0), 0.0)
    left = (r @ r - squares) / free
    size = np.sqrt(squares / np.clip(left, EPS * (r @ r), None))
    worst = int(size.argmax())
    if len(r) * 2 * scipy.stats.t.sf(size[worst], free) > LEVEL:
        return []
    return [
        f"{data.lines[worst]}{of} lies {short(size[worst])} standard deviations off "
        "what the other rows say: check it."
    ]


def _unlike(data, fitted, parameters) -> list[str]:
    """Whether outputs that count alike have residuals of different size."""
    outputs = len(data.targets)
    free = len(data.y) - parameters / outputs
    size = np.sqrt((((data.y - fitted) * data.weight) ** 2).mean(0))
    least, largest = int(size.argmin()), int(size.argmax())
    few = outputs < 2 or len(data.y) < FEWEST
    if few or data.known or free <= 0 or not size[least] > 0:
        return []
    chance = scipy.stats.f.sf((size[largest] / size[least]) ** 2, free, free)
    if outputs * (outputs - 1) * chance > LEVEL:
        return []
    times = short(size[largest] / size[least])
    return [
        f"residuals of {data.targets[largest]} are {times} times those of "
        f"{data.targets[least]}, and all outputs count alike: give "
        "standard deviations, a column for each output (--error)."
    ]


def _growing(r, fitted, of) -> list[str]:
    if np.ptp(fitted) == 0:
        return []
    trend = scipy.stats.spearmanr(np.abs(r), np.abs(fitted))
    if trend.pvalue > LEVEL or trend.statistic < 0:
        return []
    return [
        f"residuals{of} grow with the fitted value (p = {trend.pvalue:.2g}): give "
        "standard deviations of the rows (--error)."
    ]


def _runs(r, fitted, of) -> list[str]:
    signs = np.sign(r[np.argsort(fitted, kind="stable")])
    signs = signs[signs != 0]
    plus, minus = int((signs > 0).sum()), int((signs < 0).sum())
    n = plus + minus
    if min(plus, minus) < 3:
        return []
    runs = 1 + int((signs[1:] != signs[:-1]).sum())
    mean = 1 + 2 * plus * minus / n
    variance = (mean - 1) * (mean - 2) / (n - 1)
    p = float(scipy.stats.norm.cdf((runs - mean + 0.5) / variance**0.5))
    if p > LEVEL:
        return []
    return [
        f"neighbouring residuals{of} have one sign too often (p = {p:.2g}): the law is "
        "of another form."
    ]
