"""Targets, wider networks with the same function, and fits from near those."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import partition
from suffice.landscape import branches
from suffice.landscape._shared import BranchType
from suffice.models import Activation, TwoLayer
from suffice.training import fit

# A generic activation by Assumption 2.1: almost every shift of tanh is one.
SHIFTED = Activation(
    "tanh(z + 0.6)",
    lambda z: jnp.tanh(z + 0.6),
    independent=True,
    zeros=(-0.6,),
    suprema=(1.0, 1.0, 0.7699),
)
FRESH = 200


def recovered(
    point: TwoLayer, x: np.ndarray, sizes: Sequence[int], rng, *, radius: float,
    starts: int, recover: float = 1e-6,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Fits from near a point on the first `n` samples: which fit, which recover.

    One program for all sample sizes: samples beyond `n` have weight zero.

    Returns:
        Two boolean arrays `(sizes, starts)`.
    """
    runs, params = len(sizes) * starts, partition(point)
    moved = jax.tree.map(
        lambda leaf: leaf[None] + radius * rng.standard_normal((runs, *leaf.shape)),
        params[0],
    )
    weights = np.arange(len(x)) < np.repeat(sizes, starts)[:, None]
    y = np.asarray(jax.vmap(point)(jnp.asarray(x)))
    fitted = fit(
        eqx.combine(moved, params[1]), x, y, weights=weights.astype(float),
        max_steps=600, tolerance=1e-14,
    )  # fmt: skip
    fresh = 1.5 * np.random.default_rng(0).standard_normal((FRESH, x.shape[1]))
    miss = outputs(fitted.models, fresh) - outputs(point, fresh, single=True)
    size = np.sqrt(np.mean(outputs(point, fresh, single=True) ** 2))
    error = np.sqrt(np.mean(miss**2, axis=-1)) / size
    fits = fitted.loss <= 1e-20 * np.mean(y**2)
    shape = (len(sizes), starts)
    return fits.reshape(shape), (fits & (error <= recover)).reshape(shape)


def outputs(models: Any, x: np.ndarray, *, single: bool = False) -> np.ndarray:
    """Values of an ensemble `(runs, n)`, or of one model `(n,)`."""
    inputs = jnp.asarray(x)
    if single:
        return np.asarray(jax.vmap(models)(inputs))
    return np.asarray(eqx.filter_vmap(lambda m: jax.vmap(m)(inputs))(models))


def target(
    rng,
    inputs: int,
    width: int = 1,
    activation: str | Activation = SHIFTED,
    *,
    bias=False,
) -> TwoLayer:
    """A target whose output weights are not small."""
    a = rng.uniform(0.7, 1.4, width) * rng.choice([-1, 1], width)
    b = jnp.asarray(rng.standard_normal(width)) if bias else None
    w = rng.standard_normal((width, inputs))
    return TwoLayer(jnp.asarray(w), jnp.asarray(a), b, activation=activation)


def widened(narrow: TwoLayer, copies: int, null: Sequence[int], rng) -> TwoLayer:
    """One neuron in equal copies, and null blocks of these sizes."""
    w = [np.repeat(np.asarray(narrow.w), copies, axis=0)]
    a = [np.full(copies, float(narrow.a[0]) / copies)]
    for size in null:
        shares = rng.uniform(0.4, 1.2, size)
        shares[-1] = -shares[:-1].sum()
        a.append(shares)
        w.append(np.tile(rng.standard_normal((1, narrow.inputs)), (size, 1)))
    b = None if narrow.b is None else jnp.repeat(narrow.b, copies)
    w, a = jnp.asarray(np.concatenate(w)), jnp.asarray(np.concatenate(a))
    return TwoLayer(w, a, b, activation=narrow.activation)


def types(k: int, m: int, inputs: int) -> tuple[BranchType, ...]:
    """The types of branches of `k` generic neurons at width `m`."""
    kinds = branches(k, m, inputs=inputs).types or ()
    return tuple(kind for kind in kinds if isinstance(kind, BranchType))
