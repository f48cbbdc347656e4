"""Eigenvalue counts of a two-layer Hessian from matrices as small as the sample.

The Hessian is `H = C + JᵀJ` with one small block of `C` per neuron. By Haynsworth's
formula, applied to `[[C - s, Jᵀ], [J, -I]]` from both sides, the number of eigenvalues
of `H` below `s` is

    #{eig(C - s) < 0}  +  #{eig(I + J (C - s)⁻¹ Jᵀ) > 0}  -  n
"""

import numpy as np

from ._arrays import Network
from ._balance import balance
from ._signals import forms, Signals

_POLE = 1e-14
_NUMBERS = 2**21  # in one piece of J or of the blocks: 16 MB


class Slicer:
    """Counts eigenvalues of the Hessian of a two-layer network below given numbers.

    A pass costs `O(p D^2 + p n^2 + n^3)` for `p` parameters and `n` residuals; all
    numbers of one call share a pass.

    Attributes:
        upper: An upper bound of the largest absolute eigenvalue.
    """

    def __init__(self, network: Network, found: Signals, *, balanced: bool = False):
        """Prepare the counts.

        Args:
            network: The network.
            found: Its signals.
            balanced: Whether to count for `S H S`, with the scales of `balance`, which
                has the same numbers of positive and negative eigenvalues as `H`.
        """
        self.network, self.found, self.balanced = network, found, balanced
        self.upper = self._upper() or 1.0

    def below(self, shifts: np.ndarray) -> np.ndarray:
        """The number of eigenvalues below each shift."""
        n = self.found.residual.size
        counts = np.zeros(len(shifts), int)
        sums = np.zeros((len(shifts), n, n))
        for values, rows in self._pieces():
            for i, s in enumerate(shifts):
                apart = values - s
                # At an eigenvalue of C the formula has a removable pole.
                apart[np.abs(apart) < _POLE * self.upper] = _POLE * self.upper
                counts[i] += np.sum(apart < 0)
                sums[i] += (rows / apart[:, None]).T @ rows
        for i, total in enumerate(sums):
            whole = np.eye(n) + 0.5 * (total + total.T)
            counts[i] += np.sum(np.linalg.eigvalsh(whole) > 0) - n
        return counts

    def eigenvalue(self, index: int, *, tolerance: float = 1e-10) -> float:
        """The eigenvalue of an index, counted from the lowest, by bisection."""
        low, high = -self.upper, self.upper
        while high - low > tolerance * max(abs(low), abs(high)):
            middle = 0.5 * (low + high)
            if high - low < _POLE * self.upper:
                break
            if self.below(np.array([middle]))[0] > index:
                high = middle
            else:
                low = middle
        return 0.5 * (low + high)

    def _pieces(self):
        """Eigenvalues of blocks of `C`, and `Jᵀ` in the basis of their eigenvectors."""
        n, o = self.found.residual.shape
        for blocks, tangent in self._parts():
            values, vectors = np.linalg.eigh(blocks)
            rows = vectors.transpose(0, 2, 1) @ tangent
            yield values.ravel(), rows.reshape(-1, n * o)
        if self.network.biases[1] is not None:
            scale = n**-0.5 if self.balanced else 1.0
            yield np.zeros(o), scale * np.tile(np.eye(o), (1, n))

    def _parts(self):
        """Blocks of `C` and rows of `Jᵀ`, for some neurons at a time."""
        (n, o), size = self.found.residual.shape, self.found.h[0].shape[1]
        count = max(1, _NUMBERS // ((o + size) * max(n * o, o + size)))
        for start in range(0, self.network.hidden[0], count):
            which = slice(start, start + count)
            blocks, tangent = self._blocks(which), self._tangent(which)
            if self.balanced:
                frames = balance(self.network, self.found, which)
                blocks = frames.transpose(0, 2, 1) @ blocks @ frames
                tangent = frames.transpose(0, 2, 1) @ tangent
            yield blocks, tangent

    def _blocks(self, which):
        mixed, inner, *_ = forms(self.network, self.found, 0, which)
        k, o, size = mixed.shape
        blocks = np.zeros((k, o + size, o + size))
        blocks[:, :o, o:] = mixed
        blocks[:, o:, :o] = mixed.transpose(0, 2, 1)
        blocks[:, o:, o:] = inner
        return blocks

    def _tangent(self, which):
        """`Jᵀ` by neurons, `(neurons, o + D, n o)`."""
        u = self.found.h[0]
        s, s1, _ = (part[:, which].T for part in self.found.jets[0])
        a = self.network.weights[1][:, which].T
        (k, n), o = s.shape, a.shape[1]
        tangent = np.zeros((k, o + u.shape[1], n, o))
        for c in range(o):
            tangent[:, c, :, c] = s
            tangent[:, o:, :, c] = (a[:, [c]] * s1)[:, None] * u.T
        return tangent.reshape(k, o + u.shape[1], n * o)

    def _upper(self):
        """`|C| + |J|^2`."""
        n, o = self.found.residual.shape
        gram, top = np.zeros((n * o, n * o)), 0.0
        for blocks, tangent in self._parts():
            norms = np.linalg.norm(blocks, axis=(1, 2))
            top = max(top, float(np.max(norms, initial=0.0)))
            rows = tangent.reshape(-1, n * o)
            gram += rows.T @ rows
        if self.network.biases[1] is not None:
            gram += np.kron(np.ones((n, n)), np.eye(o)) / (n if self.balanced else 1)
        return top + float(np.linalg.norm(gram, 2))
