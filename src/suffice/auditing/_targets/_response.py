"""From the value of a model to what is measured: a number, a class or a count."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.special
from jaxtyping import Array, Float

from ._kind import Kind

SPREAD = 10.0  # of a parameter, a priori, where classes could be told apart perfectly
STEPS = 100
NEGLIGIBLE = 1e-14  # of the loss of one row: a gain that rounding hides
LARGEST = 300.0  # of the logarithm of a mean


def expected(value: Float[np.ndarray, "*n"], kind: Kind) -> Float[np.ndarray, "*n"]:
    """Return the mean target where a model has some value.

    The value of a model is that mean, or the logarithm of the odds of the second class,
    or the logarithm of the mean count.
    """
    if kind == "class":
        return scipy.special.expit(value)
    if kind == "count":
        return np.exp(np.clip(value, -LARGEST, LARGEST))
    return value


def slope(value: Float[np.ndarray, "*n"], kind: Kind) -> Float[np.ndarray, "*n"]:
    """Return the derivative of the mean by the value.

    It is the variance of the target, too, for classes and for Poisson counts.
    """
    if kind == "class":
        return scipy.special.expit(value) * scipy.special.expit(-value)
    if kind == "count":
        return expected(value, kind)
    return np.ones_like(value)


class Deviance(eqx.Module):
    """The deviance residual of a class or a count, as a model whose targets are zero.

    Its square is twice the log-likelihood that is missing to a perfect fit, so least
    squares of these residuals is the fit of most likelihood. An input holds the inputs
    of the model and then the target.

    Source:
        McCullagh and Nelder, Generalized Linear Models, section 2.4.3.
    """

    model: Any
    kind: str = eqx.field(static=True)

    def __call__(self, x: Float[Array, " dim_and_target"]) -> Float[Array, ""]:
        """Return the residual at one input with its target."""
        value, target = self.model(x[:-1]), x[-1]
        if self.kind == "class":
            return jnp.sqrt(2 * jax.nn.softplus((1 - 2 * target) * value))
        return _count_residual(value, target)


def _count_residual(value, target):
    """The signed square root of `2 (μ - y + y log(y / μ))`, smooth at `μ = y` too."""
    seen = jnp.where(target > 0, target, 1.0)
    t = jnp.minimum(value, LARGEST) - jnp.log(seen)
    near = jnp.abs(t) < 1e-3
    far = jnp.where(near, 1.0, t)
    ratio = jnp.where(near, 0.5 + t / 6 + t**2 / 24, (jnp.expm1(far) - far) / far**2)
    none = jnp.exp(jnp.minimum(value, LARGEST) / 2)
    return jnp.sqrt(2.0) * jnp.where(target > 0, t * jnp.sqrt(seen * ratio), none)


def prior(n: float | np.ndarray) -> float | np.ndarray:
    """Return the weight of the squared parameters in the mean deviance of `n` rows.

    It is that of independent normal parameters, a priori, of a large spread. Without
    it, classes that can be told apart perfectly have no finite fit.
    """
    return 1 / (SPREAD**2 * n)


def likeliest(
    design: Float[np.ndarray, "n terms"],
    y: Float[np.ndarray, " n"],
    weights: Float[np.ndarray, " n"],
    kind: Kind,
) -> Float[np.ndarray, " terms"]:
    """Return the coefficients of the linear model of most likelihood, by Newton.

    The first term is the constant. The penalty of `prior` makes the maximum finite and
    unique.
    """
    theta = np.zeros(design.shape[1])
    middle = np.clip(np.average(y, weights=weights), 1e-3, None)
    theta[0] = np.log(middle) if kind == "count" else 0.0
    ridge = np.eye(len(theta)) / SPREAD**2

    def loss(theta):
        value = design @ theta
        costs = np.logaddexp(0, value) if kind == "class" else expected(value, kind)
        return weights @ (costs - y * value) + theta @ ridge @ theta / 2

    for _ in range(STEPS):
        value = design @ theta
        down = design.T @ (weights * (expected(value, kind) - y)) + ridge @ theta
        curved = design.T @ ((weights * slope(value, kind))[:, None] * design)
        step, size = np.linalg.solve(curved + ridge, down), 1.0
        if down @ step <= NEGLIGIBLE * weights.sum():
            return theta - step  # what is gained is less than the loss is rounded by
        before = loss(theta)
        while loss(theta - size * step) > before and size > 1e-8:
            size /= 2
        theta = theta - size * step
    return theta
