"""Reduction of a model to an irreducible model with the same function."""

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import Model, numerical_rank, partition, require_float64
from suffice.models import (
    Convolution,
    DeepNetwork,
    Diagonal,
    Linear,
    MatrixProduct,
    SquareDifference,
    SymmetricProduct,
    TwoLayer,
)
from suffice.models._shared import recognised

from ._atoms import chart, Hidden
from ._deep import reduce_deep
from ._hidden_layer import ball, hidden_layer, layer_size, two_layer_like
from ._layer import Layer, reduce_layer
from ._linear import reduce_diagonal, reduce_squares
from ._products import reduce_product, reduce_symmetric
from ._result import Reduction


def reduce(
    model: Model, *, tolerance: float = 0.0, radius: float | None = None
) -> Reduction:
    r"""Reduce a model to a canonical, irreducible model with the same function.

    Neurons with equal weight vectors are merged; for odd, even and similar activations
    also up to sign. Neurons that cancel or have no effect are removed, and constants
    become biases. Deep networks are reduced from the inputs to the outputs, repeatedly
    until nothing changes, because a merger in one layer can make neurons of the
    previous layer redundant. For matrices the reduction is the singular value
    decomposition.

    With `tolerance=0` weight vectors must be exactly equal, or parallel for ReLU, and
    nothing is left out that does not cancel exactly, however small; sums are decided in
    integers. This is right for parameters that were constructed or embedded. A trained
    network needs a tolerance, on which the reduced width depends; try several values,
    or use `effective_reduction`.

    For logistic-, softplus- and ReLU-type activations merging up to sign leaves a
    constant or a linear function. Signs are chosen such that few additional neurons are
    needed to represent it; their number is not proved minimal.

    The bound is the sum over merged groups, on `|x| <= radius`, of

        L₁ R |Σᵢ αᵢ (wᵢ - w̄)|  +  ½ L₂ R² Σᵢ |αᵢ| |wᵢ - w̄|²

    plus the omitted terms, times the Lipschitz constants of the following layers; `L_1`
    and `L_2` bound the first and second derivative of the activation.

    Args:
        model: A model of `suffice.models`, or an equinox or torch module of linear
            layers with one known activation between them.
        tolerance: Relative distance of weight vectors that count as equal, from 0 to
            0.1. For parameters with noise `eta`, `30 * eta` is a good choice.
        radius: Largest norm of the inputs for which the bound holds; None takes
            `3 * sqrt(inputs)`.

    Returns:
        The reduced model with the bound, the role of every neuron, and the gap between
        groups.

    Raises:
        ValueError: JAX is in float32 mode; parameters are not finite; values overflow;
            `tolerance` or `radius` is out of range; or the model has another class.

    Source:
        Critical reduction: arXiv:2405.17501, section 4; identities of logistic- and
        softplus-type activations, the bound and deep networks are derived and verified
        here.

    Examples:
        >>> model = sf.TwoLayer(w=jnp.array([[1.0], [1.0]]), a=jnp.array([0.4, 0.6]))
        >>> sf.reduce(model).model.width
        1
    """
    require_float64("A reduction")
    if not (0 <= tolerance < 0.1):
        raise ValueError(f"tolerance is {tolerance}; expected 0 <= tolerance < 0.1.")
    for leaf in jax.tree.leaves(partition(model)[0]):
        if not np.isfinite(leaf).all():
            raise ValueError(
                "the model has parameters that are not finite; repair them."
            )
    model = recognised(model)
    if radius is None:
        inputs = getattr(model, "inputs", 1)
        radius = 3.0 * math.sqrt(inputs if isinstance(inputs, int) else 1)
    if not (0 < radius < math.inf):
        raise ValueError(f"radius is {radius}; expected a finite positive number.")
    return _dispatch(model, float(tolerance), float(radius))


@functools.singledispatch
def _dispatch(model: Any, tolerance: float, radius: float) -> Reduction:
    raise ValueError(
        f"a {type(model).__name__} cannot be reduced, since its symmetries are not "
        "known; use a model of suffice.models, or compute its rank with tangent_rank."
    )


@_dispatch.register
def _(model: TwoLayer, tolerance: float, radius: float) -> Reduction:
    hidden = hidden_layer(model)
    reduced, layer, bound = reduce_layer(
        hidden,
        model.activation,
        tolerance=tolerance,
        scale=layer_size(hidden, model.activation, ball(model.inputs, radius)),
        radius=radius,
    )
    small = two_layer_like(model, reduced)
    return _result(model, small, (model.width,), [layer], bound, tolerance, radius)


@_dispatch.register
def _(model: DeepNetwork, tolerance: float, radius: float) -> Reduction:
    small, layers, bound = reduce_deep(model, tolerance, radius)
    return _result(model, small, model.widths[1:-1], layers, bound, tolerance, radius)


