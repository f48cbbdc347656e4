"""Copies of hidden neurons that change neither the function nor its criticality."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from suffice._core import numerical_rank
from suffice.landscape._network._arrays import Network
from suffice.landscape._network._signals import forms, Signals
from suffice.landscape._network._signature import Inertia
from suffice.models import Activation

from ._predict import Gain, RESOLUTION, split_gain


@dataclasses.dataclass(frozen=True)
class Splitting:
    """Replace hidden neurons by copies that share their outgoing weights.

    For a network with one hidden layer every argument is a sequence over the wide
    neurons; for a deeper network, a sequence of these, one for each hidden layer.

    Attributes:
        groups: The narrow neuron that each wide neuron copies; None assigns them in
            cyclic order.
        shares: The fraction of the outgoing weights of each copy, of any sign, with sum
            1 over the copies of a neuron; None takes equal fractions. In a network with
            one hidden layer it may also be `(outputs, width)`, with a fraction for each
            output; it is an error if the result is not critical.
        signs: +1, or -1 for a copy with negated incoming weights, which is allowed for
            odd and even activations, and for logistic ones if the next layer has a
            bias.
        mixing: Size of the random part of the weights between two copied layers, which
            the conditions do not determine; it needs a key. The dimension of the family
            is the same, but eigenvalues may change their signs, so that no inertia is
            predicted.

    Source:
        arXiv:2105.14573 and arXiv:2111.15527; the closed form between copied layers is
        derived and verified here.

    Examples:
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> narrow = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([4.0]))
        >>> quarters = sf.landscape.Splitting(shares=[0.25, 0.75])
        >>> y = np.tanh(x[:, 0])
        >>> sf.embed(narrow, x, y, width=2, kind=quarters).point.a.tolist()
        [1.0, 3.0]
    """

    groups: Sequence | np.ndarray | None = None
    shares: Sequence | np.ndarray | None = None
    signs: Sequence | np.ndarray | None = None
    mixing: float = 0.0


class Copies(NamedTuple):
    """The assignment of the neurons of a wide layer to those of a narrow layer.

    Attributes:
        groups: The narrow neuron of each wide neuron.
        shares: Its fraction of the function, `(width,)` or `(outputs, width)`.
        factors: Factor of its incoming weights: a sign, or for ReLU a positive number.
    """

    groups: np.ndarray
    shares: np.ndarray
    factors: np.ndarray

    def outgoing(self, activation: Activation) -> np.ndarray:
        """The factors of the outgoing weights."""
        return self.shares / activation.multiple(self.factors)


def copies(kind: Splitting, network: Network, widths: Sequence[int]) -> list[Copies]:
    """The copies of every hidden layer, after checks.

    Raises:
        ValueError: Widths, groups, shares or signs do not fit the network.
    """
    hidden = network.hidden
    if len(widths) != len(hidden) or any(
        wide < narrow for wide, narrow in zip(widths, hidden, strict=True)
    ):
        raise ValueError(
            f"width is {_short(widths)}; expected at least {_short(hidden)}, the width "
            "of the narrow network, for each of its hidden layers."
        )
    if 0 in hidden:
        raise ValueError("a hidden layer has no neurons, so none can be copied.")
    plan = []
    for q, (wide, narrow) in enumerate(zip(widths, hidden, strict=True)):
        groups = _part(kind.groups, q, len(hidden))
        groups = np.arange(wide) % narrow if groups is None else np.array(groups)
        _check_groups(groups, wide, narrow)
        shares = _part(kind.shares, q, len(hidden))
        if shares is None:
            shares = 1.0 / np.bincount(groups, minlength=narrow)[groups]
        shares = np.asarray(shares, float)
        _check_shares(shares, groups, wide, network.outputs, q == len(hidden) - 1)
        signs = _part(kind.signs, q, len(hidden))
        signs = np.ones(wide) if signs is None else np.asarray(signs, float)
        _check_signs(signs, wide, network, q)
        plan.append(Copies(groups, shares, signs))
    return plan


def split(
    network: Network,
    plan: list[Copies],
    mixing: float = 0.0,
    rng: np.random.Generator | None = None,
) -> Network:
    """The wide network of a narrow network, or the wide direction of a direction."""
    weights, biases = list(network.weights), list(network.biases)
    before = None
    for q in range(len(weights)):
        layer = plan[q] if q < len(plan) else None
        w, b = weights[q], biases[q]
        shift = np.zeros(len(w))
        if before is not None:
            w, shift = _incoming(network, w, before)
        if layer is not None:
            w, shift = w[layer.groups], shift[layer.groups]
            b = None if b is None else b[layer.groups]
            if before is not None and mixing and rng is not None:
                w = w + _free(before, layer, network, mixing, rng)
        b = None if b is None else b + shift
        if layer is not None:
            w = layer.factors[:, None] * w
            b = None if b is None else layer.factors * b
        weights[q], biases[q], before = w, b, layer
    return network._replace(weights=tuple(weights), biases=tuple(biases))


def _incoming(network, w, before: Copies):
    """The columns for the copies below, and the shift of the bias by mirrored ones."""
    columns = w[:, before.groups] * before.outgoing(network.activation)
    if network.activation.leftover != "constant":
        return columns, np.zeros(len(w))
    mirrored = columns[:, before.factors < 0].sum(axis=1)
    return columns, -2 * network.activation.centre * mirrored


def _free(before: Copies, layer: Copies, network, mixing, rng):
    """`(I - 1 αᵀ) R (I - 1 1ᵀ / l)` for every pair of groups, `R` normal."""
    free = mixing * rng.standard_normal((len(layer.groups), len(before.groups)))
    for i in np.unique(layer.groups):
        rows = layer.groups == i
        free[rows] -= layer.shares[rows] @ free[rows]
    for j in np.unique(before.groups):
        columns = before.groups == j
        free[:, columns] -= free[:, columns].mean(axis=1, keepdims=True)
    return free / network.activation.multiple(before.factors)


def gains(
    network: Network, narrow_signals: Signals, plan: list[Copies], counted: Inertia
) -> list[Gain]:
    """The eigenvalues that every group of copies adds.

    Args:
        network: The narrow network.
        narrow_signals: The signals of the narrow network.
        plan: The copies.
        counted: The inertia of the narrow network. Its tolerance is that of a deep
            network; neurons of one hidden layer have scales of their own.
    """
    added, least = [], counted.tolerance if len(plan) > 1 else 0.0
    for q, layer in enumerate(plan):
        shape = forms(network, narrow_signals, q)
        for t in range(len(shape.mixed)):
            added.append(split_gain(shape, t, layer.shares[layer.groups == t], least))
    return added


def family_dimension(
    network: Network, narrow_signals: Signals, plan: list[Copies]
) -> int:
    r"""The dimension of the critical family of copies, for a fixed assignment.

        Σ_q Δ_q + Σ_q Δ_q Δ_{q+1} + Σ_t (l_t - 1)(o - 1 - rank G_t)

    where `Δ_q` is the number of neurons added to layer `q`. The last sum is over the
    neurons of the last hidden layer, whose copies may also differ in the left kernel of
    `G`; its rank is that at the resolution of a critical point. If the activation is
    piecewise linear, their incoming weights may also differ.
    """
    added = [
        len(layer.groups) - w for layer, w in zip(plan, network.hidden, strict=True)
    ]
    total = sum(added) + sum(a * b for a, b in itertools.pairwise(added))
    last = len(plan) - 1
    mixed, _, size, _ = forms(network, narrow_signals, last)
    counts = np.bincount(plan[last].groups, minlength=len(mixed))
    for t, number in enumerate(counts):
        error = np.full(mixed[t].shape, RESOLUTION * size)
        g = numerical_rank(mixed[t], error=error).lower
        free = max(0, network.outputs - 1 - g)
        if network.activation.homogeneous:
            free += mixed.shape[2] - g
        total += (number - 1) * free
    return int(total)


def _part(value, q, layers):
    """The part of an argument that concerns one hidden layer."""
    if value is None or layers == 1:
        return value
    if len(value) != layers:
        raise ValueError(
            f"an argument has {len(value)} entries; expected one for each of the "
            f"{layers} hidden layers."
        )
    return value[q]


def _check_groups(groups, wide, narrow):
    if groups.shape != (wide,) or set(groups.tolist()) != set(range(narrow)):
        raise ValueError(
            f"groups is {groups.tolist()}; expected {wide} numbers, one for each wide "
            f"neuron, in which each of the neurons 0 to {narrow - 1} occurs."
        )


def _check_shares(shares, groups, wide, outputs, last):
    shapes = [(wide,), (outputs, wide)] if last else [(wide,)]
    if shares.shape not in shapes or not np.isfinite(shares).all():
        raise ValueError(
            f"shares has shape {shares.shape}; expected {' or '.join(map(str, shapes))}"
            " with finite entries."
        )
    for t in np.unique(groups):
        total = shares[..., groups == t].sum(axis=-1)
        if not np.allclose(total, 1.0, rtol=0, atol=1e-9):
            raise ValueError(
                f"the shares of the copies of neuron {t} sum to "
                f"{np.round(total, 6).tolist()}; expected 1."
            )


def _check_signs(signs, wide, network, q):
    if signs.shape != (wide,) or not np.isin(signs, (1.0, -1.0)).all():
        raise ValueError(f"signs is {signs.tolist()}; expected {wide} times +1 or -1.")
    known, biased = network.activation, network.biases[q + 1] is not None
    if (signs < 0).any() and not known.mirrors(biased):
        need = " and the next layer has no bias" if known.mirrors(True) else ""
        raise ValueError(
            f"signs holds -1, but {known.name} has {known.identities}{need}, so a copy "
            "with negated weights has another function; expected +1."
        )


def _short(widths):
    values = tuple(map(int, widths))
    return values[0] if len(values) == 1 else values
