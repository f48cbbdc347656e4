"""Forecasts of training from the initial model."""

import dataclasses
import math
from typing import Any

import equinox as eqx
import numpy as np

from suffice._core import Model, Numbers, ravel, require_float64, Result
from suffice._core.literature import bases
from suffice.training import mean_squared_error

from ._kernel_flow import flow_of
from ._labels import label_shift
from ._rules import Indices, Outlook
from ._scan import ScalePoint, SCALES, scan_scales
from ._sets import Labelled, Pair, read_sets

STAYS = ", if features stay those of the start"


@dataclasses.dataclass(frozen=True)
class Forecast(Result):
    """What the tangent kernel of the initial model predicts about training.

    Attributes:
        verdict: `label aliasing`: the training labels look like those of another
            function, and the test loss rises while this function is learned.
            `initial-function memorisation`: the training set is fitted while the test
            outputs remain those of the initial function. `none`: the test set is
            predicted when the training set is fitted. `undecided`: the linearised
            network does not predict the test set, or does so by a difference within
            its standard errors; features that are learned later may.
        reason: The numbers behind the verdict.
        decided_by: For `undecided`: the measurement that would tell.
        alignment: Slope of the test loss over the slope of the training loss at the
            start.
        ascent: Test loss over its first value when the training loss has fallen to
            90 %; None where the kernel cannot lower the training loss so far.
        shift: Relative distance of the spectra of training and test labels.
        low_shift: The part of `shift` below the dominant test frequency.
        low_floor: The value of `low_shift` for independent draws of one function.
        plateau_loss: Test loss when the training set is first fitted, in units of the
            variance of the labels, if features stay those of the start; None where
            the kernel cannot fit it.
        plateau_accuracy: Test accuracy at the same time; None where labels are not
            classes.
        best: The best plateau over all scales: accuracy for classes, else loss.
        critical_scale: The largest factor of the initial parameters at which the
            plateau reaches 0.95 of the best accuracy; None where it is not known.
        decay_steps: Steps in which weight decay shrinks the parameters to the critical
            scale; None where this is not known.
        fit_steps: Step at which the training set is fitted, as it was given.
        generalisation_steps: Step at which the test set is predicted; None where this
            is not known.
        generalisation: The same in words, or the reason why it is not known.
        scan: The plateau at every scale.
    """

    grounds = bases.FORECAST

    verdict: Outlook
    reason: str
    decided_by: str
    alignment: float
    ascent: float | None
    shift: float
    low_shift: float
    low_floor: float
    plateau_loss: float | None
    plateau_accuracy: float | None
    best: float | None
    critical_scale: float | None
    decay_steps: float | None
    fit_steps: int | None
    generalisation_steps: float | None
    generalisation: str
    scan: tuple[ScalePoint, ...]

    def headline(self) -> str:
        """Return verdict and reason."""
        return f"Verdict {self.verdict}: {self.reason}."

    def shown(self) -> dict[str, Any]:
        """Return the indices of the forecast and the time of generalisation."""
        decided = {"decided_by": self.decided_by} if self.decided_by else {}
        rows: dict[str, Any] = decided | {
            "gradient_alignment": self.alignment,
            "ascent_index": "-" if self.ascent is None else self.ascent,
            "label_shift": f"{self.shift:.3g}, at low frequencies {self.low_shift:.3g} "
            f"(by chance {self.low_floor:.3g})",
        }
        if self.plateau_loss is not None:
            rows["test_loss_when_fitted"] = f"{self.plateau_loss:.3g} variances{STAYS}"
        if self.plateau_accuracy is not None:
            accuracy = f"{self.plateau_accuracy:.3g}{STAYS}"
            rows["test_accuracy_when_fitted"] = accuracy
        return rows | {
            "best_over_scales": self.best,
            "critical_scale": self.critical_scale,
            "generalisation": self.generalisation,
        }


