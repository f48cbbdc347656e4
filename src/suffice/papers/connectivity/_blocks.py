"""Figure 4: disconnected entries, and values that depend on the seed only."""

from collections.abc import Iterator

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.completion import (
    factorisation_flow,
    glrl,
    mask_report,
    minimum_nuclear_norm,
)
from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim

SCALES = (1.0, 1e-1, 1e-2, 1e-4, 1e-6, 1e-8)
SMALL = 1e-8
SIZE = 3
ROUNDING = 1e-10  # certified gap of the least nuclear norm


def target() -> np.ndarray:
    """A 3 x 3 matrix of rank 1 without zeros."""
    return np.outer([1.0, 2.0, 1.5], [1.0, 1.2, 2.0])


def patterns() -> np.ndarray:
    """The 9 masks of one entry and the 2 x 2 block without its row and column."""
    one = np.eye(SIZE, dtype=bool)
    apart = [
        np.outer(one[i], one[j]) | np.outer(~one[i], ~one[j])
        for i in range(SIZE)
        for j in range(SIZE)
    ]
    return np.array(apart)


def _measure(run: Run) -> xr.Dataset:
    seeds = 100 if run.full else 20
    run.tell(f"9 patterns of 5 entries, {seeds} seeds, from six scales")
    m, masks = target(), patterns()
    values = np.broadcast_to(m, masks.shape).copy()
    flow = factorisation_flow(
        values, masks, scales=SCALES, seeds=seeds, key=jax.random.key(8)
    )
    least = minimum_nuclear_norm(values, masks, tolerance=ROUNDING)
    row, column = _across(flow.values)
    runs = ("pattern", "scale", "seed")
    run.tell("greedy low-rank learning on the same patterns")
    strict = [glrl(m, mask, mode="strict") for mask in masks]
    return xr.Dataset(
        {
            "rank": (runs, flow.rank),
            "norm": (runs, flow.nuclear_norm),
            "converged": (runs, flow.converged),
            "row_cosine": (runs, row),
            "column_cosine": (runs, column),
            "least_norm": ("pattern", least.lower),
            "deficit": ("pattern", [_deficit(mask) for mask in masks]),
            "greedy": (
                "pattern",
                [
                    np.abs(path.product()[~mask]).max()
                    for path, mask in zip(strict, masks, strict=True)
                ],
            ),
        },
        {"scale": list(SCALES)},
    )


def _deficit(mask: np.ndarray) -> int:
    deficit = mask_report(mask, 1).at(1).deficit
    assert deficit is not None
    return deficit


