"""Designs as shares of measurements, with a certificate that none is much better."""

import numpy as np
import scipy.optimize
import scipy.spatial
from jaxtyping import Bool, Float
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ._information import Goal

CLOSE = 1e-3  # how far a design may be from the best one
SWEEPS = 20_000
NEAR = 3  # steps of the lattice between neighbours
KEPT = 1e-3  # share of the measurements below which a candidate is dropped


def best_weights(goal: Goal) -> tuple[Float[np.ndarray, " candidates"], float]:
    """Shares of the budget for every candidate, and a bound of their efficiency.

    Weights are multiplied by their sensitivity until the equivalence theorem bounds the
    efficiency by 0.999. For one parameter of a law with one output, a linear program
    gives the best design exactly.

    Source:
        Kiefer and Wolfowitz 1960 (equivalence); Yu, Ann. Stat. 38, 2010
        (multiplication converges); Elfving 1952 (one parameter).
    """
    values, _, outputs, p = goal.slopes.shape
    if values == p == 1:  # where a row tells most for its cost
        told = (goal.slopes**2).sum((0, 2, 3)) / goal.cost
        return (np.arange(len(told)) == told.argmax()).astype(float), 1.0
    alone = goal.target is not None and np.linalg.matrix_rank(goal.target[0]) == 1
    if alone and values == outputs == 1:
        return _elfving(goal), 1.0
    return _multiplied(goal)


def _multiplied(goal: Goal) -> tuple[np.ndarray, float]:
    priced = goal.slopes / np.sqrt(goal.cost)[None, :, None, None]
    weights = np.full(len(goal.cost), 1 / len(goal.cost))
    power = 1.0 if goal.target is None else 0.5
    efficiency = 0.0
    for sweep in range(SWEEPS):
        inverse = np.linalg.inv(
            np.einsum("c,vcoi,vcoj->vij", weights, priced, priced) + goal.ridge
        )
        size = _sensitivity(priced, inverse, goal.target)
        efficiency = float(1 / size.max())
        if efficiency >= 1 - CLOSE:
            break
        weights = weights * size**power
        weights /= weights.sum()
        if sweep % 50 == 49:  # what can be no part of the best design is dropped
            weights[weights < 1e-8 * weights.max()] = 0.0
    return weights, efficiency


def _sensitivity(slopes, inverse, target) -> np.ndarray:
    """At most 1 everywhere, in the mean over values, for the best design."""
    seen = np.einsum("vcoi,vij->vcoj", slopes, inverse)
    if target is None:
        size = np.einsum("vcoi,vcoi->vc", seen, slopes) / slopes.shape[-1]
    else:
        size = np.einsum("vcoi,vij,vcoj->vc", seen, target, seen)
        size = size / np.einsum("vij,vji->v", target, inverse)[:, None]
    return size.mean(0)


def _elfving(goal: Goal) -> np.ndarray:
    """The design for one parameter: the least total of |u| with J'u = c."""
    rows = goal.slopes[0, :, 0] / np.sqrt(goal.cost)[:, None]
    assert goal.target is not None
    wanted = goal.target[0].max(0)
    scale = np.abs(rows).max(0)
    matrix = (rows / scale).T
    found = scipy.optimize.linprog(
        np.ones(2 * len(rows)),
        A_eq=np.hstack([matrix, -matrix]),
        b_eq=wanted / scale * scale.max(),
        method="highs",
    )
    if not found.success:
        raise ValueError(
            "no design determines this parameter: the candidates do not see it apart "
            "from the others; widen the ranges, or hold another parameter."
        )
    size = found.x[: len(rows)] + found.x[len(rows) :]
    return size / size.sum()


def merged(
    x: Float[np.ndarray, "candidates inputs"],
    weights: Float[np.ndarray, " candidates"],
    between: Bool[np.ndarray, " inputs"],
) -> tuple[Float[np.ndarray, "k inputs"], Float[np.ndarray, " k"]]:
    """Candidates that carry weight.

    Args:
        x: The candidates.
        weights: Their weights.
        between: The inputs of which values between candidates can be measured:
            neighbours on the lattice that differ in these alone are one place, that of
            the heaviest.
    """
    (carrying,) = np.nonzero(weights > KEPT / 10)
    steps = [np.unique(column, return_inverse=True)[1] for column in x.T]
    places = np.stack(steps, axis=1)[carrying] * np.where(between, 1, NEAR + 1)
    linked = scipy.spatial.KDTree(places)
    pairs = linked.query_pairs(NEAR, p=np.inf, output_type="ndarray").T
    graph = coo_array((np.ones(pairs.shape[1]), pairs), (len(carrying),) * 2)
    group = connected_components(graph, directed=False)[1]
    mass = np.bincount(group, weights[carrying])
    heaviest = [
        carrying[group == g][weights[carrying[group == g]].argmax()]
        for g in range(len(mass))
    ]
    kept, places = mass > KEPT, x[heaviest]
    order = np.lexsort(places[kept].T[::-1])
    return places[kept][order], (mass[kept] / mass[kept].sum())[order]
