"""Critical points found from random starts lie on branches; dimensions of branches."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.optimize import root

from suffice._core import plural
from suffice.landscape import classify, embed, inertia, Null
from suffice.models import Activation, activation as as_activation, TwoLayer
from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim

from ._points import critical_data, drawn, Residual

# Theorem 5.1: which points are critical -------------------------------------------

NAMES = ("tanh", "sigmoid", "softplus", "gelu")
GRADIENTS = (1e-10, 1e-8, 1e-6)  # relative gradients of critical points
SHAPES = ((2, 1), (2, 2), (3, 2), (3, 3))  # width, inputs
KNOWN = {"target", "null", "dead"}


def _gradient(theta, width: int, x, y, activation: Activation) -> np.ndarray:
    """The gradient of half the sum of squares, neuron by neuron."""
    neurons = theta.reshape(width, -1)
    a, w = neurons[:, 0], neurons[:, 1:]
    here = Residual(activation, x, -y).at(a, w)
    parts = here.value(w)[:, None], a[:, None] * here.slope(w)
    return np.concatenate(parts, axis=1).ravel()


def _search(
    name: str, width: int, inputs: int, starts: int, seed: int
) -> Iterator[dict]:
    rng = np.random.default_rng(seed)
    activation = as_activation(name)
    x, y = 1.5 * rng.standard_normal((12, inputs)), rng.standard_normal(12)
    for start in rng.standard_normal((starts, width * (inputs + 1))):
        solution = root(
            _gradient, start, (width, x, y, activation), method="lm",
            options={"maxiter": 1500, "xtol": 1e-14, "ftol": 1e-14},
        )  # fmt: skip
        neurons = solution.x.reshape(width, -1)
        if np.abs(neurons).max() > 15 or np.abs(solution.fun).max() > 1e-9:
            continue
        model = TwoLayer(
            jnp.asarray(neurons[:, 1:]), jnp.asarray(neurons[:, 0]), activation=name
        )
        row = _described(model, x, y)
        if row["gradient"] < 1e-7:
            yield row


def _described(model: TwoLayer, x, y) -> dict:
    classification = classify(model, x, y, tolerance=1e-5)
    narrow = classify(classification.narrow, x, y) if classification.widths[0] else None
    counted, loss = classification.inertia, classification.loss
    return {
        "loss": loss,
        "gradient": classification.gradient,
        "roles": set(classification.roles[0]) <= KNOWN,
        "narrow_gradient": 0.0 if narrow is None else narrow.gradient,
        "same": narrow is None or abs(narrow.loss - loss) < 1e-7 * loss,
        "effective": classification.widths[0],
        "silent": int(np.sum(np.abs(np.asarray(model.a)) < 1e-6)),
        "saddle": classification.verdict.endswith("saddle"),
        "negative": -1 if counted is None else counted.negative,
    }


def _measure_blind(run: Run) -> xr.Dataset:
    starts = 60 if run.full else 12
    rows = []
    for activation in NAMES:
        for width, inputs in SHAPES:
            run.tell(f"critical points of {activation}, {width} neurons")
            for row in _search(activation, width, inputs, starts, 10 * width + inputs):
                rows.append({"activation": activation, "width": width, **row})
    return xr.Dataset({k: ("point", [row[k] for row in rows]) for k in rows[0]})


def _judge_blind(data: xr.Dataset) -> Iterator[Claim]:
    count = data.sizes["point"]
    members = int(data.roles.sum())
    yield Claim(
        "Each neuron of a critical point copies a neuron of the reduced network or has "
        "no effect on the output.",
        "Theorem 5.1, formula (5)",
        "all",
        f"{members} of {count} points from random starts, four activations",
        members == count,
        covers=("critical-whole",),
    )
    worst = float(data.narrow_gradient.max())
    yield Claim(
        "Critical reduction maps critical points to critical points with the same "
        "function.",
        "Proposition 4.1",
        "all",
        f"relative gradients of the reduced networks at most {worst:.0e}; losses equal "
        f"for {int(data.same.sum())} of {count}",
        steady(lambda level: worst < level and bool(data.same.all()), GRADIENTS),
        covers=("critical-operators",),
    )
    idle = data.isel(point=np.flatnonzero(data.silent > 0))
    saddles, strict = int(idle.saddle.sum()), int((idle.negative > 0).sum())
    yield Claim(
        "Critical points with a neuron of output weight zero are saddles.",
        "Proposition 5.2",
        "all",
        f"{saddles} of {idle.sizes['point']} such points, {strict} of them strict",
        saddles == idle.sizes["point"],
        covers=("critical-saddles",),
    )


def _draw_blind(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(6.4, 2.8))
    axes = figure.subplots(1, len(NAMES), sharey=True)
    rng = np.random.default_rng(0)
    for axis, name in zip(axes, NAMES, strict=True):
        here = data.where(data.activation == name, drop=True)
        for r in range(int(data.effective.max()) + 1):
            one = here.where(here.effective == r, drop=True)
            shift = rng.uniform(-0.25, 0.25, one.sizes["point"])
            axis.plot(
                one.negative + shift, one.loss, "o", markersize=3, alpha=0.7,
                color=f"C{r}", label=f"r = {r}",
            )  # fmt: skip
        axis.set_title(name)
        axis.set_xlim(-0.6, 4.6)
        axis.set_xticks(range(5))
    axes[0].set_ylabel("loss")
    handles, labels = axes[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", title="neurons left")
    figure.supxlabel("negative eigenvalues of the Hessian", fontsize=9)
    return figure


BLIND = Experiment(
    "theorem-5-1",
    "Critical points found from random starts",
    "Levenberg-Marquardt on the gradient from random starts, widths 2 and 3, twelve "
    "random samples of 1 to 3 inputs. Colours: the width r that critical reduction "
    "leaves. Points are spread a little sideways.",
    _measure_blind,
    _judge_blind,
    _draw_blind,
)

# Theorem 5.1: dimensions ----------------------------------------------------------

WIDTH = 5


def _measure_dimension(run: Run) -> xr.Dataset:
    run.tell("kernels of Hessians with null neurons in 1, 2 and 3 dimensions")
    inputs, seeds = (1, 2, 3), 5 if run.full else 2
    shape = (len(inputs), WIDTH, seeds)
    zero, negative, base = (np.zeros(shape, int) for _ in range(3))
    for i, count in enumerate(inputs):
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            narrow = drawn(1, count, rng)
            x = 1.5 * rng.standard_normal((20, count))
            y = critical_data(narrow, x, rng)
            for null in range(WIDTH):
                split = embed(narrow, x, y, width=WIDTH - null).point
                point = split
                if null:
                    key = jax.random.key(seed)
                    wide = embed(split, x, y, width=WIDTH, kind=Null(), key=key)
                    point = wide.point
                signature = inertia(point, x, y).signature
                zero[i, null, seed] = signature.zero
                negative[i, null, seed] = signature.negative
                base[i, null, seed] = inertia(split, x, y).negative
    names = ("inputs", "null", "seed")
    return xr.Dataset(
        {"zero": (names, zero), "negative": (names, negative), "split": (names, base)},
        {"inputs": list(inputs), "null": range(WIDTH)},
    )


def _expected(data: xr.Dataset) -> xr.DataArray:
    """`(m - l - r) + l (d - 1)` for an isolated narrow critical point, `r = 1`."""
    return (WIDTH - 1 - data.null) + data.null * (data.inputs - 1)


def _judge_dimension(data: xr.Dataset) -> Iterator[Claim]:
    expected = _expected(data)
    words = {1: "decreases with", 2: "does not depend on", 3: "increases with"}
    for inputs, word in words.items():
        wanted = [int(v) for v in expected.sel(inputs=inputs)]
        got = data.zero.sel(inputs=inputs)
        yield Claim(
            f"The dimension of critical sets with l null neurons {word} l "
            f"({plural(inputs, 'input')}, odd activation).",
            "Theorem 5.1: (m - l - r) + N + l (d - 1), equality for odd activations",
            ", ".join(map(str, wanted)),
            ", ".join(map(str, got.max("seed").to_numpy())),
            bool((got == xr.DataArray(wanted, dims="null")).all()),
            covers=("critical-hierarchy",),
        )
    more = data.negative - data.split
    yield Claim(
        "A null neuron adds exactly one negative eigenvalue to the Hessian.",
        "sharpens Proposition 5.2; derived and verified here",
        "one for each",
        f"{int((more == data.null).sum())} of {more.size} points",
        bool((more == data.null).all()),
        kind="derived",
    )


def _draw_dimension(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.6, 3.0))
    axis = figure.subplots()
    for i, inputs in enumerate(data.inputs.to_numpy()):
        axis.plot(data.null, _expected(data).sel(inputs=inputs), color=f"C{i}")
        label = plural(inputs, "input")
        measured = data.zero.sel(inputs=inputs).max("seed")
        axis.plot(data.null, measured, "o", color=f"C{i}", label=label)
    axis.set_xticks(data.null)
    axis.set_xlabel("null neurons l")
    axis.set_ylabel("dimension of the critical set")
    axis.legend()
    return figure


DIMENSION = Experiment(
    "theorem-5-1-dimensions",
    "The dimension of critical sets with null neurons",
    f"One tanh neuron at width {WIDTH}: l null neurons, the others copies. Lines: the "
    "formula; dots: zero eigenvalues of the Hessian.",
    _measure_dimension,
    _judge_dimension,
    _draw_dimension,
)
