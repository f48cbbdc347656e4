"""Recorded trajectories, with their singular values, invariants and plateaus."""

import dataclasses
from typing import Literal

import numpy as np
from jaxtyping import Float

from ._invariants import imbalances, leak
from ._product_spectrum import count_rank, THRESHOLD

Part = Literal["product", "left", "right", "both"]


@dataclasses.dataclass(frozen=True)
class Plateau:
    """A stretch on which training rests near a critical point.

    Attributes:
        index: Index of the step at which the gradient is smallest.
        time: Flow time at this step.
        loss: Half the sum of squared errors at this step.
        gradient: Norm of the gradient at this step, a local minimum.
        rank: Rank of `A B` at this step.
    """

    index: int
    time: float
    loss: float
    gradient: float
    rank: int


@dataclasses.dataclass(frozen=True)
class Path:
    """All steps of the trajectories of a flow.

    The last step of a run that has ended is repeated up to the common length.

    Attributes:
        time: Flow time, shape `(steps, *runs)`.
        loss: Half the sum of squared errors.
        gradient: Norm of the gradient.
        z: The factors `[A; B^T]`, shape `(steps, *runs, rows + columns, width)`.
        rows: How many rows of `z` are those of `A`.
    """

    time: Float[np.ndarray, "steps *runs"]
    loss: Float[np.ndarray, "steps *runs"]
    gradient: Float[np.ndarray, "steps *runs"]
    z: Float[np.ndarray, "steps *runs vertices width"]
    rows: int

    def singular_values(self, of: Part = "both") -> Float[np.ndarray, "steps *runs k"]:
        """Return singular values along the trajectories.

        Args:
            of: `product` for `A B`, `left` for `A`, `right` for `B`, `both` for the
                stacked `W_aug = [A; B^T]`, whose rank the flow conserves.
        """
        a, bt = self.z[..., : self.rows, :], self.z[..., self.rows :, :]
        if of == "product":
            matrix = a @ np.swapaxes(bt, -1, -2)
        else:
            matrix = {"left": a, "right": bt, "both": self.z}[of]
        return np.linalg.svd(matrix, compute_uv=False)

    def leak(self) -> Float[np.ndarray, "steps *runs"]:
        """Return the relative norm of `[A; B^T]` outside of its initial row space."""
        return leak(self.z)

    def drift(
        self, rows: np.ndarray | None = None, columns: np.ndarray | None = None
    ) -> Float[np.ndarray, "steps *runs"]:
        """Return the change of `A^T A - B B^T` since the start, over squared factors.

        It is zero for the exact flow, and so is the part of every single component of
        the observation graph.

        Args:
            rows: Rows of one component; None takes all.
            columns: Columns of the component; None takes all.
        """
        d = imbalances(self.z, self.rows, rows, columns)
        size = np.sum(self.z**2, axis=(-2, -1))
        return np.linalg.norm(d - d[:1], axis=(-2, -1)) / size

    def plateaus(self, *run: int, depth: float = 2.0) -> tuple[Plateau, ...]:
        """Return the plateaus of one run: local minima of the gradient norm.

        Args:
            run: Index of the run, one number per leading axis.
            depth: Factor by which the gradient has to rise on both sides.
        """
        from scipy.signal import find_peaks  # slow, and only this answer needs it

        gradient = self.gradient[:, *run]
        s = self.singular_values("product")[:, *run]
        level = np.log10(np.maximum(gradient, np.finfo(float).tiny))
        minima, _ = find_peaks(-level, prominence=np.log10(depth))
        return tuple(
            Plateau(
                index=int(i),
                time=float(self.time[i, *run]),
                loss=float(self.loss[i, *run]),
                gradient=float(gradient[i]),
                rank=int(count_rank(s[i], THRESHOLD)),
            )
            for i in minima
        )
