"""Two copies of the best single neuron: a plateau, saddles and channels to infinity."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax.scipy.special import erf
from matplotlib.figure import Figure
from scipy.stats import norm

from suffice._core import ravel
from suffice.landscape import classify, embed, escape, inertia, Splitting
from suffice.models import Activation, TwoLayer
from suffice.papers._paper import Experiment, Run
from suffice.report._shared import Claim
from suffice.training import GradientFlow, stack, train

ERF = Activation(
    "erf(z/sqrt2)",
    lambda z: erf(z / np.sqrt(2)),
    parity="odd",
    independent=True,
    zeros=(0.0,),
    suprema=(1.0, 0.7979, 0.4839),
)
SAMPLES, FLOWING = 400, 24
SHARES = np.linspace(-0.6, 1.6, 45)
TIMES = np.geomspace(1e-1, 1e10, 56)  # of the mean loss
WHERE = {
    "between": "in (0, 1)",
    "at the ends": "in {0, 1}",
    "outside": "outside [0, 1]",
}
SIGNATURES = {"between": (3, 0, 1), "at the ends": (2, 0, 2), "outside": (2, 1, 1)}


def _data(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two error functions on `n` quantiles of the normal law."""
    x = norm.ppf((np.arange(n) + 0.5) / n)[:, None]
    z = jnp.asarray(x[:, 0])
    return x, np.asarray(ERF(5 * z + 2.5) + ERF(5 * z - 2.5))


def _one_neuron(x, y):
    """The best single neuron, a critical point."""
    start = TwoLayer(jnp.array([[1.4]]), jnp.array([2.15]), activation=ERF)
    return classify(start, x, y, polish=True)


def _pair(narrow: TwoLayer, x, y, share: float) -> TwoLayer:
    kind = Splitting(shares=(share, 1 - share))
    return embed(narrow, x, y, width=2, kind=kind).point


def _spectra(points: list[TwoLayer], x, y) -> np.ndarray:
    """All eigenvalues of the Hessian of the mean loss at each point."""
    _, unravel = ravel(points[0])

    @jax.jit
    def hessian(theta):
        def loss(t):
            return 0.5 * jnp.mean((jax.vmap(unravel(t))(x) - y) ** 2)

        return jax.hessian(loss)(theta)

    return np.stack([np.linalg.eigvalsh(hessian(ravel(p)[0])) for p in points])


def _measure_plateau(run: Run) -> xr.Dataset:
    run.tell("eigenvalues along the splits of one neuron")
    x, y = _data(SAMPLES)
    one = _one_neuron(x, y)
    places = {"between": 0.3, "at the ends": 1.0, "outside": 1.5}
    counted = [
        inertia(_pair(one.point, x, y, share), x, y).signature
        for share in places.values()
    ]
    points = [_pair(one.point, x, y, share) for share in SHARES]
    run.tell("two flows out of a saddle")
    channel = _channels()
    data = xr.Dataset(
        {
            "spectrum": (("share", "order"), _spectra(points, x, y)),
            "signature": (("place", "sign"), counted),
        },
        {"share": SHARES, "place": list(places)},
    )
    return xr.merge([data, channel])


def _channels() -> xr.Dataset:
    x, y = _data(FLOWING)
    saddle = _pair(_one_neuron(x, y).point, x, y, 1.5)
    way = escape(saddle, x, y)
    assert way is not None
    starts = [
        jax.tree.map(lambda p, d, s=s: p + s * 1e-3 * d, saddle, way.direction)
        for s in (1, -1)
    ]
    method = GradientFlow(max_time=float(TIMES[-1]) / FLOWING, max_steps=4000)
    training = train(stack(starts), x, y, method=method, at=TIMES / FLOWING)
    assert training.trajectory is not None
    a = np.asarray(training.trajectory.models.a)
    verdicts = [
        classify(training.member(i), x, y, gradient_tolerance=1e-12).verdict
        for i in range(2)
    ]
    return xr.Dataset(
        {
            "gap": (("way", "t"), np.abs(a[..., 0] - a[..., 1])),
            "flow_loss": (("way", "t"), training.trajectory.loss / FLOWING),
            "channel": ("way", [v == "channel to infinity" for v in verdicts]),
        },
        {"t": TIMES},
    )


def _judge_plateau(data: xr.Dataset) -> Iterator[Claim]:
    for place, wanted in SIGNATURES.items():
        got = tuple(int(v) for v in data.signature.sel(place=place))
        yield Claim(
            "The Hessian at two copies of the best single neuron with shares g and 1 "
            f"- g, g {WHERE[place]}.",
            "derived and verified here, sharpens Propositions 5.1 and 5.2",
            f"{wanted} positive, negative, zero eigenvalues",
            f"{got} positive, negative, zero",
            got == wanted,
            kind="derived",
        )
    late = data.t > 1e8
    slopes = [
        float(np.polyfit(np.log(data.t[late]), np.log(gap[late]), 1)[0])
        for gap in data.gap
    ]
    yield Claim(
        "Gradient flow out of the saddle, in either direction, follows a channel to "
        "infinity and reaches no minimum.",
        "Martinelli et al. 2025, Fig. 6",
        "both ends are channels",
        f"{int(data.channel.sum())} of 2 are; difference of the output weights "
        f"{float(data.gap[0, -1]):.0f} at t = {float(data.t[-1]):.0e}",
        bool(data.channel.all()),
        kind="other",
    )
    yield Claim(
        "Along the channel the difference of the output weights grows like t^(1/4).",
        "derived and verified here",
        "exponent 0.25",
        f"exponents {slopes[0]:.3f} and {slopes[1]:.3f}",
        bool(max(abs(s - 0.25) for s in slopes) < 0.03),
        kind="derived",
    )


def _draw_plateau(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(7.2, 3.0))
    left, right = figure.subplots(1, 2)
    for order, name in enumerate(("lowest", "second lowest")):
        left.plot(data.share, data.spectrum[:, order], label=name)
    left.axhline(0, color="#767676", linewidth=0.7)
    for end in (0, 1):
        left.axvline(end, color="#767676", linewidth=0.7, linestyle=":")
    left.set_ylim(-0.016, 0.02)
    left.set_xlabel("share g of the first copy")
    left.set_ylabel("eigenvalue of the Hessian")
    left.legend(loc="upper left", frameon=True, framealpha=1, edgecolor="none")
    for gap, sign in zip(data.gap, "+-", strict=True):
        right.loglog(data.t, gap, label=f"{sign} the escape direction")
    end = data.t[-1]
    late = data.t > 1e2
    guide = data.gap[0, -1] * (data.t[late] / end) ** 0.25
    right.loglog(data.t[late], 1.15 * guide, "k:", label="slope 1/4")
    right.set_xlabel("flow time")
    right.set_ylabel("difference of the output weights")
    right.legend()
    return figure


PLATEAU = Experiment(
    "plateau",
    "A plateau of minima between saddles, and channels behind them",
    f"Left: two copies of the best single neuron, {SAMPLES} samples; minima where no "
    f"eigenvalue is negative. Right: gradient flow from g = 1.5, {FLOWING} samples.",
    _measure_plateau,
    _judge_plateau,
    _draw_plateau,
)
