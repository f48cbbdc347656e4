"""What residuals say against a fit."""

import numpy as np
import scipy.stats
from jaxtyping import Float

from ._measurements import Measurements

LEVEL = 0.01
FEWEST = 8  # rows from which residuals are judged


def residual_checks(
    data: Measurements,
    fitted: Float[np.ndarray, "n outputs"],
    leverage: Float[np.ndarray, " n"],
    parameters: int,
) -> tuple[str, ...]:
    """Sentences on outlying rows, on growing spread and on runs of one sign.

    Each test is made at the level 1 %; the test of outliers is corrected for the number
    of rows.

    Args:
        data: The measurements.
        fitted: The fitted values.
        leverage: Share of each row in its own fitted value.
        parameters: Number of free parameters.

    Source:
        Bonferroni's bound for studentised residuals; Spearman's rank correlation; the
        runs test of Wald and Wolfowitz.
    """
    found: list[str] = []
    for column, name in enumerate(data.targets):
        r = (data.y[:, column] - fitted[:, column]) * data.weight
        if len(r) < FEWEST or not r.any():
            continue
        of = f" of {name}" if len(data.targets) > 1 else ""
        found += _outlier(r, leverage, parameters, data, of)
        found += _growing(r, fitted[:, column], of)
        found += _runs(r, fitted[:, column], of)
    return tuple(found)


def _outlier(r, leverage, parameters, data, of) -> list[str]:
    free = len(r) - parameters - 1
    if free < 1:
        return []
    share = np.clip(1 - leverage, 1e-12, None)
    left = np.clip((r @ r - r**2 / share) / free, 1e-300, None)
    size = np.abs(r) / np.sqrt(left * share)
    worst = int(size.argmax())
    if len(r) * 2 * scipy.stats.t.sf(size[worst], free) > LEVEL:
        return []
    return [
        f"{data.lines[worst]}{of} lies {size[worst]:.1f} standard deviations off what "
        "the other rows say: check it."
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
