"""Cases of piecewise linear networks: deep, shallow, on samples, in other libraries."""

import functools

import jax

from suffice.models import Points, RealSpace
from suffice.samples import guarantee, optimistic_sample_size
from suffice.tangent import from_torch, structural_rank, tangent_rank

from . import cells, draws, models
from .judging import of_guarantee, of_rank, of_rank_with_kinks, of_size

DEEP = (
    *((1, 2, 1), (1, 3, 2, 1), (1, 3, 3, 3, 1), (1, 1, 1, 1, 1)),
    *((2, 2, 1), (2, 3, 2, 1), (2, 3, 3, 3, 1), (2, 2, 2, 2, 1), (2, 4, 4, 1)),
    *((2, 1, 2, 1), (2, 3, 3, 2), (2, 3, 2, 3), (3, 2, 2, 1), (3, 3, 3, 1)),
    *((3, 2, 2, 2, 1), (4, 3, 2, 1), (4, 2, 2, 2, 1), (5, 3, 1), (5, 2, 2, 1)),
)
SHALLOW = ((1, 3, 1), (2, 4, 1), (3, 5, 1), (2, 3, 2))
SAMPLED = ((2, 3, 1), (2, 3, 3, 1), (3, 4, 2))
NARROW = ((1, 2, 1), (1, 2, 2, 1), (2, 2, 1), (2, 2, 2, 1), (2, 2, 2, 2))
NAMES = ("relu", "relu", "relu", "leaky-relu", "absolute")


def _choice(rng, options):
    return options[rng.integers(len(options))]


def _exact(weights, biases, name):
    return cells.net(weights, biases, models.SLOPES[name])


def deep(rng):
    """Functional dimension and size of deep networks, on all of R^d."""
    widths, name = _choice(rng, DEEP), _choice(rng, NAMES)
    weights, biases = draws.layers(rng, widths, bool(rng.integers(2)), near=0.1)
    truth = cells.dimension(_exact(weights, biases, name))
    if truth is None:
        return []
    model = models.deep(weights, biases, name)
    verdicts = [_rank_verdict(model, truth)]
    if rng.random() < 0.25:
        verdicts.append(_size_verdict(model, truth))
    return verdicts


def _rank_verdict(model, truth):
    plain = None if truth.kinks else _plain(model)
    return of_rank(
        "tangent_rank", lambda: tangent_rank(model), *truth.interval, plain=plain
    )


def _plain(model):
    size = 4 * sum(leaf.size for leaf in jax.tree.leaves(model)) + 16
    return models.matrix_rank(model, model.domain.sample(jax.random.key(0), size))


def _size_verdict(model, truth):
    """No target needs more samples than the rank at the parameters that are given."""
    known = truth.bound if truth.kinks else truth.rank
    return of_size("sample_size", lambda: optimistic_sample_size(model), known=known)


def shallow(rng):
    """The same for one hidden layer, which is decided by its structure."""
    widths, name = _choice(rng, SHALLOW), _choice(rng, NAMES)
    weights, biases = draws.layers(
        rng, widths, bool(rng.integers(2)), share=0.7, near=0.1
    )
    truth = cells.dimension(_exact(weights, biases, name))
    model = models.two_layer(*weights, *(biases or (None, None)), name)
    verdicts = [_rank_verdict(model, truth)]
    if model.activation.dependences_known:
        ask = of_rank(
            "structural_rank", lambda: structural_rank(model), *truth.interval
        )
        verdicts.append(ask)
    if rng.random() < 0.3:
        verdicts.append(_size_verdict(model, truth))
    return verdicts


def embedded(rng):
    """The size of a narrow network that is written as a wide one, at every depth."""
    widths, name = _choice(rng, NARROW), _choice(rng, ("relu", "leaky-relu"))
    narrow = draws.layers(rng, widths, True, largest=40, share=0.2)
    wide = draws.split(rng, *narrow)
    both = [cells.dimension(_exact(*arrays, name)) for arrays in (narrow, wide)]
    if any(truth.kinks for truth in both):
        return []
    model = models.deep(*wide, name)
    return [
        _rank_verdict(model, both[1]),
        of_size(
            "sample_size",
            lambda: optimistic_sample_size(model),
            known=min(truth.rank for truth in both),
        ),
    ]


