"""Inside single transformers: answers, routes, knock-outs and vectors."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.reasoning import (
    anchor_values,
    AnchorTask,
    answer_rates,
    Decoder,
    deviations,
    EDGES,
    information_flow,
    knock_out,
    last_vectors,
    Recipe,
    similarity_auc,
)
from suffice.report import Claim

from ._paper import Experiment, Run
from ._reasoning_training import fresh, trained

SOLVED = 0.9
OFF = np.arange(-12, 13)  # deviations that are shown


def _kinds(full: bool) -> dict[str, tuple[AnchorTask, Decoder, Recipe, int]]:
    """Task, model, recipe and seeds of what is looked into.

    Quick: about 100 CPU seconds. Full: the two networks of the paper, about 2e16
    floating-point operations each (estimated): some minutes to an hour of a GPU.
    """
    if full:
        recipe = Recipe(2.5e-4, 77_700, 2048, warm_up=1 / 21, floor=0.04)
        task = AnchorTask.exception()
        wide: dict[str, Any] = {
            "depth": 2,
            "width": 400,
            "hidden": 1200,
            "key_dim": 200,
        }
        return {
            "large start": (task, Decoder(**wide, rate=0.5), recipe, 1),
            "small start": (task, Decoder(**wide, rate=0.8), recipe, 1),
        }
    short = AnchorTask.exception(length=5)
    large = Decoder(2, 64, 256, rate=0.5, key_dim=64)
    small = Decoder(2, 32, 128, rate=1.0, key_dim=32)
    return {
        "large start": (short, large, Recipe(1e-3, 1500), 2),
        "small start": (AnchorTask.both_masked(), small, Recipe(2e-3, 3000), 1),
    }


def _measure(run: Run) -> xr.Dataset:
    parts: list[xr.Dataset] = []
    for kind, (task, model, recipe, seeds) in _kinds(run.full).items():
        models = trained(run, kind, task, model, recipe, seeds)
        parts += [
            looked_into(one, task).expand_dims(run=[f"{kind}, seed {seed}"])
            for seed, one in enumerate(models)
        ]
    return xr.concat(parts, "run")


def looked_into(model: Any, task: AnchorTask, size: int = 1000) -> xr.Dataset:
    """Everything that the figures of the paper show of one transformer."""
    seen, asked = fresh(task, size, "train"), fresh(task, size, "4,3")
    few = fresh(task, 300, "train")
    rates, cut = answer_rates(model, asked), knock_out(model, seen)
    off = deviations(model, asked)
    names = [f"{reader} from {read}" for reader, read in EDGES]
    numbers = {
        "seen": answer_rates(model, seen).given,
        "inferential": rates.inferential,
        "symmetric": rates.symmetric,
        "flow_seen": information_flow(model, seen).score,
        "flow_unseen": information_flow(model, asked).score,
        "mechanism": cut.score,
        "answer_vectors": similarity_auc(last_vectors(model, few), few.label),
        "anchor_vectors": similarity_auc(
            anchor_values(model, few), few.meta["partial"]
        ),
    }
    return xr.Dataset(
        {name: float(value) for name, value in numbers.items()}
        | {
            "edges": (("layer", "edge"), np.asarray(cut.edges)),
            "deviation": ("off", np.array([off.get(int(k), 0.0) for k in OFF])),
        },
        {"edge": names, "off": OFF},
    )


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    large = data.sel(run=[r for r in data.run.values if r.startswith("large")])
    small = data.sel(run=[r for r in data.run.values if r.startswith("small")])
    yield Claim(
        "From a large initialisation the unseen pair gets the answer of its mirror.",
        "Fig. 3 and Table 1",
        f"at least {SOLVED} symmetric answers in every run",
        f"{_listed(large['symmetric'])} symmetric, {_listed(large['inferential'])} "
        "inferential, seed by seed",
        bool((large["symmetric"] >= SOLVED).all()),
        "A run with answers of both kinds has a circuit of both kinds."
        if float(large["symmetric"].min()) < SOLVED
        else "",
    )
    mirrored = large.sel(run=large["symmetric"] >= SOLVED)
    yield Claim(
        "Where the mirror is answered, the last position takes the anchors as a pair, "
        "then the key.",
        "Fig. 4, symmetric solution",
        "answers depend on the symmetric route, score -1",
        f"knock-out {_listed(mirrored['mechanism'], '+')}, attention "
        f"{_listed(mirrored['flow_seen'], '+')} in {mirrored.sizes['run']} runs",
        bool((mirrored["mechanism"] < -0.9).all()) if mirrored.sizes["run"] else None,
    )
    score = float(small["mechanism"].mean())
    yield Claim(
        "From a small initialisation each anchor takes the key, and the last position "
        "both anchors.",
        "Fig. 4, inferential solution",
        "answers depend on the inferential route, score 1",
        f"knock-out {_listed(small['mechanism'], '+')}, attention "
        f"{_listed(small['flow_seen'], '+')}; {_listed(small['inferential'])} "
        "inferential answers",
        True if score > 0.5 else (False if score < -0.5 else None),
        "Seeds of one rate part at this width: see the figure of all runs.",
    )
    yield _vectors(small, mirrored, score)


def _vectors(small: xr.Dataset, mirrored: xr.Dataset, score: float) -> Claim:
    names = ("answer_vectors", "anchor_vectors")
    pairs = [[_listed(part[name]) for part in (small, mirrored)] for name in names]
    more = [bool(small[n].min() > mirrored[n].max()) for n in names]
    both = mirrored.sizes["run"] > 0 and score > 0.5
    return Claim(
        "Vectors of equal meaning are parallel in an inferential transformer.",
        "Fig. 5",
        "more so than in a symmetric one, at the last position and at the first anchor",
        "probability that the cosine tells equal from unequal: "
        f"{pairs[0][0]} against {pairs[0][1]} at the last position, {pairs[1][0]} "
        f"against {pairs[1][1]} at the first anchor",
        all(more) if both else None,
    )


def _listed(values: xr.DataArray, sign: str = "") -> str:
    return ", ".join(f"{float(v):{sign}.2f}" for v in values)


def _draw(data: xr.Dataset) -> Figure:
    runs = data.run.to_numpy()
    figure = Figure(figsize=(2.7 * len(runs) + 0.8, 4.8))
    tops, bottoms = figure.subplots(2, len(runs), squeeze=False)
    for top, bottom, name in zip(tops, bottoms, runs, strict=True):
        one = data.sel(run=name)
        top.bar(one["off"], one["deviation"], color="#0072b2")
        top.set_ylim(0, 1)
        top.set_title(str(name))
        top.set_xlabel("answer less inferential one")
        lost = float(one["seen"]) - one["edges"].to_numpy()
        bottom.imshow(lost, vmin=0, vmax=1, cmap="viridis_r", aspect="auto")
        bottom.set_xticks(range(6), one["edge"].values, rotation=60, ha="right")
        bottom.set_yticks(range(len(lost)), [f"layer {i}" for i in range(len(lost))])
        bottom.tick_params(length=0)
    tops[0].set_ylabel("share, unseen pair")
    return figure


CIRCUITS = Experiment(
    "figures-3-5",
    "Answers and circuits of single transformers",
    "Above: by how much the answer on (4, 3) is off the inferential one. Below: what "
    "accuracy on seen pairs is lost without one edge of attention, dark is all.",
    _measure,
    _judge,
    _draw,
)
