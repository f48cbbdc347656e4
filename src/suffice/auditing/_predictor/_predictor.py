"""The law that an audit found: predictions with intervals, and where they hold."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.stats
from jaxtyping import Array, Bool, Float

from suffice._core import Hidden, Inputs, plural, ravel, require_float64, Result
from suffice.auditing._candidates import predict_one, template
from suffice.auditing._category import Category
from suffice.auditing._standard import Standard
from suffice.auditing._targets._kind import Kind
from suffice.auditing._targets._response import expected, slope
from suffice.auditing._triangle import distance, triangle

RIDGE = 1e-24  # keeps directions finite that no row sees, and changes no other
LEVEL = 0.95
ROUNDING = 1e-9


@dataclasses.dataclass(frozen=True)
class Predictions(Result):
    """Predictions at new inputs, in the unit of the target.

    Attributes:
        target: What is predicted: the target, the chance of its second class, or its
            mean count.
        value: The predictions.
        low: Lower end of the interval: that of a new measurement for numbers, that of
            the chance or of the mean itself for classes and counts.
        high: Upper end of the interval.
        function_error: Standard error of `value`.
        outside: Whether an input lies outside the region of the data, where the law is
            extrapolated and the interval does not hold.
        level: Probability of the intervals.
    """

    target: str
    value: Float[np.ndarray, " m"]
    low: Float[np.ndarray, " m"]
    high: Float[np.ndarray, " m"]
    function_error: Float[np.ndarray, " m"]
    outside: Bool[np.ndarray, " m"]
    level: float

    def headline(self) -> str:
        """Return how many predictions there are, and how many extrapolate."""
        count = int(self.outside.sum())
        where = f"{count or 'none'} of them outside the region of the data"
        return f"{plural(len(self.value), 'prediction')} of {self.target}, {where}."

    @property
    def typical_error(self) -> float:
        """Root mean square of `function_error`."""
        return typical(self.function_error)

    def shown(self) -> dict[str, Any]:
        """Return the typical error of the predictions."""
        return {"typical error of the function": self.typical_error}


@dataclasses.dataclass(frozen=True)
class Predictor(Result):
    """The model that an audit chose, with what it needs to predict.

    `Audit.predictor` is one; `save_predictor` writes it to a file, from which
    `load_predictor` reads it.

    Attributes:
        target: Name of the target column.
        inputs: Names of the input columns, in the order of the columns of `x`.
        categories: Inputs whose values are words, among these columns.
        name: Name of the model: `constant`, `linear`, `width 1`, ...
        kind: What the target is: `number`, `class` or `count`.
        classes: Names of the classes 0 and 1; None for other targets.
        rows: Number of rows to which it was fitted.
        noise: Standard deviation of a measurement around the function, in the unit of
            the target, as the errors on unseen samples show it; 0 for classes and
            counts, whose intervals are about the mean.
        freedom: Degrees of freedom of the errors, at least 1.
        theta: Parameters of the model in standard units.
        mean: Mean of each input, which is 0 in standard units.
        spread: Standard deviation of each input, which is 1 in standard units.
        offset: Mean of the target, which is 0 in standard units, for numbers.
        unit: Standard deviation of the target, which is 1 in standard units.
        low: Least measured value of each input.
        high: Largest measured value of each input.
        scatter: Square root of the dispersion, which multiplies every standard error.
        factor: Triangular factor of the information of the rows about the parameters.
        shape: Triangular factor of the covariance of the inputs, in standard units.
        reach: Largest distance of a row from the mean of the inputs, by that
            covariance.
    """

    target: str
    inputs: tuple[str, ...]
    categories: tuple[Category, ...]
    name: str
    kind: Kind
    classes: tuple[str, str] | None
    rows: int
    noise: float
    freedom: int
    theta: Hidden[Float[np.ndarray, " p"]]
    mean: Hidden[Float[np.ndarray, " dim"]]
    spread: Hidden[Float[np.ndarray, " dim"]]
    offset: float
    unit: float
    low: Float[np.ndarray, " dim"]
    high: Float[np.ndarray, " dim"]
    scatter: float
    factor: Hidden[Float[np.ndarray, "p p"]]
    shape: Hidden[Float[np.ndarray, "dim dim"]]
    reach: float

    @property
    def model(self) -> Any:
        """The model, which takes inputs in standard units."""
        return ravel(template(self.name, len(self.inputs)))[1](jnp.asarray(self.theta))

    @property
    def predicted(self) -> str:
        """What it predicts, in words."""
        if self.classes is not None:
            return f"the chance of {self.target} = {self.classes[1]}"
        return f"the mean of {self.target}" if self.kind == "count" else self.target

    def headline(self) -> str:
        """Return what the law predicts from what."""
        return (
            f"{self.name}: {self.predicted} from {', '.join(self.inputs)}, fitted to "
            f"{plural(self.rows, 'row')}."
        )

    def predict(
        self, x: Float[np.ndarray, "m dim"], *, level: float = LEVEL
    ) -> Predictions:
        """Return predictions with intervals, and which of them are extrapolated.

        The intervals come from the linearised law and hold inside the region of the
        data: the box of the measured values and, since inputs can be correlated, the
        smallest ellipsoid of their covariance that holds every row.

        Args:
            x: Inputs in the units of the table, one row per prediction.
            level: Probability of the intervals, between 0 and 1.

        Raises:
            ValueError: JAX runs in float32 mode, `x` has another number of columns or
                is not finite, or `level` is out of range.

        Source:
            Seber and Wild, Nonlinear Regression, section 5.1 (intervals); Montgomery,
            Peck and Vining, Linear Regression Analysis, section 3.8 (the ellipsoid).
        """
        require_float64("A prediction")
        x = np.asarray(x, float)
        if x.ndim != 2 or x.shape[1] != len(self.inputs):
            raise ValueError(
                f"x has shape {x.shape}; expected one row per prediction and the "
                f"columns {', '.join(self.inputs)}."
            )
        if not np.isfinite(x).all():
            row = int(np.argmin(np.isfinite(x).all(axis=1)))
            raise ValueError(f"x is not finite in row {row}; expected finite numbers.")
        if not 0 < level < 1:
            raise ValueError(f"level is {level}; expected a number between 0 and 1.")
        value = predict_one(self.model, self._standard(x))
        error = self._error(x)
        half = scipy.stats.t.isf((1 - level) / 2, self.freedom)
        half = half * np.hypot(error, self.noise / self._scale)
        return Predictions(
            target=self.predicted,
            value=self._target(value),
            low=self._target(value - half),
            high=self._target(value + half),
            function_error=self._scale * slope(value, self.kind) * error,
            outside=self.outside(x),
            level=level,
        )

    def outside(self, x: Float[np.ndarray, "m dim"]) -> Bool[np.ndarray, " m"]:
        """Return which inputs lie outside the region of the data."""
        beyond = ((x < self.low) | (x > self.high)).any(axis=1)
        return beyond | (
            distance(self._standard(x), self.shape) > self.reach * (1 + ROUNDING)
        )

    def _standard(self, x):
        return (x - self.mean) / self.spread

    @property
    def _scale(self) -> float:
        """The unit in which values of the model are."""
        return self.unit if self.kind == "number" else 1.0

    def _target(self, value):
        if self.kind == "number":
            return self.offset + self.unit * value
        return expected(value, self.kind)

    def _error(self, x):
        """Standard errors of the values of the model."""
        tangents = gradients(self.model, self._standard(x))
        return self.scatter * distance(tangents, self.factor)


def predictor_of(
    model: Any, data: Standard, name: str, noise: float, unseen: float
) -> Predictor:
    """Return the law of a fitted model.

    Args:
        model: The model, fitted in standard units.
        data: The table in standard units.
        name: Name of the model.
        noise: Standard deviation of the noise, in the unit of the target.
        unseen: Root mean square error on unseen samples, in the unit of the target.
    """
    theta = np.asarray(ravel(model)[0])
    n, value = len(data.y), predict_one(model, data.x)
    freedom = max(n - len(theta), 1)
    tangents = gradients(model, data.x)
    root = np.sqrt(data.weights * slope(value, data.kind))
    ridge = np.sqrt(n * RIDGE) * np.eye(len(theta))
    factor = triangle(np.concatenate([root[:, None] * tangents, ridge]))
    new = 0.0
    if data.kind == "number":
        # The interval is as wide as the errors on unseen samples ask for, at least.
        own = noise**2 * np.mean(distance(tangents, factor) ** 2)
        new = float(np.sqrt(max(noise**2, unseen**2 - own)))
    shape = triangle(data.x / np.sqrt(n))
    return Predictor(
        target=data.table.target,
        inputs=data.table.inputs,
        categories=data.table.categories,
        name=name,
        kind=data.kind,
        classes=data.table.classes,
        rows=n,
        noise=new,
        freedom=freedom,
        theta=theta,
        mean=data.mean,
        spread=data.spread,
        offset=data.offset,
        unit=data.unit,
        low=data.table.x.min(0),
        high=data.table.x.max(0),
        scatter=_scatter(data, value, noise, freedom),
        factor=factor,
        shape=shape,
        reach=float(distance(data.x, shape).max()),
    )


def _scatter(data: Standard, value, noise: float, freedom: int) -> float:
    """The square root of the dispersion, in standard units for numbers."""
    if data.kind == "number":
        return noise / data.unit
    if data.kind == "class":
        return 1.0
    mean = expected(value, data.kind)
    chi = data.weights @ ((data.table.y - mean) ** 2 / mean)
    return max(float(chi / freedom), 1.0) ** 0.5


@eqx.filter_jit
def gradients(model: Any, x: Inputs) -> Float[Array, "m p"]:
    """Return the derivatives of the value of a model by its parameters."""
    theta, build = ravel(model)
    return jax.vmap(lambda one: jax.grad(lambda t: build(t)(one))(theta))(x)


def typical(errors: Float[np.ndarray, " m"]) -> float:
    """Return the root mean square of errors."""
    return float(np.sqrt(np.mean(errors**2)))
