"""Training that rests at embedded critical points, and layers that are inserted."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice._core import plural
from suffice.landscape import classify, critical_points, Deepening, embed, inertia
from suffice.models import Activation, DeepNetwork, TwoLayer
from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim
from suffice.training import ensemble, GradientFlow, member, train

from ._points import critical_data

# From saddle to saddle ------------------------------------------------------------

WIDE, INPUTS, SAMPLES, SCALE = 50, 3, 40, 1e-6
TIMES = np.geomspace(1e-2, 1e3, 301)


def _data() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).standard_normal((SAMPLES, INPUTS))
    w, a = jnp.diag(jnp.array([1.0, 2.0, 3.0])), jnp.array([1.5, -1.0, 0.6])
    return x, np.asarray(jax.vmap(TwoLayer(w, a))(jnp.asarray(x)))


def _measure_plateaus(run: Run) -> xr.Dataset:
    x, y = _data()
    run.tell("critical points of widths 1 and 2")
    key = jax.random.key(3)
    starts = 24 if run.full else 8
    tree = critical_points(x, y, width=2, starts=starts, saddles=False, key=key)
    run.tell(f"{WIDE} neurons from a small initialisation")
    template = TwoLayer.normal(WIDE, INPUTS, key=key)
    models = ensemble(template, 1, scale=SCALE, key=key)
    method = GradientFlow(max_time=float(TIMES[-1]))
    training = train(models, x, y, method=method, at=TIMES)
    assert training.trajectory is not None
    loss = training.trajectory.loss[0]
    slowest = _slowest(loss)
    states = member(training.trajectory.models, 0)
    rows = []
    for i in slowest:
        run.tell("the point where it lingers, classified")
        rows.append(_lingering(member(states, int(i)), x, y))
    kept = [row for _, row in tree.graph.nodes.items() if row["width"] > 0]
    plateau = {k: ("plateau", [row[k] for row in rows]) for k in rows[0]}
    return xr.Dataset(
        {
            "loss": ("t", loss),
            "critical": ("node", [row["loss"] for row in kept]),
            "width": ("node", [row["width"] for row in kept]),
            "time": ("plateau", TIMES[slowest]),
            **plateau,
        },
        {"t": TIMES},
    )


def _slowest(loss: np.ndarray) -> np.ndarray:
    """Where the logarithm of the loss falls slowest in the logarithm of time."""
    rate = -np.gradient(np.log(np.maximum(loss, 1e-300)), np.log(TIMES))
    inside = np.arange(1, len(rate) - 1)
    low = inside[(rate[1:-1] <= rate[:-2]) & (rate[1:-1] < rate[2:])]
    low = low[(rate[low] < 0.1) & (loss[low] > 1e-4 * loss[0])]
    return low[loss[low] < 0.99 * loss[0]][:2]  # behind the first, at the origin


def _lingering(point: TwoLayer, x, y) -> dict:
    classification = classify(point, x, y, polish=True)
    gain = 0.0 if classification.escape is None else classification.escape.measured
    counted = classification.inertia
    return {
        "embedded": classification.widths[0],
        "embedded_loss": classification.loss,
        "difference": classification.difference,
        "saddle": classification.verdict == "strict saddle",
        "gain": gain,
        "negative": -1 if counted is None else counted.negative,
    }


def _judge_plateaus(data: xr.Dataset) -> Iterator[Claim]:
    widths = ", ".join(str(int(v)) for v in data.embedded)
    known = [
        float(np.abs(data.critical - loss).min()) < 1e-6 * float(loss)
        for loss in data.embedded_loss
    ]
    yield Claim(
        f"A tanh network of width {WIDE} lingers near embedded critical points of "
        "narrow ones.",
        "arXiv:2105.14573, Fig. 1 and 4",
        "outputs there those of a narrow critical point",
        f"effective width {widths}; outputs differ by "
        f"{', '.join(f'{float(v):.1%}' for v in data.difference)}; the loss of "
        f"{sum(known)} of {plural(len(known), 'plateau')} is that of a critical point "
        "found without the wide network",
        steady(
            lambda share: data.sizes["plateau"] > 0 and (data.difference < share).all(),
            (0.05, 0.1, 0.2),
        ),
        kind="other",
    )
    yield Claim(
        "The network lingers at strict saddles and leaves them.",
        "derived and verified here, from Proposition 5.2",
        "strict saddle; a step along the escape lowers the loss at once",
        f"{int(data.saddle.sum())} of {plural(data.saddle.size, 'plateau')} at a "
        f"strict saddle, with {', '.join(str(int(v)) for v in data.negative)} negative "
        "eigenvalues; the step lowers the loss "
        f"{', '.join(f'{float(v):.3g}' for v in data.embedded_loss)} by "
        f"{', '.join(f'{float(v):.2g}' for v in data.gain)}",
        bool(data.saddle.all() and (data.gain > 0).all()),
        kind="derived",
    )


def _draw_plateaus(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(5.4, 3.4))
    axis = figure.subplots()
    floor = 1e-5
    shown = data.loss > floor
    axis.loglog(data.t[shown], data.loss[shown], color="k", label=f"width {WIDE}")
    for r in (1, 2):
        losses = np.sort(data.critical[data.width == r])[:4]
        for i, loss in enumerate(losses):
            label = f"critical at width {r}" if i == 0 else None
            axis.axhline(loss, color=f"C{r - 1}", linewidth=0.9, label=label)
    at = data.loss.sel(t=data.time.to_numpy())
    axis.plot(data.time, at, "o", color="#009e73", label="where it lingers", zorder=4)
    axis.set_ylim(floor, 3 * float(data.loss[0]))
    axis.set_xlabel("flow time")
    axis.set_ylabel("loss")
    axis.legend(loc="lower left")
    return figure


PLATEAUS = Experiment(
    "saddle-to-saddle",
    "Training lingers at embedded critical points of narrow networks",
    f"Gradient flow from parameters of size {SCALE:.0e}, {SAMPLES} samples of {INPUTS} "
    "inputs, a target of three neurons. Lines: losses of critical points of width 1 "
    "and 2, found without the wide network.",
    _measure_plateaus,
    _judge_plateaus,
    _draw_plateaus,
)

# One more layer -------------------------------------------------------------------


def _straight(z):
    """Equal to `z` from 1 on, and curved but analytic below."""
    below = jnp.minimum(z, 1.0)
    return z + 0.15 * (1 - below) ** 4 * jnp.exp(0.3 * below)


STRAIGHT = Activation("bent below 1", _straight)


def _measure_depth(run: Run) -> xr.Dataset:
    widths, rows = (3, 4), []
    rng = np.random.default_rng(5)
    narrow = DeepNetwork.normal(
        (2, 2, 2), 1.0, key=jax.random.key(1), activation=STRAIGHT
    )
    x = 1.5 * rng.standard_normal((24, 2))
    y = critical_data(narrow, x, rng)
    before = inertia(narrow, x, y).signature
    for width in widths:
        run.tell(f"a layer of {width} neurons inserted")
        kind = Deepening(width=width, interval=(1.0, 30.0))
        deep = embed(narrow, x, y, kind=kind, key=jax.random.key(width))
        after = inertia(deep.point, x, y).signature
        rows.append((before, after, deep.dimension, deep.difference, deep.gradient))
    before, after, dimension, difference, gradient = zip(*rows, strict=True)
    return xr.Dataset(
        {
            "before": (("width", "sign"), np.array(before)),
            "after": (("width", "sign"), np.array(after)),
            "dimension": ("width", list(dimension)),
            "difference": ("width", list(difference)),
            "gradient": ("width", list(gradient)),
        },
        {"width": list(widths)},
    )


def _judge_depth(data: xr.Dataset) -> Iterator[Claim]:
    yield Claim(
        "A layer inserted on a linear piece of the activation changes neither outputs "
        "nor criticality.",
        "arXiv:2205.13283 (depth lifting)",
        "no change",
        f"outputs change by at most {float(data.difference.max()):.0e}, the relative "
        f"gradient is {float(data.gradient.max()):.0e}",
        bool(data.difference.max() < 1e-9 and data.gradient.max() < 1e-8),
        kind="other",
    )
    before, after = data.before.to_numpy(), data.after.to_numpy()
    same = bool((before[:, :2] == after[:, :2]).all())
    yield Claim(
        "Lifting can turn local minima into strict saddles.",
        "arXiv:2205.13283",
        "more negative eigenvalues",
        f"negative: {before[0, 1]} before, {' and '.join(map(str, after[:, 1]))} "
        f"after; positive: {before[0, 0]} before, "
        f"{' and '.join(map(str, after[:, 0]))} after",
        None if same else True,
        "As long as every sample stays inside the straight piece, the loss is that of "
        "the shallow network in a product of the weights: the signs of the eigenvalues "
        "stay. New negative ones need samples at its ends, or more neurons.",
        kind="other",
    )
    grown = after[:, 2] - before[:, 2]
    yield Claim(
        "The kernel of the Hessian grows by the dimension of the family of lifts.",
        "derived and verified here",
        ", ".join(map(str, data.dimension.to_numpy())),
        ", ".join(map(str, grown)),
        bool((grown == data.dimension).all()),
        kind="derived",
    )


DEPTH = Experiment(
    "depth",
    "One more layer on a straight piece of the activation",
    "A critical 2-2-2 network, lifted to 2-2-q-2 with q = 3, 4; the activation is "
    "z for z > 1 and bent below.",
    _measure_depth,
    _judge_depth,
)
