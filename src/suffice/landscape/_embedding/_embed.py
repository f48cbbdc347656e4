"""Wide networks on the critical points of narrow ones."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, ArrayLike, Key

from suffice._core import Hidden, numpy_rng, Result
from suffice.landscape._network._arrays import checked, Network, write
from suffice.landscape._network._inertia import DENSE
from suffice.landscape._network._objective import objective, two_layer_loss
from suffice.landscape._network._signals import forms, signals
from suffice.landscape._network._signature import Signature
from suffice.models import TwoLayer

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
from ._predict import complete, resolution
from ._splitting import copies, family_dimension, gains, split, Splitting
from ._zero_set import vanishes

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
    """A wide network with the function of a narrow one, and checks of it.

    Attributes:
        point: The wide network.
        kind: The kind of embedding.
        widths: Hidden widths of the wide network.
        difference: Largest change of an output on the samples.
        gradient: Largest relative gradient entry of the wide network: each entry is
            divided by the sum of the absolute contributions of the samples.
        narrow_gradient: The same for the narrow network: the wide network is critical
            as accurately as the narrow one is. At zero loss both are rounding errors.
        predicted: The signature of the Hessian that theory predicts from the narrow
            network, if it is critical; None where no closed form is known.
        dimension: Dimension of the family of such embeddings at this assignment of
            neurons; None where no closed form is known.
        doubtful: Number of second derivatives used by the prediction that are within a
            factor of 100 of what counts as zero; if it is not 0, the measured counts
            may differ.
        fits: Whether the narrow network meets every target to rounding.
        note: Remarks on this embedding, or None.
    """

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
        """The new width, and how well it worked."""
        widths = " x ".join(map(str, self.widths))
        name = type(self.kind).__name__.lower()
        text = f"Embedded at width {widths} by {name}: outputs change by at most "
        if self.fits:
            return f"{text}{self.difference:.2g}, the loss stays zero."
        return f"{text}{self.difference:.2g}, relative gradient {self.gradient:.2g}."

    def shown(self) -> dict[str, Any]:
        """Prediction, dimension and caveats."""
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
    narrow: Any,
    x: ArrayLike,
    y: ArrayLike,
    *,
    width: int | Sequence[int] | None = None,
    kind: str | EmbeddingKind = "splitting",
    key: Key[Array, ""] | None = None,
) -> Embedding:
    """Embed a narrow network in a wider or deeper one, with the same function.

    If the narrow network is a critical point of the loss, so is the wide one. The
    prediction of its inertia supposes that; it costs a Hessian of the narrow network.

    Args:
        narrow: The narrow network.
        x: Inputs `(n, inputs)`.
        y: Targets, `(n,)` or `(n, outputs)`.
        width: Width of the wide network, a sequence for several hidden layers. Not for
            a `Deepening`, which has its own.
        kind: A kind with its options, or its name for the defaults.
        key: Random key; needed if something is drawn.

    Returns:
        The wide network with output difference, gradient and predicted inertia.

    Raises:
        NoSuchNeuron: No null neuron, or no group that cancels, was found.
        ValueError: float32 mode, numbers that are not finite, shapes that do not agree,
            a width below that of the narrow network, or options that do not fit.

    Source:
        arXiv:2105.14573, arXiv:2111.15527 (embedding principle), arXiv:2405.17501
        (critical sets); the inertia and the corrections derived and verified here.

    Example:
        >>> x = np.linspace(-2.0, 2.0, 7)[:, None]
        >>> narrow = sf.TwoLayer(w=jnp.array([[1.0]]), a=jnp.array([1.0]))
        >>> wide = sf.embed(narrow, x, np.tanh(x[:, 0]), width=3).point
        >>> sf.equal_functions(narrow, wide)
        True
    """
    network, inputs, outputs = checked(narrow, x, y, "An embedding")
    plan = _kind(kind)
    found = signals(network, inputs, outputs)
    rng = None if key is None else numpy_rng(key)
    if isinstance(plan, Deepening):
        wide, predicted, dimension, note = _deepened(
            network, found, plan, narrow, inputs, outputs, rng
        )
    else:
        widths = _widths(network, width)
        step = _split if isinstance(plan, Splitting) else _appended
        wide, predicted, dimension, note = step(
            network, found, plan, widths, narrow, inputs, outputs, rng
        )
    after = signals(wide, inputs, outputs)
    if vanishes(found):
        fitted = "at zero loss every parameter is critical; gradients are rounding"
        note = "; ".join(text for text in (note, fitted) if text)
    return Embedding(
        point=write(wide, narrow),
        kind=plan,
        widths=wide.hidden,
        difference=float(np.max(np.abs(after.residual - found.residual))),
        gradient=after.relative_gradient(),
        narrow_gradient=found.relative_gradient(),
        predicted=None if predicted is None else predicted.signature,
        dimension=dimension,
        doubtful=0 if predicted is None else predicted.doubtful,
        fits=vanishes(found),
        note=note,
    )


def _kind(kind) -> EmbeddingKind:
    if isinstance(kind, str):
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}.")
        return KINDS[kind]
    return kind


def _widths(network: Network, width) -> tuple[int, ...]:
    if width is None:
        raise ValueError("width is missing: how wide is the wide network to be?")
    return (int(width),) if np.ndim(width) == 0 else tuple(map(int, width))


def _hessian(narrow, inputs, outputs) -> np.ndarray | None:
    """The narrow Hessian, unless it is too large to be written down."""
    loss = objective(narrow, inputs, outputs)
    if loss.start.size > DENSE:
        return None
    return loss.evaluate(loss.start[None]).hessian[0]


def _split(network, found, kind, widths, narrow, inputs, outputs, rng):
    plan = copies(kind, network, widths)
    if kind.mixing and len(plan) > 1 and rng is None:
        raise ValueError("mixing draws random weights; pass a key.")
    if plan[-1].shares.ndim == 2:
        _must_stay_critical(network, found, plan[-1])
        wide = split(network, [*plan[:-1], plan[-1]], kind.mixing, rng)
        return wide, None, None, "one fraction per outgoing weight"
    wide = split(network, plan, kind.mixing, rng)
    hessian = _hessian(narrow, inputs, outputs)
    if hessian is None:
        return wide, None, None, "the narrow network is too large for its Hessian"
    floor = resolution(hessian)
    added = gains(network, found, plan, floor)
    predicted = complete(hessian, added, wide.parameters, floor)
    dimension, note = family_dimension(network, found, plan, floor), None
    if kind.mixing and len(plan) > 1:
        predicted, note = None, "mixed weights may turn level directions either way"
    return wide, predicted, dimension, note


def _must_stay_critical(network, found, layer):
    """Each copy's outgoing weights must lie in the left kernel of `G`."""
    last = len(network.hidden) - 1
    shape = forms(network, found, last)
    a = network.weights[-1][:, layer.groups] * layer.shares
    pulls = np.einsum("oi,iod->id", a, shape.mixed[layer.groups])
    size = np.linalg.norm(a, axis=0) * shape.size[layer.groups]
    bad = np.linalg.norm(pulls, axis=1) > 1e-7 * np.maximum(size, 1e-300)
    if bad.any():
        raise ValueError(
            f"shares gives copy {int(np.argmax(bad))} another fraction for each "
            "output, and that is not critical: its outgoing weights do not cancel the "
            f"error signals (gradient {np.linalg.norm(pulls, axis=1).max():.2g}). Give "
            "one fraction for all outputs."
        )


def _appended(network, found, kind, widths, narrow, inputs, outputs, rng):
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
        w = null_weights(kind, network, found, count, rng)
        wide = append(network, w, np.zeros((network.outputs, count)))
        return wide, *null_prediction(loss, found, w), None
    a = group_coefficients(kind, network.outputs, count)
    w = cancelling_weights(kind, network, found, rng)
    wide = append(network, np.tile(w, (count, 1)), a)
    return wide, *group_prediction(loss, found, w, a), None


def _deepened(network, found, kind, narrow, inputs, outputs, rng):
    if not 1 <= kind.after <= len(network.hidden):
        raise ValueError(
            f"after is {kind.after}; expected 1 to {len(network.hidden)}, the number "
            "of hidden layers."
        )
    if rng is None:
        raise ValueError("a new layer is drawn; pass a key, jax.random.key(0) say.")
    wide = deepen(network, kind, found.jets[kind.after - 1].s, rng)
    hessian = _hessian(narrow, inputs, outputs)
    predicted = None
    if hessian is not None:
        predicted = complete(hessian, [], wide.parameters, resolution(hessian))
    note = "the counts hold while the samples stay inside the interval"
    return wide, predicted, wide.parameters - network.parameters, note
