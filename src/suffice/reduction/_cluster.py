"""Groups of equal vectors, optionally up to sign."""

from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
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
    count = len(v)
    cloud = np.vstack([v, -v]) if signed else v
    radius = tolerance * (1 + length(v))
    near = KDTree(cloud).query_ball_point(v, radius)
    rows = np.repeat(np.arange(count), [len(hits) for hits in near])
    columns = np.concatenate([np.asarray(hits, int) for hits in near]) % count
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    return connected_components(graph, directed=False)[1].tolist()
