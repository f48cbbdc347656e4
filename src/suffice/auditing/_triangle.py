"""Products with the inverse of a matrix, by its triangular factor."""

import numpy as np
import scipy.linalg


def triangle(rows) -> np.ndarray:
    """The triangular factor of the products of the columns of a matrix."""
    return np.asarray(np.linalg.qr(rows, mode="r"))


def distance(rows, factor) -> np.ndarray:
    """Norms of rows after division by a triangular factor."""
    return np.linalg.norm(solved(rows, factor), axis=0)


def solved(rows, factor) -> np.ndarray:
    """Rows divided by a triangular factor, as columns."""
    if not len(rows):
        return np.zeros((len(factor), 0))
    return scipy.linalg.solve_triangular(factor, np.asarray(rows).T, trans="T")
