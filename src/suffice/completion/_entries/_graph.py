"""The observation graph: its components, its isolated vertices and its class."""

import dataclasses
import enum

import numpy as np
import scipy.sparse as sp
from jaxtyping import Int
from scipy.sparse.csgraph import connected_components

from ._mask import Mask


class Connectivity(enum.StrEnum):
    """The class of an observation graph, without its isolated vertices.

    Attributes:
        complete: The graph is one complete bipartite graph.
        connected: The graph has one component, which is not complete.
        disconnected_complete: The graph has several components, all of them complete.
        disconnected: The graph has several components, not all of them complete.

    Source:
        arXiv:2405.13721, the classes of connectivity. The complete graph is a class of
        its own here, because both rank and nuclear norm are minimised there.
    """

    complete = "complete"
    connected = "connected"
    disconnected_complete = "disconnected with complete components"
    disconnected = "disconnected"


@dataclasses.dataclass(frozen=True, eq=False)
class Components:
    """The connected components of a mask.

    Attributes:
        row: Component of every row, -1 for a row without an observed entry.
        col: Component of every column, -1 for a column without an observed entry.
        shapes: Numbers of rows and columns of every component, `(components, 2)`.
        observed: Number of observed entries of every component.
    """

    row: Int[np.ndarray, " rows"]
    col: Int[np.ndarray, " columns"]
    shapes: Int[np.ndarray, "components 2"]
    observed: Int[np.ndarray, " components"]

    @property
    def count(self) -> int:
        """Number of components, without empty rows and columns."""
        return len(self.shapes)

    @property
    def connectivity(self) -> Connectivity:
        """The class of the graph."""
        whole = bool((self.shapes.prod(1) == self.observed).all())
        if self.count == 1:
            return Connectivity.complete if whole else Connectivity.connected
        if whole:
            return Connectivity.disconnected_complete
        return Connectivity.disconnected


def components(mask: Mask) -> Components:
    """Return the components of a mask, those with most observed entries first."""
    m, n = mask.shape
    ones = np.ones(mask.size, np.int8)
    graph = sp.csr_array((ones, (mask.rows, m + mask.columns)), shape=(m + n, m + n))
    _, raw = connected_components(graph, directed=False)
    sizes = np.bincount(raw[mask.rows], minlength=raw.max() + 1)
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] > 0]
    label = np.full(len(sizes), -1)
    label[order] = np.arange(len(order))
    row, col = label[raw[:m]], label[raw[m:]]
    counts = [np.bincount(side[side >= 0], minlength=len(order)) for side in (row, col)]
    return Components(row, col, np.stack(counts, 1), sizes[order])
