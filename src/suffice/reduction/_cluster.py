"""Groups of equal vectors, optionally up to sign."""

from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from ._bounds import length
from ._exactly import ray

TINY = float(np.finfo(float).tiny)


class Clusters(NamedTuple):
    """A partition of vectors.

    Attributes:
        members: Indices of the vectors of each cluster; the clusters are in the order
            of their first members.
        signs: For each vector, its sign relative to the first vector of its cluster.
    """

    members: list[np.ndarray]
    signs: np.ndarray


def cluster(
    v: np.ndarray, tolerance: float, signed: bool, rays: bool = False
) -> Clusters:
    """Group equal rows, or rows within `tolerance * (1 + norm)`, by single linkage.

    Args:
        v: One row per vector.
        tolerance: Relative distance of equal rows; 0 groups only bitwise equal rows.
        signed: Whether `v` and `-v` count as equal.
        rays: Whether positive multiples count as equal too, at tolerance 0.
    """
    if len(v) == 0:
        return Clusters([], np.ones(0))
    if tolerance:
        labels = _close(v, tolerance, signed)
    else:
        labels = _rays(v, signed) if rays else _equal(v, signed)
    members: dict[Hashable, list[int]] = {}
    for index, label in enumerate(labels):
        members.setdefault(label, []).append(index)
    groups = [np.array(group) for group in members.values()]
    signs = np.ones(len(v))
    for group in groups if signed else []:
        units = v[group] / np.maximum(np.abs(v[group]).max(axis=1, keepdims=True), TINY)
        signs[group] = np.where(units @ units[0] < 0, -1.0, 1.0)
    return Clusters(groups, signs)


def separation(centres: np.ndarray, signed: bool) -> float:
    """The smallest distance between two cluster centres, infinite for fewer than two.

    Args:
        centres: One row per cluster.
        signed: Whether distances are up to sign.
    """
    count = len(centres)
    if count < 2:
        return np.inf
    cloud = np.vstack([centres, -centres]) if signed else centres
    distance, index = KDTree(cloud).query(centres, k=min(3, len(cloud)))
    other = index % count != np.arange(count)[:, None]
    return float(np.min(distance[other], initial=np.inf))


def _equal(v, signed):
    if signed:
        first = np.argmax(v != 0, axis=1)
        v = v * np.where(v[np.arange(len(v)), first] < 0, -1.0, 1.0)[:, None]
    v = v + 0.0  # turns -0.0 into 0.0, so that equal numbers are equal bytes
    return [row.tobytes() for row in v]


def _rays(v, signed):
    return [ray(row, signed=signed) for row in v]


def _close(v, tolerance, signed):
    """Labels of the components of the graph of close vectors, one component at a time.

    A search tree holds the vectors that no component has reached yet. It is built again
    when a component has taken many of them, so that many copies of one vector do not
    cost the number of their pairs.
    """
    v, copies = np.unique(v, axis=0, return_inverse=True)
    sides = (v, -v) if signed else (v,)
    reach = tolerance * (1 + length(v))
    widest = reach / (1 - tolerance)  # of itself or of any vector within its reach
    labels, alone = np.arange(len(v)), _nearest(sides, v) > widest
    left = np.flatnonzero(~alone)
    unseen = ~alone
    tree, taken = KDTree(v[left]), 0
    for seed in left:
        wave = np.array([seed])[unseen[[seed]]]
        unseen[wave] = False
        while len(wave):
            hits = [_hits(tree, left, sides, unseen, w, reach, widest) for w in wave]
            new = np.concatenate(hits)
            labels[new] = seed
            taken += len(new)
            if taken**2 > len(left):
                left, taken = left[unseen[left]], 0
                if not len(left):
                    break
                tree = KDTree(v[left])
            nearest = np.min([tree.query(side[new])[0] for side in sides], axis=0)
            wave = new[nearest <= widest[new]]
    return labels[copies.reshape(-1)].tolist()


def _nearest(sides, v):
    """The distance of each vector from the nearest other one."""
    cloud = np.concatenate(sides)
    return KDTree(cloud).query(v, k=[2])[0][:, 0]


def _hits(tree, left, sides, unseen, w, reach, widest):
    """The vectors within reach of one vector that were not seen before, now seen."""
    found = [tree.query_ball_point(side[w], widest[w]) for side in sides]
    hits = left[np.unique(np.concatenate(found).astype(int))]
    hits = hits[unseen[hits]]
    apart = [length(sides[0][hits] - side[w]) for side in sides]
    hits = hits[np.minimum.reduce(apart) <= np.maximum(reach[w], reach[hits])]
    unseen[hits] = False
    return hits
