"""The order of samples: pivoting, exchanges that raise the determinant, leverage."""

import math

import numpy as np
from scipy.linalg import solve_triangular

# The size of a new direction, relative to the orthonormal basis, from which on it is
# chosen for its own sake. It only orders the samples; ranks are decided with errors.
NEW = 1e-9
# A squared length that fell below this share by subtractions is computed anew.
WORN = 1e-8
LEAST = float(np.finfo(float).tiny)
TIE = 1e-9  # relative difference of values that are equal but for rounding
TOGETHER = 8  # chosen inputs that an exchange looks at in one product


def ordered(q, start, size):
    """Places of inputs in a nested order that begins with the most informative one."""
    order = _pivoted(q, start, size)
    order = _exchanged(q, start, order)
    order = order[_pivoted(q[order], start, len(order))]
    if size is not None and size > len(order):
        order = _extended(q, start, order, size)
    return order


def _pivoted(q, start, size):
    """Repeatedly take the input with the largest component outside the span."""
    span = _orthonormal(start)
    weight = first = _squares(_outside(q, span))
    available = np.ones(len(q), bool)
    order: list[int] = []
    while len(order) < (len(q) if size is None else size) and len(span) < q.shape[2]:
        best = _largest(np.where(available, weight, -1.0))
        new = _orthonormal(_outside(q[best], span))
        if not len(new):
            break
        span = np.concatenate([span, new])
        weight = weight - _squares(_times(q, new))
        worn = weight < WORN * first
        weight[worn] = _squares(_outside(q[worn], span))
        order.append(best)
        available[best] = False
    return np.array(order, int)


def _largest(values) -> int:
    """The place of the largest value, the first of those that are equal to rounding.

    Designs have exact ties, which rounding must not decide differently on machines.
    """
    most = values.max()
    return int((values >= most - TIE * abs(most)).argmax())


def _outside(q, span):
    """The components of inputs that are orthogonal to orthonormal rows."""
    return q - _times(_times(q, span), span.T)


def _times(q, rows):
    """`q @ rows.T` in one product, which is faster than one for each input."""
    return (flat(q) @ rows.T).reshape(*q.shape[:-1], len(rows))


def _squares(q):
    return np.einsum("ncr,ncr->n", q, q)


def _orthonormal(rows):
    if not len(rows):
        return rows
    _, sigma, v = np.linalg.svd(rows, full_matrices=False)
    return v[sigma > NEW * max(1.0, sigma.max(initial=0.0))]


def _exchanged(q, start, order, sweeps=20):
    """Exchange chosen inputs for others while the determinant grows (Fedorov 1972)."""
    order = order.copy()
    rows = np.concatenate([start, flat(q[order])])
    if not len(order) or len(_orthonormal(rows)) < q.shape[2]:
        return order
    for _ in range(sweeps):
        before = order.copy()
        white = _whitened(q, np.concatenate([start, flat(q[order])]))
        grown, across = _grown(white), []
        for i, old in enumerate(order):
            across = across or _across(white, order[i : i + TOGETHER])
            gain = _gains(grown, white[old], across.pop(0))
            gain[np.delete(order, i)] = -np.inf
            best = _largest(gain)
            if gain[best] > 1e-3:
                white = _updated(white, white[old], white[best])
                grown, across = _grown(white), []
                order[i] = best
        if np.array_equal(order, before):
            break
    return order


def _extended(q, start, order, size):
    """Append inputs of largest leverage, given all inputs chosen before."""
    chosen = list(order)
    rows = np.concatenate([start, flat(q[order])])
    ridge = np.sqrt(1e-9 * (rows**2).sum() / max(q.shape[2], 1))
    white = _whitened(q, np.concatenate([rows, ridge * np.eye(q.shape[2])]))
    nothing = np.zeros(q.shape[1:])
    while len(chosen) < size:
        gain = _gains(_grown(white), nothing, _times(white, nothing))
        gain[chosen] = -np.inf
        chosen.append(_largest(gain))
        white = _updated(white, nothing, white[chosen[-1]])
    return np.array(chosen, int)


def _whitened(q, rows):
    """The inputs in coordinates in which the information `rows^T rows` is identity."""
    triangle = np.linalg.qr(rows, mode="r")
    return solve_triangular(triangle, flat(q).T, trans="T").T.reshape(q.shape)


def _grown(white):
    """`I + q_i q_i^T` for each input `q_i`."""
    return np.eye(white.shape[1]) + np.einsum("ncr,ndr->ncd", white, white)


def _across(white, chosen):
    """`q_i q_j^T` of all inputs with each of some chosen ones, from one product."""
    together = _times(white, flat(white[chosen]))
    return np.split(together, len(chosen), axis=2)


def _gains(grown, removed, across):
    """`log det(I - removed^T removed + q_i^T q_i)` for each input `q_i`."""
    corner = np.eye(len(removed)) - removed @ removed.T
    if len(corner) == 1:
        determinant = grown * corner + across**2
        return np.log(np.maximum(determinant, LEAST))[:, 0, 0]
    corner = np.broadcast_to(corner, (len(grown), *corner.shape))
    block = np.block([[grown, -across], [across.swapaxes(1, 2), corner]])
    return np.linalg.slogdet(block)[1]


def _updated(white, removed, added):
    """The inputs, whitened again after an exchange."""
    moved, _ = np.linalg.qr(np.concatenate([removed, added]).T)
    out, into = removed @ moved, added @ moved
    values, vectors = np.linalg.eigh(
        np.eye(moved.shape[1]) - out.T @ out + into.T @ into
    )
    change = (vectors / np.sqrt(values)) @ vectors.T - np.eye(len(values))
    return white + _times(_times(white, moved.T), moved @ change)


def flat(q):
    """All rows of all inputs, one below the other."""
    return q.reshape(math.prod(q.shape[:-1]), q.shape[-1])
