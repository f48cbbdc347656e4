"""A completed matrix, with the status of every entry."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Array, Bool, Float, Int8, Key

from suffice._core import Hidden, Result
from suffice._core.literature import bases

from ._design._stability import stability_at, StabilityMap
from ._determined._at_values import Motions
from ._determined._border import Offsets
from ._determined._closure import Determination
from ._determined._status import EntryStatus
from ._entries._mask import read_mask
from ._entries._observed import Observed
from ._filling import CompletionMethod
from ._fit._choose_rank import RankChoice, WORDS
from ._fit._error_estimate import ErrorEstimate
from ._fit._exact_fit import ExactFit
from ._fit._least_squares import EXACT
from ._fit._offset_model import LowRank
from ._fit._row_law import RowLaw
from ._fit._units import relative_misfit


@dataclasses.dataclass(frozen=True)
class Completion(Result):
    """A completed matrix, with the status of every entry.

    Attributes:
        values: The matrix: observed entries as given, determined entries filled, and
            NaN for the others unless `fill="all"`.
        status: An `EntryStatus` code for every entry.
        rank: The rank besides the offsets that was given or chosen; None when
            undecided.
        method: Name of the method, see `complete`.
        left: Factor `(rows, rank)` of the part of low rank; None when undecided.
        right: Factor `(rank, columns)` of that part; None when undecided.
        residual: Root mean square error on the observed entries, relative to the root
            mean square of their values.
        converged: Whether the method converged.
        offsets: Which offsets the matrix has: `none`, `columns`, `rows` or `both`.
        row_offsets: Offset of every row, in units of the column where columns have
            different units; zeros where the matrix has none, None when undecided.
        column_offsets: Offset of every column, likewise.
        model: The fitted matrix.
        exact: For `least-squares`: a fit that meets the entries to rounding; None if
            none was found.
        error: For `least-squares`: the error that is expected of filled entries; None
            for exact fits, or where too few entries could be held out.
        half_width: Half the width of intervals that hold 90 % of the missing values;
            0 where observed, NaN where nothing was filled, None without `error`.
        law: For `least-squares`: how the factors of a further row follow from its
            entries, with the variances that were learned; None for exact fits.
        choice: For `least-squares` with `rank="auto"`: the choice of the rank.
        determination: What is determined at this rank, from the mask alone; `status`
            says what is determined at the values, which can be less.
        motions: Motions of the fitted factors that keep the observed entries.
        spread: For `flow`: standard deviation of every entry over the seeds, NaN where
            observed. It is not an uncertainty, because seeds can agree on an entry
            that the observed entries do not determine.
        exponent: For `flow`: the rank-gap exponent of every seed, see
            `FactorisationFlow.rank_gap_exponent`.
        gap: For `nuclear`: certified relative gap of the nuclear norm.
        ridge: For `least-squares`: the ridge that was named or, where too few entries
            could be held out, a small one; 0 where the fit averages over the factors.
        note: Caveats about the values; None if there is none.
    """

    grounds = bases.DETERMINED

    values: Float[np.ndarray, "rows columns"]
    status: Int8[np.ndarray, "rows columns"]
    rank: int | None
    method: CompletionMethod
    left: Float[np.ndarray, "rows rank"] | None
    right: Float[np.ndarray, "rank columns"] | None
    residual: float
    converged: bool
    offsets: Offsets = "none"
    row_offsets: Float[np.ndarray, " rows"] | None = None
    column_offsets: Float[np.ndarray, " columns"] | None = None
    model: Hidden[LowRank | None] = dataclasses.field(default=None, repr=False)
    exact: Hidden[ExactFit | None] = dataclasses.field(default=None, repr=False)
    error: ErrorEstimate | None = None
    half_width: Float[np.ndarray, "rows columns"] | None = None
    choice: RankChoice | None = None
    determination: Determination | None = None
    motions: Hidden[Motions | None] = dataclasses.field(default=None, repr=False)
    spread: Float[np.ndarray, "rows columns"] | None = None
    exponent: Float[np.ndarray, " seeds"] | None = None
    gap: float | None = None
    ridge: float = 0.0
    law: Hidden[RowLaw | None] = dataclasses.field(default=None, repr=False)
    note: str | None = None

    @property
    def observed(self) -> Bool[np.ndarray, "rows columns"]:
        """Which entries were given."""
        return self.status == EntryStatus.observed

    @property
    def determined(self) -> Bool[np.ndarray, "rows columns"]:
        """Which unobserved entries the observed ones determine."""
        return (self.status == EntryStatus.unique) | (self.status == EntryStatus.finite)

    @property
    def met(self) -> bool:
        """Whether every observed row and column is met to 1e-8 of its size."""
        if self.model is None:
            return False
        rows, columns = np.nonzero(self.observed)
        entries = Observed(rows, columns, self.values[rows, columns], self.values.shape)
        return relative_misfit(entries, self.model.misfit(entries)) <= EXACT

    @property
    def column_noise(self) -> Float[np.ndarray, " columns"] | None:
        """Standard deviation of the noise of every column, where it was learned."""
        if self.law is None or self.ridge:
            return None
        return np.sqrt(self.law.noise)

    @property
    def row_ridge(self) -> float | None:
        """Mean noise over the variance of the offsets of rows; None without those."""
        if self.law is None or self.offsets not in ("rows", "both"):
            return None
        return self.law.ridge_of_rows()

    @property
    def singular_values(self) -> Float[np.ndarray, " k"] | None:
        """Singular values of the part of low rank, undetermined entries included."""
        if self.left is None or self.right is None or not self.left.shape[1]:
            return None
        _, ra = np.linalg.qr(self.left)
        _, rb = np.linalg.qr(self.right.T)
        return np.linalg.svd(ra @ rb.T, compute_uv=False)

    def stability(self, *, key: Key[Array, ""] | None = None) -> StabilityMap:
        """Return how strongly noise on observed entries is amplified in every entry.

        Args:
            key: Random key of the noise; None takes `jax.random.key(0)`.

        Raises:
            ValueError: The rank is undecided.
        """
        if self.model is None:
            raise ValueError(
                f"no matrix was completed, so no noise can be amplified: {self.note}"
            )
        return stability_at(
            *self.model.standard().tangent(), read_mask(self.observed), key=key
        )

    def headline(self) -> str:
        """Say in one sentence what was filled."""
        open_ = int((~self.observed).sum())
        if not open_:
            known = "undecided" if self.rank is None else f"{self.rank} ({self.method})"
            return f"No entry is missing; rank {known}."
        if self.rank is None:
            return f"None of {open_} missing entries was filled: {self.note}"
        known = int(self.determined.sum())
        model = f"rank {self.rank}{WORDS[self.offsets]}"
        text = f"{known} of {open_} missing entries are determined at {model}"
        if self.error is None:
            return f"{text} ({self.method})."
        if not self.error.better:
            worse = "Column means or offsets predict held-out entries as well: "
            return f"{worse}{self.error.headline()}; {text}."
        return f"{text}; {self.error.headline()}."

    def shown(self) -> dict[str, Any]:
        """Return the counts of every status, the fit and the caveats."""
        rows: dict[str, Any] = {
            status.name: count
            for status in EntryStatus
            if (count := int((self.status == status).sum()))
        }
        rows["residual"] = self.residual
        rows["converged"] = self.converged
        if self.choice is not None and self.rank is not None:
            rows["rank_chosen"] = self.choice.headline()
        rows["gap"] = self.gap
        if self.exponent is not None:
            rows["rank_gap_exponent"] = float(np.median(self.exponent))
        return rows | {"note": self.note}
