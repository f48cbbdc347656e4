"""Two fields to compute generic ranks in: integers modulo a prime, and floats."""

import numpy as np

PRIME = 16777213  # the largest prime below 2^24
PANEL = 64  # PANEL (PRIME / 2)^2 < 2^53: sums of so many products are exact in float64


class Floats:
    """Real numbers in float64."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng

    def random(self, *shape: int) -> np.ndarray:
        """Independent normal numbers."""
        return self.rng.standard_normal(shape)

    def factors(self, count: int, rank: int) -> np.ndarray:
        """Rows of norm one in random directions: better conditioned than normal."""
        rows = self.random(count, rank)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def reduce(self, x: np.ndarray) -> np.ndarray:
        """Return the floats unchanged."""
        return x

    def matmul(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The matrix product."""
        return a @ b

    def inverse(self, stack: np.ndarray) -> np.ndarray:
        """The inverses of a stack of square matrices."""
        return np.linalg.inv(stack)


class SingularDrawError(ArithmeticError):
    """A random matrix modulo the prime is singular: draw again."""


class Integers:
    """Integers modulo `PRIME`, held as float64 between `-PRIME / 2` and `PRIME / 2`."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng

    def random(self, *shape: int) -> np.ndarray:
        """Independent uniform residues."""
        half = PRIME // 2
        return self.rng.integers(-half, half + 1, shape).astype(float)

    def factors(self, count: int, rank: int) -> np.ndarray:
        """Uniform residues, shape `(count, rank)`."""
        return self.random(count, rank)

    def reduce(self, x: np.ndarray) -> np.ndarray:
        """The balanced residue."""
        return reduced(x)

    @staticmethod
    def matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return the exact matrix product; the inner dimension is cut into panels."""
        inner = a.shape[-1]
        total = reduced(a[..., :PANEL] @ b[..., :PANEL, :])
        for start in range(PANEL, inner, PANEL):
            cut = slice(start, start + PANEL)
            total = reduced(total + reduced(a[..., cut] @ b[..., cut, :]))
        return total

    def inverse(self, stack: np.ndarray) -> np.ndarray:
        """The inverses of a stack of square matrices, by Gauss-Jordan elimination.

        Raises:
            SingularDrawError: One of them is singular.
        """
        count, r, _ = stack.shape
        eye = np.broadcast_to(np.eye(r), stack.shape)
        work = np.concatenate([stack, eye], axis=2)
        each = np.arange(count)
        for k in range(r):
            pivot = k + (work[:, k:, k] != 0).argmax(axis=1)
            work[each, pivot], work[:, k] = work[:, k].copy(), work[each, pivot]
            if not work[:, k, k].all():
                raise SingularDrawError
            work[:, k] = reduced(work[:, k] * reciprocal(work[:, k, k])[:, None])
            factor = work[:, :, k].copy()
            factor[:, k] = 0.0
            work = reduced(work - factor[:, :, None] * work[:, k, None, :])
        return work[:, :, r:]


Field = Floats | Integers


def reduced(x: np.ndarray) -> np.ndarray:
    """The balanced residue of integers below `2^53`."""
    return x - PRIME * np.rint(x / PRIME)


def reciprocal(x: np.ndarray) -> np.ndarray:
    """The inverse modulo the prime, by Fermat's little theorem."""
    result, power, exponent = np.ones_like(x), x, PRIME - 2
    while exponent:
        if exponent & 1:
            result = reduced(result * power)
        power = reduced(power * power)
        exponent >>= 1
    return result
