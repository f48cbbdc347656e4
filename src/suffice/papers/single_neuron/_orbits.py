"""Trajectories from equal imbalance ratios coincide (Figure 2)."""

from collections.abc import Iterator

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim
from suffice.training import escape, imbalance, train

from ._setting import even, FLOW, normal_starts, padded, target

TIMES = np.linspace(0.5, 60, 60)
STARTS = (1e-15, 1e-10, 1e-8, 1e-6, 1e-4)


def _measure_orbits(run: Run) -> xr.Dataset:
    run.tell("five scales, two ratios, losses after the escape")
    ratios = np.repeat([0.5, 0.2], len(STARTS))
    models = _with_imbalance(ratios, np.tile(STARTS, 2))
    data = padded(even(6, len(ratios)))
    moved = escape(models, **data, until=1e-3)
    training = train(moved.models, **data, method=FLOW, at=TIMES)
    assert training.trajectory is not None
    loss = np.asarray(training.trajectory.loss).reshape(2, len(STARTS), -1)
    return xr.Dataset(
        {"loss": (("ratio", "scale", "t"), loss)},
        {"ratio": [0.5, 0.2], "scale": list(STARTS), "t": TIMES},
    )


def _with_imbalance(ratios: np.ndarray, scales: np.ndarray):
    """Random starts of given scales, the first neuron rescaled to a ratio."""
    models = normal_starts(len(ratios), 1.0)
    x = np.linspace(-2, 2, 6)[:, None]
    c = np.asarray(imbalance(models, x, target(x)).c)
    factor = np.stack([ratios * c[:, 1] / c[:, 0], np.ones(len(ratios))], axis=1)
    factor = jnp.asarray(factor * scales[:, None])
    return eqx.tree_at(
        lambda m: (m.w, m.a, m.b),
        models,
        (models.w * factor[..., None], models.a * factor, models.b * factor),
    )


def _judge_orbits(data: xr.Dataset) -> Iterator[Claim]:
    log = data["loss"].copy(data=np.log(data["loss"].to_numpy()))
    same = log.sel(ratio=0.5)
    spread = float((same.max("scale") - same.min("scale")).max())
    other = float(np.abs(same.mean("scale") - log.sel(ratio=0.2).mean("scale")).max())
    yield Claim(
        "Under small initialisation the whole trajectory depends on the imbalance "
        "ratio only.",
        "Fig. 2, Theorem 1",
        "curves of equal c coincide over eleven orders of the scale",
        f"log losses differ by at most {spread:.1e}; between c = 0.5 and 0.2 by "
        f"{other:.1f}",
        steady(lambda share: spread < share * other, (0.01, 0.03, 0.1)),
        covers=("neuron-ratio",),
    )


def _draw_orbits(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.8, 3.2))
    axis = figure.subplots()
    for ratio, colour in zip(data["ratio"].to_numpy(), ("C0", "C1"), strict=True):
        for scale, style in zip(STARTS, ["-", "--", "-.", ":", "-"], strict=True):
            curve = data["loss"].sel(ratio=ratio, scale=scale)
            label = f"c = {ratio:g}" if scale == STARTS[0] else None
            axis.semilogy(data["t"], curve, style, color=colour, label=label)
    axis.set_xlabel("flow time after the escape from the origin")
    axis.set_ylabel("loss")
    axis.legend()
    return figure


ORBITS = Experiment(
    "figure-2",
    "Trajectories depend on the imbalance ratio only",
    "Five seeds at scales 1e-15 to 1e-4 for each ratio C_1 / C_2, six evenly spaced "
    "samples; time counted from the norm 1e-3.",
    _measure_orbits,
    _judge_orbits,
    _draw_orbits,
)
