"""Two neurons that learn one: initial parameters, samples and limits of training."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice.models import TwoLayer
from suffice.training import ensemble, GradientFlow, limit_start, train, Training

FLOW = GradientFlow(rtol=1e-6, max_steps=3000)
RECOVERED = 1e-6
SAMPLES = 6  # every set is padded to so many, so that one program serves all


def target(x: np.ndarray) -> np.ndarray:
    """`tanh(x_1 + ... + x_d + 1)`."""
    return np.tanh(np.asarray(x).sum(axis=-1) + 1)


def test_set(inputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Independent inputs for the error: a grid on [-2, 2], or normal ones."""
    if inputs == 1:
        x = np.linspace(-2, 2, 1000)[:, None]
    else:
        x = np.random.default_rng(12).standard_normal((1000, inputs))
    return x, target(x)


def even(n: int, runs: int) -> np.ndarray:
    """Evenly spaced inputs on [-2, 2] for every run, `(runs, n, 1)`."""
    return np.tile(np.linspace(-2, 2, n)[:, None], (runs, 1, 1))


def padded(x: np.ndarray, samples: int = SAMPLES) -> dict[str, Any]:
    """Sample sets `(runs, n, inputs)` with samples of weight zero appended."""
    runs, n, inputs = x.shape
    weights = np.tile(np.arange(samples) < n, (runs, 1)).astype(float)
    x = np.concatenate([x, np.zeros((runs, samples - n, inputs))], axis=1)
    return {"x": x, "y": target(x), "weights": weights}


def normal_starts(runs: int, scale: float, *, width: int = 2, inputs: int = 1) -> Any:
    """Networks with an input bias and every parameter from `N(0, scale^2)`."""
    template = TwoLayer.normal(width, inputs, key=jax.random.key(0), bias=True)
    return ensemble(template, runs, scale=scale, key=jax.random.key(21))


def with_ratios(ratios: np.ndarray, inputs: int = 1) -> Any:
    """Networks of two neurons whose imbalances have the ratios `C_1 / C_2`."""
    like = normal_starts(len(ratios), 0.0, inputs=inputs)
    a = jnp.asarray(np.stack([ratios, np.ones(len(ratios))], axis=1))
    return eqx.tree_at(lambda m: m.a, like, a)


def small_limits(
    models: Any, data: dict[str, Any], inputs: int = 1, **options: Any
) -> Training:
    """Limits of gradient flow from an infinitely small initialisation."""
    start = limit_start(models, **data, delta=1e-4)
    return train(
        start, **data, method=FLOW, test=test_set(inputs), recover=RECOVERED, **options
    )


def weight_gap(models: Any) -> np.ndarray:
    """Distance between the input weights of two neurons, biases included."""
    w = np.concatenate([models.w, np.asarray(models.b)[..., None]], axis=-1)
    return np.linalg.norm(w[..., 0, :] - w[..., 1, :], axis=-1)
