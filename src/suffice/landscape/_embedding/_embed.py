"""Embeddings of narrow networks in wide networks, with predictions and checks."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, ArrayLike, Key

from suffice._core import check_size, Hidden, numpy_rng, Result
from suffice._core.literature import bases
from suffice.landscape._network._arrays import checked, Network, write
from suffice.landscape._network._attainable import is_least
from suffice.landscape._network._inertia import DENSE, dense_inertia
from suffice.landscape._network._objective import two_layer_loss
from suffice.landscape._network._signals import CRITICAL, forms, signals
from suffice.landscape._network._signature import Signature
from suffice.models import DeepNetwork, TwoLayer

from ._deepening import deepen, Deepening
from ._null import (
    append,
    Cancelling,
    cancelling_weights,
    group_coefficients,
    group_prediction,
    Null,
    null_prediction,
    null_weights,
)
from ._predict import complete, RESOLUTION
from ._splitting import copies, family_dimension, gains, split, Splitting

EmbeddingKind = Splitting | Null | Cancelling | Deepening
KINDS: dict[str, EmbeddingKind] = {
    "splitting": Splitting(),
    "compatible": Splitting(mixing=1.0),
    "null": Null(),
    "cancelling": Cancelling(),
    "deepening": Deepening(),
}


@dataclasses.dataclass(frozen=True)
class Embedding(Result):
    """A wide network with the function of a narrow one, and its checks.

    Attributes:
        point: The wide network.
        kind: The kind of embedding.
        widths: Hidden widths of the wide network.
        difference: Largest change of an output on the samples.
        gradient: Largest relative gradient entry of the wide network: each entry is
            divided by the sum of the absolute contributions of the samples.
        narrow_gradient: The same for the narrow network. If the narrow network is
            critical, both are small; at zero loss both are rounding errors.
        predicted: The signature of the Hessian that theory predicts from the narrow
            network, if it is critical; None where no closed form is known.
        dimension: Dimension of the family of such embeddings for this assignment of
            neurons; None where no closed form is known.
        doubtful: Number of second derivatives used by the prediction that are within a
            factor of 100 of the threshold for zero; if it is not 0, the measured counts
            may differ.
        fits: Whether no network fits the samples better than the narrow one, up to
            rounding: its loss is zero, or equal inputs have different targets.
        note: Restrictions of the prediction, or None.
    """

    grounds = bases.EMBEDDING

    point: Hidden[Any]
    kind: EmbeddingKind
    widths: tuple[int, ...]
    difference: float
    gradient: float
    narrow_gradient: float
    predicted: Signature | None
    dimension: int | None
    doubtful: int = 0
    fits: bool = False
    note: str | None = None

    def headline(self) -> str:
        """The widths, and the change of outputs, in one sentence."""
        widths = " x ".join(map(str, self.widths))
        name = type(self.kind).__name__.lower()
        text = f"Embedded at width {widths} by {name}: outputs change by at most "
        if self.fits:
            return f"{text}{self.difference:.2g}, the loss stays the least."
        return f"{text}{self.difference:.2g}, relative gradient {self.gradient:.2g}."

    def shown(self) -> dict[str, Any]:
        """Prediction, dimension and restrictions."""
        rows: dict[str, Any] = {"narrow_gradient": self.narrow_gradient}
        if self.predicted is not None:
            p, n, z = self.predicted
            rows["predicted_inertia"] = f"{p} positive, {n} negative, {z} zero"
            rows["doubtful"] = self.doubtful
        if self.dimension is not None:
            rows["dimension_of_the_family"] = self.dimension
        return rows | {"note": self.note}

    def derived(self) -> dict[str, Any]:
        """The name of the embedding."""
        return {"kind": type(self.kind).__name__}


def embed(
    narrow: TwoLayer | DeepNetwork,
    x: ArrayLike,
    y: ArrayLike,
    *,
    width: int | Sequence[int] | None = None,
    kind: str | EmbeddingKind = "splitting",
    key: Key[Array, ""] | None = None,
) -> Embedding:
    """Embed a narrow network in a wider or deeper network with the same function.

    If the narrow network is a critical point of the loss, so is the wide one. The
    prediction of its inertia assumes this; it costs one Hessian of the narrow network.

    Args:
        narrow: The narrow network.
        x: Inputs `(n, inputs)`.
        y: Targets, `(n,)` or `(n, outputs)`.
        width: Width of the wide network, a sequence for several hidden layers; None for
            a `Deepening`, which has a width.
        kind: A kind of embedding with its options, or `splitting`, `compatible`,
            `null`, `cancelling` or `deepening` for the defaults.
        key: Random key; needed for kinds with random weights.

    Returns:
        The wide network with output difference, gradient and predicted inertia.

    Raises:
        NoSuchNeuron: No null neuron, or no group that cancels, was found.
        ValueError: JAX is in float32 mode; numbers are not finite; shapes do not agree;
            the width is below that of the narrow network; or options do not fit.

    Source:
        arXiv:2105.14573, arXiv:2111.15527 (embedding principle), arXiv:2405.17501
        (critical sets); the inertia and the corrections are derived and verified here.

    Examples:
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> narrow = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([1.0]))
        >>> wide = sf.embed(narrow, x, np.tanh(x[:, 0]), width=3).point
        >>> sf.equal_functions(narrow, wide)
        True
    """
    network, inputs, outputs = checked(narrow, x, y, "An embedding")
    plan = _kind(kind)
    narrow_signals = signals(network, inputs, outputs)
    rng = None if key is None else numpy_rng(key)
    if isinstance(plan, Deepening):
        wide, predicted, dimension, note = _deepened(
            network, narrow_signals, plan, narrow, inputs, outputs, rng
        )
    else:
        widths = _widths(network, width)
        _check_room(network, widths)
        step = _split if isinstance(plan, Splitting) else _appended
        wide, predicted, dimension, note = step(
            network, narrow_signals, plan, widths, narrow, inputs, outputs, rng
        )
    wide_signals = signals(wide, inputs, outputs)
    least = is_least(network, narrow_signals)
    note = "; ".join(filter(None, (note, _of_the_narrow(narrow_signals, least))))
    return Embedding(
        point=write(wide, narrow),
        kind=plan,
        widths=wide.hidden,
        difference=float(
            np.max(np.abs(wide_signals.residual - narrow_signals.residual))
        ),
        gradient=wide_signals.relative_gradient(),
        narrow_gradient=narrow_signals.relative_gradient(),
        predicted=None if predicted is None else predicted.signature,
        dimension=dimension,
        doubtful=0 if predicted is None else predicted.doubtful,
        fits=least,
        note=note or None,
    )


def _of_the_narrow(narrow_signals, least: bool) -> str | None:
    """What the gradient of the narrow network says about the wide one."""
    if least:
        return "the loss is least: every parameter is critical, gradients are rounding"
    gradient = narrow_signals.relative_gradient()
    if gradient <= CRITICAL:
        return None
    return (
        f"the narrow network is not critical (relative gradient {gradient:.2g}), so "
        "neither is the wide one, and the prediction does not hold; polish it first, "
        "as critical_points and classify(polish=True) do"
    )


def _kind(kind) -> EmbeddingKind:
    if isinstance(kind, str):
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}.")
        return KINDS[kind]
    return kind


def _widths(network: Network, width) -> tuple[int, ...]:
    if width is None:
        raise ValueError("width is missing; pass the width of the wide network.")
    return (int(width),) if np.ndim(width) == 0 else tuple(map(int, width))


def _check_room(network: Network, widths: tuple[int, ...]) -> None:
    """Raise an error for a wide network that would not fit into memory."""
    sizes = network.rows(0).shape[1], *widths, network.outputs
    check_size(
        sum(a * b for a, b in itertools.pairwise(sizes)),
        f"a network of width {max(widths)}",
        "take a smaller width",
    )


def _split(network, narrow_signals, kind, widths, narrow, inputs, outputs, rng):
    plan = copies(kind, network, widths)
    if kind.mixing and len(plan) > 1 and rng is None:
        raise ValueError("mixing draws random weights; pass a key.")
    if plan[-1].shares.ndim == 2:
        _must_stay_critical(network, narrow_signals, plan[-1])
        wide = split(network, [*plan[:-1], plan[-1]], kind.mixing, rng)
        return wide, None, None, "one fraction per outgoing weight"
    wide = split(network, plan, kind.mixing, rng)
    if network.parameters > DENSE:
        return wide, None, None, "the narrow network is too large for its Hessian"
    base = dense_inertia(narrow, inputs, outputs, RESOLUTION)
    added = gains(network, narrow_signals, plan, base)
    predicted = complete(base, added, wide.parameters)
    dimension, note = family_dimension(network, narrow_signals, plan), None
    if kind.mixing and len(plan) > 1:
        predicted, note = None, "mixed weights may give flat directions either sign"
    return wide, predicted, dimension, note


def _must_stay_critical(network, narrow_signals, layer):
    """Each copy's outgoing weights must lie in the left kernel of `G`."""
    last = len(network.hidden) - 1
    shape = forms(network, narrow_signals, last)
    a = network.weights[-1][:, layer.groups] * layer.shares
    pulls = np.einsum("oi,iod->id", a, shape.mixed[layer.groups])
    size = np.linalg.norm(a, axis=0) * shape.size[layer.groups]
    bad = np.linalg.norm(pulls, axis=1) > 1e-7 * np.maximum(size, 1e-300)
    if bad.any():
        raise ValueError(
            f"shares gives copy {int(np.argmax(bad))} different fractions for the "
            "outputs, and that is not critical: its outgoing weights do not cancel the "
            f"error signals (gradient {np.linalg.norm(pulls, axis=1).max():.2g}). Give "
            "one fraction for all outputs."
        )


