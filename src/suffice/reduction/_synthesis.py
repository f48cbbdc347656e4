"""From atoms back to neurons, with as few extra neurons as can be found."""

import itertools

import numpy as np

from suffice.models import Activation

from ._atoms import Chart, Hidden, write
from ._bounds import value

_SEARCH = 14  # signs of at most this many atoms are tried exhaustively
_NUMBERS = 2**24  # largest table of remainders


def synthesise(
    atoms: list,
    kept: Hidden,
    v: np.ndarray,
    alpha: np.ndarray,
    constant: np.ndarray,
    plan: Chart,
    activation: Activation,
    *,
    small: tuple[float, float],
    lever: float,
) -> tuple[Hidden, np.ndarray, float]:
    """Write atoms, linear part and constant of a layer as a layer of the same class.

    For kinds `sig`, `lin` and `relu` the sign of every atom is free, at the price of a
    constant or a linear function; signs are chosen to leave no remainder. A remainder
    that stays costs a neuron when it is a constant without an output bias, one neuron
    when it is parallel to an atom, otherwise two per independent direction.

    Args:
        atoms: `(vector, coefficients, preferred sign)` of each atom.
        kept: The layer without its constant neurons.
        v: Vectors of its neurons.
        alpha: Coefficients of its neurons.
        constant: What its constant neurons add to each output.
        plan: The chart of the activation.
        activation: What its neurons compute.
        small: Linear and constant remainder that count as zero.
        lever: Largest norm of `(x, 1)`, or of `x` without bias.

    Returns:
        The layer, the atom that each of its neurons belongs to (-1 for extra ones),
        and a bound of what was dropped as zero.
    """
    bias, size = kept.b is not None, v.shape[1]
    vectors = np.array([atom[0] for atom in atoms]).reshape(-1, size)
    weights = np.array([atom[1] for atom in atoms]).reshape(-1, alpha.shape[1])
    preferred = np.array([atom[2] for atom in atoms])
    dropped = 0.0
    if plan.tilt:
        linear = plan.tilt / 2 * alpha.T @ v
        shares = plan.tilt / 2 * np.einsum("tc,td->tcd", weights, vectors)
        free = kept.c is not None and bias  # the output bias takes the constant part
        mask = np.ones(size) if not free else np.arange(size) < size - 1
        signs = _signs(shares * mask, linear * mask, preferred, small[0])
        rest = linear - np.einsum("t,tcd->cd", signs, shares)
        vectors, weights, rest = _absorb(
            vectors * signs[:, None], weights, rest, plan.tilt, mask, small[0]
        )
        if free:
            constant = constant + rest[:, -1]
            rest = rest[:, :-1]
        dropped = float(np.linalg.norm(rest)) * lever
    elif plan.centre:
        signs = _signs(
            plan.centre * weights, plan.centre * alpha.sum(axis=0), preferred, small[1]
        )
        weights = weights * signs[:, None]
        vectors = vectors * signs[:, None]
        constant = constant + plan.centre * (alpha.sum(axis=0) - weights.sum(axis=0))
    elif plan.signed:
        turned = preferred[:, None] < 0
        weights = np.where(turned, plan.flip(weights), weights)
        vectors = vectors * preferred[:, None]
    w, a, b, own = write(vectors, weights, plan, activation, bias)
    own = np.where(own < len(atoms), own, -1)
    layer = Hidden(w, a, b, kept.c)
    if kept.c is not None:
        return layer._replace(c=kept.c + constant), own, dropped
    if np.linalg.norm(constant) <= small[1]:
        return layer, own, dropped + float(np.linalg.norm(constant))
    return _with_constant(layer, constant, activation), np.append(own, -1), dropped


def _signs(shares, goal, preferred, small):
    """Signs for which the shares add up to the goal, near the preferred ones."""
    flat, aim = shares.reshape(len(shares), goal.size), goal.ravel()
    if np.linalg.norm(aim - preferred @ flat) <= small or not len(shares):
        return preferred
    if len(shares) > _SEARCH or 2 ** len(shares) * flat.shape[1] > _NUMBERS:
        return preferred
    table = np.array(list(itertools.product([1.0, -1.0], repeat=len(shares))))
    rest = np.linalg.norm(aim - table @ flat, axis=1)
    good = table[rest <= small]
    if not len(good):
        return preferred
    return good[np.argmax(good @ preferred)]


def _absorb(vectors, weights, rest, tilt, mask, small):
    """Add the neurons that realise a linear remainder; return what is left of it."""
    if np.linalg.norm(rest * mask) <= small:
        return vectors, weights, rest
    for t, vector in enumerate(vectors):
        seen = vector * mask
        share = (rest @ seen) / (seen @ seen)
        if np.linalg.norm(rest * mask - np.outer(share, seen)) <= small:
            extra = share / tilt
            weights = np.vstack([weights, -extra])
            weights[t] = weights[t] + extra
            left = rest - np.outer(share, vector)
            return np.vstack([vectors, -vector]), weights, left
    left, size, right = np.linalg.svd(rest * mask, full_matrices=False)
    for k in np.flatnonzero(size > small):
        share = size[k] * left[:, k] / tilt
        vectors = np.vstack([vectors, right[k], -right[k]])
        weights = np.vstack([weights, share, -share])
        rest = rest - size[k] * np.outer(left[:, k], right[k])
    return vectors, weights, rest


def _with_constant(layer: Hidden, constant, activation) -> Hidden:
    """Append a neuron with zero input weight that outputs the constant."""
    offset = 0.0
    if layer.b is not None:
        offset = next(o for o in (0.0, 1.0, -1.0, 0.5) if value(activation, o) != 0)
    level = float(value(activation, offset))
    return Hidden(
        np.vstack([layer.w, np.zeros(layer.w.shape[1])]),
        np.vstack([layer.a, constant / level]),
        None if layer.b is None else np.append(layer.b, offset),
        None,
    )
