"""The exact rank of a network of ReLU or leaky ReLU neurons."""

import itertools
from typing import Any

import flint
import jax
from jaxtyping import Array, Key

from suffice._core import numpy_rng
from suffice.models import DeepNetwork
from suffice.tangent._rank import Rank

from ._cells import cells, TooManyCells, whole_space
from ._integer_network import integer_network, IntegerNetwork
from ._lines import random_lines
from ._symmetries import scaling_bound
from ._tangent_rows import Row, tangent_rows

PRIME = 2**61 - 1
CELLS = 20_000  # limit on polyhedra; to list them takes about ten seconds
LINE_CELLS = 1_000_000  # the same limit on one line
LINES = 400  # largest number of lines
_STILL = 100  # the search ends after so many lines that do not raise the rank
_CERTAIN = 150  # matrices up to this order are eliminated over the rational numbers


def is_rectified(model: Any) -> bool:
    """Whether a model is a deep network that `piecewise_rank` accepts."""
    return isinstance(model, DeepNetwork) and model.activation.homogeneous


def piecewise_rank(model: DeepNetwork, *, key: Key[Array, ""] | None = None) -> Rank:
    r"""The exact rank (functional dimension) of a deep ReLU network at its parameters.

    The network is affine on each of finitely many polyhedra of inputs. The function
    lists all of them with integer arithmetic. On each polyhedron the derivative by
    every parameter is an affine function; the rank of all coefficients is the rank of
    the network on all inputs. If there are more than 20,000 polyhedra, it lists those
    on random lines instead, which proves a lower bound. The rank is at most `M - H`,
    for `M` parameters and `H` hidden neurons, since each neuron can be rescaled
    without changing the function. `tangent_rank` calls this function where it applies.

    Args:
        model: A deep network of ReLU or leaky ReLU neurons. Its floats are used as
            exact dyadic rationals.
        key: Random key of the lines; None takes a fixed one.

    Returns:
        The rank. The status is `exact` where the list is complete or the upper bound
        is attained, and `at least`, with both bounds, otherwise. The note counts the
        regions on which the network has no derivative.

    Raises:
        ValueError: The activation is not ReLU or leaky ReLU.

    Source:
        Functional dimension: Grigsby, Lindsey, Meyerhoff and Wu, "Functional dimension
        of feedforward ReLU neural networks"; arXiv:2211.11623, Definition 2. The
        complete list and its certificate are derived and verified here.
    """
    network = integer_network(model)
    upper = scaling_bound(network)
    region = whole_space(network.inputs)
    try:
        listed = cells(network, region, limit=CELLS)
    except TooManyCells:
        key = jax.random.key(0) if key is None else key
        return _from_lines(model, network, upper, key)
    rows, kinks = tangent_rows(network, region, listed)
    value = _rank(rows, upper)
    regions = f"all {len(listed)} regions on which the network is affine"
    complete = kinks == 0 or value == upper
    note = None if not kinks else _kink_note(kinks, len(listed))
    return _answer(network, value, upper, complete, regions, note)


def _from_lines(model, network: IntegerNetwork, upper: int, key) -> Rank:
    basis: list[Row] = []
    last_gain = used = 0
    lines = random_lines(model, numpy_rng(key))
    for used, region in enumerate(itertools.islice(lines, LINES), 1):
        rows, _ = tangent_rows(
            network, region, cells(network, region, limit=LINE_CELLS)
        )
        grown = _reduced([*basis, *rows])
        last_gain = used if len(grown) > len(basis) else last_gain
        basis = grown
        if len(basis) == upper or used - last_gain >= _STILL:
            break
    complete = len(basis) == upper
    note = None if complete else _lines_note(used)
    return _answer(network, len(basis), upper, complete, f"{used} lines", note)


def _answer(
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
        domain=f"R^{network.inputs}",
        note=note,
    )


def _lines_note(lines: int) -> str:
    return (
        f"the network has more than {CELLS} regions; only those on {lines} lines "
        "through the inputs were listed, and further lines can only raise the rank."
    )


def _kink_note(kinks: int, total: int) -> str:
    return (
        f"on {kinks} of {total} regions a neuron receives exactly zero, so that the "
        "network has no derivative there; the rank is that of the other regions."
    )


def _rank(rows: list[Row], upper: int) -> int:
    """The rank of integer rows.

    It is certain for matrices up to order 150, and where it is full; otherwise it is
    the rank modulo a prime, which is a lower bound.
    """
    modular = flint.nmod_mat(_residues(rows), PRIME).rank() if rows else 0
    if modular in (upper, len(rows)) or max(len(rows), upper) > _CERTAIN:
        return modular
    return flint.fmpz_mat([list(row) for row in rows]).rank()


def _reduced(rows: list[Row]) -> list[Row]:
    """A basis of the rows modulo a prime."""
    if not rows:
        return []
    echelon, rank = flint.nmod_mat(_residues(rows), PRIME).rref()
    return [tuple(map(int, row)) for row in echelon.tolist()[:rank]]


def _residues(rows: list[Row]) -> list[list[Any]]:
    return [[v % PRIME for v in row] for row in rows]
