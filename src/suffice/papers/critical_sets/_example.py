"""Two statements with exceptions: independent neurons, and Example 3.2."""

from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.landscape import Cancelling, classify, embed, Null
from suffice.models import ACTIVATIONS, TwoLayer
from suffice.papers._paper import Experiment, Run
from suffice.reduction import reduce
from suffice.report._shared import Claim

from ._points import Residual

# Lemma 3.1 ------------------------------------------------------------------------

INDEPENDENT = ("tanh", "erf", "arctan", "gaussian")
ROUNDING = 1e-12  # of relative singular values
DEPENDENT = ("sigmoid", "softplus", "silu", "gelu")


def _neurons(name: str, rng) -> tuple[np.ndarray, np.ndarray]:
    """Six pairwise independent neurons, and output weights that try to cancel."""
    u, v = rng.standard_normal((2, 2))
    known = ACTIVATIONS[name]
    if known.odd or known.even:  # mirrored neurons are dependent
        w = np.array([u, v, u + v, *rng.standard_normal((3, 2))])
        return w, np.ones(6)
    w = np.array([u, -u, v, -v, -u - v, u + v])
    if known.leftover == "constant":
        return w, np.array([1.0, 1.0, -0.5, -0.5, -0.5, -0.5])
    return w, np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])


def _measure_lemma(run: Run) -> xr.Dataset:
    run.tell("singular values of six neurons, for eight activations")
    names, smallest, widths = (*INDEPENDENT, *DEPENDENT), [], []
    rng = np.random.default_rng(0)
    x = 2.0 * rng.standard_normal((80, 2))
    for name in names:
        w, a = _neurons(name, rng)
        columns = np.asarray(ACTIVATIONS[name](jnp.asarray(x @ w.T)))
        columns = columns / np.linalg.norm(columns, axis=0)
        values = np.linalg.svd(columns, compute_uv=False)
        smallest.append(values[-1] / values[0])
        model = TwoLayer(jnp.asarray(w), jnp.asarray(a), activation=name)
        widths.append(reduce(model, tolerance=1e-12).widths[0])
    return xr.Dataset(
        {"smallest": ("activation", smallest), "width": ("activation", widths)},
        {"activation": list(names)},
    )


def _judge_lemma(data: xr.Dataset) -> Iterator[Claim]:
    statement = (
        "Neurons of an analytic activation are independent if and only if every two "
        "of them are"
    )
    good = data.sel(activation=list(INDEPENDENT))
    yield Claim(
        f"{statement}: {', '.join(INDEPENDENT)}.",
        "Lemma 3.1",
        "six pairwise independent neurons have rank 6",
        f"smallest singular value at least {float(good.smallest.min()):.1e} of the "
        "largest",
        bool(good.smallest.min() > ROUNDING),
    )
    reasons = {
        "sigmoid": "s(z) + s(-z) = 1 for every z: two mirrored pairs are dependent.",
        "softplus": "s(z) - s(-z) = z: the neurons of u, v, -u - v and their mirror "
        "images are dependent. So it is for SiLU and exact GELU.",
    }
    for name, remark in reasons.items():
        one = data.sel(activation=name)
        yield Claim(
            f"{statement}: {name}.",
            "Lemma 3.1",
            "six pairwise independent neurons have rank 6",
            f"smallest singular value {float(one.smallest):.0e} of the largest; a sum "
            f"of the six reduces to width {int(one.width)}",
            bool(one.smallest > ROUNDING),
            remark,
        )


def _draw_lemma(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.8, 2.8))
    axis = figure.subplots()
    names = data.activation.to_numpy()
    colors = ["C0" if name in INDEPENDENT else "C1" for name in names]
    places = np.arange(len(names))[::-1]
    axis.hlines(places, 1e-17, data.smallest, color=colors, linewidth=1)
    axis.scatter(data.smallest, places, color=colors, zorder=3)
    axis.set_xscale("log")
    axis.set_xlim(1e-17, 2)
    axis.set_yticks(places, names)
    axis.set_xlabel("smallest over largest singular value of six neurons")
    return figure


LEMMA = Experiment(
    "lemma-3-1",
    "Pairwise independent neurons that are dependent",
    "Six pairwise independent neurons on 80 samples. Values at rounding level mean "
    "that one of them is a sum of the others; orange: activations with an identity "
    "between mirrored neurons.",
    _measure_lemma,
    _judge_lemma,
    _draw_lemma,
)

# Example 3.2 ----------------------------------------------------------------------

X = np.array([[1.0, 0], [0, 1], [1, 1], [1, -1]])
Y = np.array([1.0, 1, 0, 0])
AXIS = np.linspace(-2.2, 2.2, 89)


def _example() -> TwoLayer:
    w = jnp.array([[np.log(1 / 3), 0.0]])
    return TwoLayer(w, jnp.ones(1), activation="exp")


