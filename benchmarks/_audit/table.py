"""Summaries of campaigns and forecasts, with intervals."""

import numpy as np

from suffice.auditing._design._forecast import COVERED

from .campaigns import DECLARED, OURS, PEERS, RANDOM

RESAMPLED = 2000
REACHED = 0.5  # error of random choice after all batches, below which a law is in reach


def ratio(campaigns, way, batch, against=RANDOM):
    """Geometric mean of the errors over those of another way, and its 95 % ends."""
    logs = np.array(
        [
            np.log(c[way]["errors"][batch] / c[against]["errors"][batch])
            for c in campaigns
            if way in c
        ]
    )
    rng = np.random.default_rng(0)
    means = logs[rng.integers(len(logs), size=(RESAMPLED, len(logs)))].mean(1)
    return np.exp([logs.mean(), *np.percentile(means, (2.5, 97.5))])


def said(numbers):
    mean, low, high = numbers
    return f"{mean:.2f} [{low:.2f}, {high:.2f}]"


def campaign_rows(groups):
    """Rows of the table: one for each way in each kind of domain.

    Args:
        groups: Campaigns by kind of domain, `box` and `band`.
    """
    for kind, found in groups.items():
        for way in (OURS, DECLARED, *PEERS):
            batches = [said(ratio(found, way, batch)) for batch in (1, 2, 3)]
            lost = np.mean([c[way]["lost"] for c in found]) / 24
            last = ["", ""]
            if way not in (OURS, DECLARED):
                last[0] = said(ratio(found, OURS, 3, way))
            last[1] = f"{100 * lost:.0f} %"
            yield (kind, way, *batches, *last)


def law_rows(by_law):
    """The last error of the defaults over random choice, law by law."""
    for name, kinds in by_law.items():
        cells = []
        for found in kinds.values():
            if not found:
                cells += [""] * 3
                continue
            error = np.exp(np.mean([np.log(c[RANDOM]["errors"][3]) for c in found]))
            cells += [f"{error:.2f}", said(ratio(found, OURS, 3))]
            cells.append(said(ratio(found, DECLARED, 3)))
        yield (name, *cells)


def forecast_rows(records):
    """What is asked of the forecasts, and what they reach.

    Args:
        records: Records by table.
    """
    every = [r for found in records.values() for r in found]
    off = np.array([np.log(r["foretold"] / r["then"]) for r in every])
    change = np.array(
        [
            np.log(r["foretold"] / r["cross-validated"] * r["now"] / r["then"])
            for r in every
        ]
    )
    inside = np.abs(off) <= COVERED * np.array([r["half"] for r in every])
    yield "median error of the logarithm", "<= 0.17", np.median(np.abs(off)), 0.17
    yield "the same of the change alone", "<= 0.06", np.median(np.abs(change)), 0.06
    yield "mean of the logarithm, foretold over observed", "", off.mean(), None
    yield "shipped interval holds the error", "", inside.mean(), None
    outside = left_out(records)
    yield "interval with the width of the other tables", "0.72 to 0.88", outside, None


def left_out(records):
    """Coverage of the interval whose width 80 % of the other tables' errors fit."""
    scores = {
        name: [abs(np.log(r["foretold"] / r["then"])) / r["half"] for r in found]
        for name, found in records.items()
    }
    covered = []
    for name, own in scores.items():
        others = [z for other, found in scores.items() if other != name for z in found]
        covered += [z <= np.quantile(others, 0.8) for z in own]
    return np.mean(covered)
