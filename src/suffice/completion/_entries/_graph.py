"""The observation graph: components, empty rows and columns, and the class."""

import dataclasses
import enum

import numpy as np
import scipy.sparse as sp
from jaxtyping import Int
from scipy.sparse.csgraph import connected_components

from ._mask import Mask


class Connectivity(enum.StrEnum):
    """The class of an observation graph, its isolated vertices left out.

    Source:
        arXiv:2405.13721, the classes of connectivity; a complete graph is told apart
        because both biases hold there.
    """

    complete = "complete"
    connected = "connected"
    disconnected_complete = "disconnected with complete components"
    disconnected = "disconnected"


@dataclasses.dataclass(frozen=True, eq=False)
class Components:
    """The connected components of a mask.

    Attributes:
        row: Component of every row, -1 for a row without observed entry.
        col: Component of every column, -1 likewise.
        shapes: Rows and columns of every component, shape `(components, 2)`.
        observed: Observed entries of every component.
    """

    row: Int[np.ndarray, " rows"]
    col: Int[np.ndarray, " columns"]
    shapes: Int[np.ndarray, "components 2"]
    observed: Int[np.ndarray, " components"]

    @property
    def count(self) -> int:
        """Number of components, isolated rows and columns left out."""
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
    """The components of a mask, those with most observed entries first."""
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
