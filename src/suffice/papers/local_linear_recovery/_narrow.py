"""Functions of narrow networks in wide ones: sample sizes and embeddings."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.models import DeepNetwork, TwoLayer
from suffice.papers._paper import decided, Experiment, Run
from suffice.report._shared import Claim
from suffice.samples import optimistic_sample_size
from suffice.tangent import jacobian, numerical_rank, tangent_rank

KEY = jax.random.key(6)
WIDTHS, DIM = (2, 4, 8, 16, 32, 64), 4
INTRINSIC = (1, 2)


def _measure(run: Run) -> xr.Dataset:
    run.tell("sample sizes in wider and wider networks")
    sizes = [
        [
            optimistic_sample_size(
                TwoLayer.normal(k, DIM, key=KEY, bias=False), width=width
            ).value
            for width in WIDTHS
        ]
        for k in INTRINSIC
    ]
    run.tell("the guarantee from random samples")
    trials = 200 if run.full else 50
    smooth = TwoLayer.normal(2, DIM, key=KEY)
    kinked = TwoLayer.normal(1, 3, key=KEY, activation="relu")
    rng = np.random.default_rng(8)
    holds = {
        "tanh": [_share(smooth, n, trials, rng) for n in (9, 10, 11)],
        "relu": [_share(kinked, n, trials, rng) for n in (3, 6, 9)],
    }
    return xr.Dataset(
        {
            "size": (("intrinsic", "width"), sizes),
            "tanh": ("n", holds["tanh"]),
            "relu": ("multiple", holds["relu"]),
        },
        {"width": list(WIDTHS), "intrinsic": list(INTRINSIC)},
        {"trials": trials},
    )


def _share(target, n, trials, rng) -> float:
    """Share of random sets of `n` normal inputs on which the full rank is attained."""
    x = jnp.asarray(rng.standard_normal((trials * n, target.inputs)))
    sets = np.asarray(jacobian(target, x)).reshape(trials, n, -1)
    rank = decided(tangent_rank(target).value)
    return [numerical_rank(one).lower for one in sets].count(rank) / trials


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    for k in INTRINSIC:
        row = [int(n) for n in data["size"].sel(intrinsic=k)]
        yield Claim(
            f"A two-layer tanh function of {k} neuron(s) needs k (d + 1) samples in a "
            "network of any width.",
            "Theorem 5, Corollary 6 (free expressiveness in width)",
            f"{k * (DIM + 1)} at widths {', '.join(map(str, WIDTHS))}",
            ", ".join(map(str, row)),
            row == [k * (DIM + 1)] * len(WIDTHS),
        )
    below, at, above = (float(v) for v in data["tanh"])
    trials = int(data.attrs["trials"])
    yield Claim(
        "For an analytic network almost every set of R samples guarantees recovery, "
        "and no smaller set does.",
        "Theorem 2",
        "0 at R - 1, 1 at R and R + 1",
        f"{below:g}, {at:g}, {above:g} of {trials} random sets",
        (below, at, above) == (0, 1, 1),
    )
    shares = [float(v) for v in data["relu"]]
    yield Claim(
        "ReLU networks are not analytic: R samples need not suffice.",
        "derived and verified here: 2^-3 at n = R for one neuron of three inputs",
        "about 0.14, 0.63, 0.91 at n = R, 2R, 3R",
        ", ".join(f"{v:.2f}" for v in shares),
        bool(np.all(np.abs(np.array(shares) - (0.125, 0.65, 0.9)) < 0.2)),
    )


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.6, 3.2))
    axis = figure.subplots()
    width = data["width"].to_numpy()
    axis.loglog(width, width * (DIM + 1), ":", color="#767676", label="parameters")
    for k in INTRINSIC:
        label = f"intrinsic width {k}"
        axis.loglog(width, data["size"].sel(intrinsic=k), "o-", label=label)
    axis.set_xticks(width, [str(w) for w in width])
    axis.minorticks_off()
    axis.set_xlabel("width of the network")
    axis.set_ylabel("optimistic sample size")
    axis.legend()
    return figure


NARROW = Experiment(
    "narrow-targets",
    "Functions of narrow networks, learned by wide ones",
    "Two-layer tanh networks with four inputs: exact sample sizes, and ranks on "
    "random samples. Nothing is trained.",
    _measure,
    _judge,
    _draw,
)

# Embeddings of a 2-2-2-1 tanh network without biases -------------------------------

EMBEDDINGS = {
    "uniform splitting": 10,
    "null neuron": 10,
    "sign-flipped splitting": 10,
    "non-uniform splitting": 12,
    "random input, zero output": 12,
}


def _narrow() -> DeepNetwork:
    return DeepNetwork.normal((2, 2, 2, 1), 1.0, key=KEY, bias=False)


def _embedded(name: str) -> DeepNetwork:
    """The narrow network with a third neuron in its first hidden layer."""
    w1, w2, w3 = _narrow().weights
    row, column = w1[0], w2[:, 0]
    new_row, kept, new_column = {
        "uniform splitting": (row, 0.5 * column, 0.5 * column),
        "null neuron": (0 * row, column, 0 * column),
        "sign-flipped splitting": (-row, 0.5 * column, -0.5 * column),
        "non-uniform splitting": (
            row,
            column * jnp.array([0.5, 0.75]),
            column * jnp.array([0.5, 0.25]),
        ),
        "random input, zero output": (jnp.array([0.4, -0.9]), column, 0 * column),
    }[name]
    wide = jnp.concatenate([w1, new_row[None]])
    above = jnp.concatenate([kept[:, None], w2[:, 1:], new_column[:, None]], axis=1)
    return DeepNetwork((wide, above, w3), None, _narrow().activation)


def _measure_deep(run: Run) -> xr.Dataset:
    run.tell("tangent ranks of embedded deep networks")
    names = list(EMBEDDINGS)
    ranks = [decided(tangent_rank(_embedded(name)).value) for name in names]
    x = jnp.asarray(np.random.default_rng(9).standard_normal((100, 2)))
    plain = np.asarray(jax.vmap(_narrow())(x))
    moved = [
        float(np.abs(np.asarray(jax.vmap(_embedded(name))(x)) - plain).max())
        for name in names
    ]
    generic = decided(tangent_rank(_narrow()).value)
    return xr.Dataset(
        {"rank": ("embedding", ranks), "moved": ("embedding", moved)},
        {"embedding": names},
        {"narrow": generic},
    )


def _judge_deep(data: xr.Dataset) -> Iterator[Claim]:
    narrow = int(data.attrs["narrow"])
    yield Claim(
        "A function of a deep 2-2-2-1 network needs at most as many samples as that "
        "network has parameters.",
        "Theorem 4 (upper bound)",
        "10",
        str(narrow),
        narrow <= 10,
    )
    ranks = {str(name): int(r) for name, r in data["rank"].to_series().items()}
    keeping = ("uniform splitting", "null neuron", "sign-flipped splitting")
    yield Claim(
        "Critical embeddings keep the output and do not raise the tangent rank.",
        "Lemma 12",
        "output unchanged, rank 10",
        ", ".join(f"{name} {ranks[name]}" for name in keeping),
        all(ranks[n] == 10 for n in keeping) and float(data["moved"].max()) < 1e-12,
    )
    others = ("non-uniform splitting", "random input, zero output")
    yield Claim(
        "Embeddings that preserve the output but not criticality raise the rank.",
        "outside Lemma 12; a control, derived and verified here",
        "12",
        ", ".join(f"{name} {ranks[name]}" for name in others),
        all(ranks[name] == 12 for name in others),
    )


DEEP = Experiment(
    "deep-embeddings",
    "Which embeddings of a deep network keep its rank",
    "A tanh network 2-2-2-1 without biases, with one more neuron in its first hidden "
    "layer. Ranks in exact or ball arithmetic where float64 cannot tell.",
    _measure_deep,
    _judge_deep,
)
