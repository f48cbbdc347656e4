"""Accuracy and matching along chains, over rate and place of the normalisation."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice._core import listed
from suffice.papers._paper import Experiment, fair, Run, steady
from suffice.papers._transformers import swept
from suffice.reasoning import ChainStudy, ChainTask, Decoder, Recipe
from suffice.report._shared import Claim

from ._paired import above_zero, told

RIGHT = 0.9
COST = (
    "33 runs of 40 000 steps: 1.8e17 floating-point operations, about 1.7 hours of one "
    "GPU at 30 TFLOP/s, and 2.3 GB of its memory (counted by the compiler, not run)"
)
SHOWN = ("inside", "outside", "match", "match_random", "attention_outside")


def studies(full: bool) -> dict[str, ChainStudy]:
    """Studies of one step over rates, and of two steps over the place of the norm.

    Quick: four pairs, width 64; 6 runs of 500 and 6 of 1500 steps, about 350 CPU
    seconds. Full: six pairs, width 400, 15 and 18 runs of 40 000 steps; see `COST`.
    """
    tokens = (20, 101) if full else (20, 61)
    pairs, seeds = (6, 3) if full else (4, 2)
    one = ChainTask(steps=1, pairs=pairs, tokens=tokens)
    two = dataclasses.replace(one, steps=2)
    size: dict[str, Any] = (
        {"width": 400, "hidden": 1200} if full else {"width": 64, "hidden": 128}
    )
    if full:
        rates, recipe = (0.3, 0.4, 0.5, 0.6, 0.8), Recipe(1e-4, 40_000, 1000, 0.1)
        grid = {"model.norm": ("post", "pre"), "model.rate": (0.3, 0.5, 0.8)}
        long = recipe
    else:
        rates, recipe, long = (0.3, 0.5, 0.8), Recipe(1e-3, 500), Recipe(1e-3, 1500)
        grid = {"model.norm": ("post", "pre")}
    shallow = Decoder(2, rate=0.5, key_dim=64, **size)
    deep = dataclasses.replace(shallow, layers=3)
    by_rate = {"model.rate": rates}
    return {
        "one": ChainStudy(one, shallow, recipe, by_rate, seeds, block=seeds),
        "two": ChainStudy(two, deep, long, grid, 3, block=3),
    }


def _measure(run: Run) -> xr.Dataset:
    if run.full:
        run.tell(COST)
    parts: list[xr.Dataset] = []
    asked = studies(run.full)
    for name, study in asked.items():
        results = swept(run, study, run.folder / name, f"points, {name} step")
        last = results[list(SHOWN)].isel(time=-1)
        points = [d for d in last["outside"].dims if d != "seed"]
        flat = last.stack(case=points).reset_index("case")
        labels = [_label(name, points, flat, i) for i in range(flat.sizes["case"])]
        flat = flat.drop_vars([c for c in flat.coords if c != "seed"])
        parts.append(flat.assign_coords(case=labels).drop_attrs())
    whole = xr.concat(parts, "case", join="outer").transpose("case", "seed")
    return whole.assign_attrs(chance=1 / len(range(*asked["one"].task.tokens)))


def _label(name, points, flat, index) -> str:
    values = [str(flat[point].to_numpy()[index]) for point in points]
    return " ".join([name, *values])


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    outside = _by_case(data, "outside")
    one = {c: v for c, v in outside.items() if c.startswith("one")}
    two = {c: v for c, v in outside.items() if c.startswith("two")}
    small = {c: v for c, v in one.items() if float(c.split()[-1]) >= 0.5}
    yield Claim(
        "A two-layer transformer takes a step along pairs that it never saw.",
        "section on the matching operation",
        f"accuracy out of distribution at least {RIGHT} from rate 0.5 on",
        _at_cases(one),
        fair(all(min(v) >= RIGHT for v in small.values()), data),
        "All runs are counted. At rate 0.3 this number of steps is too small.",
        covers=("match-mechanism",),
    )
    match, chance = _by_case(data, "match"), data.attrs["chance"]
    raised = match["one 0.8"]
    yield Claim(
        "It does so by matching: each token attends to an equal token.",
        "matching matrices",
        "nearly all tokens match themselves best at rate 0.8",
        f"{listed(raised)} of the tokens at rate 0.8 (chance {chance:.3f})",
        fair(steady(lambda share: min(raised) > share, (0.7, 0.8, 0.9)), data),
        covers=("match-mechanism", "match-small"),
    )
    random = _by_case(data, "match_random")["one 0.8"]
    yield Claim(
        "The matching holds for random tokens, which is why it generalises.",
        "matching score out of distribution",
        "random tokens match themselves far more often than by chance",
        f"{listed(random)} of random tokens (chance {chance:.3f})",
        fair(
            steady(lambda times: min(random) > times * chance, (3.0, 5.0, 10.0)), data
        ),
        covers=("match-mechanism",),
    )
    yield _rates(match, chance)
    yield _place(two, data)


def _rates(match: dict[str, list[float]], chance: float) -> Claim:
    """Whether tokens match themselves more often from a smaller start."""
    large, small = match["one 0.3"], match["one 0.8"]
    return Claim(
        "A smaller initialisation helps matching to form.",
        "abstract",
        "every run at rate 0.8 above every run at rate 0.3",
        f"{listed(small)} of the tokens match themselves at rate 0.8, {listed(large)} "
        f"at rate 0.3 (chance {chance:.3f})",
        True if min(small) > max(large) else None,
        covers=("match-small",),
    )


def _place(two: dict[str, list[float]], data: xr.Dataset) -> Claim:
    post, pre = (_at_half(two, norm) for norm in ("post", "pre"))
    gained = np.array(post) - np.array(pre)
    return Claim(
        "Normalisation after each part (post-LN) helps the second step.",
        "abstract",
        "accuracy out of distribution larger than with normalisation before, rate 0.5",
        f"{listed(post)} after, {listed(pre)} before; {told(gained)}",
        fair(above_zero(gained), data),
        "Runs of equal seeds are compared, at one learning rate for both.",
        covers=("match-post", "match-ability"),
    )


def _at_half(two: dict[str, list[float]], norm: str) -> list[float]:
    cases = [v for c, v in two.items() if norm in c and c.split()[-1] in (norm, "0.5")]
    return cases[0]


def _by_case(data: xr.Dataset, name: str) -> dict[str, list[float]]:
    rows = zip(data.case.to_numpy(), data[name].to_numpy(), strict=True)
    return {str(case): row[np.isfinite(row)].tolist() for case, row in rows}


def _at_cases(cases: dict[str, list[float]]) -> str:
    return "; ".join(f"{listed(v)} at {c.split()[-1]}" for c, v in cases.items())


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(8.4, 3.2))
    axis = figure.subplots()
    names = {
        "inside": "accuracy, in distribution",
        "outside": "accuracy, out of distribution",
        "match": "tokens that match",
        "match_random": "random tokens that match",
        "attention_outside": "attention to the pair of the hop",
    }
    for column, (name, title) in enumerate(names.items()):
        rows = data[name].to_numpy()
        x = np.arange(len(rows))[:, None] + 0.13 * (column - 2) + 0 * rows
        axis.plot(x.ravel(), rows.ravel(), "o", label=title)
    labels = [str(case).replace(" ", "\n") for case in data.case.to_numpy()]
    axis.set_xticks(range(len(labels)), labels)
    axis.set_xlabel("steps, and rate γ or place of the normalisation")
    axis.set_ylim(-0.05, 1.05)
    axis.set_ylabel("share")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


CHAINS = Experiment(
    "chains",
    "Steps along chains that were never seen",
    "Every dot is a transformer at its last step. Scores of matching are those of the "
    "weakest hop.",
    _measure,
    _judge,
    _draw,
)