def _across(values) -> tuple[np.ndarray, np.ndarray]:
    """Entries between the components over their size: cosines, from row and column.

    Between the entry `a` and the block `s u v^T` training puts `√(a s) cos v` in the
    row of `a` and `√(a s) cos u` in its column.
    """
    rows, columns = [], []
    for value, (i, j) in zip(values, np.ndindex(SIZE, SIZE), strict=True):
        other = [k for k in range(SIZE) if k != i], [k for k in range(SIZE) if k != j]
        block = value[..., other[0], :][..., other[1]]
        u, s, vt = np.linalg.svd(block)
        size = np.sqrt(np.abs(value[..., i, j]) * s[..., 0])
        rows.append((value[..., i, other[1]] * vt[..., 0, :]).sum(-1) / size)
        columns.append((value[..., other[0], j] * u[..., :, 0]).sum(-1) / size)
    return np.array(rows), np.array(columns)


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    small = data.sel(scale=SMALL)
    total = small["rank"].size
    two = int((small["rank"] == 2).sum())
    yield Claim(
        "One entry and a 2 x 2 block of a rank 1 matrix: training learns rank 2.",
        "Fig. 4 (caption)",
        "rank 2 in all runs",
        f"rank 2 in {two} of {total} runs at 1e-8, rank 1 in "
        f"{int((small['rank'] == 1).sum())}",
        steady(lambda share: two >= (1 - share) * total, (0.01, 0.02, 0.05)),
        "In a run whose two directions nearly coincide the second singular value is "
        "small.",
        covers=("matrix-connectivity",),
    )
    off = float((small["norm"] / small["least_norm"] - 1).max())
    yield Claim(
        "The nuclear norm of the learned matrix is the least.",
        "Fig. 4 and the theorem",
        "least, as the initialisation vanishes",
        f"largest relative excess {off:.0e} at 1e-8",
        steady(lambda level: off < level, (1e-9, 1e-8, 1e-6)),
        covers=("matrix-norm", "matrix-connectivity"),
    )
    tied = float(np.abs(small["row_cosine"] - small["column_cosine"]).max())
    yield Claim(
        "Values at symmetric positions determine each other.",
        "Fig. 4 (f)",
        "equal after scaling",
        f"largest difference of the scaled values {tied:.0e} at 1e-8",
        steady(lambda level: tied < level, (1e-8, 1e-6, 1e-4)),
        covers=("matrix-traversal",),
    )
    squares = small["row_cosine"] ** 2
    mean, error = float(squares.mean()), float(squares.std() / np.sqrt(total))
    yield Claim(
        "The values between the components depend on the seed alone: the squared "
        "cosine of the directions of the components has mean 1 / width.",
        "derived and verified here",
        "1/3 = 0.333",
        f"{mean:.3f} +- {error:.3f} over {total} runs",
        abs(mean - 1 / 3) < 4 * error,
        kind="derived",
    )
    yield Claim(
        "Infinitely many matrices of rank 1 have these entries.",
        "Fig. 4, discussion",
        "1 direction left open at rank 1",
        f"{' or '.join(str(n) for n in sorted({int(v) for v in data['deficit']}))} "
        "left open",
        bool((data["deficit"] == 1).all()),
    )
    inside = float(data["greedy"].max())
    spread = float(small["row_cosine"].std())
    yield Claim(
        "Greedy low-rank learning ends elsewhere than training.",
        "Fig. 4 (h)",
        "different between the components",
        f"greedy: at most {inside:.0e} between them; training: cosines spread by "
        f"{spread:.2f}",
        steady(lambda level: inside < level**2 and spread > level, (0.03, 0.1, 0.3)),
        "The values in the figure could not be read.",
        covers=("matrix-traversal",),
    )


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(7.2, 3.0))
    left, right = figure.subplots(1, 2)
    off = (data["norm"] / data["least_norm"] - 1).clip(ROUNDING)
    flat = off.stack(run=("pattern", "seed")).transpose("run", "scale")
    left.loglog(data["scale"], flat.T, color="#56b4e9", alpha=0.15, linewidth=0.6)
    left.loglog(data["scale"], flat.median("run"), "o-")
    left.invert_xaxis()
    left.set_xlabel("initial standard deviation")
    left.set_ylabel("excess nuclear norm")
    for scale, colour in ((1e-1, "#d55e00"), (SMALL, "#0072b2")):
        one = data.sel(scale=scale)
        right.plot(
            one["row_cosine"].to_numpy().ravel(),
            one["column_cosine"].to_numpy().ravel(),
            ".",
            color=colour,
            alpha=0.6,
            label=f"from {scale:.0e}".replace("e-0", "e-"),
        )
    right.plot([-1, 1], [-1, 1], color="#767676", linewidth=0.8, zorder=0)
    right.set_xlabel("entries in the row, scaled")
    right.set_ylabel("entries in the column, scaled")
    right.legend(fontsize=7)
    return figure


FIGURE_4 = Experiment(
    "figure-4",
    "Disconnected entries: least nuclear norm, and values that depend on the seed",
    "A 3 x 3 matrix of rank 1 from one entry and the complementary 2 x 2 block, all 9 "
    "patterns. Left: relative excess over the least nuclear norm, every run and the "
    "median; rounding is drawn as 1e-10. Right: what training puts between "
    "the components, over the geometric mean of their sizes.",
    _measure,
    _judge,
    _draw,
)
