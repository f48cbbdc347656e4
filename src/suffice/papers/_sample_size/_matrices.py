"""Target matrices and entry sequences of arXiv:2211.11623 and 2307.08921."""

import jax.numpy as jnp
import numpy as np

from suffice.models import MatrixProduct

# The fifth matrix is printed twice in the papers (it equals the third, of rank 2), so
# that no second target of rank 3 is known; a random one takes its place.
TARGETS = {
    "M1": np.outer([1, 2, 4, 7], [1, 0.3, 0.7, -0.4]),
    "M2": np.outer([4, 6, 8, 18], [1, 0.15, 0.45, 0.2]),
    "M3": np.array(
        [
            [-1.8, 2.4, 7.7, -5.3],
            [0.4, 1.8, 5.4, -3.6],
            [3.2, 1.8, 4.8, -3.0],
            [6.6, 2.4, 5.9, -3.5],
        ]
    ),
    "M4": np.array(
        [
            [7.6, 3.3, 19.8, -7.3],
            [7.6, 2.1, 10.7, -2.4],
            [8.8, 1.8, 7.6, -0.2],
            [19.2, 3.6, 14.1, 0.9],
        ]
    ),
    "M6": np.array(
        [
            [8.5, 9.3, 22.5, -6.1],
            [8.2, 6.1, 12.5, -1.6],
            [11.5, 19.8, 15.7, 3.4],
            [20.4, 11.6, 17.7, 2.5],
        ]
    ),
    "M7": np.array(
        [
            [3.6, -1.2, 8.1, -3.5],
            [8.1, -3.5, 3.6, -1.2],
            [9.1, -1.7, 11.4, -0.6],
            [11.4, -0.6, 9.1, -1.7],
        ]
    ),
    "M8": np.array(
        [
            [12.1, 17.3, 24.1, -4.9],
            [16.3, 24.1, 16.1, 1.1],
            [14.2, 25.8, 16.9, 4.3],
            [22.2, 15.6, 18.5, 3.1],
        ]
    ),
}

# Six sequences of entries (row, column), counted from 1. The third holds (3, 3) twice.
SEQUENCES = (
    "31 43 21 13 24 41 11 12 42 44 32 34 33 22 23 14",
    "34 21 23 43 41 44 11 33 12 14 13 24 32 22 31 42",
    "24 33 31 44 43 34 13 14 23 33 11 12 42 22 21 41",
    "44 23 42 12 14 32 41 31 11 34 13 22 24 21 33 43",
    "24 34 41 12 22 44 11 31 32 42 21 13 43 33 23 14",
    "43 44 21 34 33 31 23 11 41 24 14 13 12 22 32 42",
)


def factored(matrix: np.ndarray) -> MatrixProduct:
    """A matrix as a product of two factors whose inner dimension is its rank."""
    u, sigma, v = np.linalg.svd(matrix, full_matrices=False)
    rank = int(np.sum(sigma > 1e-10 * sigma[0]))
    root = np.sqrt(sigma[:rank])
    left, right = u[:, :rank] * root, root[:, None] * v[:rank]
    return MatrixProduct((jnp.asarray(left), jnp.asarray(right)))


def entries(sequence: str) -> np.ndarray:
    """The pairs of a sequence, counted from 0."""
    return np.array([[int(pair[0]) - 1, int(pair[1]) - 1] for pair in sequence.split()])


def random_matrix(size: int, rank: int, seed: int) -> np.ndarray:
    """A matrix with singular values between 1 and 3 times half its size."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((size, size)))[0] for _ in "lr")
    return left[:, :rank] * np.linspace(3, 1, rank) * size / 2 @ right[:rank]
