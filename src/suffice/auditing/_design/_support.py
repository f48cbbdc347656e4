"""The region that the rows of a table cover, where nothing else is known."""

import dataclasses

import numpy as np
import scipy.spatial
import scipy.stats
from jaxtyping import Bool, Float

BLOCK = 256  # directions at a time


@dataclasses.dataclass(frozen=True, eq=False)
class Support:
    """Inputs that are near the measured ones and keep to their dependences.

    Attributes:
        dependent: Whether some inputs depend on each other.
        directions: SeenDirections along which inputs have ends, one per row.
        low: Least value along each direction.
        high: Largest value along each direction.
        whitening: Map into coordinates in which the rows have unit covariance.
        tree: The measured inputs in these coordinates.
        reach: Largest distance of a measured input from its nearest neighbour.
    """

    dependent: bool
    directions: Float[np.ndarray, "directions dim"]
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
        the sum and the difference of the two keep to their measured ends, and so do all
        principal directions. In simulated studies candidates beyond these ends were
        often impossible, and taught less than they cost.

        Args:
            x: Measured inputs, of which none is constant.
            relations: SeenDirections of columns that follow from the inputs exactly.
        """
        rows = np.unique(x, axis=0)
        span = np.ptp(rows, axis=0)
        first, second = _dependent(rows)
        pairs = np.zeros((2 * len(first), x.shape[1]))
        place = np.arange(len(first))
        for block, sign in ((0, 1.0), (len(first), -1.0)):
            pairs[block + place, first] = 1 / span[first]
            pairs[block + place, second] = sign / span[second]
        variance, axes = np.linalg.eigh(
            np.atleast_2d(np.cov(rows / span, rowvar=False))
        )
        kept = variance > 1e-12 * variance[-1]
        principal = (axes / span[:, None]).T[: len(first) and None]
        directions = np.concatenate([relations, pairs, principal])
        values = rows @ directions.T
        rounding = 1e-9 * np.abs(values).max(0, initial=0.0)
        whitening = (axes / span[:, None] / np.sqrt(np.where(kept, variance, 1)))[
            :, kept
        ]
        tree = scipy.spatial.KDTree(rows @ whitening)
        return cls(
            dependent=bool(len(first)),
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
        for start in range(0, len(self.directions), BLOCK):
            part = slice(start, start + BLOCK)
            values = points[left] @ self.directions[part].T
            inside = (values >= self.low[part]) & (values <= self.high[part])
            left = left[inside.all(axis=1)]
        distance = self.tree.query(points[left] @ self.whitening)[0]
        found = np.zeros(len(points), bool)
        found[left[distance <= self.reach * (1 + 1e-9)]] = True
        return found


def _dependent(rows) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of inputs whose rank correlation is beyond chance."""
    ranks = scipy.stats.rankdata(rows, axis=0)
    correlation = np.atleast_2d(np.corrcoef(ranks, rowvar=False))
    limit = np.tanh(3 / np.sqrt(max(len(rows) - 3, 1)))
    first, second = np.nonzero(np.triu(np.abs(correlation) > limit, 1))
    return first, second
