"""Certificates that merged neurons of equal signs recover the target."""

import dataclasses
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import flint
import numpy as np
from jaxtyping import Float
from scipy.linalg import null_space

from suffice._core import importing, numerical_rank, Result
from suffice._core.literature import bases
from suffice.landscape._branches._narrow import derivatives, Narrow, narrow
from suffice.models import TwoLayer

from ._balls import balls, enclose, exact, is_positive_definite

CertificateStatus = Literal["proved", "measured", "not found"]


@dataclasses.dataclass(frozen=True)
class CondensedCertificate(Result):
    """Whether samples separate the target near points with merged neurons.

    Attributes:
        holds: True: every parameter of any width whose neurons are those of the
            target, split with equal signs, is separated. False: no multipliers were
            found, which does not prove that such points are not separated.
        status: `proved` in ball arithmetic, `measured` in float64 with this margin, or
            `not found`.
        multipliers: One number for each sample.
        margin: Smallest eigenvalue divided by the largest multiplier. A small margin
            means a small basin of attraction.
        merged: Target neurons that may be split.
        samples: Number of samples `n`.
        optimistic: The optimistic sample size `k (D + 1)`; a certificate needs more
            samples.
        sure: Sample size at which almost every sample set has a certificate.
        note: The reason why none was found, or None.
    """

    grounds = bases.CERTIFICATE

    holds: bool
    status: CertificateStatus
    multipliers: Float[np.ndarray, " n"] | None
    margin: float
    merged: tuple[int, ...]
    samples: int
    optimistic: int
    sure: int
    note: str | None = None

    def headline(self) -> str:
        """Whether the samples certify the target."""
        if self.holds:
            return (
                f"These {self.samples} samples separate the target from merged neurons "
                f"at any width ({self.status}, margin {self.margin:.2g})."
            )
        return f"No certificate for these {self.samples} samples: {self.note}."


def condensed_certificate(
    target: TwoLayer,
    x: Float[np.ndarray, "n dim"],
    *,
    merged: Sequence[int] | None = None,
    tolerance: float = 1e-7,
) -> CondensedCertificate:
    r"""A certificate that samples separate a target from merged neurons, at any width.

    Let `J` be the tangent matrix of the narrow target on the samples. Numbers `λᵢ` with

        Jᵀ λ = 0   and   sign(a_t) Σᵢ λᵢ s''(w_t · xᵢ) xᵢ xᵢᵀ  positive definite

    for every target neuron that is split prove that near the split target, with all
    copies of equal signs, no other function fits the samples. A small semidefinite
    program computes them. The solution is then verified in ball arithmetic: `λ` is
    moved onto `Jᵀ λ = 0`, and the matrices are factorised. Prefer `morse_bott` for a
    given point, which uses this certificate where it is needed.

    Args:
        target: A network that expresses the target; it is reduced first.
        x: Samples, `(n, inputs)`.
        merged: Numbers of the neurons of the irreducible target that have copies; None
            takes all.
        tolerance: If there is no proof in ball arithmetic, a smaller margin counts as
            `not found`.

    Returns:
        Whether there is a certificate, with multipliers and margin.

    Raises:
        ValueError: The errors of `branches`; samples have another shape; or `merged`
            contains no neuron or a wrong number.
        ImportError: The extra `convex` is not installed.

    Source:
        Derived and verified here; a local form of the dual certificate of sparse
        recovery.

    Examples:
        >>> target = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([1.0]))
        >>> x = np.array([[0.5], [1.0], [2.0]])
        >>> two = sf.landscape.condensed_certificate(target, x[:2])
        >>> three = sf.landscape.condensed_certificate(target, x)
        >>> two.status, three.status
        ('not found', 'proved')
    """
    net = narrow(target, x)
    k, dim = net.w.shape
    chosen = tuple(range(k)) if merged is None else tuple(merged)
    if not chosen or not set(chosen) <= set(range(k)):
        raise ValueError(
            f"merged is {chosen}; expected numbers of target neurons, 0 to {k - 1}."
        )
    jac, forms = net.jacobian(), _forms(net, chosen)
    optimistic = k * (dim + 1)
    sizes = {
        "merged": chosen,
        "samples": len(net.x),
        "optimistic": optimistic,
        "sure": optimistic + len(chosen) * dim * (dim + 1) // 2,
    }
    free = null_space(jac.T / _norms(jac))
    if numerical_rank(jac).lower == len(jac) or free.shape[1] == 0:
        note = f"it needs more samples than {len(jac)}"
        return CondensedCertificate(False, "not found", None, 0.0, **sizes, note=note)
    multipliers = _search(free, forms)
    margin = _margin(forms, multipliers)
    provable = margin > 0 and net.activation.balls is not None
    if provable and _verified(net, chosen, multipliers):
        return CondensedCertificate(True, "proved", multipliers, margin, **sizes)
    if margin >= tolerance:
        return CondensedCertificate(True, "measured", multipliers, margin, **sizes)
    note = f"the best margin is {max(margin, 0.0):.1e}, below {tolerance:.0e}"
    return CondensedCertificate(
        False, "not found", multipliers, margin, **sizes, note=note
    )


