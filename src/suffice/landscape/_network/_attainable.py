"""The outputs that a network can have on given inputs, whatever its parameters.

Equal inputs have equal outputs. Mirrored inputs and inputs on a common ray are tied as
well, if the activation has such an identity and the first layer has no bias.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from ._arrays import Network
from ._signals import Signals

_SAME = 1e-15  # relative distance of inputs that differ by rounding only
_MONOMIALS = 2000  # most columns that are built for a polynomial
_FITTED = 1e-10  # relative size of a residual that counts as zero


class Attainable(NamedTuple):
    """A space that contains the outputs of networks of every width on the samples.

    It is spanned by one vector for each class of tied samples, and by further columns.

    Attributes:
        classes: The class of each sample, `(n,)`; -1 if its outputs are in no class.
        factors: The entry of each sample in the vector of its class, `(n,)`.
        further: Further columns, orthonormal and orthogonal to the classes, `(n, k)`.
        exact: Whether every vector of the space is the output of a network that is wide
            enough; otherwise the space may be too large.
    """

    classes: np.ndarray
    factors: np.ndarray
    further: np.ndarray
    exact: bool

    @property
    def dimension(self) -> int:
        """Dimension of the space."""
        return len(np.unique(self.classes[self.classes >= 0])) + self.further.shape[1]

    def project(self, values: np.ndarray) -> np.ndarray:
        """The part of `(n, outputs)` values that lies in the space."""
        return self._within(values) + self.further @ (self.further.T @ values)

    def _within(self, values: np.ndarray) -> np.ndarray:
        """The part that lies in the span of the classes."""
        inside = self.classes >= 0
        classes, factors = self.classes[inside], self.factors[inside]
        sums = np.zeros((classes.max(initial=-1) + 1, values.shape[1]))
        np.add.at(sums, classes, factors[:, None] * values[inside])
        norms = np.maximum(np.bincount(classes, factors**2), 1e-300)
        result = np.zeros_like(values)
        result[inside] = factors[:, None] * (sums / norms[:, None])[classes]
        return result


def attainable(network: Network, z: np.ndarray) -> Attainable:
    r"""The space of all outputs on inputs `z`, whose last column is 1 for a bias.

    For one hidden layer it is the span of all neurons `(s(w·zᵢ))ᵢ`, and of constants if
    there is an output bias; for several layers it contains all outputs.

    Source:
        Derived and verified here, from the identities of the activation.
    """
    known = network.activation
    z = z / np.maximum(np.abs(z).max(axis=0), np.finfo(float).tiny)
    extra = [] if network.biases[-1] is None else [np.ones((len(z), 1))]
    if len(network.hidden) > 1:
        return _space(*_deep(network, z), extra, exact=False)
    if known.coefficients and _monomials(known.coefficients, z.shape[1]) <= _MONOMIALS:
        none = np.full(len(z), -1)
        return _space(none, np.ones(len(z)), [*extra, *_powers(known, z)], exact=True)
    if known.tilt:
        extra.append(z)
    if known.centre:
        extra.append(np.ones((len(z), 1)))
    if known.homogeneous:
        classes, _, factors = _rays(z, mirrored=True)
        if not known.kinks:
            classes = np.full(len(z), -1)
        return _space(classes, factors, extra, exact=known.independent)
    classes, signs = _alike(z, mirrored=known.parity is not None)
    if known.parity == "odd" or known.rests_at_zero:
        classes = np.where(z.any(axis=1), classes, -1)
    factors = signs if known.parity == "odd" else np.ones(len(z))
    return _space(classes, factors, extra, exact=known.independent)


def excess(network: Network, found: Signals) -> np.ndarray:
    """The part of the residual that other parameters, or a larger width, can change."""
    return attainable(network, found.h[0]).project(found.residual)


def negligible(network: Network, found: Signals, residual: np.ndarray) -> bool:
    """Whether a residual is zero up to rounding, relative to outputs and targets."""
    outputs = found.h[-1] @ network.rows(len(network.hidden)).T
    size = np.abs(outputs).max() + np.abs(outputs - found.residual).max()
    return bool(np.abs(residual).max() <= _FITTED * size)


def is_least(network: Network, found: Signals) -> bool:
    """Whether no parameters of any width have a lower loss, up to rounding.

    The residual function then vanishes identically.
    """
    return negligible(network, found, excess(network, found))


def ties(network: Network) -> str:
    """The relations between outputs that hold for all parameters, in words."""
    known, several = network.activation, len(network.hidden) > 1
    biased = any(b is not None for b in network.biases[:-1])
    tied = known.even if several else known.parity is not None
    tied = (tied and network.biases[0] is None) or (known.odd and not biased)
    ray = known.homogeneous and not biased
    more = " or mirrored" if tied else ""
    return f"equal{more}{' inputs, or inputs on one ray' if ray else ' inputs'}"


def _deep(network: Network, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes and factors that hold at any depth."""
    known, ones = network.activation, np.ones(len(z))
    plain = all(b is None for b in network.biases[:-1])
    if plain and known.homogeneous:
        classes, _, factors = _rays(z, mirrored=False)
        return classes, factors
    odd, even = known.odd and plain, known.even and network.biases[0] is None
    classes, signs = _alike(z, mirrored=odd or even)
    if plain and known.rests_at_zero:
        classes = np.where(z.any(axis=1), classes, -1)
    return classes, signs if odd else ones


