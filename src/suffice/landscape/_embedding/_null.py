"""Additional neurons that change neither the function nor its criticality."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from scipy.linalg import block_diag

from suffice.landscape._network._arrays import Network
from suffice.landscape._network._inertia import count
from suffice.landscape._network._objective import TwoLayerLoss
from suffice.landscape._network._signals import Signals

from ._predict import complete, Gain, near, resolution
from ._zero_set import (
    double_zero,
    NoSuchNeuron,
    ResidualFunction,
    sample_zeros,
)

_ZERO = 1e-9  # relative size of a residual function that counts as zero


@dataclasses.dataclass(frozen=True)
class Null:
    """Append neurons with zero output weights, at zeros of the residual function.

    Attributes:
        weights: Their weight vectors `(count, D)`, with the bias last; None samples
            them, which needs a key.
        scale: Standard deviation of the weight vectors that are tried.

    Source:
        arXiv:2405.17501, Theorem 5.1.

    Examples:
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> narrow = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([1.0]))
        >>> null = sf.landscape.Null(weights=[[5.0]])
        >>> wide = sf.embed(narrow, x, np.tanh(x[:, 0]), width=2, kind=null).point
        >>> wide.w.ravel().tolist(), wide.a.tolist()
        ([1.0, 5.0], [1.0, 0.0])
    """

    weights: Sequence | np.ndarray | None = None
    scale: float = 2.0


@dataclasses.dataclass(frozen=True)
class Cancelling:
    """Append neurons with equal weight vectors, whose output weights sum to zero.

    The weight vector must be a zero of the residual function and of its slope. Unless
    the residual is zero, there is rarely any besides the neurons of the network.

    Attributes:
        weights: Their weight vector `(D,)`, with the bias last; None searches for one,
            which needs a key.
        coefficients: Output weights, `(count,)` or `(outputs, count)`; None takes +1
            for the first neuron and equal negative weights for the others.

    Source:
        Missing in arXiv:2405.17501; derived and verified here.

    Examples:
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> narrow = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([1.0]))
        >>> pair = sf.landscape.Cancelling(weights=[5.0])
        >>> wide = sf.embed(narrow, x, np.tanh(x[:, 0]), width=3, kind=pair).point
        >>> wide.w.ravel().tolist(), wide.a.tolist()
        ([1.0, 5.0, 5.0], [1.0, 1.0, -1.0])
    """

    weights: Sequence | np.ndarray | None = None
    coefficients: Sequence | np.ndarray | None = None


def null_weights(
    kind: Null, network, narrow_signals: Signals, count: int, rng
) -> np.ndarray:
    """The weight vectors of null neurons, given or sampled.

    Raises:
        NoSuchNeuron: The search found none.
        ValueError: The given vectors are no zeros of the residual function.
    """
    function, size = (
        ResidualFunction(network, narrow_signals),
        narrow_signals.h[0].shape[1],
    )
    if kind.weights is not None:
        w = np.array(kind.weights, float).reshape(-1, size)
        if len(w) != count:
            raise ValueError(f"weights holds {len(w)} vectors; expected {count}.")
        _must_vanish(function, w)
        return w
    if function.vanishes:
        return kind.scale * _rng(rng).standard_normal((count, size))
    zeros = sample_zeros(function, network.rows(0), count, kind.scale, _rng(rng))
    if zeros.status == "none found":
        raise NoSuchNeuron(
            f"no such neuron was found: {len(zeros.points)} zeros of the residual "
            f"function on {zeros.tried} weight vectors, but {count} are needed. If it "
            "keeps one sign, only the neurons of the network are zeros."
        )
    return zeros.points


def cancelling_weights(
    kind: Cancelling, network, narrow_signals: Signals, rng
) -> np.ndarray:
    """The common weight vector of a cancelling group.

    Raises:
        NoSuchNeuron: The search found none.
        ValueError: The given vector is no double zero of the residual function.
    """
    function, size = (
        ResidualFunction(network, narrow_signals),
        narrow_signals.h[0].shape[1],
    )
    if kind.weights is not None:
        w = np.array(kind.weights, float).reshape(1, size)
        _must_vanish(function, w)
        slope = np.linalg.norm(function.slope(w)[0])
        reach = np.linalg.norm(function.inputs, axis=1) @ np.abs(
            narrow_signals.residual
        )
        if slope > _ZERO * float(np.max(reach)):
            raise ValueError(
                f"the slope of the residual function at weights is {slope:.2g}; "
                "expected 0, since neurons that cancel are critical only there."
            )
        return w[0]
    if function.vanishes:
        return 1.5 * _rng(rng).standard_normal(size)
    w = double_zero(function, network.rows(0), _rng(rng))
    if w is None:
        raise NoSuchNeuron(
            "no such neuron was found: in 64 searches the residual function and its "
            "slope vanish together only at the weight vectors of the network (to "
            "cancel there, split with shares that sum to zero)."
        )
    return w


def append(network: Network, w: np.ndarray, a: np.ndarray) -> Network:
    """The network with further neurons: `w` `(count, D)` and `a` `(outputs, count)`."""
    wide = network.with_rows(0, np.vstack([network.rows(0), w]))
    return wide.with_outgoing(0, np.concatenate([network.weights[1], a], axis=1))


def group_coefficients(kind: Cancelling, outputs: int, count: int) -> np.ndarray:
    """Output weights of a cancelling group, `(outputs, count)`.

    Raises:
        ValueError: There are fewer than two neurons, or the weights do not cancel.
    """
    if count < 2:
        raise ValueError(f"width adds {count} neuron; a group that cancels needs two.")
    if kind.coefficients is None:
        return np.ones((outputs, 1)) * np.append(
            1.0, np.full(count - 1, -1 / (count - 1))
        )
    a = np.array(kind.coefficients, float).reshape(-1, count)
    if len(a) != outputs or np.abs(a.sum(axis=1)).max() > 1e-12 * np.abs(a).max():
        raise ValueError(
            f"coefficients has shape {np.shape(kind.coefficients)} and sums "
            f"{a.sum(axis=1).tolist()}; expected {count} numbers for each of {outputs} "
            "output(s) that sum to zero."
        )
    return a


def null_prediction(loss: TwoLayerLoss, narrow_signals: Signals, w: np.ndarray):
    """The signature with null neurons `w`, and the dimension of their family.

    A null neuron adds `rank G` pairs of eigenvalues of opposite signs. Its output
    weights in the left kernel of `G` extend the tangent space of the narrow network.
    """
    function = ResidualFunction(loss.network, narrow_signals)
    start = loss.pack(loss.network)[None]
    floor = resolution(loss.evaluate(start).hessian[0])
    added, columns = [], []
    for slope, s in zip(function.slope(w), function.neurons(w), strict=True):
        left, size, _ = np.linalg.svd(slope)
        g = int(np.sum(size > floor))
        added.append(Gain(g, g, near(size, floor)))
        columns.append(np.kron(s[:, None], left[:, g:]))
    extra = np.concatenate(columns, axis=1)
    more = w.size + len(w) * loss.network.outputs
    whole = extended_hessian(loss, extra, np.zeros((extra.shape[1],) * 2))
    base = count(np.linalg.eigvalsh(whole), floor)
    predicted = complete(base, added, loss.network.parameters + more)
    if function.vanishes:
        return predicted, w.size
    smooth = all(gain.positive == loss.network.outputs for gain in added)
    return predicted, w.size - len(w) * loss.network.outputs if smooth else None


def group_prediction(
    loss: TwoLayerLoss, narrow_signals: Signals, w: np.ndarray, a: np.ndarray
):
    """The signature with a cancelling group, and the dimension of its family."""
    function = ResidualFunction(loss.network, narrow_signals)
    outputs, copies = a.shape
    s, s1, _ = (part[0] for part in function.jet(w[None]))
    moves = s1[:, None] * function.inputs
    extra = [np.kron(s[:, None], np.eye(outputs))]
    extra += [np.einsum("o,nd->nod", row, moves).reshape(-1, len(w)) for row in a.T]
    inner = np.einsum("ok,ode->kde", a, function.inner(w[None])[0])
    blocks = block_diag(np.zeros((outputs, outputs)), *inner)
    whole = extended_hessian(loss, np.concatenate(extra, axis=1), blocks)
    more, floor = copies * (outputs + len(w)), resolution(whole)
    base = count(np.linalg.eigvalsh(whole), floor)
    predicted = complete(base, [], loss.network.parameters + more)
    free = len(w) if function.vanishes else 0
    return predicted, (copies - 1) * outputs + free


def extended_hessian(
    loss: TwoLayerLoss, columns: np.ndarray, blocks: np.ndarray
) -> np.ndarray:
    """The narrow Hessian with further directions, from their Jacobian and curvature."""
    start = loss.pack(loss.network)[None]
    hessian, tangent = loss.evaluate(start).hessian[0], loss.tangent(start)[0]
    cross = tangent.T @ columns
    return np.block([[hessian, cross], [cross.T, columns.T @ columns + blocks]])


def _must_vanish(function, w):
    level = np.max(np.abs(function.value(w)), axis=1)
    bad = level > _ZERO * function.scale(w)
    if bad.any():
        raise ValueError(
            f"the residual function at weights is {level.max():.2g}; a neuron without "
            "output weight is critical only where it vanishes (see zero_set)."
        )


def _rng(rng):
    if rng is None:
        raise ValueError("weights are random; pass a key, e.g. jax.random.key(0).")
    return rng
