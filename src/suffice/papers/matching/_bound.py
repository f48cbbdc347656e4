"""How many steps the layers allow: orders of pairs, and a network wired by hand."""

import itertools
from collections.abc import Iterator
from typing import Literal

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice._core import plural
from suffice.papers._paper import Experiment, Run
from suffice.reasoning import available_steps, buffer_capacity, ChainTask, step_bounds
from suffice.reasoning._shared import answers, ternary_order
from suffice.report._shared import Claim

from ._wired import wired

LAYERS, DRAWN = (
    (2, 3, 4),
    5,
)  # exhausted, and the number of layers whose orders are drawn
DIMS = (64, 256, 512)
BUFFERS = (1, 2, 4, 8)
STEPS = (1, 2, 3)


def _orders(layers: int, run: Run, rng: np.random.Generator) -> np.ndarray:
    """Every order of pairs that long enough chains can have, or a sample of them."""
    edges = {2: 3, 3: 6, 4: 9}.get(layers, 41)
    if layers == DRAWN or (layers == 4 and not run.full):
        draws = 20_000 if layers == 4 else 2000
        return rng.permuted(np.tile(np.arange(edges), (draws, 1)), axis=1)
    return np.array(list(itertools.permutations(range(edges))))


def _measure(run: Run) -> xr.Dataset:
    run.tell("steps available in orders of pairs")
    rng = np.random.default_rng(0)
    depths = (*LAYERS, DRAWN)
    most = 41
    counts = np.zeros((len(depths), most + 1), int)
    special = np.zeros((len(depths), 3), int)
    for row, layers in enumerate(depths):
        orders = _orders(layers, run, rng)
        steps = np.concatenate(
            [available_steps(part, layers) for part in _parts(orders)]
        )
        counts[row] = np.bincount(steps, minlength=most + 1)
        edges = step_bounds(layers)[1]
        line = np.arange(edges)
        for column, order in enumerate((line, line[::-1], ternary_order(edges))):
            special[row, column] = available_steps(order, layers)
    run.tell("a transformer wired by hand")
    return xr.Dataset(
        {
            "count": (("layers", "steps"), counts),
            "special": (("layers", "order"), special),
            "right": (("steps_taken", "token_dim"), _by_hand("serial")),
            "one_buffer": _by_hand("identity", (DIMS[-1],), (2,))[0, 0],
            "read": (("kind", "buffers", "token_dim"), _read_back()),
        },
        {
            "layers": list(depths),
            "steps": np.arange(most + 1),
            "order": ["sorted", "reversed", "ternary"],
            "steps_taken": list(STEPS),
            "token_dim": list(DIMS),
            "kind": ["random", "identity"],
            "buffers": list(BUFFERS),
        },
    )


