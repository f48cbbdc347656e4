"""What the observed entries determine at fitted values, not only in general."""

import dataclasses

import numpy as np
from jaxtyping import Bool, Float, Int8

from suffice.completion._entries._mask import Mask

from ._closure import Determination
from ._field import Floats
from ._growth import grown_at
from ._jacobian import completion_matrix
from ._numerical_flex import flex_at
from ._status import EntryStatus

DENSE = 600  # largest number of unknowns for which all motions are computed
SOME = 24  # random motions that stand for a larger space of motions
ZERO = 1e-11  # relative length of a factor below which it counts as zero
RANK = 1e-7  # relative singular value below which a direction counts as missing
STILL = 1e-5  # relative change of an entry below which it counts as unchanged


@dataclasses.dataclass(frozen=True, eq=False)
class Motions:
    """Motions of the factors that keep the observed entries, to first order.

    The factors are scaled to unit length, which changes nothing about what is
    determined; zero factors stay zero.

    Attributes:
        left: Factors of the rows, `(rows, rank)`.
        right: Factors of the columns, `(columns, rank)`.
        da: Motions of the rows, `(rows, rank, motions)`.
        db: Motions of the columns, `(columns, rank, motions)`.
        independent: Rank of the completion matrix at these factors; None where it was
            not computed.
    """

    left: Float[np.ndarray, "rows rank"]
    right: Float[np.ndarray, "columns rank"]
    da: Float[np.ndarray, "rows rank motions"]
    db: Float[np.ndarray, "columns rank motions"]
    independent: int | None

    def moved(self) -> Bool[np.ndarray, "rows columns"]:
        """Return which entries some motion changes."""
        squared = np.zeros((len(self.left), len(self.right)))
        for k in range(self.da.shape[2]):
            change = self.da[:, :, k] @ self.right.T + self.left @ self.db[:, :, k].T
            squared += change**2
        lengths = [(side**2).sum(1) for side in (self.left, self.right)]
        size = lengths[0][:, None] + lengths[1]
        # Where both factors vanish the entry is the product of their motions.
        free = [np.abs(d).max((1, 2), initial=0.0) > STILL for d in (self.da, self.db)]
        return np.where(size > 0, squared > STILL**2 * size, np.outer(*free))

    def still_in_rows(
        self, pattern: Bool[np.ndarray, " columns"], factors: Float[np.ndarray, "n r"]
    ) -> Bool[np.ndarray, "n columns"]:
        """Return which entries of further rows are determined.

        The entry of a column is a combination of the observed ones where its factor is
        a combination of theirs, and it is determined where no motion of the columns
        changes that.

        Args:
            pattern: Which columns the rows are observed at, the same for all rows.
            factors: Factors of the rows.
        """
        basis = self.right[pattern]
        u, s, vt = np.linalg.svd(basis, full_matrices=False)
        kept = s > RANK * s.max(initial=0.0)
        inverse = (vt[kept].T / s[kept]) @ u[:, kept].T
        weights = self.right @ inverse
        inside = np.abs(self.right - weights @ basis).max(1, initial=0.0) <= STILL
        moves = self.db - np.einsum("jp,prv->jrv", weights, self.db[pattern])
        if kept.sum() == self.right.shape[1]:
            change = np.sqrt((np.einsum("kr,jrv->kjv", factors, moves) ** 2).sum(2))
        else:  # the factors of the rows are not known
            lengths = np.linalg.norm(factors, axis=1)
            change = lengths[:, None] * np.sqrt((moves**2).sum((1, 2)))
        size = np.linalg.norm(factors, axis=1)[:, None] * (1 + np.abs(weights).sum(1))
        return pattern | (inside & (change <= STILL * size))


def motions(
    mask: Mask,
    left: Float[np.ndarray, "rows rank"],
    right: Float[np.ndarray, "columns rank"],
    rng: np.random.Generator,
) -> Motions | None:
    """Return the motions of the factors that keep the observed entries.

    With more than 600 unknowns it is one random motion, which changes every entry that
    some motion changes, with probability 1; None where it cannot be computed.
    """
    a, b = _unit(left), _unit(right)
    if a.size + b.size > DENSE:
        still = np.zeros(len(a), bool), np.zeros(len(b), bool)
        da, db, converged = flex_at(mask, a, b, still, Floats(rng))
        found = Motions(a, b, da[:, :, None], db[:, :, None], None)
        return found if converged else None
    kernel, independent = _kernel(mask, a, b)
    if kernel.shape[1] > SOME:
        mixed = rng.standard_normal((kernel.shape[1], SOME)) / np.sqrt(SOME)
        kernel = kernel @ mixed
    parts = kernel.reshape(len(a) + len(b), a.shape[1], -1)
    return Motions(a, b, parts[: len(a)], parts[len(a) :], independent)


def _unit(factors) -> np.ndarray:
    lengths = np.linalg.norm(factors, axis=1, keepdims=True)
    vanishing = lengths <= ZERO * lengths.max(initial=0.0)
    return np.where(vanishing, 0.0, factors / np.where(vanishing, 1.0, lengths))


def _kernel(mask, a, b) -> tuple[np.ndarray, int]:
    nothing = np.zeros(len(a), bool), np.zeros(len(b), bool)
    jacobian = completion_matrix(mask, a, b, nothing).toarray()
    if len(jacobian) > jacobian.shape[1]:
        jacobian = np.linalg.qr(jacobian, mode="r")
    _, s, vt = np.linalg.svd(jacobian)
    independent = int((s > RANK * s.max(initial=0.0)).sum())
    return vt[independent:].T, independent


def status_at(
    determination: Determination,
    mask: Mask,
    factors: tuple[np.ndarray, np.ndarray],
    found: Motions | None,
) -> tuple[Int8[np.ndarray, "rows columns"], str | None]:
    """Return the status of every entry at fitted factors, and a note on coincidences.

    An entry that is determined for almost every matrix is undetermined here if a motion
    of the factors changes it, because of zeros or other coincidences in the values.
    Such a table vouches for a single value only where growth reaches it: each row and
    column that joins must have independent factors to be solved from.
    """
    status = determination.entries()
    if found is None:
        return status, (
            "Whether these values leave open what is determined in general could not "
            "be computed."
        )
    known = (status == EntryStatus.unique) | (status == EntryStatus.finite)
    loose = known & found.moved()
    status[loose] = EntryStatus.undetermined
    regular = found.independent in (None, determination.completion_rank)
    if regular and not loose.any():
        return status, None
    rows, columns = grown_at(mask, *factors)
    outside = ~np.outer(rows, columns)
    status[outside & (status == EntryStatus.unique)] = EntryStatus.finite
    if not loose.any():
        return status, None
    return status, (
        f"{int(loose.sum())} of the undetermined entries would be determined for "
        "almost every matrix of this rank, but at these values they are not fixed to "
        "first order, because of zeros or other coincidences."
    )
