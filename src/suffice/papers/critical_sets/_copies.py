"""What copies of a neuron and null neurons add to the Hessian, and never take away."""

from collections.abc import Iterator

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice._core import plural
from suffice.landscape import embed, inertia, Splitting
from suffice.models import TwoLayer
from suffice.papers._paper import Experiment, Run
from suffice.report._shared import Claim

from ._points import critical_data, drawn

COPIES = 4


def _copied(narrow: TwoLayer, x, y, copies: int):
    """The first neuron copied in equal shares."""
    groups = (*range(narrow.width), *[0] * (copies - 1))
    return embed(narrow, x, y, width=len(groups), kind=Splitting(groups=groups))


def _measure_copies(run: Run) -> xr.Dataset:
    seeds = 10 if run.full else 4
    table = np.zeros((2, seeds, COPIES, 2, 3), int)
    for case, outputs in enumerate((0, 3)):
        run.tell(f"copies of a neuron with {outputs or 1} outputs")
        for seed in range(seeds):
            rng = np.random.default_rng(100 + seed)
            narrow = drawn(2, 3, rng, outputs=outputs)
            x = 1.5 * rng.standard_normal((30, 3))
            y = critical_data(narrow, x, rng)
            for copies in range(1, COPIES + 1):
                wide = _copied(narrow, x, y, copies)
                table[case, seed, copies - 1, 0] = inertia(wide.point, x, y).signature
                table[case, seed, copies - 1, 1] = wide.predicted
    run.tell("chains of embeddings")
    return xr.Dataset(
        {
            "counts": (("outputs", "seed", "copies", "which", "sign"), table),
            "chain": (("seed", "step", "which", "sign"), _chains(seeds)),
        },
        {
            "outputs": [1, 3],
            "copies": range(1, COPIES + 1),
            "which": ["measured", "predicted"],
            "sign": ["positive", "negative", "zero"],
        },
    )


def _chains(seeds: int, steps: int = 6) -> np.ndarray:
    """Signatures along random chains of split and null embeddings."""
    table = np.zeros((seeds, steps + 1, 2, 3), int)
    for seed in range(seeds):
        rng = np.random.default_rng(200 + seed)
        point = drawn(2, 2, rng)
        x = 1.5 * rng.standard_normal((30, 2))
        y = critical_data(point, x, rng)
        table[seed, 0] = inertia(point, x, y).signature
        for step in range(1, steps + 1):
            key = jax.random.key(100 * seed + step)
            kind = "null" if step % 2 else _random_split(point.width, rng)
            wide = embed(point, x, y, width=point.width + 1, kind=kind, key=key)
            point = wide.point
            table[seed, step, 0] = inertia(point, x, y).signature
            table[seed, step, 1] = wide.predicted
    return table


def _random_split(width: int, rng) -> Splitting:
    which, share = int(rng.integers(2)), float(rng.uniform(0.2, 1.7))
    shares = np.ones(width + 1)
    shares[[which, -1]] = share, 1 - share
    return Splitting(groups=(*range(width), which), shares=shares)


def _judge_copies(data: xr.Dataset) -> Iterator[Claim]:
    counts, chain = data.counts, data.chain
    same = counts.sel(which="measured") == counts.sel(which="predicted")
    hits = int(same.all("sign").sum())
    total = counts.size // 6
    yield Claim(
        "The inertia of a split point follows from the narrow point.",
        "derived and verified here",
        "predicted = measured, at all points",
        f"at {hits} of {total} points",
        hits == total,
        kind="derived",
    )
    more = counts.sel(which="measured").diff("copies")
    one = more.sel(outputs=1, sign="zero")
    yield Claim(
        "Each further copy of a neuron with one output adds one zero eigenvalue.",
        "arXiv:2105.14573, Fig. 3 (one-dimensional data)",
        "1 each time",
        f"at least {int(one.min())}, at most {int(one.max())}",
        bool((one == 1).all()),
        kind="other",
    )
    three = more.sel(outputs=3)
    negative = three.sel(sign="negative")
    yield Claim(
        "Each further copy of a neuron with three outputs adds negative eigenvalues.",
        "arXiv:2105.14573, Fig. 3 (Iris, three outputs: 3, 5, 7)",
        "2 negative, 1 zero",
        f"at least {int(negative.min())} negative, {int(three.sel(sign='zero').min())} "
        "zero",
        bool(negative.min() == 2 and (three.sel(sign="zero") == 1).all()),
        "The rank of the mixed derivatives, one less than the outputs, gives as many "
        "positive and negative directions; the inner Hessian may add more. Random data "
        "in place of Iris.",
        kind="other",
    )
    steps = chain.sel(which="measured").diff("step")
    yield Claim(
        "No embedding removes a positive, negative or zero eigenvalue.",
        "arXiv:2111.15527, Theorem 6.2 (irreversibility)",
        "every count grows or stays",
        f"smallest change {int(steps.min())} over {steps.size // 3} embeddings",
        bool(steps.min() >= 0),
        kind="other",
    )


def _draw_copies(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(7.2, 3.0))
    axes = figure.subplots(1, 3)
    for axis, outputs in zip(axes, (1, 3), strict=False):
        one = data.counts.sel(outputs=outputs, which="measured").mean("seed")
        for i, sign in enumerate(("negative", "zero")):
            axis.plot(data.copies, one.sel(sign=sign), "o-", color=f"C{i}", label=sign)
        axis.set_title(plural(outputs, "output"))
        axis.set_xticks(data.copies)
        axis.set_xlabel("copies of one neuron")
    axes[0].set_ylabel("mean number of eigenvalues")
    axes[0].legend()
    width = 2 + np.arange(data.sizes["step"])
    for row in data.chain.sel(which="measured", sign="negative"):
        axes[2].plot(width, row, "o-", markersize=3)
    axes[2].set_title("random chains")
    axes[2].set_xlabel("width")
    axes[2].set_ylabel("negative eigenvalues")
    return figure


COPIED = Experiment(
    "copies",
    "What copies and null neurons add to the Hessian",
    "Critical tanh networks of width 2 with random data. Left and middle: one neuron "
    "in equal copies. Right: null and split embeddings in turn, one line per chain; "
    "some coincide.",
    _measure_copies,
    _judge_copies,
    _draw_copies,
)