def _parts(orders: np.ndarray) -> list[np.ndarray]:
    return np.array_split(orders, max(1, len(orders) // 2000))


def _by_hand(
    variant: Literal["identity", "serial"], dims=DIMS, steps=STEPS
) -> np.ndarray:
    """Accuracy of the network wired by hand, on sequences out of distribution."""
    accuracy = np.zeros((len(steps), len(dims)))
    for (i, taken), (j, token_dim) in itertools.product(
        enumerate(steps), enumerate(dims)
    ):
        task = ChainTask(steps=taken, pairs=4, tokens=(20, 61))
        batch = task.batch(jax.random.key(1), 300, "test")
        given = answers(wired(token_dim, taken, variant=variant), batch.tokens)
        accuracy[i, j] = float((given == batch.label).mean())
    return accuracy


def _read_back() -> np.ndarray:
    cases = itertools.product(("random", "identity"), BUFFERS, DIMS)
    shares = [
        float(buffer_capacity(token_dim, count, key=jax.random.key(0), kind=kind))
        for kind, count, token_dim in cases
    ]
    return np.reshape(shares, (2, len(BUFFERS), len(DIMS)))


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    spans = {}
    for layers in data.layers.values:
        there = data["steps"].values[data["count"].sel(layers=layers) > 0]
        spans[int(layers)] = (int(there.min()), int(there.max()))
    bounds = {layers: step_bounds(layers) for layers in spans}
    inside = all(
        bounds[n][0] <= low and high <= bounds[n][1] for n, (low, high) in spans.items()
    )
    total = {int(n): int(data["count"].sel(layers=n).sum()) for n in spans}
    yield Claim(
        "Parallel reasoning allows a number of steps that is exponential in the "
        "number of layers.",
        "abstract (conjecture); proved here for the propagation of steps, see the page "
        "on reasoning",
        "from 2^(L-1) - 1 to (3^(L-1) - 1) / 2 steps in any order of pairs",
        "; ".join(
            f"{n} layers: {_span(low, high)} in {total[n]} orders, bounds "
            f"{bounds[n][0]} and {bounds[n][1]}"
            for n, (low, high) in spans.items()
        ),
        inside,
        "The bounds count the steps whose result is present in the network; a network "
        "must be wide to read the result out.",
        kind="check",
        covers=("match-bound",),
    )
    reached = data["special"].to_numpy()
    expected = np.array([[low, low, high] for low, high in bounds.values()])
    yield Claim(
        "The upper bound of parallel reasoning is reached.",
        "conjecture on the growth, proved here",
        "by an order of thirds; sorted and reversed pairs give the lower bound",
        ", ".join(
            f"{plural(row[2], 'step')} at {n} layers"
            for n, row in zip(spans, reached, strict=True)
        ),
        bool((reached == expected).all()),
        kind="check",
        covers=("match-bound",),
    )
    wide = data["right"].sel(token_dim=DIMS[-1])
    narrow = data["right"].sel(token_dim=DIMS[0])
    yield Claim(
        "Matching takes one step along a chain per layer, for tokens never trained.",
        "serial reasoning; wired by hand here",
        f"accuracy 0.98 or more at width {DIMS[-1]}",
        ", ".join(
            f"{float(wide.sel(steps_taken=s)):.3f} for {s} "
            f"({float(narrow.sel(steps_taken=s)):.2f} at width {DIMS[0]})"
            for s in STEPS
        ),
        bool((wide >= 0.98).all()),
        kind="check",
    )
    single = float(data["one_buffer"])
    read = data["read"].sel(buffers=2, token_dim=DIMS[-1])
    yield Claim(
        "Random matrices keep tokens of several steps apart, the identity does not.",
        "orthogonal noise",
        "all and one half of two superposed tokens are read back",
        f"{float(read.sel(kind='random')):.3f} and "
        f"{float(read.sel(kind='identity')):.3f}; the wired network "
        f"with identities is right on {single:.3f} of two steps",
        bool(
            read.sel(kind="random") > 0.99
            and abs(read.sel(kind="identity") - 0.5) < 0.05
        ),
        kind="check",
    )


def _span(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(10.6, 3.0))
    left, middle, right = figure.subplots(1, 3)
    for layers in data.layers.values:
        count = data["count"].sel(layers=layers)
        there = count > 0
        share = (count / count.sum())[there]
        left.plot(data["steps"][there], share, "o-", label=f"{layers} layers")
    left.set_xlabel("steps available")
    left.set_ylabel("share of orders of pairs")
    left.legend()
    for steps in STEPS:
        middle.plot(DIMS, data["right"].sel(steps_taken=steps), "o-", label=f"{steps}")
    middle.set_ylabel("accuracy, wired by hand")
    middle.legend(title="steps")
    for kind, style in (("random", "o-"), ("identity", "s--")):
        for count in BUFFERS[1:]:
            read = data["read"].sel(kind=kind, buffers=count)
            right.plot(DIMS, read, style, label=f"{kind}, {count}")
    right.set_ylabel("share of tokens read back")
    right.legend(
        fontsize=7, title="matrices, tokens", title_fontsize=7, loc="center left",
        bbox_to_anchor=(1, 0.5),
    )  # fmt: skip
    for axis in (middle, right):
        axis.set_xscale("log", base=2)
        axis.set_xticks(DIMS, [str(d) for d in DIMS])
        axis.set_xlabel("dimension")
    return figure


BOUND = Experiment(
    "parallel",
    "How many steps a number of layers and a width allow",
    "Left: steps whose answer can have reached the last position, over orders of pairs "
    "(2 and 3 layers: all orders). Middle: a network in which each layer takes a step, "
    "nothing trained. Right: 2, 4 or 8 tokens superposed in one vector and read back.",
    _measure,
    _judge,
    _draw,
)
