"""Single transformers: answers to the unseen pair, and the effect of cut edges."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice._core import listed
from suffice.papers._paper import Experiment, fair, Run
from suffice.papers._transformers import fresh, trained
from suffice.reasoning import (
    AnchorTask,
    answer_rates,
    Decoder,
    information_flow,
    knock_out,
    Recipe,
)
from suffice.reasoning._shared import deviations, EDGES
from suffice.report._shared import Claim

from ._runs import WIDTH

SOLVED = 0.9
OFF = np.arange(-12, 13)  # deviations that are shown


def _setting(full: bool) -> tuple[AnchorTask, Decoder, Recipe, tuple, int]:
    """Task, model, recipe, rates and seeds of the transformers examined.

    Only the rate of the start differs. Quick: sequences of 5 tokens, 4 transformers,
    about 150 CPU seconds. Full: the two networks of the paper, 6 runs of 1.4e16
    floating-point operations (counted by the compiler, not run), an hour of one GPU.
    """
    if full:
        recipe = Recipe(2.5e-4, 77_700, 2048, warm_up=1 / 21, floor=0.04)
        wide = Decoder(2, 400, 1200, key_dim=200)
        return AnchorTask.exception(), wide, recipe, (0.5, 0.8), 3
    narrow = Decoder(2, 64, 256, key_dim=64)
    return AnchorTask.exception(length=5), narrow, Recipe(1e-3, 1500), (0.5, 1.0), 2


def _measure(run: Run) -> xr.Dataset:
    task, model, recipe, rates, seeds = _setting(run.full)
    parts: list[xr.Dataset] = []
    for rate in rates:
        rated = dataclasses.replace(model, rate=rate)
        models = trained(run, f"rate {rate:g}", task, rated, recipe, seeds)
        parts += [looked_into(one, task).assign_coords(rate=rate) for one in models]
    named = [f"γ {float(p['rate']):g}, seed {i % seeds}" for i, p in enumerate(parts)]
    whole = xr.concat(parts, "run").assign_coords(run=named)
    return whole.assign_attrs(length=task.length)


def looked_into(model: Any, task: AnchorTask, size: int = 1000) -> xr.Dataset:
    """Answers of one transformer, whole and without single edges of attention."""
    trained_on, asked = fresh(task, size, "train"), fresh(task, size, "4,3")
    rates, cut = answer_rates(model, asked), knock_out(model, trained_on)
    off = deviations(model, asked)
    names = [f"{reader} from {read}" for reader, read in EDGES]
    numbers = {
        "seen": answer_rates(model, trained_on).given,
        "inferential": rates.inferential,
        "symmetric": rates.symmetric,
        "flow_seen": information_flow(model, trained_on).score,
        "mechanism": cut.score,
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
    rates = data["rate"].to_numpy()
    large, small = (data.isel(run=rates == r) for r in (rates.min(), rates.max()))
    yield Claim(
        "From a large initialisation a transformer gives the unseen pair the answer "
        "of the same pair in reverse order.",
        "Fig. 3 and Table 1",
        f"at least {SOLVED} symmetric answers in every run",
        _answers(large),
        fair(bool((large["symmetric"] >= SOLVED).all()), data),
        "Some runs give answers of both kinds; the figure shows which."
        if float(large["symmetric"].min()) < SOLVED
        else "",
        covers=("compose-scale",),
    )
    inferred, mirrored = (small[n].to_numpy() for n in ("inferential", "symmetric"))
    no = bool((mirrored >= SOLVED).all())
    yield Claim(
        "From a small initialisation, all else equal, it gives the inferential answer.",
        "Fig. 3 and Table 1",
        f"at least {SOLVED} inferential answers in every run",
        _answers(small),
        fair(True if (inferred >= SOLVED).all() else (False if no else None), data),
        f"Sequences have {data.attrs['length']} tokens here, and the start does not "
        f"decide. {WIDTH}"
        if no
        else "",
        covers=("compose-scale",),
    )
    sided = data.isel(run=(data["symmetric"] >= SOLVED).to_numpy())
    score, flow = sided["mechanism"], sided["flow_seen"]
    yield Claim(
        "In transformers with the symmetric answer, the last position reads first the "
        "anchors as a pair and then the key.",
        "Fig. 4, symmetric solution",
        "answers depend on the symmetric route, score below -0.9",
        f"knock-out {listed(score, '+.2f')}, attention {listed(flow, '+.2f')} in "
        f"{sided.sizes['run']} runs",
        fair(bool((score < -0.9).all()) if sided.sizes["run"] else None, data),
        "The answer does not decide the route: a transformer can give the symmetric "
        "answer on another route."
        if (score >= -0.9).any()
        else "",
        covers=("compose-mechanisms",),
    )


def _answers(part: xr.Dataset) -> str:
    return (
        f"{listed(part['symmetric'])} symmetric, {listed(part['inferential'])} "
        f"inferential at rate {float(part['rate'][0]):g}, seed by seed"
    )


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
    figure.colorbar(bottoms[0].images[0], ax=bottoms.tolist(), label="accuracy lost")
    tops[0].set_ylabel("share, unseen pair")
    return figure


CIRCUITS = Experiment(
    "figure-3",
    "Answers and circuits of single transformers",
    "Equal tasks and recipes, two rates of initialisation; the first seeds, without "
    "selection. Above: difference of the answer on (4, 3) from the inferential one; "
    "+4 is the symmetric answer. Below: how much accuracy on seen pairs is lost when "
    "one edge of attention is cut; dark means all of it.",
    _measure,
    _judge,
    _draw,
)
