"""Products of gradients with rank-one directions, without forming the gradients."""

import numpy as np
from jaxtyping import Float, Num

_TILE = 2**21  # entries of one intermediate array: 16 MB


def from_factors(
    came_in: Num[np.ndarray, "n t *rows"],
    flows_back: Float[np.ndarray, "n k t columns"],
    u: Float[np.ndarray, "s rows"],
    v: Float[np.ndarray, "s columns"],
    offset: Float[np.ndarray, " s"] | None = None,
) -> Float[np.ndarray, "n k s"]:
    r"""The products of gradients with rank-one directions, from the gradients' factors.

    $$\sum_t (\langle h_t, u_j \rangle + g_j) \langle \delta_{kt}, v_j \rangle$$

    Args:
        came_in: The vectors `h` that multiplied the weight, or the indices of the rows
            that were looked up.
        flows_back: The cotangents `delta` of the products, for each output.
        u: Left factors of the directions, one per row.
        v: Right factors of the directions, one per row.
        offset: The numbers `g`, by which the direction changes a bias.
    """
    n, k, t, _ = flows_back.shape
    parts = []
    for tile in _tiles(len(u), n * k * t):
        if np.issubdtype(came_in.dtype, np.integer):
            left = u[tile].T[came_in]
        else:
            left = _times(came_in, u[tile])
        if offset is not None:
            left += offset[tile]
        right = _times(flows_back, v[tile])
        right *= left[:, None]
        parts.append(_summed(right))
    return _joined(parts)


def from_gradient(
    gradient: Float[np.ndarray, "n k rows columns"],
    u: Float[np.ndarray, "s rows"],
    v: Float[np.ndarray, "s columns"],
) -> Float[np.ndarray, "n k s"]:
    r"""The products $u_j^\top G_k v_j$ with gradient matrices `G_k`."""
    n, k, rows, columns = gradient.shape
    if rows < columns:
        gradient, u, v = gradient.swapaxes(2, 3), v, u
        rows, columns = columns, rows
    flat = gradient.swapaxes(2, 3)
    parts = []
    for tile in _tiles(len(u), n * k * columns):
        half = _times(flat, u[tile])
        half *= v[tile].T
        parts.append(_summed(half))
    return _joined(parts)


def _summed(terms: np.ndarray) -> np.ndarray:
    return terms[:, :, 0] if terms.shape[2] == 1 else terms.sum(2)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)


def _times(stack: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    # NumPy would otherwise compute one small product per leading index.
    flat = stack.reshape(-1, stack.shape[-1]) @ vectors.T
    return flat.reshape(*stack.shape[:-1], len(vectors))


def _tiles(columns: int, rows: int) -> list[slice]:
    width = max(16, _TILE // max(rows, 1))
    return [slice(i, min(i + width, columns)) for i in range(0, columns, width)]
