"""How fast gradient flow converges near a branch: exponentially, or like t^-2."""

from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax.flatten_util import ravel_pytree
from matplotlib.figure import Figure

from suffice._core import partition
from suffice.landscape import flow_rate
from suffice.models import TwoLayer
from suffice.papers._paper import Experiment, Run
from suffice.report._shared import Claim
from suffice.tangent import jacobian
from suffice.training import GradientFlow, stack, train

from ._fits import outputs, SHIFTED, types, widened
from ._separation import DIM, WIDTH

CASES = {"1; 1,1": (1, (1, 1)), "1; 2": (1, (2,)), "3; -": (3, ())}
SAMPLES = 8  # above every threshold of these branches
TIMES = np.geomspace(1e-1, 1e9, 601)
FRESH = 1.5 * np.random.default_rng(0).standard_normal((100, DIM))


def _flows(label: str, seeds: int) -> xr.Dataset:
    """Gradient flow from near points of a branch, each with its own samples."""
    points, starts, x = [], [], []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        narrow = TwoLayer(
            jnp.array([[1.1, -0.4]]), jnp.array([1.0]), activation=SHIFTED
        )
        copies, null = CASES[label]
        point = widened(narrow, copies, null, rng)
        params, rest = partition(point)
        moved = jax.tree.map(
            lambda p, r=rng: p + 0.02 * r.standard_normal(p.shape), params
        )
        points.append(point)
        starts.append(eqx.combine(moved, rest))
        x.append(1.8 * rng.standard_normal((SAMPLES, DIM)))
    y = [outputs(point, one, single=True) for point, one in zip(points, x, strict=True)]
    method = GradientFlow(max_time=float(TIMES[-1]), loss_tolerance=0.0, rtol=1e-6)
    training = train(stack(starts), np.array(x), np.array(y), method=method, at=TIMES)
    assert training.trajectory is not None
    kind = next(t for t in types(1, WIDTH, DIM) if t.label == label)
    path = training.trajectory
    residuals, kernels = _linearised(path.models, np.array(x), np.array(y))
    laws = [
        flow_rate(TIMES, loss, residual=r, kernel=k, last=0.25)
        for loss, r, k in zip(path.loss, residuals, kernels, strict=True)
    ]
    return xr.Dataset(
        {
            "loss": (("seed", "t"), training.trajectory.loss),
            "law": ("seed", [rate.law for rate in laws]),
            "value": ("seed", [rate.rate or rate.exponent or np.nan for rate in laws]),
            "slowest": ("seed", [
                _slowest(training.member(i), x[i], kind.codimension)
                for i in range(seeds)
            ]),
            "miss": (("seed", "t"), _misses(training.trajectory.models, points[0])),
        },
        {"t": TIMES},
    )  # fmt: skip


def _linearised(models, x: np.ndarray, y: np.ndarray):
    """Residuals and tangent kernels of all flows at all times."""
    params, rest = partition(models)

    def at(params, x, y):
        theta, unravel = ravel_pytree(params)

        def residual(v):
            return jax.vmap(eqx.combine(unravel(v), rest))(x) - y

        jac = jax.jacrev(residual)(theta)
        return residual(theta), jac @ jac.T

    along = jax.vmap(jax.vmap(at, (0, None, None)))
    return (np.asarray(part) for part in jax.jit(along)(params, x, y))


def _slowest(model: TwoLayer, x: np.ndarray, codimension: int) -> float:
    """The smallest eigenvalue of `JᵀJ` across the branch."""
    values = np.linalg.svd(jacobian(model, x), compute_uv=False)
    return float(values[codimension - 1] ** 2)


def _misses(models, point: TwoLayer) -> np.ndarray:
    """Distance of the functions from the target on fresh inputs."""
    inputs, truth = jnp.asarray(FRESH), outputs(point, FRESH, single=True)
    values = eqx.filter_vmap(eqx.filter_vmap(lambda m: jax.vmap(m)(inputs)))(models)
    return np.sqrt(np.mean((np.asarray(values) - truth) ** 2, axis=-1))


