"""What copies of a neuron do to the Hessian: plateaus, channels, irreversibility."""

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
from suffice.report import Claim
from suffice.training import GradientFlow, stack, train

from ._critical_points import critical_data, drawn
from ._paper import Experiment, Run

# Plateau and channels -------------------------------------------------------------

ERF = Activation("erf(z/sqrt2)", lambda z: erf(z / np.sqrt(2)), "odd", 0.7979, 0.4839)
SAMPLES, FLOWING = 400, 24
SHARES = np.linspace(-0.6, 1.6, 45)
TIMES = np.geomspace(1e-1, 1e10, 56)  # of the mean loss
SIGNATURES = {"between": (3, 0, 1), "at the ends": (2, 0, 2), "outside": (2, 1, 1)}


def _data(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two error functions on `n` quantiles of the normal law."""
    x = norm.ppf((np.arange(n) + 0.5) / n)[:, None]
    return x, np.asarray(ERF(5 * x[:, 0] + 2.5) + ERF(5 * x[:, 0] - 2.5))


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
    run.progress("eigenvalues along the splits of one neuron")
    x, y = _data(SAMPLES)
    one = _one_neuron(x, y)
    places = {"between": 0.3, "at the ends": 1.0, "outside": 1.5}
    counted = [inertia(_pair(one.point, x, y, s), x, y).signature for s in places.values()]
    points = [_pair(one.point, x, y, share) for share in SHARES]
    run.progress("two flows out of a saddle")
    channel = _channels()
    found = xr.Dataset(
        {
            "spectrum": (("share", "order"), _spectra(points, x, y)),
            "signature": (("place", "sign"), counted),
            "neuron": ("part", [float(one.point.a[0]), float(one.point.w[0, 0])]),
            "loss": one.loss / SAMPLES,
        },
        {"share": SHARES, "place": list(places)},
    )
    return xr.merge([found, channel])


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
    found = train(stack(starts), x, y, method=method, snapshots=TIMES / FLOWING)
    assert found.trajectory is not None
    a = np.asarray(found.trajectory.models.a)
    verdicts = [
        classify(found.member(i), x, y, gradient_tolerance=1e-12).verdict
        for i in range(2)
    ]
    return xr.Dataset(
        {
            "gap": (("way", "t"), np.abs(a[..., 0] - a[..., 1])),
            "flow_loss": (("way", "t"), found.trajectory.loss / FLOWING),
            "channel": ("way", [v == "channel to infinity" for v in verdicts]),
        },
        {"t": TIMES},
    )


def _judge_plateau(data: xr.Dataset) -> Iterator[Claim]:
    a, w = (float(v) for v in data.neuron)
    yield Claim(
        "The best single neuron for two error functions.",
        "Fukumizu and Amari 2000; Martinelli et al. 2025, Fig. 6; numbers derived here",
        "a = 2.1528, w = 1.3996, loss 0.023558",
        f"a = {a:.4f}, w = {w:.4f}, loss {float(data.loss):.6f}",
        bool(abs(a - 2.1528) < 2e-4 and abs(w - 1.3996) < 2e-4),
    )
    for place, wanted in SIGNATURES.items():
        got = tuple(int(v) for v in data.signature.sel(place=place))
        yield Claim(
            f"Two copies of it with shares g and 1 - g, {place} of 0 and 1.",
            "Proposition 5.1 and 5.2, sharpened here",
            f"{wanted} positive, negative, zero eigenvalues",
            str(got),
            got == wanted,
        )
    late = data.t > 1e8
    slopes = [
        float(np.polyfit(np.log(data.t[late]), np.log(gap[late]), 1)[0])
        for gap in data.gap
    ]
    yield Claim(
        "Behind the saddle, both ways lead into channels to infinity, no minimum.",
        "Martinelli et al. 2025; the exponent is derived here",
        "difference of the output weights grows like t^(1/4)",
        f"exponents {slopes[0]:.3f} and {slopes[1]:.3f} up to t = "
        f"{float(data.t[-1]):.0e}, difference {float(data.gap[0, -1]):.0f}; "
        f"{int(data.channel.sum())} of 2 ends are classified as channels",
        bool(max(abs(s - 0.25) for s in slopes) < 0.03),
    )


def _draw_plateau(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(7.2, 3.0))
    left, right = figure.subplots(1, 2)
    left.plot(data.share, data.spectrum[:, :2])
    left.axhline(0, color="#767676", linewidth=0.7)
    for end in (0, 1):
        left.axvline(end, color="#767676", linewidth=0.7, linestyle=":")
    left.set_ylim(-0.016, 0.02)
    left.set_xlabel("share g of the first copy")
    left.set_ylabel("two lowest eigenvalues")
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

# Copies and chains ----------------------------------------------------------------

COPIES = 4


def _copied(narrow: TwoLayer, x, y, copies: int):
    """The first neuron copied in equal shares."""
    groups = (*range(narrow.width), *[0] * (copies - 1))
    return embed(narrow, x, y, width=len(groups), kind=Splitting(groups=groups))


def _measure_copies(run: Run) -> xr.Dataset:
    seeds = 10 if run.full else 4
    table = np.zeros((2, seeds, COPIES, 2, 3), int)
    for case, outputs in enumerate((0, 3)):
        run.progress(f"copies of a neuron with {outputs or 1} outputs")
        for seed in range(seeds):
            rng = np.random.default_rng(100 + seed)
            narrow = drawn(2, 3, rng, outputs=outputs)
            x = 1.5 * rng.standard_normal((30, 3))
            y = critical_data(narrow, x, rng)
            for copies in range(1, COPIES + 1):
                wide = _copied(narrow, x, y, copies)
                table[case, seed, copies - 1, 0] = inertia(wide.point, x, y).signature
                table[case, seed, copies - 1, 1] = wide.predicted
    run.progress("chains of embeddings")
    return xr.Dataset(
        {
            "counts": (("outputs", "seed", "copies", "which", "sign"), table),
            "chain": (("seed", "step", "which", "sign"), _chains(seeds)),
        },
        {
            "outputs": [1, 3],
            "copies": range(1, COPIES + 1),
            "which": ["measured", "predicted"],
            "sign": ["positive", "negative", "zero"],
        },
    )


def _chains(seeds: int, steps: int = 6) -> np.ndarray:
    """Signatures along random chains of split and null embeddings."""
    table = np.zeros((seeds, steps + 1, 2, 3), int)
    for seed in range(seeds):
        rng = np.random.default_rng(200 + seed)
        point = drawn(2, 2, rng)
        x = 1.5 * rng.standard_normal((30, 2))
        y = critical_data(point, x, rng)
        table[seed, 0] = inertia(point, x, y).signature
        for step in range(1, steps + 1):
            key = jax.random.key(100 * seed + step)
            kind = "null" if step % 2 else _random_split(point.width, rng)
            wide = embed(point, x, y, width=point.width + 1, kind=kind, key=key)
            point = wide.point
            table[seed, step, 0] = inertia(point, x, y).signature
            table[seed, step, 1] = wide.predicted
    return table


def _random_split(width: int, rng) -> Splitting:
    which, share = int(rng.integers(2)), float(rng.uniform(0.2, 1.7))
    shares = np.ones(width + 1)
    shares[[which, -1]] = share, 1 - share
    return Splitting(groups=(*range(width), which), shares=shares)


def _judge_copies(data: xr.Dataset) -> Iterator[Claim]:
    counts, chain = data.counts, data.chain
    hits = int((counts.sel(which="measured") == counts.sel(which="predicted")).all("sign").sum())
    total = counts.size // 6
    yield Claim(
        "The inertia of a split point follows from the narrow point.",
        "derived and verified here",
        "predicted = measured",
        f"{hits} of {total}",
        hits == total,
    )
    more = counts.sel(which="measured").diff("copies")
    one = more.sel(outputs=1, sign="zero")
    yield Claim(
        "Each further copy of a neuron with one output adds one zero eigenvalue.",
        "arXiv:2105.14573, Fig. 3 (one-dimensional data)",
        "1",
        f"{int(one.min())} to {int(one.max())}",
        bool((one == 1).all()),
    )
    three = more.sel(outputs=3)
    negative = three.sel(sign="negative")
    yield Claim(
        "Each further copy of a neuron with three outputs adds negative eigenvalues.",
        "arXiv:2105.14573, Fig. 3 (Iris, three outputs: 3, 5, 7)",
        "2, and one zero",
        f"at least {int(negative.min())} negative, {int(three.sel(sign='zero').min())} "
        "zero",
        bool(negative.min() == 2 and (three.sel(sign="zero") == 1).all()),
        "The rank of the mixed derivatives, one less than the outputs, gives as many "
        "positive and negative directions; the inner Hessian may add more. Random data "
        "in place of Iris.",
    )
    steps = chain.sel(which="measured").diff("step")
    yield Claim(
        "No embedding removes a positive, negative or zero eigenvalue.",
        "arXiv:2111.15527, Theorem 6.2 (irreversibility)",
        "every count grows or stays",
        f"smallest change {int(steps.min())} over {steps.size // 3} embeddings",
        bool(steps.min() >= 0),
    )


def _draw_copies(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(7.2, 3.0))
    axes = figure.subplots(1, 3)
    for axis, outputs in zip(axes, (1, 3), strict=False):
        one = data.counts.sel(outputs=outputs, which="measured").mean("seed")
        for i, sign in enumerate(("negative", "zero")):
            axis.plot(data.copies, one.sel(sign=sign), "o-", color=f"C{i}", label=sign)
        axis.set_title(f"{outputs} output{'s' if outputs > 1 else ''}")
        axis.set_xticks(data.copies)
        axis.set_xlabel("copies of one neuron")
    axes[0].set_ylabel("eigenvalues, mean of the seeds")
    axes[0].legend()
    width = 2 + np.arange(data.sizes["step"])
    for row in data.chain.sel(which="measured", sign="negative"):
        axes[2].plot(width, row, "o-", markersize=3)
    axes[2].set_title("random chains")
    axes[2].set_xlabel("width")
    axes[2].set_ylabel("negative eigenvalues")
    return figure


COPIED = Experiment(
    "copies",
    "What copies and null neurons add to the Hessian",
    "Critical tanh networks of width 2 with random data. Left and middle: one neuron "
    "in equal copies. Right: null and split embeddings in turn.",
    _measure_copies,
    _judge_copies,
    _draw_copies,
)