def _appended(network, narrow_signals, kind, widths, narrow, inputs, outputs, rng):
    if len(network.hidden) != 1 or not isinstance(narrow, TwoLayer):
        raise ValueError(
            f"a {type(kind).__name__} embedding of a {type(narrow).__name__} is not "
            "defined here; expected a TwoLayer. Use a Splitting."
        )
    loss = two_layer_loss(narrow, inputs, outputs)
    count = widths[0] - network.hidden[0]
    if len(widths) != 1 or count < 1:
        raise ValueError(
            f"width is {widths}; expected more than {network.hidden[0]} neurons."
        )
    if isinstance(kind, Null):
        w = null_weights(kind, network, narrow_signals, count, rng)
        wide = append(network, w, np.zeros((network.outputs, count)))
        return wide, *null_prediction(loss, narrow_signals, w), None
    a = group_coefficients(kind, network.outputs, count)
    w = cancelling_weights(kind, network, narrow_signals, rng)
    wide = append(network, np.tile(w, (count, 1)), a)
    return wide, *group_prediction(loss, narrow_signals, w, a), None


def _deepened(network, narrow_signals, kind, narrow, inputs, outputs, rng):
    if not 1 <= kind.after <= len(network.hidden):
        raise ValueError(
            f"after is {kind.after}; expected 1 to {len(network.hidden)}, the number "
            "of hidden layers."
        )
    if rng is None:
        raise ValueError("the new layer is random; pass a key, e.g. jax.random.key(0).")
    wide = deepen(network, kind, narrow_signals.jets[kind.after - 1].s, rng)
    predicted = None
    if network.parameters <= DENSE:
        base = dense_inertia(narrow, inputs, outputs, RESOLUTION)
        predicted = complete(base, [], wide.parameters)
    note = "the counts hold while the samples stay inside the interval"
    return wide, predicted, wide.parameters - network.parameters, note