def _space(classes, factors, extra, *, exact: bool) -> Attainable:
    """The space, with its further columns made orthonormal."""
    space = Attainable(classes, factors, np.zeros((len(classes), 0)), exact)
    if not extra:
        return space
    columns = np.concatenate(extra, axis=1)
    columns = columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
    columns = columns - space.project(columns)
    columns = columns - space.project(columns)
    left, size, _ = np.linalg.svd(columns, full_matrices=False)
    return space._replace(further=left[:, size > 1e-12])


def _rays(z, *, mirrored: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Classes of inputs on common rays, or lines, with signs and sizes."""
    sizes = np.linalg.norm(z, axis=1)
    away = sizes > 0
    classes, signs = np.full(len(z), -1), np.ones(len(z))
    if away.any():
        unit = z[away] / sizes[away, None]
        classes[away], signs[away] = _alike(unit, mirrored=mirrored)
    return classes, signs, sizes


def _alike(z: np.ndarray, *, mirrored: bool) -> tuple[np.ndarray, np.ndarray]:
    """Classes of inputs that are equal, or opposite if `mirrored`, with their signs."""
    rows, inverse = np.unique(z, axis=0, return_inverse=True)
    reach = _SAME * math.sqrt(z.shape[1]) * float(np.abs(z).max(initial=0.0))
    tree = KDTree(rows)
    pairs = [tree.query_pairs(reach, output_type="ndarray")]
    if mirrored:
        apart, nearest = tree.query(-rows)
        found = apart <= reach
        pairs.append(np.column_stack([np.flatnonzero(found), nearest[found]]))
    i, j = np.concatenate(pairs).reshape(-1, 2).T.astype(int)
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(len(rows),) * 2)
    _, classes = connected_components(graph, directed=False)
    leaders = rows[np.unique(classes, return_index=True)[1]][classes]
    signs = np.where(np.sum(rows * leaders, axis=1) < 0, -1.0, 1.0)
    inverse = inverse.reshape(-1)
    return classes[inverse].astype(int), signs[inverse]


def _monomials(coefficients, size: int) -> int:
    return sum(
        math.comb(size + k - 1, k) for k, c in enumerate(coefficients) if c and k
    )


def _powers(known, z: np.ndarray) -> list[np.ndarray]:
    """The monomials of `z` that powers of `w . z` contain, as columns."""
    columns = []
    for k, c in enumerate(known.coefficients):
        if c:
            chosen = itertools.combinations_with_replacement(range(z.shape[1]), k)
            columns += [np.prod(z[:, list(which)], axis=1) for which in chosen]
    return [np.column_stack(columns)] if columns else []
