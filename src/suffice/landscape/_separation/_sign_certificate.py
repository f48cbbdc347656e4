"""A certificate against every network without negative output weights."""

import dataclasses
import itertools

import flint
import numpy as np
from jaxtyping import Float
from scipy.optimize import linprog

from suffice._core import Result
from suffice._core.literature import bases
from suffice.landscape._branches._family import family_of
from suffice.landscape._branches._narrow import derivatives, Narrow, narrow
from suffice.models import TwoLayer

from ._balls import balls, enclose, exact, is_positive_definite
from ._certificates import CertificateStatus, multipliers_near

GRID = {1: 401, 2: 51, 3: 17}  # points along each axis
CELLS, SLACK, HALVINGS = 1_000_000, 1e-9, 14


@dataclasses.dataclass(frozen=True)
class SignCertificate(Result):
    """Whether samples exclude all other networks with output weights >= 0.

    Attributes:
        holds: True: every network of any width that fits the samples, with output
            weights >= 0 and neurons in the box, has the target's function.
        status: `proved` (cell by cell, with a curvature bound far from the target and
            balls near it), `measured` on a grid, or `not found`.
        multipliers: One number for each sample.
        margin: `s` in `η(w) <= -s min(1, |w - target|²)` on the grid.
        box: Weights and biases of neurons are within `[-box, box]`.
        samples: Number of samples `n`.
        note: What was not decided, and why; or None.
    """

    grounds = bases.CERTIFICATE

    holds: bool
    status: CertificateStatus
    multipliers: Float[np.ndarray, " n"] | None
    margin: float
    box: float
    samples: int
    note: str | None = None

    def headline(self) -> str:
        """Whether the samples certify the target."""
        if self.holds:
            return (
                f"These {self.samples} samples leave only the target among networks "
                f"with output weights >= 0 and weights within {self.box:g} "
                f"({self.status}, margin {self.margin:.2g})."
            )
        return f"No sign certificate for these {self.samples} samples: {self.note}."


def sign_certificate(
    target: TwoLayer,
    x: Float[np.ndarray, "n dim"],
    *,
    box: float = 4.0,
    tolerance: float = 1e-7,
) -> SignCertificate:
    r"""A certificate against all networks without negative output weights.

    It consists of multipliers `λᵢ` with

        η(w) = Σᵢ λᵢ s(w · xᵢ) <= 0, with equality only at the neurons of the target

    Then `0 = Σ λᵢ f(xᵢ) = Σ aₖ η(wₖ)` implies that every neuron with positive weight of
    a fitting network is a neuron of the target (or has `w = 0`, if `s(0) = 0`). A
    linear program on a grid computes the multipliers. Between the grid points a
    curvature bound proves the sign, and near the target a definite second derivative.
    Prefer `condensed_certificate` for more inputs or weights of both signs.

    Args:
        target: A network that expresses the target, with positive output weights.
        x: Samples, `(n, inputs)`.
        box: Largest absolute value of all weights of a neuron.
        tolerance: A smaller margin counts as `not found`.

    Returns:
        Whether there is a certificate, with multipliers and margin.

    Raises:
        ValueError: A neuron has more than three weights; the target has negative output
            weights; or the activation is odd, so that no certificate exists.

    Source:
        Derived and verified here.

    Examples:
        >>> w, a = jnp.array([[1.0]]), jnp.array([1.0])
        >>> net = sf.TwoLayer(w, a, activation="gaussian")
        >>> x = np.linspace(-3, 3, 7)[:, None]
        >>> print(sf.landscape.sign_certificate(net, x).headline())
        These 7 samples leave only the target among networks with output weights >= 0
        and weights within 4 (proved, margin 0.1).
    """
    net = narrow(target, x)
    family = family_of(target)
    dim = net.w.shape[1]
    if family.signed and family.sloped and family.coupling == "nothing":
        raise ValueError(
            f"{family.name} is odd: its neurons have both signs, so no sign "
            "certificate exists; see condensed_certificate."
        )
    if dim not in GRID or (net.a <= 0).any() or np.abs(net.w).max() >= box:
        raise ValueError(
            f"the target has {dim} weights per neuron, output weights "
            f"{np.round(net.a, 3).tolist()} and weights up to "
            f"{np.abs(net.w).max():.3g}; expected at most {max(GRID)} weights, "
            f"positive output weights, and weights below box = {box:g}."
        )
    anchors = np.concatenate([net.w, -net.w]) if not family.sloped else net.w
    if net.activation.rests_at_zero:
        anchors = np.concatenate([anchors, np.zeros((1, dim))])
    multipliers, margin = _search(net, anchors, box)
    n = len(net.x)
    if margin < tolerance:
        note = f"the best margin on a grid is {max(margin, 0.0):.1e}"
        return SignCertificate(False, "not found", multipliers, margin, box, n, note)
    why = _unproved(net, anchors, multipliers, box)
    status = "measured" if why else "proved"
    return SignCertificate(True, status, multipliers, margin, box, n, why)