def on_samples(rng):
    """The rank on finitely many inputs, some of which may lie on a kink."""
    widths, name = _choice(rng, SAMPLED), _choice(rng, NAMES)
    weights, biases = draws.layers(rng, widths, True, largest=40)
    x = draws.inputs(rng, _choice(rng, (6, 24)), widths[0])
    model = models.deep(weights, biases, name)
    return [_sampled_verdict("tangent_rank", model, weights, biases, name, x)]


def _sampled_verdict(question, model, weights, biases, name, x, plain=True):
    """A value is right only if every input has a derivative, or a note says so."""
    rank, kinks = cells.sample_rank(_exact(weights, biases, name), x)

    def ask():
        return tangent_rank(model, domain=Points(x))

    if kinks:
        return of_rank_with_kinks(question, ask, kinks, rank)
    count = models.matrix_rank(model, x) if plain else None
    return of_rank(question, ask, rank, plain=count)


def guarantees(rng):
    """Whether samples determine a network, by ranks at its parameters as they are."""
    widths, name = _choice(rng, SAMPLED), _choice(rng, ("relu", "leaky-relu"))
    weights, biases = draws.layers(rng, widths, True, largest=0, share=0.1)
    x = draws.inputs(rng, _choice(rng, (8, 30)), widths[0])
    network = _exact(weights, biases, name)
    truth, (seen, kinks) = cells.dimension(network), cells.sample_rank(network, x)
    model = models.deep(weights, biases, name)
    if truth.kinks or (kinks and seen < truth.rank):
        return []
    ask = functools.partial(guarantee, model, x)
    return [of_guarantee("guarantee", ask, seen, truth.rank)]


def inside(rng):
    """Networks that compute in float32 or bfloat16 with float64 parameters."""
    widths, name = _choice(rng, SAMPLED), _choice(rng, NAMES)
    weights, biases = draws.layers(rng, widths, True, largest=0)
    x = draws.inputs(rng, 24, widths[0])
    plain = models.deep(weights, biases, name)
    dtype = _choice(rng, ("float32", "bfloat16"))
    model = models.Inside(plain, dtype, RealSpace(widths[0]))
    truth = cells.dimension(_exact(weights, biases, name))
    question = f"on samples, {dtype}"
    return [
        of_rank(f"rank, {dtype}", lambda: tangent_rank(model), *truth.interval),
        _sampled_verdict(question, model, weights, biases, name, x),
    ]


def in_torch(rng):
    """The same networks as torch modules, in float64 and in float32."""
    widths, name = _choice(rng, SAMPLED), _choice(rng, ("relu", "relu", "leaky-relu"))
    weights, biases = draws.layers(rng, widths, True, largest=0)
    dtype = _choice(rng, ("float64", "float32"))
    model = from_torch(models.torch_module(weights, biases, name, dtype))
    truth = cells.dimension(_exact(weights, biases, name))
    x = draws.inputs(rng, 24, widths[0])
    whole = RealSpace(widths[0])
    question = f"on samples, torch {dtype}"
    return [
        of_rank(
            f"rank, torch {dtype}",
            lambda: tangent_rank(model, domain=whole),
            *truth.interval,
        ),
        _sampled_verdict(question, model, weights, biases, name, x, plain=False),
    ]


FAMILIES = {
    "deep, piecewise linear": deep,
    "two-layer, piecewise linear": shallow,
    "piecewise linear, split": embedded,
    "piecewise linear on samples": on_samples,
    "guarantee, piecewise linear": guarantees,
    "piecewise linear, low precision inside": inside,
    "piecewise linear, torch": in_torch,
}