def _norms(jac: np.ndarray) -> Any:
    norms = np.linalg.norm(jac, axis=0)
    return np.where(norms > 0, norms, 1.0)[:, None]


def _forms(net: Narrow, chosen) -> np.ndarray:
    """`sign(a_t) s''(w_t . x_i) x_i x_i^T`, shape `(merged, n, D, D)`."""
    curvature = derivatives(net.activation, net.preactivations)[2]
    squares = net.x[:, :, None] * net.x[:, None, :]
    return np.stack(
        [np.sign(net.a[t]) * curvature[:, t, None, None] * squares for t in chosen]
    )


def _search(free: np.ndarray, forms: np.ndarray) -> np.ndarray:
    """Multipliers in the span of `free` that maximise the smallest eigenvalue of forms.

    The program uses coordinates in which the forms have equal size in all directions.
    """
    with importing("A certificate"):  # here, since the import takes a second
        import cvxpy as cp

    n, dim = forms.shape[1:3]
    size = np.abs(forms).sum(axis=(0, 1))
    scale = 1 / np.sqrt(np.maximum(np.diag(size), np.finfo(float).tiny))
    forms = forms * scale[:, None] * scale[None, :]
    coefficients, least = cp.Variable(free.shape[1]), cp.Variable()
    constraints: list[Any] = [cp.norm_inf(free @ coefficients) <= 1]
    for form in forms:
        flat = np.einsum("ni,nde->dei", free, form).reshape(dim * dim, -1)
        matrix = cp.reshape(flat @ coefficients, (dim, dim), order="C")
        symmetric = (matrix + matrix.T) / 2
        constraints.append(symmetric >> least * np.eye(dim))
    problem = cp.Problem(cp.Maximize(least), constraints)
    with warnings.catch_warnings():  # the solution is verified afterwards
        warnings.simplefilter("ignore", UserWarning)
        problem.solve(solver=cp.CLARABEL)
    if coefficients.value is None:
        return np.zeros(n)
    return free @ coefficients.value


def _margin(forms, multipliers) -> float:
    largest = float(np.abs(multipliers).max())
    if largest == 0:
        return 0.0
    sums = np.einsum("n,tnde->tde", multipliers / largest, forms)
    return float(np.linalg.eigvalsh(sums).min())


def _verified(net: Narrow, chosen, multipliers: np.ndarray) -> bool:
    """Whether balls prove the conditions for exact multipliers near these ones."""
    with balls():
        lam = multipliers_near(net, multipliers)
        if lam is None:
            return False
        x, w = exact(net.x), exact(net.w)
        z = x * w.transpose()
        for t in chosen:
            bend = [enclose(net.activation, z[i, t])[2] for i in range(len(net.x))]
            if not is_positive_definite(_form(net.a[t], x, bend, lam)):
                return False
    return True


def multipliers_near(
    net: Narrow, multipliers: np.ndarray, *, centred: bool = False
) -> flint.arb_mat | None:
    """Balls that contain the exact solution of `Jᵀ λ = 0` nearest to these multipliers.

    If `centred`, it also satisfies `Σ λᵢ xᵢ = 0`. The result is None if the tangent
    functions may be dependent on the samples. It must be called within `balls()`.
    """
    jac, lam = _tangent_balls(net, centred), exact(multipliers[:, None])
    try:
        gram = jac.transpose() * jac
        return lam - jac * gram.solve(jac.transpose() * lam)
    except ZeroDivisionError:
        return None


def _tangent_balls(net: Narrow, centred: bool) -> flint.arb_mat:
    x, w = exact(net.x), exact(net.w)
    z = x * w.transpose()
    k, dim = net.w.shape
    rows = []
    for i in range(len(net.x)):
        jets = [enclose(net.activation, z[i, t]) for t in range(k)]
        slopes = [flint.arb(float(net.a[t])) * jets[t][1] for t in range(k)]
        weights = [slopes[t] * x[i, d] for t in range(k) for d in range(dim)]
        inputs = [x[i, d] for d in range(dim)] if centred else []
        rows.append([jet[0] for jet in jets] + weights + inputs)
    return flint.arb_mat(rows)


def _form(sign, x, curvature, lam) -> flint.arb_mat:
    n, dim = x.nrows(), x.ncols()
    weights = [lam[i, 0] * curvature[i] * (1 if sign > 0 else -1) for i in range(n)]
    return flint.arb_mat(
        [
            [sum(weights[i] * x[i, d] * x[i, e] for i in range(n)) for e in range(dim)]
            for d in range(dim)
        ]
    )
