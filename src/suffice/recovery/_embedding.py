"""A target as a point in the parameter space of a wider model."""

from typing import Any

import jax
import numpy as np

from suffice._core import partition
from suffice.models import MatrixProduct, TwoLayer


def embedded(
    target: Any, template: Any, branch: str, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return parameters at which a model equals the target, leaf by leaf.

    Args:
        target: A model of the same class, at most as wide.
        template: The wider model.
        branch: `silent` or `merged`, see `Near`.
        rng: Generator of the weights of silent neurons, or the shares of merged ones.

    Raises:
        ValueError: The target is not a model of the same class that fits.
    """
    narrow, wide = _leaves(target), _leaves(template)
    if type(target) is type(template):
        if [leaf.shape for leaf in narrow] == [leaf.shape for leaf in wide]:
            return narrow
        if isinstance(template, TwoLayer) and _same_neurons(target, template):
            return _neurons(target, template, branch, rng)
        if isinstance(template, MatrixProduct) and _narrower(narrow, wide):
            return [
                _padded(leaf, like.shape)
                for leaf, like in zip(narrow, wide, strict=True)
            ]
    raise ValueError(
        f"a {type(target).__name__} with parameters "
        f"{[leaf.shape for leaf in narrow]} has no known place in a "
        f"{type(template).__name__} with {[leaf.shape for leaf in wide]}, so no run "
        "can start near it; use another initialisation."
    )


def _leaves(model: Any) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(partition(model)[0])]


def _same_neurons(target: TwoLayer, template: TwoLayer) -> bool:
    same = target.inputs == template.inputs and target.activation == template.activation
    biases = (target.b is None) == (template.b is None)
    plain = target.c is None and template.c is None
    scalar = target.a.ndim == template.a.ndim == 1
    return same and biases and plain and scalar and target.width <= template.width


def _neurons(target, template, branch, rng) -> list[np.ndarray]:
    k, m = target.width, template.width
    w, a = np.asarray(target.w), np.asarray(target.a)
    b = None if target.b is None else np.asarray(target.b)
    owner = np.arange(m) % k
    if branch == "merged":
        share = rng.exponential(size=m)
        share = share / np.bincount(owner, share)[owner]
        new_w, new_a = w[owner], a[owner] * share
        new_b = None if b is None else b[owner]
    else:
        extra = m - k
        new_w = np.concatenate([w, rng.standard_normal((extra, w.shape[1]))])
        new_a = np.concatenate([a, np.zeros(extra)])
        new_b = None if b is None else np.concatenate([b, rng.standard_normal(extra)])
    return [new_w, new_a] if new_b is None else [new_w, new_a, new_b]


def _narrower(narrow, wide) -> bool:
    outer = (
        narrow[0].shape[0] == wide[0].shape[0]
        and narrow[-1].shape[1] == wide[-1].shape[1]
    )
    fits = len(narrow) == len(wide) and all(
        np.all(np.array(a.shape) <= b.shape) for a, b in zip(narrow, wide, strict=True)
    )
    return outer and fits


def _padded(leaf: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    full = np.zeros(shape)
    full[tuple(map(slice, leaf.shape))] = leaf
    return full
