"""A narrow network that reproduces a trained network on data."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from suffice._core import (
    check_scale,
    evaluate,
    given,
    Hidden,
    numpy_rng,
    partition,
    require_float64,
    Result,
)
from suffice._core.literature import bases
from suffice.models import TwoLayer
from suffice.training import ensemble, fit, member, stack

from ._atoms import chart


@dataclasses.dataclass(frozen=True)
class EffectiveReduction(Result):
    """The narrowest network, among those tried, that reproduces a model on inputs.

    Attributes:
        model: The narrow network.
        width: The width of the narrow network.
        error: Root mean square difference on the inputs, relative to the root mean
            square of the model.
        reached: Whether the error is within the tolerance.
        tolerance: The requested relative error.
        original_width: Width of the model.
        samples: Number of inputs.
        widths: The widths that were tried.
        errors: The error at each of these widths.
    """

    grounds = bases.CLUSTERS

    model: Hidden[Any]
    width: int
    error: float
    reached: bool
    tolerance: float
    original_width: int
    samples: int
    widths: Int[np.ndarray, " k"]
    errors: Float[np.ndarray, " k"]

    def headline(self) -> str:
        """The effective width in one sentence."""
        if self.reached:
            return (
                f"Width {self.width} of {self.original_width} reproduces the model on "
                f"{self.samples} inputs to a relative error of {self.error:.2g}."
            )
        return (
            f"No network up to width {self.widths[-1]} was found within a relative "
            f"error of {self.tolerance:.2g}; width {self.width} has a relative error "
            f"of {self.error:.2g}."
        )

    def shown(self) -> dict[str, Any]:
        """The tolerance, and the error at each width."""
        curve = zip(self.widths, self.errors, strict=True)
        return {
            "tolerance": self.tolerance,
            "error_by_width": ", ".join(f"{k}: {e:.2g}" for k, e in curve),
        }


def effective_reduction(
    model: TwoLayer,
    x: Float[np.ndarray, "n dim"] | Float[Array, "n dim"],
    *,
    tolerance: float = 0.01,
    max_width: int | None = None,
    restarts: int = 6,
    max_steps: int = 200,
    key: Key[Array, ""],
) -> EffectiveReduction:
    """A narrow network that reproduces a model on inputs up to a relative error.

    Trained networks condense: many neurons align without being equal, so that the
    result of `reduce` depends on its tolerance. This function compares outputs instead.
    Networks of width 0, 1, 2, ... are fitted by least squares to the outputs of the
    model, until the error is within the tolerance. The fits start from weighted
    clusterings of its neurons, from random parameters, and from the best network that
    is one neuron narrower. One program is compiled per width, in one or two seconds.

    The width is an upper bound, since a narrower network may exist. Prefer `reduce` for
    networks that were constructed, which it reduces exactly.

    Args:
        model: A trained two-layer network.
        x: Inputs on which the functions are compared; take several times as many as the
            narrow network has parameters.
        tolerance: Relative root mean square error, between 0 and 1; 0.005 to 0.02 is
            usual.
        max_width: Largest width that is tried; None takes the width of the model.
        restarts: Number of starts of each of the three kinds, at least 1.
        max_steps: Limit on the steps of each fit.
        key: Random key of the starts.

    Returns:
        The network with its error, and the error at each width.

    Raises:
        ValueError: JAX is in float32 mode; the model is no `TwoLayer`; `x` has another
            shape, is not finite, or is too large or small; or `tolerance`, `restarts`
            or `max_width` is out of range.

    Source:
        Derived here; the clustering start follows the practice of arXiv:2105.14573.

    Examples:
        >>> model = sf.TwoLayer(w=jnp.array([[1.0], [1.01]]), a=jnp.array([0.4, 0.6]))
        >>> x = np.linspace(-2.0, 2.0, 9)[:, None]
        >>> sf.effective_reduction(model, x, key=jax.random.key(0)).width
        1
    """
    require_float64("An effective reduction")
    x = given(x, float)
    limit = _checked(model, x, tolerance, max_width, restarts)
    unit = float(np.abs(evaluate(model, x)).max()) or 1.0
    model = _divided(model, unit)  # so that no square underflows
    values = evaluate(model, x)
    size = float(np.sqrt(np.mean(values**2))) or 1.0
    y = values.reshape(len(x), *model.a.shape[:-1])
    best = _constant(model, values)
    widths, errors = [0], [_error(best, x, values) / size]
    while errors[-1] > tolerance and widths[-1] < limit:
        width = widths[-1] + 1
        starts = _starts(model, best, width, restarts, jax.random.fold_in(key, width))
        fitted = fit(starts, x, y, max_steps=max_steps, ridge=1e-14 * size**2)
        best = fitted.best()
        widths.append(width)
        errors.append(_error(best, x, values) / size)
    return EffectiveReduction(
        model=_divided(best, 1 / unit),
        width=widths[-1],
        error=errors[-1],
        reached=errors[-1] <= tolerance,
        tolerance=float(tolerance),
        original_width=model.width,
        samples=len(x),
        widths=np.array(widths),
        errors=np.array(errors),
    )


def _checked(model, x, tolerance, max_width, restarts):
    if not isinstance(model, TwoLayer):
        raise ValueError(
            f"model is a {type(model).__name__}; expected a TwoLayer. Use reduce "
            "with a tolerance for deeper networks."
        )
    if x.ndim != 2 or x.shape[1] != model.inputs or len(x) == 0:
        raise ValueError(
            f"x has shape {x.shape}, expected (n, {model.inputs}) with n >= 1."
        )
    if not np.isfinite(x).all() or not all(
        np.isfinite(leaf).all() for leaf in jax.tree.leaves(partition(model)[0])
    ):
        raise ValueError(
            "x or the model holds numbers that are not finite; drop or repair them."
        )
    check_scale("x", x)
    if not (0 < tolerance < 1) or restarts < 1:
        raise ValueError(
            f"tolerance is {tolerance} and restarts is {restarts}; expected "
            "0 < tolerance < 1 and restarts >= 1."
        )
    limit = model.width if max_width is None else max_width
    if limit < 0:
        raise ValueError(f"max_width is {max_width}; expected at least 0.")
    return limit


def _divided(model: TwoLayer, unit: float) -> TwoLayer:
    c = None if model.c is None else model.c / unit
    return TwoLayer(model.w, model.a / unit, model.b, c, model.activation)


def _error(model, x, values):
    return float(np.sqrt(np.mean((values - evaluate(model, x)) ** 2)))


def _narrow(model: TwoLayer, width: int) -> TwoLayer:
    """A model of the same architecture with another width and zero parameters."""
    return TwoLayer(
        w=jnp.zeros((width, model.inputs)),
        a=jnp.zeros((*model.a.shape[:-1], width)),
        b=None if model.b is None else jnp.zeros(width),
        c=None if model.c is None else jnp.zeros(model.a.shape[:-1]),
        activation=model.activation,
    )


def _constant(model: TwoLayer, values) -> TwoLayer:
    """The best network of width 0: the mean of the values, or zero without a bias."""
    zero, c = _narrow(model, 0), None
    if model.c is not None:
        c = jnp.asarray(values.mean(axis=0).reshape(model.c.shape))
    return TwoLayer(zero.w, zero.a, zero.b, c, model.activation)


def _starts(model, narrower, width, restarts, key):
    """Clusterings of the neurons, random networks, and the narrower fit extended."""
    template = _narrow(model, width)
    rng = numpy_rng(key)
    clustered = [_clustered(model, width, rng) for _ in range(restarts)]
    drawn = ensemble(template, 2 * restarts, key=key)
    members = [member(drawn, i) for i in range(2 * restarts)]
    grown = [_grown(narrower, extra) for extra in members[restarts:]]
    return stack([*clustered, *members[:restarts], *grown])


def _clustered(model, width, rng):
    """A network from a weighted k-means clustering of weight vectors up to sign."""
    bias = model.b is not None
    v = np.asarray(model.w)
    v = np.column_stack([v, np.asarray(model.b)]) if bias else v
    a = np.asarray(model.a).reshape(-1, model.width).T
    plan = chart(model.activation, bias)
    if plan.signed:
        main = np.argmax(np.abs(v) > 1e-3 * np.abs(v).max(), axis=1)
        turned = v[np.arange(len(v)), main] < 0
        v = np.where(turned[:, None], -v, v)
        if plan.phase == "bias":
            a = np.where(turned[:, None], plan.flip(a), a)
    mass = np.linalg.norm(a, axis=1) * np.linalg.norm(v, axis=1) + 1e-300
    centres, labels = _means(v, mass, width, rng)
    sums = np.stack([a[labels == k].sum(axis=0) for k in range(width)])
    return TwoLayer(
        w=jnp.asarray(centres[:, : model.inputs]),
        a=jnp.asarray(sums.T.reshape(*model.a.shape[:-1], width)),
        b=jnp.asarray(centres[:, -1]) if bias else None,
        c=model.c,
        activation=model.activation,
    )


def _means(v, mass, count, rng):
    """Weighted k-means with the initialisation of k-means++."""
    centres = v[[rng.choice(len(v), p=mass / mass.sum())]]
    while len(centres) < count:
        far = mass * _distances(v, centres).min(axis=1) + 1e-300
        centres = np.vstack([centres, v[rng.choice(len(v), p=far / far.sum())]])
    labels = _distances(v, centres).argmin(axis=1)
    for _ in range(50):
        for k in np.unique(labels):
            members = labels == k
            centres[k] = mass[members] @ v[members] / mass[members].sum()
        old, labels = labels, _distances(v, centres).argmin(axis=1)
        if (old == labels).all():
            break
    return centres, labels


def _distances(v, centres):
    return ((v[:, None] - centres[None]) ** 2).sum(axis=-1)


def _grown(narrower, extra):
    """The narrower network with one neuron of another, with a small output weight."""

    def joined(old, new, axis):
        return jnp.concatenate([old, jnp.take(new, jnp.array([-1]), axis)], axis)

    return TwoLayer(
        w=joined(narrower.w, extra.w, 0),
        a=joined(narrower.a, 0.1 * extra.a, narrower.a.ndim - 1),
        b=None if narrower.b is None else joined(narrower.b, extra.b, 0),
        c=narrower.c,
        activation=narrower.activation,
    )