def forecast(
    model: Model,
    train: Pair,
    test: Pair,
    *,
    weight_decay: float = 0.0,
    learning_rate: float | None = None,
    fit_steps: int | None = None,
    scales: Numbers = SCALES,
) -> Forecast:
    """Forecast whether the test loss will rise or stay behind, and until when.

    The forecast uses only the tangent kernel of the initial model, for the mean squared
    loss (with one-hot targets for classes). The plateau is that of `kernel_flow` when
    the training loss is 0.05 of the variance of the labels. The critical scale is the
    largest factor of all parameters at which a model that fits the training set also
    predicts the test set. Decoupled weight decay `γ` at the learning rate `η` shrinks
    the parameters to it in

        steps = ln(1 / critical scale) / (η γ)

    and the test set is predicted at `max(fit_steps, steps)`.

    All of this is of the linearised network. Where that network does not predict the
    test set from any scale, the target may be unlearnable, or learnable by features
    that the kernel does not have: then the verdict is `undecided`, and `decided_by`
    names the measurement that tells. Nor is it known whether a run that memorised the
    training set without weight decay generalises later.

    Args:
        model: Any callable pytree, at its initial parameters.
        train: Inputs `(n, ...)` and targets: rows, numbers, or whole numbers as classes
            of a model with several outputs.
        test: Inputs and targets of the test set, in the same form; nothing is fitted to
            them.
        weight_decay: Decoupled weight decay, as in `optax.adamw` and
            `torch.optim.AdamW`, at least 0.
        learning_rate: Learning rate of the training; used with weight decay only.
        fit_steps: Step at which a short run fits the training set, since the kernel
            does not know the steps of Adam. With None only the time of weight decay is
            forecast, and the run may have to fit the training set first.
        scales: Decreasing positive factors of all parameters; the first one is 1.

    Returns:
        The verdict, its indices and the expected step of generalisation.

    Raises:
        ValueError: JAX runs in float32 mode, the sets do not agree with each other or
            with the model, or a rate, step or scale is out of range.

    Source:
        The indices, the rules and their thresholds are derived and verified here, on
        other runs than those of the benchmark; tasks of arXiv:2405.17479, weight decay
        after arXiv:2210.01117.

    Examples:
        >>> x = np.linspace(-1.0, 1.0, 12)[:, None]
        >>> model = sf.TwoLayer.normal(width=8, inputs=1, key=jax.random.key(0))
        >>> y = np.sin(3 * x[:, 0])
        >>> sf.forecast(model, (x[::2], y[::2]), (x[1::2], y[1::2])).verdict
        'none'
    """
    require_float64("A forecast")
    factors = np.asarray(scales, float)
    _check(weight_decay, learning_rate, fit_steps, factors)
    sets = read_sets(model, train, test)
    flow = flow_of(model, *sets)
    end = flow.plateau()
    scan = () if end is None else scan_scales(model, *sets, factors, end)
    indices = Indices(sets[1], flow.ascent(), scan)
    verdict, reason = indices.verdict()
    steps, words = indices.generalisation(weight_decay, learning_rate, fit_steps)
    shift = label_shift(*sets)
    return Forecast(
        verdict=verdict,
        reason=reason,
        decided_by=indices.decided_by(weight_decay, learning_rate),
        alignment=_alignment(model, *sets),
        ascent=indices.ascent,
        shift=shift.distance,
        low_shift=shift.low,
        low_floor=shift.floor,
        plateau_loss=None if end is None else end.loss,
        plateau_accuracy=None if end is None else end.accuracy,
        best=indices.best,
        critical_scale=indices.critical,
        decay_steps=indices.decay_steps(weight_decay, learning_rate),
        fit_steps=fit_steps,
        generalisation_steps=steps,
        generalisation=words,
        scan=scan,
    )


def _check(weight_decay, learning_rate, fit_steps, factors):
    if not 0 <= weight_decay < math.inf:
        raise ValueError(f"weight_decay is {weight_decay}; expected a number >= 0.")
    if learning_rate is None and weight_decay > 0:
        raise ValueError(
            f"weight_decay is {weight_decay:g} and learning_rate is None; expected the "
            "rate of the training, since parameters shrink by rate * decay in a step."
        )
    if learning_rate is not None and not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate is {learning_rate}; expected a number > 0.")
    if fit_steps is not None and fit_steps < 0:
        raise ValueError(f"fit_steps is {fit_steps}; expected a step >= 0 or None.")
    falls = factors.ndim == 1 and len(factors) > 0 and (np.diff(factors) < 0).all()
    if not falls or factors[0] != 1 or not factors[-1] > 0:
        raise ValueError(
            f"scales are {factors}; expected decreasing positive factors, the first "
            "of them 1."
        )


def gradient_alignment(model: Model, train: Pair, test: Pair) -> float:
    """Return the slope of the test loss over that of the training loss.

        A = ⟨∇L_test, ∇L_train⟩ / |∇L_train|²

    Both slopes are those of gradient flow at its start. The ratio is negative where the
    first step makes the test loss rise. It costs two gradients of the mean squared
    loss; use `forecast` for later times.

    Args:
        model: Any callable pytree.
        train: Inputs and targets of the training set, see `forecast`.
        test: Inputs and targets of the test set, in the same form.

    Raises:
        ValueError: The sets do not agree with each other or with the model, or the
            gradient on the training set is zero.

    Source:
        Derived and verified here.

    Examples:
        >>> line = sf.Linear(jnp.zeros(1))
        >>> x = np.array([[-1.0], [1.0]])
        >>> train, test, other = (x, x[:, 0]), (x, 2 * x[:, 0]), (x, -x[:, 0])
        >>> [sf.spectra.gradient_alignment(line, train, pair) for pair in (test, other)]
        [2.0, -1.0]
    """
    return _alignment(model, *read_sets(model, train, test))


def _alignment(model: Model, train: Labelled, test: Labelled) -> float:
    down, along = (_slope(model, (part.x, part.y)) for part in (train, test))
    size = float(down @ down)
    if not size > 0:
        raise ValueError(
            "the gradient on train is zero: the model is at a critical point and does "
            "not move; start elsewhere."
        )
    return float(along @ down) / size


def _slope(model: Model, batch: tuple[Any, Any]) -> np.ndarray:
    """Return the gradient of the mean squared loss as a vector."""
    gradient = eqx.filter_jit(eqx.filter_grad(mean_squared_error))
    return np.asarray(ravel(gradient(model, batch))[0], float)
