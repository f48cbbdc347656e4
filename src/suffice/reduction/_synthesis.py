"""Conversion of atoms to neurons, with few additional neurons."""

import numpy as np

from suffice.models import Activation

from ._atoms import Chart, Hidden, write
from ._bounds import length, value
from ._exactly import fractions, Remainder
from ._remainder import choose


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
    exact: Remainder | None = None,
) -> tuple[Hidden, np.ndarray, float]:
    """A layer of the same class from atoms, a linear part and a constant.

    Args:
        atoms: `(vector, coefficients, preferred sign, ...)` of each atom.
        kept: The layer without its constant neurons.
        v: Vectors of its neurons.
        alpha: Coefficients of its neurons.
        constant: The sum of its constant neurons, for each output.
        plan: The chart of the activation.
        activation: The activation of its neurons.
        small: Largest linear and constant remainders that count as zero.
        lever: Largest norm of `(x, 1)`, or of `x` without bias.
        exact: The remainders in exact arithmetic, of which nothing counts as zero.

    Returns:
        The layer, the atom of each of its neurons (-1 for additional ones), and a bound
        of the omitted remainders.
    """
    vectors = np.array([atom[0] for atom in atoms]).reshape(len(atoms), v.shape[1])
    weights = np.array([atom[1] for atom in atoms]).reshape(len(atoms), alpha.shape[1])
    preferred = np.array([atom[2] for atom in atoms])
    atom_of, dropped = np.arange(len(atoms)), 0.0
    least = small[1] if exact is None else 0.0
    if plan.tilt:
        vectors, weights, atom_of, constant, dropped = _tilted(
            *(vectors, weights, preferred, kept, v, alpha, constant, plan.tilt),
            *(small[0], exact),
        )
        dropped *= lever
    elif plan.signed:
        if plan.centre:
            preferred = _centred(
                weights, preferred, kept, alpha, constant, plan, small[1], exact
            )
        turned = preferred[:, None] < 0
        weights = np.where(turned, plan.flip(weights), weights)
        vectors = vectors * preferred[:, None]
        if plan.centre and exact is not None:
            constant = exact.left(preferred)[:, 0]
        elif plan.centre:
            constant = constant + plan.centre * (alpha.sum(0) - weights.sum(0))
        if kept.c is None:
            constant = constant.astype(float)
        if plan.centre and kept.c is None and length(constant) > least:
            vectors, weights, atom_of = _mirrored(
                vectors, weights, atom_of, constant, plan
            )
            constant = np.zeros_like(constant) if len(atom_of) else constant
    w, a, b, source = write(vectors, weights, plan, activation, kept.b is not None)
    layer, atom_of = Hidden(w, a, b, kept.c), atom_of[source]
    if kept.c is not None:
        total = fractions(kept.c) + fractions(constant)
        return layer._replace(c=total.astype(float)), atom_of, dropped
    constant = constant.astype(float)
    if length(constant) <= least:
        return layer, atom_of, dropped + float(length(constant))
    return _with_constant(layer, constant, activation), np.append(atom_of, -1), dropped


def _centred(weights, preferred, kept, alpha, constant, plan, small, exact):
    """Signs of atoms whose mirror images leave constants.

    A remaining constant needs one neuron, or none with an output bias.
    """
    goal = constant + plan.centre * alpha.sum(axis=0)
    cost = np.array([0.0 if kept.c is not None else 1.0])
    parts = plan.centre * weights[:, :, None]
    # Doubling an atom costs as much as a constant neuron, so it is not considered.
    return choose(
        parts, goal[:, None], preferred, np.ones((1, 1)), cost, small, exact
    ).signs


def _mirrored(vectors, weights, atom_of, constant, plan):
    """Represent a constant by the mirror image of an atom: `s(z) + s(-z) = 2 centre`.

    A neuron with zero input weights would also represent it, but has more tangent
    directions.
    """
    if not len(atom_of):
        return vectors, weights, atom_of
    share = constant / (2 * plan.centre)
    norm = length(weights)
    aligned = np.abs(weights @ share) / np.where(norm > 0, norm, 1.0)
    atom = int(np.argmax(aligned))
    weights = weights.copy()
    weights[atom] += share
    return (
        np.vstack([vectors, -vectors[atom]]),
        np.vstack([weights, share]),
        np.append(atom_of, atom_of[atom]),
    )


def _tilted(vectors, weights, preferred, kept, v, alpha, constant, tilt, small, exact):
    """Neurons whose mirror images leave a linear function, with the best signs."""
    count, size = vectors.shape
    goal = tilt / 2 * alpha.T @ v
    parts = tilt / 2 * np.einsum("tc,td->tcd", weights, vectors)
    helpers, costs = vectors, np.ones(count)
    bias = kept.b is not None
    if bias:  # the constant is the last direction; an output bias adds it at no cost
        goal[:, -1] += constant
        helpers = np.vstack([vectors, np.eye(size)[-1:]])
        costs = np.append(costs, 0.0 if kept.c is not None else 1.0)
    plan = choose(parts, goal, preferred, helpers, costs, small, exact)
    extra = plan.signs[:, None] * plan.shares[:count] / tilt
    doubled = np.flatnonzero(extra.any(axis=1))
    turned = vectors * plan.signs[:, None]
    new = plan.weights / tilt
    if bias:
        constant = plan.shares[count]
        if exact is not None and not (len(doubled) or len(new)):
            constant = exact.left(plan.signs)[:, -1]
    return (
        np.vstack([turned, -turned[doubled], plan.pairs, -plan.pairs]),
        np.vstack([weights + extra, -extra[doubled], new, -new]),
        np.concatenate([np.arange(count), doubled, np.full(2 * len(new), -1)]),
        constant,
        plan.left,
    )


def _with_constant(layer: Hidden, constant, activation) -> Hidden:
    """The layer with another neuron, with zero input weights, for the constant."""
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
