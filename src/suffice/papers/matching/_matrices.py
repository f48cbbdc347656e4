"""Matching matrices of a transformer that takes two steps."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.stats import binomtest

from suffice._core import listed
from suffice.papers._paper import Experiment, fair, Run, steady
from suffice.papers._transformers import fresh, trained
from suffice.reasoning import (
    as_view,
    ChainTask,
    Decoder,
    head_scores,
    matching,
    matching_matrix,
    Recipe,
)
from suffice.reasoning._shared import answers, positional_matching, serial_path
from suffice.report._shared import Claim

HOPS = (1, 2)
GROUPS = ("train", "test")
SCORES = ("score", "top", "margin")
SHOWN = 41  # tokens of a heat map


def _setting(full: bool) -> tuple[ChainTask, Decoder, Recipe]:
    """Quick: about 60 CPU seconds. Full: some 10 minutes of a GPU (estimated)."""
    if full:
        task = ChainTask(steps=2, pairs=6)
        model = Decoder(3, 400, 1200, rate=0.5, key_dim=64)
        return task, model, Recipe(1e-4, 40_000, 1000, 0.1)
    task = ChainTask(steps=2, pairs=4, tokens=(20, 61))
    model = Decoder(3, 64, 128, rate=0.5, key_dim=64)
    return task, model, Recipe(1e-3, 1500)


def _measure(run: Run) -> xr.Dataset:
    task, decoder, recipe = _setting(run.full)
    (model,) = trained(run, "two steps", task, decoder, recipe, 1)
    return looked_into(model, task)


def looked_into(model, task: ChainTask, size: int = 1000) -> xr.Dataset:
    """Matrices, scores and attention of a transformer that takes two serial steps."""
    view, tokens = as_view(model), jnp.arange(*task.tokens)
    x = view.embed[tokens[:SHOWN]]
    drawn = jax.random.normal(jax.random.key(0), x.shape, x.dtype)
    drawn = drawn * jnp.linalg.norm(x, axis=1, keepdims=True)
    drawn = drawn / jnp.sqrt(x.shape[1])
    paths = [serial_path(hop) for hop in HOPS]
    maps = [[matching_matrix(model, p, rows) for rows in (x, drawn)] for p in paths]
    scores = [matching(model, p, tokens, key=jax.random.key(1)) for p in paths]
    batches = [fresh(task, size, group) for group in GROUPS]
    right = [jnp.mean(answers(model, b.tokens) == b.label) for b in batches]
    attended = np.stack([head_scores(model, b).induction[:, 0] for b in batches])
    kinds = ("trained", "random")
    return xr.Dataset(
        {
            "matrix": (("hop", "kind", "asks", "offers"), np.asarray(maps)),
            "attention": (("group", "layer", "slot"), attended),
            "accuracy": ("group", np.asarray(right, float)),
            "positional": float(positional_matching(model, 2 * task.pairs)),
            "cosine": ("hop", [float(s.cosine) for s in scores]),
            **{name: (("hop", "kind"), _table(scores, kinds, name)) for name in SCORES},
        },
        {"hop": list(HOPS), "kind": list(kinds), "group": list(GROUPS)},
        {"tokens": len(tokens)},
    )


def _table(scores, kinds, name):
    return [[float(getattr(getattr(s, kind), name)) for kind in kinds] for s in scores]


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    right = data["accuracy"].to_numpy()
    yield Claim(
        "A transformer of three layers takes two steps along pairs that it never saw.",
        "section on the matching operation",
        "accuracy above 0.9 in and out of distribution",
        f"accuracy {right[0]:.3f} and {right[1]:.3f}",
        fair(bool(right.min() > 0.9), data),
        covers=("match-mechanism",),
    )
    top, n = data["top"], int(data.attrs["tokens"])
    trained_, random = (top.sel(kind=k).to_numpy() for k in ("trained", "random"))
    chance = [binomtest(round(v * n), n, 1 / n, "greater").pvalue for v in random]
    yield Claim(
        "In every layer of reasoning the matching matrix is largest on its diagonal, "
        "for trained and for random tokens.",
        "matching matrices",
        "for 0.9 of the trained tokens, and for more random ones than by chance",
        f"trained {listed(trained_)}; random {listed(random)}, chance {1 / n:.3f} "
        f"(p = {max(chance):.0e})",
        fair(bool(trained_.min() > 0.9 and max(chance) < 0.01), data),
        f"Scores {listed(data['score'].sel(kind='trained').to_numpy())}; cosine of the "
        f"kernel with the identity {listed(data['cosine'].to_numpy())}.",
        covers=("match-mechanism",),
    )
    attended = data["attention"].to_numpy()
    routes = np.array([[a[hop, hop - 1] for hop in HOPS] for a in attended])
    yield Claim(
        "Layer l + 1 takes step l: the last position reasons serially.",
        "information flow",
        "most of the attention to the pair of the hop, also out of distribution",
        f"{listed(routes[0])} in, {listed(routes[1])} out of distribution; by "
        f"position, {float(data['positional']):.2f} of the attention in layer 0 goes "
        "to the partner in a pair",
        fair(steady(lambda share: routes.min() > share, (0.5, 0.7, 0.8)), data),
        "One transformer, the first seed."
        + (" Its answers are right nevertheless." if right.min() > 0.9 else ""),
    )


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(8.6, 4.6))
    grid = figure.subplots(2, 3)
    for row, hop in zip(grid, HOPS, strict=True):
        for axis, kind in zip(row, ("trained", "random"), strict=False):
            h = data["matrix"].sel(hop=hop, kind=kind).to_numpy()
            end = np.quantile(np.abs(h), 0.999)
            shown = axis.imshow(h, cmap="PuOr_r", vmin=-end, vmax=end)
            figure.colorbar(shown, ax=axis, shrink=0.8, label="entry")
            top = float(data["top"].sel(hop=hop, kind=kind))
            axis.set_title(f"layer {hop}, {kind}: {top:.2f}")
            axis.set_xticks([])
            axis.set_yticks([])
    for axis, group in zip(grid[:, 2], GROUPS, strict=True):
        attention = data["attention"].sel(group=group).to_numpy()
        axis.imshow(attention, cmap="viridis", vmin=0, vmax=1, aspect="auto")
        axis.set_title(
            {"train": "attention in", "test": "out of"}[group] + " distribution"
        )
        axis.set_yticks(
            range(len(attention)), [f"layer {i}" for i in range(len(attention))]
        )
        axis.set_xticks(range(len(HOPS)), [f"hop {h}" for h in HOPS])
        for (i, j), value in np.ndenumerate(attention):
            axis.text(j, i, f"{value:.2f}", ha="center", va="center",
                      color="white" if value < 0.6 else "black")  # fmt: skip
    return figure


MATRICES = Experiment(
    "matrices",
    "Matching matrices of two steps",
    "Three layers, rate 0.5, normalised after each part, seed 0. Rows are the tokens "
    "that attend, columns those attended to; the number is the share of rows whose "
    "largest entry is on the diagonal. Right: attention of the last position to the "
    "pair of each hop.",
    _measure,
    _judge,
    _draw,
)
