"""Minors of a tangent matrix in ball arithmetic."""

import flint
import jax
import numpy as np

from suffice._core import count_parameters, numpy_rng
from suffice.models import RealSpace

from ._exact_inputs import exact_inputs, ExactInputs
from ._rows import exact_parameters, trace_rows

_BATCH_ENTRIES = 1 << 20


class Minors:
    """The square minors of one tangent matrix, at any precision.

    Attributes:
        columns: Number of parameters.
        samples: Number of rows of the tangent matrix.
        most: The largest rank that the matrix can have.
        order: The order of the minors that are computed.
        domain: The inputs of the rows, in words.
    """

    def __init__(self, model, where, ring, key, parameters, r, samples):
        self.model, self.where, self.ring, self.key = model, where, ring, key
        self.parameters = parameters
        self.columns = count_parameters(model)
        wanted = samples or (self.columns if r is None else max(r, 1))
        inputs = self.inputs(wanted)
        self.samples, self.domain = len(inputs.x), inputs.domain
        self.most = min(self.samples, self.columns)
        self.order = self.most if r is None else r
        plain = inputs.x.dtype != object
        like = inputs.x if plain else np.empty(inputs.x.shape)
        batch = max(1, min(self.samples, _BATCH_ENTRIES // max(self.columns, 1)))
        self.rows = trace_rows(model, like, batch=batch)

    def inputs(self, wanted: int) -> ExactInputs:
        """The inputs of the rows; they are the same at every precision."""
        rng = numpy_rng(self.key)

        def draw(shape):
            if isinstance(self.where, RealSpace):
                values = self.where.sample(self.key, shape[0])
                if self.ring.order is not None:
                    return self.ring.array(values)
                other = self.where.sample(jax.random.fold_in(self.key, 1), shape[0])
                return self.ring.array(values + 1j * other)
            return self.ring.array(rng.standard_normal(shape))

        return exact_inputs(self.model, self.where, self.ring, draw, wanted, rng)

    def matrix(self, sketched: bool) -> np.ndarray:
        """The square matrix of balls; `sketched` combines its rows and columns."""
        ring, inputs = self.ring, self.inputs(self.samples)
        theta = exact_parameters(self.model, ring, self.parameters)
        right = self._integers(self.columns, self.order, sketched, 1)
        blocks = [
            block if right is None else ring.matmul(block, right)
            for block in self.rows.blocks(ring, theta, inputs.x, inputs.u)
        ]
        matrix = np.concatenate(blocks)
        left = self._integers(self.order, self.samples, sketched, 2)
        return matrix if left is None else ring.matmul(left, matrix)

    def _integers(self, rows: int, columns: int, sketched: bool, stream: int):
        if rows == columns and not sketched:
            return None
        rng = np.random.default_rng([*np.ravel(jax.random.key_data(self.key)), stream])
        return self.ring.array(rng.integers(-99, 100, (rows, columns)).astype(object))


def largest_minor(
    minors: Minors, bits: int, search: bool
) -> tuple[int, int, str, bool]:
    """The largest minor that excludes zero at this precision.

    Random combinations of rows and columns have nonzero leading minors up to the rank,
    so bisection finds the largest one.

    Returns:
        Order, bits, determinant as text, and whether rows and columns were combined.
    """
    if minors.order == 0:
        return 0, bits, "1", False
    sketched = minors.samples != minors.order or minors.columns != minors.order
    matrix = minors.matrix(False)
    if (determinant := _nonzero(matrix)) is not None:
        return minors.order, bits, determinant, sketched
    low, high, known = 0, minors.order, "1"
    if not search:
        return low, bits, known, True
    matrix = minors.matrix(True)
    while high - low > 1:
        middle = (low + high) // 2
        if (determinant := _nonzero(matrix[:middle, :middle])) is None:
            high = middle
        else:
            low, known = middle, determinant
    return low, bits, known, True


def _nonzero(matrix: np.ndarray) -> str | None:
    """The determinant as text, or None when its ball contains zero."""
    kind = flint.arb_mat if isinstance(matrix[0, 0], flint.arb) else flint.acb_mat
    determinant = kind(matrix.tolist()).det()
    if determinant.is_finite() and not determinant.contains(0):
        return determinant.str(5)
    return None
