"""Figure 1: whether training minimises the rank or the nuclear norm, for each class."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from suffice._core import listed
from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim
from suffice.sweeps import wilson

from ._problems import (
    block_mask,
    CLASSES,
    excess,
    matrix,
    random_mask,
    SAME_NORM,
    shares,
    trained,
)

CONNECTED, WHOLE, OTHER = CLASSES.values()
SMALL = 1e-8
SCALES = (1e-1, 1e-2, 1e-4, SMALL)
ALL_SCALES = (*SCALES, 1e-12)
FEW = (0.05, 0.1, 0.2)  # shares that may be called almost none
MOST = (0.3, 0.4, 0.5)  # shares below which something is not the rule
ENTRIES = ((4, 6), (7, 9), (10, 12), (13, 15))
COLOURS = dict(zip(CLASSES.values(), ("#0072b2", "#d55e00", "#009e73"), strict=True))
TEXTURE = (
    "There are two causes of a larger rank: weak coupling, which needs a still smaller "
    "start, and local minima among the matrices of one rank."
)


def counted(pair: tuple[int, int]) -> str:
    """A count with its Wilson interval."""
    count, total = pair
    if not total:
        return "no run"
    low, high = wilson(count, total)
    return f"{count} of {total} ({low:.2f} to {high:.2f})"


def four_by_four(repetitions: int) -> list:
    """Ranks 1 to 3: 4 to 15 entries at random places, and two to four full blocks."""
    rng = np.random.default_rng(17)
    problems = []
    for rank in (1, 2, 3):
        for count in range(4, 16):
            for _ in range(repetitions):
                mask = random_mask(4, count, rng)
                problems.append((mask, matrix(4, rank, rng), rank))
        for blocks in (2, 3, 4):
            for _ in range(repetitions):
                mask = block_mask(4, blocks, 0, rng)
                problems.append((mask, matrix(4, rank, rng), rank))
    return problems


def _measure(run: Run) -> xr.Dataset:
    repetitions = 25 if run.full else 10
    run.tell(f"{45 * repetitions} problems of size 4 x 4, trained from every scale")
    return trained(four_by_four(repetitions), ALL_SCALES if run.full else SCALES)


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    converged = int(data["converged"].sel(scale=SMALL).sum())
    left = (
        f"{data.sizes['problem'] - converged} of {data.sizes['problem']} runs left out."
    )
    whole = shares(data, WHOLE, SMALL)
    use = (data["class"] == WHOLE) & data["converged"].sel(scale=SMALL)
    most = excess(data).sel(scale=SMALL).where(use).max()
    yield Claim(
        "Disconnected with complete components: the nuclear norm is the least.",
        "Fig. 1 and the theorem",
        "all runs, within 1e-6",
        f"{counted(whole['norm'])}, largest excess {float(most):.0e}",
        whole["norm"][0] == whole["norm"][1] > 0,
        f"Standard deviation 1e-8. Not converged: {left}",
        covers=("matrix-connectivity", "matrix-norm"),
    )
    yield Claim(
        "Disconnected with complete components: the rank is not the least.",
        "Fig. 1",
        "almost none",
        counted(whole["rank"]),
        steady(partial(_few, whole["rank"]), FEW),
        covers=("matrix-connectivity",),
    )
    linked = shares(data, CONNECTED, SMALL)
    yield Claim(
        "Connected: training leans to the least rank.",
        "Fig. 1",
        "most runs, and more than of disconnected masks",
        counted(linked["rank"]),
        bool(wilson(*linked["rank"])[0] > max(0.5, wilson(*whole["rank"])[1]))
        if linked["rank"][1] and whole["rank"][1]
        else None,
        covers=("matrix-connectivity",),
    )
    yield Claim(
        "Connected: every run ends at the least rank.",
        "Fig. 1, read as a statement about every run",
        "all on the diagonal",
        counted(linked["rank"]),
        True if 0 < linked["rank"][1] == linked["rank"][0] else None,
        f"The problems of the figure are not known one by one. {TEXTURE}",
        kind="reading",
    )
    yield Claim(
        "Connected: the nuclear norm is in general not the least.",
        "Fig. 1",
        "few runs on the diagonal",
        counted(linked["norm"]),
        steady(lambda share: linked["norm"][0] <= share * linked["norm"][1], MOST),
        covers=("matrix-connectivity",),
    )
    other = shares(data, OTHER, SMALL)
    yield Claim(
        "Other disconnected masks: the rank is not the least.",
        "Fig. 1",
        "almost none",
        counted(other["rank"]),
        steady(partial(_few, other["rank"]), FEW),
        "Where the share lies between 0.05 and 0.2, it depends on the threshold "
        "whether that is almost none.",
        covers=("matrix-connectivity",),
    )
    yield Claim(
        "Other disconnected masks: the nuclear norm is not always the least.",
        "Fig. 1",
        "not all runs on the diagonal",
        counted(other["norm"]),
        0 < other["norm"][1] > other["norm"][0],
        covers=("matrix-norm",),
    )
    yield _more_entries(data.sel(scale=SMALL), excess(data).sel(scale=SMALL))
    yield _falling(data)


def _few(pair: tuple[int, int], share: float) -> bool:
    return pair[0] <= share * pair[1]


def _more_entries(data: xr.Dataset, over: xr.DataArray) -> Claim:
    """How connectivity and both biases change with the number of entries."""
    rows = []
    for low, high in ENTRIES:
        here = (
            data["converged"] & (data["observed"] >= low) & (data["observed"] <= high)
        )
        one = [
            data["class"] == CONNECTED,
            data["rank"] == data["minimum_rank"],
            over < SAME_NORM,
        ]
        rows.append([float(fact.where(here).mean()) for fact in one])
    linked, rank, norm = np.array(rows).T
    ranges = ", ".join(f"{low} to {high}" for low, high in ENTRIES)
    return Claim(
        "With more entries masks become connected, and training turns from the least "
        "nuclear norm to the least rank.",
        "abstract and Fig. 1 (darker points)",
        "connected masks and least ranks more frequent at every step, least norms less "
        "frequent at the end than at the start",
        f"connected {listed(linked)}, least rank {listed(rank)}, least norm "
        f"{listed(norm)} at {ranges} entries of 16",
        bool((np.diff(linked) >= 0).all() and (np.diff(rank) > 0).all())
        and bool(norm[-1] < norm[0]),
        "With nearly all entries both are often least at once.",
        covers=("matrix-increase",),
    )


def _falling(data: xr.Dataset) -> Claim:
    some = excess(data).where((data["class"] == WHOLE) & data["converged"])
    middle = some.sel(scale=[1e-1, 1e-2, 1e-4]).median("problem").clip(1e-16)
    slope = np.polyfit(np.log10([1e-1, 1e-2, 1e-4]), np.log10(middle), 1)[0]
    found = ", ".join(f"{float(value):.0e}" for value in middle)
    return Claim(
        "With complete components the excess nuclear norm falls as the squared scale.",
        "derived and verified here",
        "exponent 2",
        f"median excess {found} at scales 1e-1, 1e-2, 1e-4: exponent {slope:.2f}",
        bool(abs(slope - 2) < 0.4),
        kind="derived",
    )


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(8.6, 2.9))
    left, right, below = figure.subplots(1, 3)
    one = data.sel(scale=SMALL)
    jitter = np.random.default_rng(0).uniform(-0.17, 0.17, (2, data.sizes["problem"]))
    for kind, colour in COLOURS.items():
        use = ((one["class"] == kind) & one["converged"]).to_numpy()
        shade = 0.25 + 0.6 * (one["observed"].to_numpy()[use] - 4) / 11
        style = {"color": colour, "alpha": shade, "s": 14, "linewidths": 0}
        x = one["minimum_rank"].to_numpy()[use] + jitter[0, use]
        left.scatter(x, one["rank"].to_numpy()[use] + jitter[1, use], **style)
        norms = one["minimum_norm"].to_numpy()[use], one["norm"].to_numpy()[use]
        right.scatter(*norms, **style)
        left.scatter([], [], color=colour, s=18, label=kind)
    for axis, name in ((left, "rank"), (right, "nuclear norm")):
        low, high = axis.get_xlim()
        axis.plot([low, high], [low, high], color="#767676", linewidth=0.8, zorder=0)
        axis.set_xlabel(f"least {name}")
        axis.set_ylabel(f"learned {name}")
    left.set_xticks([1, 2, 3])
    left.set_yticks([1, 2, 3, 4])
    left.legend(fontsize=7, loc="lower right")
    _draw_shares(data, below)
    return figure


def _draw_shares(data: xr.Dataset, axis: Axes) -> None:
    """The share of runs with the least rank or norm against the initial scale."""
    scales = data["scale"].to_numpy()
    for kind, colour in COLOURS.items():
        for fact, line in (("rank", "o-"), ("norm", "s--")):
            pairs = [shares(data, kind, scale)[fact] for scale in scales]
            values = [count / total if total else np.nan for count, total in pairs]
            axis.semilogx(scales, values, line, color=colour, markersize=4)
    for name, line in (("least rank", "o-"), ("least norm", "s--")):
        axis.plot([], [], line, color="#767676", markersize=4, label=name)
    axis.invert_xaxis()
    axis.set_ylim(-0.03, 1.03)
    axis.set_xlabel("initial standard deviation")
    axis.set_ylabel("share of runs")
    axis.legend(fontsize=7)


FIGURE_1 = Experiment(
    "figure-1",
    "Connectivity decides whether the rank or the nuclear norm is least",
    "Random 4 x 4 matrices of rank 1 to 3, 4 to 15 observed entries at random places "
    "or in two to four full blocks, trained as A B (full width). Left and middle: one "
    "point per run from standard deviation 1e-8, darker with more entries; ranks count "
    "singular values above a thousandth of the largest, and are spread a little. "
    "Right: the share of runs of each kind that end at the least rank or norm, in the "
    "same colours. Runs that did not converge are left out.",
    _measure,
    _judge,
    _draw,
)
