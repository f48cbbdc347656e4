"""Merging of the neurons of one hidden layer, with a bound of the error."""

import dataclasses
import math
from typing import NamedTuple

import numpy as np

from suffice.models import Activation

from ._atoms import Chart, chart, Hidden, read, vectors
from ._bounds import length, value
from ._cluster import cluster, separation
from ._exactly import Remainder
from ._sums import exact_sum, Sums
from ._synthesis import synthesise

_ROUNDING = 64 * np.finfo(float).eps


@dataclasses.dataclass(frozen=True)
class Layer:
    """The roles of the neurons of one hidden layer in its reduction.

    Attributes:
        roles: For each neuron `target` (it is part of the function), `null` (the output
            weights of its group cancel or are zero), `dead` (its input weights and its
            output are zero), `constant` (its input weights are zero) or `dipole` (it is
            one of nearly equal neurons with large, opposite output weights, which
            approximate the derivative of a neuron and cannot be merged).
        groups: Indices of the neurons that share a weight vector, group by group.
        origins: For each remaining neuron, the indices of those that it replaces; empty
            for a neuron that was added to represent a constant or a linear remainder.
        coefficients: For each neuron the norm of its output weight.
        spread: Largest distance of a merged neuron from its centre.
        separation: Smallest distance between two groups.
    """

    roles: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...]
    origins: tuple[tuple[int, ...], ...]
    coefficients: tuple[float, ...]
    spread: float
    separation: float

    @property
    def width(self) -> int:
        """Number of neurons that remain."""
        return len(self.origins)

    @property
    def gap_ratio(self) -> float:
        """Separation over spread; below about 10 the grouping is ambiguous."""
        return self.separation / self.spread if self.spread > 0 else math.inf


class _Tolerances(NamedTuple):
    vector: float
    weight: float
    function: float


class _Atom(NamedTuple):
    vector: np.ndarray
    weight: np.ndarray
    sign: float
    members: tuple[int, ...]


class _Merged(NamedTuple):
    role: str
    centre: np.ndarray
    weight: np.ndarray
    spread: float
    bound: float


def reduce_layer(
    hidden: Hidden,
    activation: Activation,
    *,
    tolerance: float,
    scale: float,
    radius: float,
) -> tuple[Hidden, Layer, float]:
    """Reduce one hidden layer to its canonical neurons.

    Args:
        hidden: The layer.
        activation: The activation of its neurons.
        tolerance: Relative distance of equal weight vectors; 0 for exact equality.
        scale: Size of the function, to which small contributions are compared.
        radius: Largest norm of the inputs for which the bound holds.

    Returns:
        The reduced layer, the roles of the neurons, and an upper bound of the change of
        the output, in Euclidean norm, for inputs up to that norm.
    """
    plan = chart(activation, hidden.b is not None)
    exact = tolerance == 0
    if plan.rounded and not exact:
        tolerance = max(tolerance, _ROUNDING)
    tol = _Tolerances(tolerance, tolerance * scale, 30 * tolerance * scale)
    constant, noise, roles, bound = _constants(hidden, activation, tol, radius)
    live = np.array([i for i, role in enumerate(roles) if not role], int)
    kept = _take(hidden, live)
    v, alpha = read(kept, plan, activation)
    inside = hidden.b is None or plan.phase != "bias"
    lever = radius if inside else math.hypot(radius, 1)
    slopes = _slopes(activation, plan, lever * _largest(v))
    rays = exact and plan.homogeneous
    groups, signs = cluster(vectors(kept) if rays else v, tol.vector, plan.signed, rays)
    turned = v * signs[:, None]
    weight = np.where(signs[:, None] < 0, plan.flip(alpha), alpha)
    if exact:
        sums = Sums(kept, plan, activation, turned, weight, signs)
        merged = [_added(sums, g, slopes, lever) for g in groups]
    else:
        merged = [_merge(turned[g], weight[g], tol, slopes, lever) for g in groups]
    atoms = []
    for group, result in zip(groups, merged, strict=True):
        atoms += _atoms(result, turned[group], weight[group], signs[group], live[group])
        for index in live[group]:
            roles[index] = result.role
    noise += _ROUNDING * plan.centre * float(np.sum(np.abs(alpha)))
    rough = _ROUNDING * plan.tilt * float(np.sum(np.abs(alpha.T) @ np.abs(v)))
    small = max(rough, tol.function), max(noise + rough, tol.function)
    reduced, atom_of, dropped = synthesise(
        atoms, kept, v, alpha, constant, plan, activation, small=small, lever=lever,
        exact=_remainder(atoms, kept, live, signs, constant, plan) if exact else None,
    )  # fmt: skip
    centres = np.array([m.centre for m in merged]).reshape(len(merged), v.shape[1])
    layer = Layer(
        roles=tuple(roles),
        groups=tuple(tuple(live[group].tolist()) for group in groups),
        origins=tuple(atoms[t].members if t >= 0 else () for t in atom_of),
        coefficients=tuple(length(hidden.a).tolist()),
        spread=max((m.spread for m in merged), default=0.0),
        separation=separation(centres, plan.signed),
    )
    return reduced, layer, bound + sum(m.bound for m in merged) + dropped


def _take(hidden, live):
    b = None if hidden.b is None else hidden.b[live]
    return Hidden(hidden.w[live], hidden.a[live], b, hidden.c)


def _largest(v):
    return float(np.max(length(v), initial=0.0))