def _measure_example(run: Run) -> xr.Dataset:
    run.tell("Example 3.2: its residual function, null and cancelling neurons")
    point = _example()
    narrow = classify(point, X, Y)
    function = Residual.of(point, X, Y)
    line = np.column_stack([AXIS, np.zeros(len(AXIS))])
    plane = np.stack(np.meshgrid(AXIS, AXIS), axis=-1)
    group = Cancelling(weights=(0.5, 0.0), coefficients=(0.7, -0.7))
    pair = embed(point, X, Y, width=3, kind=group)
    null = embed(point, X, Y, width=3, kind=Null(weights=[(0.5, 0.0), (-0.7, 0.0)]))
    saddle = classify(null.point, X, Y)
    assert saddle.inertia is not None
    assert saddle.escape is not None
    return xr.Dataset(
        {
            "phi": (("v", "u"), function.value(plane)),
            "on_line": np.abs(function.value(line)).max(),
            "slope_on_line": np.abs(function.slope(line)).max(),
            "residual": ("i", function.e),
            "loss": 2 * narrow.loss,
            "gradient": narrow.gradient,
            "pair_gradient": pair.gradient,
            "pair_difference": pair.difference,
            "inertia": ("sign", list(saddle.inertia.signature)),
            "escaped": saddle.escape.measured,
        },
        {"u": AXIS, "v": AXIS},
        {"verdict": saddle.verdict},
    )


def _judge_example(data: xr.Dataset) -> Iterator[Claim]:
    e = ", ".join(f"{v:.4f}" for v in data.residual.to_numpy())
    yield Claim(
        "The neuron exp(w'·x) with w' = (log 1/3, 0) is critical on four samples.",
        "Example 3.2",
        "residuals (-2/3, 0, 1/3, 1/3), loss 2/3",
        f"residuals ({e}), loss {float(data.loss):.4f}, gradient "
        f"{float(data.gradient):.0e}",
        bool(np.allclose(data.residual, [-2 / 3, 0, 1 / 3, 1 / 3], atol=1e-12)),
        covers=("critical-whole",),
    )
    off = data.phi.where(np.abs(data.v) > 1e-9)
    yield Claim(
        "The input weights at which the residual function vanishes form the line R x "
        "{0}.",
        "Example 3.2",
        "M = R x {0}",
        f"|phi| at most {float(data.on_line):.0e} on the line, at least "
        f"{float(off.min()):.1e} off it",
        bool(data.on_line < 1e-13 and off.min() > 0),
        "The gradient of the residual function vanishes on the line as well, so that "
        "all its zeros are double.",
        covers=("critical-whole",),
    )
    yield Claim(
        "Critical points of this function have the one effective feature w'.",
        "Example 3.2 and formula (5)",
        "no other neurons with output weights",
        "neurons (0.7, -0.7) with weights (1/2, 0) beside it: outputs change by "
        f"{float(data.pair_difference):.0e}, gradient {float(data.pair_gradient):.0e}",
        bool(data.pair_gradient > 1e-10),
        "Neurons that cancel are critical wherever phi and its gradient vanish; here "
        "that is a whole line. Generically there is no such weight vector.",
        covers=("critical-whole",),
    )
    p, n, z = (int(v) for v in data.inertia)
    yield Claim(
        "In Example 3.2 a critical point with two neurons of output weight zero is a "
        "saddle.",
        "Proposition 5.2",
        "saddle",
        f"{data.attrs['verdict']}: {p} positive, {n} negative, {z} zero eigenvalues; "
        f"a silent step lowers the loss by {float(data.escaped):.2g}",
        bool(data.escaped > 0),
        "The saddle is not strict in this example; it is strict wherever the gradient "
        "of phi is not zero.",
        covers=("critical-saddles",),
    )


def _draw_example(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.8, 3.6))
    axis = figure.subplots()
    levels = [1e-3, 1e-2, 0.1, 0.3, 1, 3, 10, 30]
    mesh = axis.contourf(
        data.u, data.v, data.phi.clip(1e-3), levels=levels, cmap="Blues",
        norm="log", extend="max",
    )  # fmt: skip
    axis.axhline(0, color="#d55e00", linewidth=2, label="zeros")
    axis.plot([np.log(1 / 3)], [0], "ko", label="w'")
    axis.plot([0.5], [0], "s", color="#009e73", label="the cancelling pair")
    figure.legend(loc="outside upper center", ncols=3)
    axis.set_xlabel("first weight")
    axis.set_ylabel("second weight")
    figure.colorbar(mesh, ax=axis, label="residual function phi")
    return figure


EXAMPLE = Experiment(
    "example-3-2",
    "Example 3.2 and the neurons that it misses",
    "The residual function of exp(w'·x) over the two weights of one more neuron. It "
    "vanishes to second order on a line, so that beside null neurons pairs which "
    "cancel are critical too.",
    _measure_example,
    _judge_example,
    _draw_example,
)
