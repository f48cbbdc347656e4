"""Rank and dimension of every type of branch, measured at random points of it."""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice._core import numerical_rank
from suffice.landscape._shared import BranchType
from suffice.papers._paper import Experiment, Run
from suffice.report._shared import Claim

from ._fits import types

SHIFT = 0.6  # neurons are tanh(z + SHIFT), generic by Assumption 2.1
EXTRA = 3
COUNTED = ("k", "m", "inputs", "r", "lone", "dimension", "rank", "moved")


def _points(kind: BranchType, target: tuple[np.ndarray, np.ndarray], rng, count: int):
    """Random points of one branch: input weights `(count, m, d)`, output weights."""
    (w, a), inputs = target, target[0].shape[1]
    rows, shares = [], []
    for neuron, block in enumerate(kind.targets):
        rows.append(np.broadcast_to(w[neuron], (count, block.size, inputs)))
        share = rng.standard_normal((count, block.size))
        share[:, -1] += a[neuron] - share.sum(1)
        shares.append(share)
    for block in kind.null:
        drawn = rng.standard_normal((count, 1, inputs))
        rows.append(np.repeat(drawn, block.size, axis=1))
        share = rng.standard_normal((count, block.size))
        share[:, -1] -= share.sum(1)
        shares.append(share)
    return np.concatenate(rows, 1), np.concatenate(shares, 1)


def _tangent(w: np.ndarray, a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Derivatives of the outputs by all parameters."""
    value = np.tanh(x @ w.T + SHIFT)
    slope = (a * (1 - value**2))[..., None] * x[:, None]
    return np.concatenate([value, slope.reshape(len(x), -1)], axis=1)


def _measured(kind: BranchType, k: int, m: int, inputs: int, rng) -> tuple:
    """Dimension, rank, and the largest change of the output, at random points."""
    parameters = m * (inputs + 1)
    target = rng.standard_normal((k, inputs)), rng.uniform(0.7, 1.4, k)
    w, a = _points(kind, target, rng, 3 * parameters)
    x = 2.5 * rng.standard_normal((4 * parameters + 20, inputs))
    plain = np.tanh(x @ target[0].T + SHIFT) @ target[1]
    outputs = np.einsum("cm,cnm->cn", a, np.tanh(x @ w.transpose(0, 2, 1) + SHIFT))
    flat = np.concatenate([a, w.reshape(len(w), -1)], axis=1)
    dimension = np.linalg.matrix_rank(flat[1:] - flat[0], tol=1e-9)
    rank = numerical_rank(_tangent(w[0], a[0], x)).lower
    return int(dimension), rank, float(np.abs(outputs - plain).max())


def _measure(run: Run) -> xr.Dataset:
    run.tell("dimension and rank at points of every type of branch")
    rng, rows = np.random.default_rng(12), []
    for k in (1, 2):
        for m in range(k, k + EXTRA + 1):
            for inputs in (1, 2, 3):
                for kind in types(k, m, inputs):
                    lone = sum(block.size == 1 for block in kind.null)
                    found = _measured(kind, k, m, inputs, rng)
                    rows.append((k, m, inputs, k + len(kind.null), lone, *found))
    columns = zip(COUNTED, zip(*rows, strict=True), strict=True)
    return xr.Dataset({name: ("type", np.array(values)) for name, values in columns})


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    d, count = data, data.sizes["type"]
    same = bool((d.moved < 1e-10).all())
    codimension = d.m * (d.inputs + 1) - d.dimension
    formula = (d.m - d.r) + (d.r - d.k) * d.inputs
    yield Claim(
        "A branch with r distinct weight vectors has the dimension (m - r) + (r - m0) "
        "d.",
        "Section 4",
        "at points of all types",
        f"at random points of {int((formula == d.dimension).sum())} of {count} types, "
        "all of which express the target",
        bool((formula == d.dimension).all()) and same,
        covers=("minima-set", "minima-structure"),
    )
    paper = (2 * d.r >= d.m + d.k) & (d.lone == 2 * d.r - d.m - d.k)
    clean = d["rank"] == codimension
    yield Claim(
        "Branches are Morse-Bott almost everywhere if and only if r >= (m + m0)/2 and "
        "l = 2r - m - m0, with l null blocks of one neuron.",
        "Lemma 4.2 and Theorem 5.4 (c)",
        "the measured rank is the codimension there and nowhere else",
        f"{int((paper == clean).sum())} of {count} types",
        bool((paper == clean).all()),
        "This means that every target neuron occurs once, and null neurons occur "
        "alone or in pairs.",
        covers=("minima-structure",),
    )
    bound = d.r + (d.r - d.lone) * d.inputs
    yield Claim(
        "Below r + (r - l) d samples no point of a branch is stable.",
        "Theorem 5.4 (b)",
        "the rank of the tangent functions at a random point",
        f"{int((bound == d['rank']).sum())} of {count} types",
        bool((bound == d["rank"]).all()),
        covers=("minima-structure", "minima-factors"),
    )
    one = d.isel(type=np.flatnonzero((d.k == 1) & (d.m == 4) & (d.inputs == 3)))
    needed = codimension.isel(
        type=np.flatnonzero((d.k == 1) & (d.m == 4) & (d.inputs == 3))
    )
    first = int(one.r[int(np.argmin(needed.to_numpy()))])
    last = int(one.r[int(np.argmax(needed.to_numpy()))])
    yield Claim(
        "The branch with all extra neurons silent needs the fewest samples to be "
        "separated, the one with all of them merged the most.",
        "Theorem 5.4 and Table 2",
        "m + m0 d = 7 samples for r = 4, m0 + m d = 13 for r = 1, at m = 4 and d = 3",
        f"{int(needed.min())} samples for r = {first}, {int(needed.max())} for r = "
        f"{last}",
        (first, last, int(needed.min()), int(needed.max())) == (4, 1, 7, 13),
        "The text names the columns of Table 2 in the other order.",
        covers=("minima-factors",),
    )


def _draw(data: xr.Dataset) -> Figure:
    one = data.isel(
        type=np.flatnonzero((data.k == 1) & (data.m == 4) & (data.inputs == 2))
    )
    figure = Figure(figsize=(4.8, 3.2))
    axis = figure.subplots()
    codimension = one.m * (one.inputs + 1) - one.dimension
    clean = one["rank"] == codimension
    for value, label in ((True, "Morse-Bott"), (False, "degenerate")):
        here = np.flatnonzero(clean == value)
        axis.scatter(one["rank"][here], codimension[here], label=label, s=36)
    low, high = 2, float(codimension.max()) + 1
    axis.plot([low, high], [low, high], color="#767676", linewidth=0.8)
    axis.set_xlabel("rank (below it no point is stable)")
    axis.set_ylabel("codimension (from it on almost all are)")
    axis.legend(loc="lower right")
    return figure


TYPES = Experiment(
    "types",
    "Rank and codimension of the types of branches",
    "One generic neuron of two inputs at width 4, measured at random points. Types on "
    "the line become stable at exactly that sample size; for those above it two bounds "
    "remain.",
    _measure,
    _judge,
    _draw,
)
