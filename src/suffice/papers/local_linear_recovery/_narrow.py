"""Functions of narrow networks in wide ones: ranks at real points, and embeddings."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice._core import plural
from suffice.models import DeepNetwork, TwoLayer
from suffice.papers._paper import decided, Experiment, Run
from suffice.report._shared import Claim
from suffice.tangent import jacobian, numerical_rank, tangent_rank

KEY = jax.random.key(6)
WIDTHS, DIM = (2, 4, 8, 16, 32, 64), 4
INTRINSIC = (1, 2)


def _widened(narrow: TwoLayer, width: int, copies: int, rng) -> TwoLayer:
    """A random wide network with the same function.

    So many of its further neurons are copies with random shares of the output weight;
    the others have output weight zero and random input weights.
    """
    origin = np.concatenate(
        [np.arange(narrow.width), rng.integers(narrow.width, size=copies)]
    )
    share = rng.uniform(0.3, 1.0, len(origin))
    total = np.bincount(origin, share)[origin]
    silent = width - len(origin)
    w = np.concatenate([np.asarray(narrow.w)[origin], rng.normal(size=(silent, DIM))])
    a = np.concatenate([np.asarray(narrow.a)[origin] * share / total, np.zeros(silent)])
    return TwoLayer(jnp.asarray(w), jnp.asarray(a))


def _rank(model: TwoLayer, rng) -> int:
    """The rank of the tangent functions on random inputs, measured."""
    x = rng.standard_normal((model.width * (DIM + 1) + 20, DIM))
    return numerical_rank(jacobian(model, x)).lower


def _measure(run: Run) -> xr.Dataset:
    rng, draws = np.random.default_rng(8), 4
    shape = (len(INTRINSIC), len(WIDTHS))
    merged, others = np.zeros(shape, int), np.zeros((*shape, draws), int)
    for i, k in enumerate(INTRINSIC):
        run.tell(
            f"ranks at points of wide networks, functions of {plural(k, 'neuron')}"
        )
        narrow = TwoLayer.normal(k, DIM, key=KEY)
        for j, width in enumerate(WIDTHS):
            extra = width - k
            merged[i, j] = _rank(_widened(narrow, width, extra, rng), rng)
            for draw in range(draws):
                copies = int(rng.integers(extra + 1))
                others[i, j, draw] = _rank(_widened(narrow, width, copies, rng), rng)
    return xr.Dataset(
        {
            "size": (("intrinsic", "width"), merged),
            "other": (("intrinsic", "width", "draw"), others),
        },
        {"width": list(WIDTHS), "intrinsic": list(INTRINSIC)},
    )


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    for k in INTRINSIC:
        row = [int(n) for n in data["size"].sel(intrinsic=k)]
        other, least = data["other"].sel(intrinsic=k), k * (DIM + 1)
        yield Claim(
            f"A two-layer tanh function of k = {plural(k, 'neuron')} needs k (d + 1) "
            "samples in a network of any width.",
            "Theorem 5, Corollary 6 (free expressiveness in width)",
            f"least rank {least} at widths {', '.join(map(str, WIDTHS))}",
            f"{', '.join(map(str, row))} at random points with copies; at least "
            f"{int(other.min())} at {other.size} other points with this function",
            row == [least] * len(WIDTHS) and int(other.min()) >= least,
            covers=("llr-narrow", "llr-bounds", "llr-attained"),
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
    axis.set_ylabel("least measured rank")
    axis.legend()
    return figure


NARROW = Experiment(
    "narrow-targets",
    "Functions of narrow networks, learned by wide ones",
    "Two-layer tanh networks with four inputs: ranks of the tangent functions at "
    "points of wide networks that express a function of intrinsic width 1 or 2. "
    "Dotted: the number of parameters. Nothing is trained.",
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
    return xr.Dataset(
        {"rank": ("embedding", ranks), "moved": ("embedding", moved)},
        {"embedding": names},
    )


def _judge_deep(data: xr.Dataset) -> Iterator[Claim]:
    ranks = {str(name): int(r) for name, r in data["rank"].to_series().items()}
    keeping = ("uniform splitting", "null neuron", "sign-flipped splitting")
    wide = [ranks[name] for name in keeping]
    yield Claim(
        "A function of a 2-2-2-1 network needs at most as many samples in the wider "
        "2-3-2-1 network as the narrow one has parameters.",
        "Theorem 4 (upper bound)",
        "at most 10 of 14",
        f"rank {min(wide)} at the best of {len(ranks)} points with this function",
        min(wide) <= 10,
        covers=("llr-narrow", "llr-bounds"),
    )
    yield Claim(
        "Critical embeddings keep the output and do not raise the tangent rank.",
        "Lemma 12",
        "output unchanged, rank 10",
        ", ".join(f"{name} {ranks[name]}" for name in keeping),
        all(ranks[n] == 10 for n in keeping) and float(data["moved"].max()) < 1e-12,
        covers=("llr-bounds",),
    )
    others = ("non-uniform splitting", "random input, zero output")
    yield Claim(
        "Embeddings that preserve the output but not criticality raise the rank.",
        "outside Lemma 12; a control, derived and verified here",
        "12",
        ", ".join(f"{name} {ranks[name]}" for name in others),
        all(ranks[name] == 12 for name in others),
        kind="derived",
    )


DEEP = Experiment(
    "deep-embeddings",
    "Which embeddings of a deep network keep its rank",
    "A tanh network 2-2-2-1 without biases, with one more neuron in its first hidden "
    "layer. Ranks in exact or ball arithmetic where float64 cannot tell.",
    _measure_deep,
    _judge_deep,
)