@_dispatch.register
def _(model: Convolution, tolerance: float, radius: float) -> Reduction:
    count, windows = model.width, math.prod(model.positions)
    size = math.prod(model.size)
    a = np.asarray(model.a).reshape(count, windows)
    kernel, b = np.asarray(model.kernel), model.b
    if model.shared:
        pieces = [Hidden(kernel.reshape(count, size), a, _maybe(b), None)]
    else:
        kernel = kernel.reshape(count, windows, size)
        bias = None if b is None else np.asarray(b).reshape(count, windows)
        pieces = [
            Hidden(kernel[:, p], a[:, [p]], None if bias is None else bias[:, p], None)
            for p in range(windows)
        ]
    x = ball(size, radius)
    scale = max(layer_size(piece, model.activation, x) for piece in pieces)
    done = [
        reduce_layer(
            piece, model.activation, tolerance=tolerance, scale=scale, radius=radius
        )
        for piece in pieces
    ]
    layers = [layer for _, layer, _ in done]
    bound = sum(cost for _, _, cost in done)
    bound *= math.sqrt(windows) if model.shared else 1.0
    small = _convolution(model, [reduced for reduced, _, _ in done])
    return _result(model, small, (count,), layers, bound, tolerance, radius)


def _convolution(model: Convolution, pieces: list[Hidden]) -> Convolution:
    """A convolution from reduced windows; zeros fill windows with fewer neurons."""
    width = max(len(piece.w) for piece in pieces)

    def filled(rows):
        return np.concatenate([rows, np.zeros((width - len(rows), *rows.shape[1:]))])

    kernel = np.stack([filled(piece.w) for piece in pieces], axis=1)
    a = np.stack([filled(piece.a) for piece in pieces], axis=1)
    head = () if model.shared else model.positions
    b = None
    if model.b is not None:
        biases = [filled(piece.b) for piece in pieces if piece.b is not None]
        b = jnp.asarray(np.stack(biases, axis=1).reshape(width, *head))
    return Convolution(
        jnp.asarray(kernel.reshape(width, *head, *model.size)),
        jnp.asarray(a.reshape(width, *model.positions)),
        b,
        model.activation,
    )


@_dispatch.register
def _(model: Linear, tolerance: float, radius: float) -> Reduction:
    count = (model.theta.shape[-1],)
    return Reduction(model, count, count, 0.0, "rigorous", radius, tolerance)


for _kind, _function in (
    (Diagonal, reduce_diagonal),
    (SquareDifference, reduce_squares),
    (MatrixProduct, reduce_product),
    (SymmetricProduct, reduce_symmetric),
):
    _dispatch.register(_kind, _function)


def _result(model, small, before, layers, bound, tolerance, radius) -> Reduction:
    after = small.widths[1:-1] if isinstance(small, DeepNetwork) else (small.width,)
    status = "rigorous" if math.isfinite(bound) else "unbounded"
    note = _note(model, small, layers, tolerance)
    return Reduction(
        model=small,
        widths=after,
        original_widths=before,
        bound=bound,
        status=status,
        radius=radius,
        tolerance=tolerance,
        layers=tuple(layers),
        complete=_complete(model),
        note=note,
    )


def _complete(model) -> bool:
    bias = getattr(model, "b", getattr(model, "biases", None)) is not None
    return chart(model.activation, bias).complete


def _note(model, small, layers: list[Layer], tolerance):
    notes = []
    dipoles = sum(layer.roles.count("dipole") for layer in layers)
    if dipoles:
        notes.append(
            f"{dipoles} neurons form dipoles (nearly equal, large opposite output "
            "weights); they approximate a derivative of a neuron and were kept"
        )
    if any(layer.gap_ratio < 10 for layer in layers):
        notes.append(
            "some groups are less than 10 times farther apart than they are wide, so "
            "the width depends on the tolerance; see effective_reduction"
        )
    nearest = min((layer.separation for layer in layers), default=math.inf)
    if tolerance == 0 and nearest < 1e-6:
        notes.append(
            f"the two closest neurons differ by only {nearest:.1e}; pass a tolerance "
            "above that number if they should count as equal"
        )
    if not _complete(model):
        notes.append(_numerical(model, small))
    return "; ".join(notes) or None


def _numerical(model, small):
    name = model.activation.name
    text = f"not all identities of {name} are known, so only equal neurons were merged"
    if not isinstance(small, TwoLayer) or small.width == 0:
        return text
    x = small.domain.sample(jax.random.key(0), 4 * small.width + 20) / 10
    z = x @ np.asarray(small.w).T + (0 if small.b is None else np.asarray(small.b))
    values = np.asarray(small.activation(jnp.asarray(z)))
    rank = numerical_rank(values).lower
    return (
        f"{text}; numerically {rank} of the {small.width} remaining neurons are "
        "independent"
    )


def _maybe(b):
    return None if b is None else np.asarray(b)
