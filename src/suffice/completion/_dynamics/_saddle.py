"""The Hessian at a critical point of `A B`, split by the row space of the factors."""

import dataclasses

import numpy as np
from jaxtyping import Float

from suffice._core import Numbers, Result
from suffice._core.literature import bases
from suffice.completion._entries._observed import as_observed, Observed
from suffice.completion._fit._fit_rank import completion_jacobian

# Trained factors leave traces of this relative size outside their row space; the cut is
# a tolerance of the training, not a decision of a rank.
ROW_SPACE = 1e-10
LARGEST = 3000  # largest number of parameters of the dense eigenvalue problem


@dataclasses.dataclass(frozen=True)
class SaddleSpectrum(Result):
    """Curvatures of the loss at `(A, B)`, inside and across the row space.

    Attributes:
        rank: Dimension `k` of the row space of `[A; B^T]`.
        width: Number `p` of columns of `A`.
        residual: Singular values `s_i` of the residual.
        across: Curvatures of directions that leave the row space, `±s_i`, ascending;
            each of them occurs `multiplicity` times.
        multiplicity: `p - k`.
        inside: Curvatures of directions that keep the row space, ascending.
        gradient: Norm of the gradient, relative to the norms of residual and factors;
            the split into inside and across holds where it vanishes.
    """

    grounds = bases.LEAVING

    rank: int
    width: int
    residual: Float[np.ndarray, " k"]
    across: Float[np.ndarray, " across"]
    multiplicity: int
    inside: Float[np.ndarray, " inside"]
    gradient: float

    @property
    def negative(self) -> Float[np.ndarray, " negative"]:
        """All negative curvatures, with multiplicity, ascending."""
        scale = max(np.abs(self.inside).max(initial=0.0), self.residual.max(initial=0))
        every = np.concatenate([self.inside, np.repeat(self.across, self.multiplicity)])
        return np.sort(every[every < -1e-9 * scale])

    @property
    def second_order(self) -> bool:
        """Whether no direction inside the row space lowers the loss."""
        scale = max(np.abs(self.inside).max(initial=0.0), self.residual.max(initial=0))
        return bool(self.inside.min(initial=0.0) >= -1e-6 * scale)

    @property
    def simple(self) -> bool:
        """Whether the largest singular value of the residual is simple."""
        s = self.residual
        return len(s) < 2 or bool(s[1] <= (1 - 1e-6) * s[0])

    def headline(self) -> str:
        """Say in one sentence how training can leave the point."""
        top = float(self.residual.max(initial=0.0))
        if not self.multiplicity or not top:
            return f"No direction leaves the row space of dimension {self.rank}."
        kind = "a minimum" if self.second_order else "a saddle itself"
        return (
            f"Out of the row space of dimension {self.rank} the loss falls with "
            f"curvature -{top:.4g}; inside it the point is {kind}."
        )


def saddle_spectrum(
    left: Numbers,
    right: Numbers,
    values: Numbers,
    mask: Numbers,
) -> SaddleSpectrum:
    r"""Return the curvatures of `½ |P ∘ (A B - M)|²` at a critical point.

    With `S` the row space of `[A; Bᵀ]`, of dimension `k < p`, the Hessian splits.
    Across `S` it is `[[0, R], [Rᵀ, 0]]`, once for each of the `p - k` missing
    directions. Its negative eigenvalues are minus the singular values of the residual,
    and training leaves the point along the top singular pair `[u; v]`, at the rate of
    the top singular value. Inside `S` it is the Hessian of the problem of width `k`.

    Args:
        left: `A`, shape `(rows, width)`.
        right: `B`, shape `(width, columns)`.
        values: The matrix, shape `(rows, columns)`.
        mask: True where an entry is observed, in the shape of `values`.

    Returns:
        The curvatures inside and across the row space, each ascending.

    Raises:
        ValueError: The shapes do not agree, or the row space has more than 3000
            parameters.

    Source:
        arXiv:2405.13721, saddles between rank levels; the split is derived and verified
        here.

    Examples:
        >>> values, mask = np.diag([2.0, 1.0]), np.ones((2, 2), bool)
        >>> left, right = np.zeros((2, 1)), np.zeros((1, 2))
        >>> sf.completion.saddle_spectrum(left, right, values, mask).across
        array([-2., -1.,  1.,  2.])
    """
    observed = as_observed(values, mask)
    m, n = observed.shape
    left, right = np.asarray(left, float), np.asarray(right, float)
    if left.shape[0] != m or right.shape != (left.shape[1], n):
        raise ValueError(
            f"left has shape {left.shape} and right {right.shape}; expected ({m}, "
            f"width) and (width, {n})."
        )
    a, b = reduced(left, right)
    k, p = a.shape[1], left.shape[1]
    if k * (m + n) > LARGEST:
        raise ValueError(
            f"the row space has {k * (m + n)} parameters; expected at most {LARGEST}."
        )
    r = residual_matrix(observed, a, b)
    s = np.linalg.svd(r, compute_uv=False)
    force = np.linalg.norm(r @ b.T) ** 2 + np.linalg.norm(a.T @ r) ** 2
    size = np.linalg.norm(r) * np.sqrt(np.sum(a**2) + np.sum(b**2))
    return SaddleSpectrum(
        rank=k,
        width=p,
        residual=s,
        across=np.sort(np.concatenate([-s, s, np.zeros(abs(m - n))])),
        multiplicity=p - k,
        inside=np.linalg.eigvalsh(inner_hessian(observed, a, b)),
        gradient=float(np.sqrt(force) / size) if size else 0.0,
    )


def reduced(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the factors in an orthonormal basis of their row space."""
    z = np.concatenate([left, right.T])
    u, s, _ = np.linalg.svd(z, full_matrices=False)
    k = int(np.sum(s > ROW_SPACE * s[0])) if s[0] > 0 else 0
    z = u[:, :k] * s[:k]
    return z[: len(left)], z[len(left) :].T


def residual_matrix(observed: Observed, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the residual `R = P o (A B - M)`."""
    return np.where(observed.mask, a @ b - observed.dense(0.0), 0.0)


def inner_hessian(observed: Observed, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the Hessian in the rows of `A` and columns of `B`, `k` numbers each."""
    k, r = a.shape[1], residual_matrix(observed, a, b)
    jacobian = completion_jacobian(observed, a, b)
    zero = np.zeros
    coupling = np.block(
        [[zero((len(r), len(r))), r], [r.T, zero((r.shape[1], r.shape[1]))]]
    )
    return (jacobian.T @ jacobian).toarray() + np.kron(coupling, np.eye(k))