def _search(net: Narrow, anchors, box) -> tuple[np.ndarray, float]:
    """Largest `s` with `η <= -s min(1, distance²)` on the grid, `|λ| <= 1`."""
    n, dim = net.x.shape
    axis = np.linspace(-box, box, GRID[dim])
    grid = np.stack(np.meshgrid(*[axis] * dim, indexing="ij"), -1).reshape(-1, dim)
    values = derivatives(net.activation, net.x @ grid.T)[0].T
    away = ((grid[:, None] - anchors[None]) ** 2).sum(-1).min(1)
    fall = np.minimum(1.0, away)
    jac = net.jacobian()
    if net.activation.rests_at_zero:
        jac = np.concatenate([jac, net.x], axis=1)
    norms = np.linalg.norm(jac, axis=0)
    equal = np.column_stack([(jac / norms).T, np.zeros(jac.shape[1])])
    solution = linprog(
        c=[*np.zeros(n), -1.0],
        A_ub=np.column_stack([values, fall]),
        b_ub=np.zeros(len(grid)),
        A_eq=equal,
        b_eq=np.zeros(len(equal)),
        bounds=[*[(-1, 1)] * n, (0, None)],
        method="highs",
    )
    return (
        (solution.x[:n], float(solution.x[n]))
        if solution.success
        else (np.zeros(n), 0.0)
    )


def _unproved(net: Narrow, anchors, multipliers, box) -> str | None:
    """The reason why the sign is not proved in the box; None if it is proved."""
    bound = net.activation.suprema[2]
    if net.activation.balls is None or not np.isfinite(bound):
        return f"{net.activation.name} has no curvature bound and balls here"
    radii = _definite_cubes(net, anchors, multipliers)
    if radii is None:
        return "the second derivative at a target neuron is not definite"
    if not _negative(net, anchors, radii, multipliers, box, bound):
        return "the sign between grid points stays undecided"
    return None


def _definite_cubes(net: Narrow, anchors, multipliers) -> np.ndarray | None:
    """Half sides of cubes around the target neurons in which `η` is concave."""
    with balls():
        centred = net.activation.rests_at_zero
        lam = multipliers_near(net, multipliers, centred=centred)
        if lam is None:
            return None
        radii = [_definite_cube(net, anchor, lam) for anchor in anchors]
    return None if None in radii else np.array(radii)


def _definite_cube(net: Narrow, anchor, lam: flint.arb_mat) -> float | None:
    x = exact(net.x)
    n, dim = net.x.shape
    for power in range(HALVINGS):
        radius = 2.0**-power
        cube = [flint.arb(float(w), radius) for w in anchor]
        z = x * flint.arb_mat([[side] for side in cube])
        weight = [-lam[i, 0] * enclose(net.activation, z[i, 0])[2] for i in range(n)]
        rows = [
            [sum(weight[i] * x[i, d] * x[i, e] for i in range(n)) for e in range(dim)]
            for d in range(dim)
        ]
        if is_positive_definite(flint.arb_mat(rows)):
            return radius
    return None


def _negative(net: Narrow, anchors, radii, multipliers, box, bound) -> bool:
    """Whether `η < 0` in the box outside the cubes, by repeated halving of cells.

    On a cell of half side `h`:  η <= η(c) + h |∇η(c)|₁ + (h²/2) Σᵢ |λᵢ| L₂ |xᵢ|₁².
    """
    dim = net.x.shape[1]
    reach = np.abs(net.x).sum(1)
    bend = bound * float(np.abs(multipliers) @ reach**2)
    slack = SLACK * float(np.abs(multipliers).sum())
    corners = np.array(list(itertools.product((-1, 1), repeat=dim)))
    cells, half = np.zeros((1, dim)), box
    while len(cells):
        if len(cells) > CELLS:
            return False
        inside = np.abs(cells[:, None] - anchors[None]).max(-1) + half <= radii
        cells = cells[~inside.any(1)]
        value, slope, _ = derivatives(net.activation, net.x @ cells.T)
        centre = multipliers @ value
        gradient = np.abs(np.einsum("n,nc,nd->cd", multipliers, slope, net.x)).sum(1)
        undecided = centre + half * gradient + 0.5 * half**2 * bend >= -slack
        if (centre[undecided] >= 0).any() and half < 1e-6:
            return False
        half /= 2
        cells = (cells[undecided][:, None] + half * corners[None]).reshape(-1, dim)
        if half < 1e-12:
            return False
    return True
