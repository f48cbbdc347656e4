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
CELLS = 20_000  # polyhedra; listing that many takes some ten seconds
LINE_CELLS = 1_000_000
LINES = 400
_STILL = 100  # lines without a new direction after which the search ends
_CERTAIN = 150  # smaller matrices are eliminated over the rational numbers


def is_rectified(model: Any) -> bool:
    """Whether a model is a deep network that `piecewise_rank` takes."""
    return isinstance(model, DeepNetwork) and model.activation.homogeneous


def piecewise_rank(model: DeepNetwork, *, key: Key[Array, ""] | None = None) -> Rank:
    r"""The functional dimension of a deep ReLU network at its parameters.

    The network is affine on each of finitely many polyhedra of inputs. They are listed
    completely, in integers, and on each of them the derivative by every parameter is an
    affine function; the rank of all their coefficients is the rank of the network over
    all inputs. Where the polyhedra are too many, random lines are searched in the same
    way: what they show is certain as a lower bound. Every rank is at most `M - H`, for
    `M` parameters and `H` hidden neurons, since the scale of each neuron is free.

    Args:
        model: A deep network of ReLU or leaky ReLU neurons. Its floats are taken as
            the dyadic rationals that they are.
        key: Random key of the lines; a fixed one by default.

    Returns:
        Status `exact` where the list is complete or the upper bound is met; `at least`
        otherwise, with both bounds. The note names regions without a derivative.

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
        f"the network has more than {CELLS} regions; {lines} lines through the inputs "
        "were searched completely, and a further one can only raise the rank."
    )


def _kink_note(kinks: int, total: int) -> str:
    return (
        f"on {kinks} of {total} regions a neuron receives exactly zero, so that the "
        "network has no derivative there; the rank is that of the other regions."
    )


def _rank(rows: list[Row], upper: int) -> int:
    """The rank over the rational numbers: certain when small, or when it is full."""
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
