"""The exact rank of a network of ReLU or leaky ReLU neurons."""

import itertools
from typing import Any, TypeGuard

import flint
import jax
from jaxtyping import Array, Key

from suffice._core import numpy_rng
from suffice.models import DeepNetwork, TwoLayer
from suffice.tangent._exact._structural import structural_rank
from suffice.tangent._rank import Rank
from suffice.tangent._sketch._sketched_rank import sketched_rank

from ._basis import ModularBasis
from ._cells import AffineCells, cells, Slice, whole_space
from ._integer_network import integer_network, IntegerNetwork, layers
from ._lines import random_lines
from ._symmetries import scaling_bound
from ._tangent_rows import tangent_rows

CELLS = 20_000  # polyhedra; listing that many takes some ten seconds
LINES = 400
_LINE_CELLS = 500  # on one line
_STILL = 100  # lines without a new direction after which the search ends
_CERTAIN = 150  # smaller matrices are eliminated over the rational numbers
_PARAMETERS = 2_500  # beyond them an elimination takes minutes
_SAMPLES = 1_000  # random scalar samples of a network beyond that size
_WORK = 2 * 10**7  # operations of an elimination; some ten seconds


def is_rectified(model: Any) -> TypeGuard[TwoLayer | DeepNetwork]:
    """Whether a model is a network that `piecewise_rank` takes."""
    known = isinstance(model, (TwoLayer, DeepNetwork))
    return known and model.activation.homogeneous


def piecewise_rank(
    model: TwoLayer | DeepNetwork, *, key: Key[Array, ""] | None = None
) -> Rank:
    r"""The functional dimension of a ReLU network at its parameters.

    The network is affine on each of finitely many polyhedra of inputs. They are listed
    completely, in integers, and on each of them the derivative by every parameter is an
    affine function; the rank of all their coefficients is the rank of the network over
    all inputs. Where the polyhedra are too many, random lines are searched in the same
    way: what they show is certain as a lower bound. Beyond 2,500 parameters the lower
    bound is numerical, from a sketch at random inputs. Every rank is at most `M - H`,
    for `M` parameters and `H` hidden neurons, since the scale of each neuron is free.

    Args:
        model: A network of ReLU or leaky ReLU neurons, or of any others with
            `s(c z) = c s(z)` for `c > 0`. Its floats are taken as the dyadic rationals
            that they are.
        key: Random key of the lines; a fixed one by default.

    Returns:
        Status `exact` where the list is complete or the upper bound is met; `at least`
        otherwise, with both bounds. The note names regions without a derivative.

    Source:
        Functional dimension: Grigsby, Lindsey, Meyerhoff and Wu, "Functional dimension
        of feedforward ReLU neural networks"; arXiv:2211.11623, Definition 2. The
        complete list and its certificate are derived and verified here.

    Examples:
        >>> w, a = jnp.array([[1.0, 0.5]]), jnp.array([1.0])
        >>> net = sf.TwoLayer(w, a, activation="relu")
        >>> sf.tangent.piecewise_rank(net, key=jax.random.key(0)).value
        2
    """
    key = jax.random.key(0) if key is None else key
    network = integer_network(model)
    upper = scaling_bound(network)
    region = whole_space(model.inputs)
    small = network.parameters <= _PARAMETERS and model.inputs < CELLS.bit_length()
    listed = cells(network, region, limit=CELLS) if small else AffineCells([], False)
    if listed.complete and _work(network, region, listed) <= _WORK:
        return _from_list(model, network, upper, region, listed.polyhedra)
    if network.parameters > _PARAMETERS:
        return _from_samples(model, network, upper, key)
    if (two := _as_two_layer(model)) is not None:
        return structural_rank(two)
    return _from_lines(model, network, upper, key)


def _work(network: IntegerNetwork, region: Slice, listed: AffineCells) -> float:
    """About how many operations it takes to eliminate the rows of some cells."""
    rows = len(listed.polyhedra) * region.size * len(network.weights[-1])
    return rows * network.parameters * (1 + network.parameters / 200)


def _from_list(
    model, network: IntegerNetwork, upper: int, region: Slice, listed
) -> Rank:
    basis, kinks = ModularBasis(), 0
    rows = []
    size = max(network.parameters, 100)
    for first in range(0, len(listed), size):
        batch = listed[first : first + size]
        rows, dropped = tangent_rows(network, region, batch)
        kinks += dropped
        basis.extend(rows)
    value = basis.rank
    if value < upper and len(listed) <= size and 0 < len(rows) <= _CERTAIN:
        value = flint.fmpz_mat([list(row) for row in rows]).rank()
    complete = kinks == 0 or value == upper
    regions = f"all {len(listed)} regions on which the network is affine"
    note = None if not kinks else _kink_note(kinks, len(listed))
    return _answer(model, network, value, upper, complete, regions, note)


def _from_lines(model, network: IntegerNetwork, upper: int, key) -> Rank:
    basis, work = ModularBasis(), 0.0
    last_gain = used = 0
    lines = random_lines(model, numpy_rng(key))
    for used, region in enumerate(itertools.islice(lines, LINES), 1):
        listed = cells(network, region, limit=_LINE_CELLS)
        work += _work(network, region, listed)
        before = basis.rank
        basis.extend(tangent_rows(network, region, listed.polyhedra).rows)
        last_gain = used if basis.rank > before else last_gain
        if basis.rank == upper or used - last_gain >= _STILL or work > _WORK:
            break
    complete = basis.rank == upper
    note = None if complete else _lines_note(used)
    return _answer(model, network, basis.rank, upper, complete, f"{used} lines", note)


def _as_two_layer(model: TwoLayer | DeepNetwork) -> TwoLayer | None:
    """The same network of one hidden layer, where its structure gives the rank."""
    if len(layers(model)[0]) != 2 or not model.activation.dependences_known:
        return None
    if isinstance(model, TwoLayer):
        return model
    return TwoLayer(*model.weights, *(model.biases or ()), activation=model.activation)


def _from_samples(model, network: IntegerNetwork, upper: int, key) -> Rank:
    """What a sketch at random inputs shows, which can miss small regions."""
    n = max(1, _SAMPLES // model.outputs)
    sketch = sketched_rank(model, model.domain.sample(key, n), key=key)
    note = (
        f"with {network.parameters} parameters the network is too large for exact "
        f"arithmetic; the lower bound is numerical, from {n} random inputs."
    )
    lower = min(sketch.value or 0, upper)
    return _answer(model, network, lower, upper, False, "a sketch", note)


def _answer(
    model: TwoLayer | DeepNetwork,
    network: IntegerNetwork,
    lower: int,
    upper: int,
    complete: bool,
    regions: str,
    note: str | None,
) -> Rank:
    return Rank(
        value=lower if complete else None,
        status="exact" if complete else "at least",
        method=regions,
        lower=lower,
        upper=lower if complete else upper,
        parameters=network.parameters,
        domain=f"R^{model.inputs}",
        note=note,
    )


def _lines_note(lines: int) -> str:
    return (
        f"the network has too many regions for a complete list; {lines} lines through "
        "the inputs were searched, and a further one can only raise the rank."
    )


def _kink_note(kinks: int, total: int) -> str:
    return (
        f"on {kinks} of {total} regions a neuron receives exactly zero, so that the "
        "network has no derivative there; the rank is that of the other regions."
    )
