"""Walsh spectra of functions on the cube, by the degree of the monomials."""

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.special import comb

from suffice._core import Numbers

from ._arrays import as_pair
from ._basis import Basis, mean_floor
from ._hadamard import walsh_hadamard

_FAST = 20  # largest dimension at which all 2^d coefficients are in memory
_MOST = 2**24  # numbers in memory at once


@dataclasses.dataclass(frozen=True)
class Walsh(Basis):
    r"""Monomials `χ_S(x) = Π_(j∈S) xⱼ` on the cube `{-1, 1}^d`, grouped by degree.

        c(S) = (1/n) Σᵢ yᵢ χ_S(xᵢ),    amplitude(j)² = Σ_(|S|=j) c(S)²

    On the whole cube the squares add up to the mean square of the values. In up to 20
    dimensions all coefficients are computed by one fast transform; in more dimensions
    those up to `max_degree` are computed one by one.

    Attributes:
        dim: Dimension `d` of the cube, at least 1.
        max_degree: The largest degree that is computed, from 0 to `dim`; None takes
            `dim`.

    Source:
        arXiv:2405.17479 shows parities along the diagonal, where `|F(k)| = |sin k|^d`;
        in this basis a parity is one coefficient.

    Examples:
        >>> x = sf.spectra.cube(3)
        >>> sf.spectra.Walsh(3).amplitude(x, x[:, 0] * x[:, 1]).ravel().tolist()
        [0.0, 0.0, 1.0, 0.0]
    """

    dim: int
    max_degree: int | None = None
    label = "degree"

    def __post_init__(self):
        if self.dim < 1 or not 0 <= self.top <= self.dim:
            raise ValueError(
                f"dim is {self.dim} and max_degree {self.max_degree}; expected "
                "dim >= 1 and 0 <= max_degree <= dim."
            )
        if self.dim > _FAST and self.count > _MOST:
            raise ValueError(
                f"there are {self.count} monomials of degree up to {self.top} in "
                f"{self.dim} variables; choose a smaller max_degree."
            )

    @property
    def top(self) -> int:
        """The largest degree."""
        return self.dim if self.max_degree is None else self.max_degree

    @property
    def count(self) -> int:
        """Number of monomials."""
        return sum(math.comb(self.dim, j) for j in range(self.top + 1))

    @property
    def frequencies(self) -> Float[np.ndarray, " frequency"]:
        """The degrees."""
        return np.arange(self.top + 1.0)

    @property
    def subsets(self) -> tuple[tuple[int, ...], ...]:
        """The sets `S` in the order of `coefficients`, by degree."""
        variables = range(self.dim)
        degrees = (itertools.combinations(variables, j) for j in range(self.top + 1))
        return tuple(itertools.chain.from_iterable(degrees))

    def coefficients(
        self, x: Numbers, y: Numbers
    ) -> Float[np.ndarray, "subset outputs"]:
        """Return `c(S)` for every set of `subsets`.

        Raises:
            ValueError: The inputs are not points of the cube.
        """
        x, y = as_pair(x, y)
        self._check(x)
        if self.dim <= _FAST:
            masks = [sum(1 << j for j in subset) for subset in self.subsets]
            return self._all(x, y)[masks]
        sums = [np.prod(x[:, list(s)], axis=1) @ y for s in self.subsets]
        return np.stack(sums) / len(x)

    def amplitudes(
        self, x: Float[np.ndarray, "n dim"], y: Float[np.ndarray, "n columns"]
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the roots of the energies of the degrees."""
        self._check(x)
        if self.dim > _FAST:
            degree = np.array([len(s) for s in self.subsets])
            return self._by_degree(self.coefficients(x, y), degree)
        degree = _bit_counts(self.dim)
        width = max(1, _MOST >> self.dim)  # columns at once
        parts = [
            self._by_degree(self._all(x, y[:, low : low + width]), degree)
            for low in range(0, y.shape[1], width)
        ]
        return np.concatenate(parts, axis=1)

    def floors(
        self,
        x: Float[np.ndarray, "n dim"],
        y: Float[np.ndarray, "n columns"],
        population: int | None,
    ) -> Float[np.ndarray, "frequency columns"]:
        """Return the standard error for all monomials of a degree; see `mean_floor`."""
        monomials = comb(self.dim, self.frequencies)
        power = np.outer(monomials, (y**2).mean(0))
        return mean_floor(power, self.amplitudes(x, y) ** 2, len(x), population)

    def _check(self, x: np.ndarray) -> None:
        if x.shape[1] != self.dim:
            raise ValueError(f"x has {x.shape[1]} coordinates, the cube {self.dim}.")
        if not (np.abs(x) == 1).all():
            raise ValueError("x has entries other than -1 and 1; expected a cube.")

    def _all(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return all `2^d` coefficients, numbered by the bits of `S`."""
        point = (x < 0) @ (1 << np.arange(self.dim))
        values = np.zeros((2**self.dim, y.shape[1]))
        np.add.at(values, point, y / len(x))
        return walsh_hadamard(values)

    def _by_degree(self, c: np.ndarray, degree: np.ndarray) -> np.ndarray:
        energy = np.zeros((self.dim + 1, c.shape[1]))
        np.add.at(energy, degree, c**2)
        return np.sqrt(energy[: self.top + 1])


def cube(dim: int) -> Float[np.ndarray, "points dim"]:
    """Return all `2^dim` points of `{-1, 1}^dim`, numbered by their bits.

    Raises:
        ValueError: `dim` is not between 1 and 24.

    Examples:
        >>> sf.spectra.cube(2).tolist()
        [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]
    """
    if not 1 <= dim <= 24:
        raise ValueError(f"dim is {dim}; expected 1 to 24.")
    bits = (np.arange(2**dim)[:, None] >> np.arange(dim)) & 1
    return 1.0 - 2.0 * bits


def cube_eigenvalues(kernel: Any) -> Float[np.ndarray, " degree"]:
    r"""Return the eigenvalues, by degree, of a kernel on the cube of `⟨x, x'⟩`.

        μ_j = 2⁻ᵈ Σ_m κ(d - 2m) Σᵢ (-1)ⁱ C(j, i) C(d-j, m-i)

    The eigenvectors are the monomials, so gradient descent learns degree `j` at rate
    `μ_j`.

    Args:
        kernel: Values `κ(d - 2m)` of the kernel for `m = 0, ..., d` different
            coordinates.

    Source:
        Krawtchouk polynomials; verified here against the dense matrix.
    """
    values = np.asarray(kernel, np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"kernel has shape {values.shape}; expected (d + 1,).")
    return _krawtchouk(len(values) - 1) @ values / 2.0 ** (len(values) - 1)


def _krawtchouk(d: int) -> np.ndarray:
    rows = [
        [
            sum((-1) ** i * math.comb(j, i) * math.comb(d - j, m - i)
                for i in range(max(0, m - d + j), min(j, m) + 1))
            for m in range(d + 1)
        ]
        for j in range(d + 1)
    ]  # fmt: skip
    return np.array(rows, np.float64)


def _bit_counts(dim: int) -> Int[np.ndarray, " subset"]:
    counts = np.zeros(1, np.int64)
    for _ in range(dim):
        counts = np.concatenate([counts, counts + 1])
    return counts
