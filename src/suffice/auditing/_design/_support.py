"""The region that the rows of a table cover, where nothing else is known."""

import dataclasses

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph
import scipy.spatial
import scipy.stats
from jaxtyping import Bool, Float

BLOCK = 256  # directions at a time
TILTS = (0.8, 1.0, 1.25)  # of the directions across the dependence of two inputs


@dataclasses.dataclass(frozen=True, eq=False)
class Support:
    """Inputs that are near the measured ones and keep to their dependences.

    Attributes:
        dependent: Whether some inputs depend on each other.
        directions: Directions along which inputs have ends, one per row.
        low: Least value along each direction.
        high: Largest value along each direction.
        whitening: Map into coordinates in which the rows have unit covariance.
        tree: The measured inputs in these coordinates.
        reach: Largest distance of a measured input from its nearest neighbour.
    """

    dependent: bool
    directions: scipy.sparse.csr_array
    low: Float[np.ndarray, " directions"]
    high: Float[np.ndarray, " directions"]
    whitening: Float[np.ndarray, "dim rank"]
    tree: scipy.spatial.KDTree
    reach: float

    @classmethod
    def of(
        cls, x: Float[np.ndarray, "n dim"], relations: Float[np.ndarray, "k dim"]
    ) -> "Support":
        """Learn the region from rows.

        Inputs depend on each other where their rank correlation is beyond chance. Then
        they keep to their measured ends in the directions across the dependence, in
        which the rows vary less than independent inputs would. Along it they do not:
        in simulated studies the corners at both ends of a dependence were possible, and
        most was to be learned there.

        Args:
            x: Measured inputs, of which none is constant.
            relations: Directions of columns that follow from the inputs exactly.
        """
        rows = np.unique(x, axis=0)
        span = np.ptp(rows, axis=0)
        across = _across(rows)
        variance, axes = np.linalg.eigh(
            np.atleast_2d(np.cov(rows / span, rowvar=False))
        )
        kept = variance > 1e-12 * variance[-1]
        directions = scipy.sparse.vstack(
            [scipy.sparse.csr_array(relations), across], format="csr"
        )
        values = rows @ directions.T
        rounding = 1e-9 * np.abs(values).max(0, initial=0.0)
        whitening = (axes / span[:, None] / np.sqrt(np.where(kept, variance, 1)))[
            :, kept
        ]
        tree = scipy.spatial.KDTree(rows @ whitening)
        return cls(
            dependent=across.shape[0] > 0,
            directions=directions,
            low=values.min(0) - rounding,
            high=values.max(0) + rounding,
            whitening=whitening,
            tree=tree,
            reach=float(tree.query(tree.data, k=2)[0][:, 1].max()),
        )

    def holds(self, points: Float[np.ndarray, "m dim"]) -> Bool[np.ndarray, " m"]:
        """Return which points lie in the region."""
        left = np.arange(len(points))
        for start in range(0, len(self.low), BLOCK):
            part = slice(start, start + BLOCK)
            values = points[left] @ self.directions[part].T
            inside = (values >= self.low[part]) & (values <= self.high[part])
            left = left[inside.all(axis=1)]
        distance = self.tree.query(points[left] @ self.whitening)[0]
        found = np.zeros(len(points), bool)
        found[left[distance <= self.reach * (1 + 1e-9)]] = True
        return found


def _across(rows: np.ndarray) -> scipy.sparse.csr_array:
    """Directions across the dependences of inputs: of two, and of more together.

    Two inputs depend on each other if their rank correlation is beyond chance. Among
    more that do, these are the principal directions whose variance is below the mean.
    """
    dim, span = rows.shape[1], np.ptp(rows, axis=0)
    ranks = scipy.stats.rankdata(rows, axis=0)
    correlation = np.atleast_2d(np.corrcoef(ranks, rowvar=False))
    limit = np.tanh(3 / np.sqrt(max(len(rows) - 3, 1)))
    linked = np.triu(np.abs(correlation) > limit, 1)
    first, second = np.nonzero(linked)
    places = [np.stack([first, second], axis=1)] * len(TILTS)
    against = -np.sign(correlation[first, second]) / span[second]
    shares = [np.stack([1 / span[first], tilt * against], axis=1) for tilt in TILTS]
    found = [_directions(np.concatenate(places), np.concatenate(shares), dim)]
    _, group = scipy.sparse.csgraph.connected_components(linked, directed=False)
    for label in np.flatnonzero(np.bincount(group) > 2):
        (columns,) = np.nonzero(group == label)
        variance, axes = np.linalg.eigh(np.corrcoef(rows[:, columns], rowvar=False))
        short = axes.T[variance < 1] / rows[:, columns].std(axis=0)
        found.append(_directions(np.tile(columns, (len(short), 1)), short, dim))
    return scipy.sparse.vstack(found, format="csr")


def _directions(columns, values, dim: int) -> scipy.sparse.csr_array:
    """Directions with these values in these columns, one per row."""
    starts = columns.shape[1] * np.arange(len(columns) + 1)
    return scipy.sparse.csr_array(
        (values.ravel(), columns.ravel(), starts), shape=(len(columns), dim)
    )