def _measure_rates(run: Run) -> xr.Dataset:
    rows = []
    for label in CASES:
        run.tell(f"gradient flow near the branch ({label})")
        rows.append(_flows(label, 12 if run.full else 6))
    return xr.concat(rows, dim="type").assign_coords(type=list(CASES))


def _judge_rates(data: xr.Dataset) -> Iterator[Claim]:
    for label in list(CASES)[:2]:
        one = data.sel(type=label)
        fast = one.law == "exponential"
        ratio = (one.value / (2 * one.slowest)).where(fast)
        yield Claim(
            f"Near a Morse-Bott branch, type ({label}), the loss falls at a linear "
            "rate.",
            "Theorem 5.3 and Corollary 5.1",
            "exponentially",
            f"{int(fast.sum())} of {fast.size} flows exponential",
            bool(fast.all()),
            covers=("minima-flows",),
        )
        yield Claim(
            f"The exponential rate near type ({label}) is twice the least positive "
            "eigenvalue of the Hessian.",
            "derived and verified here",
            "ratio 1",
            f"ratios {float(ratio.min()):.3f} to {float(ratio.max()):.3f}",
            bool(fast.any() and abs(ratio - 1).max() < 0.05),
            kind="derived",
        )
    one = data.sel(type="3; -")
    slow, fast = one.law == "algebraic", one.law == "exponential"
    exponents = one.value.where(slow)
    yield Claim(
        "Near a branch of merged neurons the loss falls slower than linearly.",
        "Theorem 5.3",
        "no flow exponential",
        f"{int(slow.sum())} of {slow.size} flows algebraic, {int(fast.sum())} "
        "exponential",
        bool(slow.any()) if not fast.any() else False,
        "Where the exponent still changes by more than 5% per decade, the law is left "
        "undecided.",
        covers=("minima-flows",),
    )
    yield Claim(
        "Near a branch of merged neurons the loss falls like t^-2.",
        "derived and verified here",
        "exponent -2",
        f"exponents {-float(exponents.max()):.2f} to {-float(exponents.min()):.2f}",
        bool(slow.any() and abs(exponents - 2).max() < 0.15),
        kind="derived",
    )
    late = one.where(one.t > 3e7, drop=True)
    slopes = [
        float(np.polyfit(np.log(late.t), np.log(miss), 1)[0]) for miss in late.miss
    ]
    yield Claim(
        "Near a branch of merged neurons the distance from the target function falls "
        "like 1/t, so that the flow recovers the target.",
        "derived and verified here",
        "exponent -1",
        f"exponents {min(slopes):.2f} to {max(slopes):.2f}",
        bool(max(abs(s + 1) for s in slopes) < 0.15),
        "At a fixed time such a run looks as if it missed the target.",
        kind="derived",
    )


def _draw_rates(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(5.2, 3.4))
    axis = figure.subplots()
    for i, label in enumerate(CASES):
        for j, loss in enumerate(data["loss"].sel(type=label).to_numpy()):
            name = f"({label})" if j == 0 else None
            shown = loss > 1e-26
            axis.loglog(TIMES[shown], loss[shown], color=f"C{i}", label=name, lw=1)
    late = TIMES > 1e4
    guide = float(data["loss"].sel(type="3; -").max("seed")[-1]) * 4
    axis.loglog(TIMES[late], guide * (TIMES[late] / TIMES[-1]) ** -2, "k:",
                label="slope -2")  # fmt: skip
    axis.set_xlabel("flow time")
    axis.set_ylabel("loss")
    axis.legend(title="branch")
    return figure


RATES = Experiment(
    "rates",
    "The loss falls exponentially, or like t^-2",
    "Gradient flow from a distance of 0.02 per parameter, one neuron of two inputs at "
    f"width 3, {SAMPLES} samples; types as (copies; null blocks). The law is read off "
    "the fall of the loss against that with a frozen kernel.",
    _measure_rates,
    _judge_rates,
    _draw_rates,
)
