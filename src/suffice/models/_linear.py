"""Models that are linear in their inputs or in given features of them."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact, Key

from ._domain import RealSpace


def identity(x: Array) -> Array:
    """The features of a model that is linear in its input."""
    return x


class Linear(eqx.Module):
    """A linear model `f(x) = theta . phi(x)` in fixed features `phi`.

    The tangent space is the span of the features for every `theta`, so the optimistic
    sample size of every target is the number of independent features.

    Attributes:
        theta: Coefficients, `(features,)` for a scalar output or `(outputs, features)`.
        features: JAX function from one input to its feature vector.
        inputs: Number of inputs; None takes one per coefficient, which is allowed if
            the features are the input itself.

    Examples:
        >>> model = sf.Linear(jnp.array([1.0, -2.0]))
        >>> float(model(jnp.array([3.0, 1.0])))
        1.0
    """

    theta: Float[Array, " features"] | Float[Array, "outputs features"]
    features: Callable[[Array], Array] = eqx.field(static=True, default=identity)
    inputs: int = eqx.field(static=True, default=None)

    def __post_init__(self):
        if self.inputs is not None:
            return
        if self.features is not identity:
            raise ValueError(
                "inputs is None and features is not the identity; pass inputs, the "
                "number of coordinates of an input."
            )
        self.inputs = self.theta.shape[-1]

    def __check_init__(self):
        count = _feature_count(self.features, self.inputs)
        if count != self.theta.shape[-1]:
            raise ValueError(
                f"theta has {self.theta.shape[-1]} coefficients per output, but "
                f"features returns {count} numbers for an input of {self.inputs}; "
                "expected equal numbers."
            )

    @classmethod
    def normal(
        cls,
        inputs: int,
        scale: float = 1.0,
        *,
        key: Key[Array, ""],
        features: Callable[[Array], Array] = identity,
        outputs: int | None = None,
    ) -> "Linear":
        """Draw every coefficient from `N(0, scale^2)`.

        Args:
            inputs: Number of inputs.
            scale: Standard deviation of every coefficient.
            key: Random key.
            features: JAX function from one input to its feature vector.
            outputs: Number of outputs; None for a scalar output.
        """
        head = () if outputs is None else (outputs,)
        shape = (*head, _feature_count(features, inputs))
        return cls(scale * jax.random.normal(key, shape), features, inputs)

    @property
    def outputs(self) -> int:
        """Number of scalar outputs."""
        return 1 if self.theta.ndim == 1 else self.theta.shape[0]

    @property
    def domain(self) -> RealSpace:
        """Default domain of the inputs."""
        return RealSpace(self.inputs)

    def __call__(self, x: Inexact[Array, " dim"]) -> Inexact[Array, "*outputs"]:
        """Evaluate at one input; use `jax.vmap` for many."""
        return self.theta @ self.features(x)


class Diagonal(eqx.Module):
    """A deep diagonal linear network `f(x) = sum_j a_j^[1] ... a_j^[L] x_j`.

    The function is linear in `x`, but the parameterisation favours sparse coefficients:
    the optimistic sample size of a target with k nonzero coefficients is k for every
    number of layers `L >= 2`.

    Attributes:
        a: One row of coefficients per layer, shape `(layers, inputs)`.

    Examples:
        >>> model = sf.Diagonal(jnp.array([[1.0, 2.0], [3.0, 0.5]]))
        >>> float(model(jnp.array([1.0, 1.0])))
        4.0
    """

    a: Float[Array, "layers dim"]

    @classmethod
    def normal(
        cls, inputs: int, layers: int = 2, scale: float = 1.0, *, key: Key[Array, ""]
    ) -> "Diagonal":
        """Draw every parameter from `N(0, scale^2)`."""
        return cls(scale * jax.random.normal(key, (layers, inputs)))

    @property
    def layers(self) -> int:
        """Number of layers `L`."""
        return self.a.shape[0]

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return self.a.shape[1]

    @property
    def outputs(self) -> int:
        """Number of scalar outputs."""
        return 1

    @property
    def domain(self) -> RealSpace:
        """Default domain of the inputs."""
        return RealSpace(self.inputs)

    def __call__(self, x: Inexact[Array, " dim"]) -> Inexact[Array, ""]:
        """Evaluate at one input; use `jax.vmap` for many."""
        return jnp.prod(self.a, axis=0) @ x


class SquareDifference(eqx.Module):
    """A linear model `f(x) = sum_j (a_j^2 - b_j^2) x_j`.

    The rank at a point is the number of pairs `(a_j, b_j)` that are not both zero; the
    optimistic sample size of a target is its number of nonzero coefficients.

    Attributes:
        a: Roots of the positive parts, shape `(inputs,)`.
        b: Roots of the negative parts, shape `(inputs,)`.

    Examples:
        >>> model = sf.SquareDifference(jnp.array([2.0, 0.0]), jnp.array([0.0, 1.0]))
        >>> float(model(jnp.array([1.0, 1.0])))
        3.0
    """

    a: Float[Array, " dim"]
    b: Float[Array, " dim"]

    def __check_init__(self):
        if self.a.shape != self.b.shape:
            raise ValueError(
                f"a has shape {self.a.shape} and b has shape {self.b.shape}; expected "
                "the same shape."
            )

    @classmethod
    def normal(
        cls, inputs: int, scale: float = 1.0, *, key: Key[Array, ""]
    ) -> "SquareDifference":
        """Draw every parameter from `N(0, scale^2)`."""
        a, b = scale * jax.random.normal(key, (2, inputs))
        return cls(a, b)

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return self.a.shape[0]

    @property
    def outputs(self) -> int:
        """Number of scalar outputs."""
        return 1

    @property
    def domain(self) -> RealSpace:
        """Default domain of the inputs."""
        return RealSpace(self.inputs)

    def __call__(self, x: Inexact[Array, " dim"]) -> Inexact[Array, ""]:
        """Evaluate at one input; use `jax.vmap` for many."""
        return (self.a**2 - self.b**2) @ x


def _feature_count(features, inputs):
    if features is identity:
        return inputs
    shape = jax.eval_shape(features, jax.ShapeDtypeStruct((inputs,), float)).shape
    if len(shape) != 1:
        raise ValueError(
            f"features returns shape {shape} for one input; expected a vector."
        )
    return shape[0]