def _constants(hidden, activation, tol, radius):
    """The sum of constant neurons, its rounding error, all roles, and the bound."""
    roles = [""] * len(hidden.w)
    levels: dict[float, list[np.ndarray]] = {}
    noise, bound = 0.0, 0.0
    norms = length(hidden.w)
    for i in np.flatnonzero(norms <= tol.vector):
        offset = 0.0 if hidden.b is None else float(hidden.b[i])
        _, slope, _ = activation.bounds(abs(offset) + norms[i] * radius)
        size = float(length(hidden.a[i]))
        error = size * slope * radius * norms[i] if norms[i] > 0 else 0.0
        if error > tol.function:
            continue
        level = float(value(activation, offset))
        dead = level == 0 and not activation.never_zero
        roles[i] = "dead" if dead else "constant" if size else "null"
        levels.setdefault(level, []).append(hidden.a[i])
        bound += error
        noise += _ROUNDING * abs(level) * size
    if hidden.c is None and noise == 0:  # constants that underflow keep their neurons
        roles = ["" if role == "constant" else role for role in roles]
    total = np.zeros(hidden.outputs)
    for level, rows in levels.items():
        total = total + level * exact_sum(np.array(rows))
    return total, noise, roles, bound


def _atoms(merged, v, alpha, signs, members):
    """The atoms of a group after merging: one, none, or one for each member."""
    if merged.role == "target":
        leader = np.argmax(length(alpha))
        everyone = tuple(members.tolist())
        return [_Atom(merged.centre, merged.weight, signs[leader], everyone)]
    if merged.role == "dipole":
        rows = zip(v, alpha, signs, members.tolist(), strict=True)
        return [_Atom(vector, weight, s, (i,)) for vector, weight, s, i in rows]
    return []


def _merge(v, alpha, tol, slopes, lever):
    """Merge one group of nearly equal vectors, whose signs agree already.

    If the centre is the mean weighted by the coefficients, the first order of the error
    vanishes (for several outputs, its projection on the sum).
    """
    slope, curvature, level = slopes
    weight = exact_sum(alpha)
    sizes = length(alpha)
    size, total = float(length(weight)), float(sizes.sum())
    same = bool((v == v[0]).all())
    heavy = size > tol.weight * math.sqrt(len(v)) + (0.0 if same else 1e-6 * total)
    centre = v[0] if same else v.mean(axis=0)
    if not same and heavy and total <= 1e3 * size:
        centre = ((alpha / size) @ (weight / size)) @ v
    apart = v - centre
    moved = length(apart)
    moment, cost = 0.0, 0.0
    if not same:
        moment = slope * lever * float(length((alpha.T @ apart).ravel()))
        far = slope * lever * float(sizes @ moved)
        second = 0.5 * lever**2 * float(sizes @ moved**2)
        smooth = math.isfinite(curvature)
        cost = min(moment + curvature * second, far) if smooth else far
    span = level + slope * lever * float(length(centre)) if size > 0 else 0.0
    if not heavy and moment + size * span <= tol.function:
        return _Merged("null", centre, weight, float(moved.max()), cost + size * span)
    if not heavy and moment > tol.function:
        return _Merged("dipole", centre, weight, 0.0, 0.0)
    rounding = np.finfo(float).eps * size * span if len(v) > 1 else 0.0
    return _Merged("target", centre, weight, float(moved.max()), cost + rounding)


def _added(sums: Sums, group, slopes, lever):
    """Merge one group of equal vectors by exact sums."""
    weight, vanishes, lost = sums.weight(group)
    centre = sums.v[group[0]]
    if vanishes:
        return _Merged("null", centre, np.zeros_like(weight), 0.0, 0.0)
    if lost:  # rounding leaves no digit of the sum
        return _Merged("dipole", centre, weight, 0.0, 0.0)
    slope, _, level = slopes
    size = float(length(weight)) * (level + slope * lever * float(length(centre)))
    rounding = np.finfo(float).eps * size if len(group) > 1 else 0.0
    return _Merged("target", centre, weight, 0.0, rounding)


def _remainder(atoms, kept, live, signs, constant, plan: Chart) -> Remainder | None:
    """The remainder of a layer in exact arithmetic, where mirror images leave one."""
    if not (plan.tilt or plan.centre):
        return None
    atom_of = np.full(len(live), -1)
    for number, atom in enumerate(atoms):
        atom_of[np.searchsorted(live, atom.members)] = number
    first = [int(np.searchsorted(live, atom.members[0])) for atom in atoms]
    v, unit = vectors(kept), plan.tilt / 2
    helpers, further = v[first], np.zeros((kept.outputs, v.shape[1]))
    if plan.centre:
        v, unit, further = np.ones((len(v), 1)), plan.centre, constant[:, None]
        helpers = np.ones((1, 1))
    elif kept.b is not None:
        further[:, -1] = constant
        helpers = np.vstack([helpers, np.eye(v.shape[1])[-1:]])
    return Remainder(kept.a, v, signs, atom_of, unit, further, helpers)


def _slopes(activation, plan: Chart, reach):
    """Bounds of slope, curvature and value at zero, for the error of merging."""
    _, slope, curvature = activation.bounds(reach)
    if plan.phase == "angle":
        return slope, curvature, 1.0
    level = abs(activation.value_at_zero - plan.centre)
    if plan.homogeneous:
        return slope - plan.tilt / 2, math.inf, 0.0
    return slope - plan.tilt / 2, curvature, level
