"""Merged neurons of one sign need no more samples at larger width."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.landscape import condensed_certificate
from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim

from ._fits import recovered, target, widened

WIDTHS, FEW = (2, 4, 6), (3, 4, 5, 6, 7)


def _measure_merged(run: Run) -> xr.Dataset:
    sets, starts = (40, 20) if run.full else (8, 8)
    certified = np.zeros((sets, len(FEW)), int)
    fits, hits = (np.zeros((len(WIDTHS), sets, len(FEW)), int) for _ in range(2))
    for s in range(sets):
        if s % 4 == 0:
            run.tell(f"certificates and recovery of merged neurons, set {s + 1}")
        rng = np.random.default_rng(900 + s)
        narrow = target(rng, 1, activation="tanh", bias=True)
        x = 1.8 * rng.standard_normal((max(FEW), 1))
        certified[s] = [condensed_certificate(narrow, x[:n]).holds for n in FEW]
        for i, width in enumerate(WIDTHS):
            point = widened(narrow, width, (), rng)
            done, hit = recovered(point, x, FEW, rng, radius=1e-2, starts=starts)
            fits[i, s], hits[i, s] = done.sum(1), hit.sum(1)
    names = ("m", "set", "n")
    return xr.Dataset(
        {
            "certified": (("set", "n"), certified),
            "fits": (names, fits),
            "hits": (names, hits),
        },
        {"m": list(WIDTHS), "n": list(FEW)},
    )


def _judge_merged(data: xr.Dataset) -> Iterator[Claim]:
    sure = data.certified.sel(n=6)
    counts = (data.fits.where(sure == 1).sel(n=6).sum("set"),
             data.hits.where(sure == 1).sel(n=6).sum("set"))  # fmt: skip
    got = [f"{int(h)} of {int(f)}" for f, h in zip(*counts, strict=True)]
    worst = float((counts[1] / counts[0].clip(1)).min())
    yield Claim(
        "Fewer samples than the codimension m0 + m d do not separate merged neurons.",
        "Section 5, the codimension read as the least number",
        "codimensions 5, 9, 13 at widths 2, 4, 6 (tanh with bias, one input)",
        f"at n = 6, width by width {', '.join(got)} fits recover; "
        f"{int(sure.sum())} of {sure.size} sample sets certified for every width",
        not (sure.sum() > 0.7 * sure.size and worst > 0.8),
        "Second-order terms separate merged neurons of equal sign; how many samples "
        "this takes does not depend on the width.",
        kind="reading",
    )
    mean = data.certified.mean("set")
    yield Claim(
        "A condensed certificate exists for some sets from one sample above the "
        "optimistic size 3 on, for almost all from 6 on, whatever the width.",
        "derived and verified here",
        "none at 3, nearly all from 6",
        ", ".join(f"{float(v):.2f}" for v in mean) + " at n = 3 ... 7",
        bool(mean.sel(n=3) == 0 and mean.sel(n=[6, 7]).min() > 0.7),
        "Sets with a tiny margin count as not certified.",
        kind="derived",
    )
    low = data.hits.sel(n=3).sum() / data.fits.sel(n=3).sum().clip(1)
    yield Claim(
        "At the optimistic size merged neurons are not stable.",
        "Theorem 5.4 (b)",
        "hardly any fit recovers",
        f"{float(low):.1%} of the fits recover",
        steady(lambda share: float(low) < share, (0.02, 0.05, 0.1)),
        covers=("minima-factors",),
    )


def _draw_merged(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.8, 3.2))
    axis = figure.subplots()
    for m in data.m.to_numpy():
        one = data.sel(m=m)
        share = one.hits.sum("set") / one.fits.sum("set").clip(1)
        axis.plot(data.n, share, "o-", label=f"recovered, width {m} (codimension "
                  f"{1 + 2 * m})")  # fmt: skip
    axis.plot(data.n, data.certified.mean("set"), "k:", label="certified, any width")
    axis.set_xticks(data.n)
    axis.set_xlabel("number of samples n")
    axis.set_ylabel("fraction of fits, or of sample sets")
    figure.legend(loc="outside lower center")
    return figure


MERGED = Experiment(
    "merged",
    "Merged neurons need a number of samples that does not grow with the width",
    "tanh with bias, one input, one neuron in equal copies; random sample sets; fits "
    "from a distance of 0.01 per parameter. Recovered: the fraction of fits that are "
    "the target; certified: of sample sets that have a certificate.",
    _measure_merged,
    _judge_merged,
    _draw_merged,
)
