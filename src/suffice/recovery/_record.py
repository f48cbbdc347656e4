"""The variables that a study records for each run."""

from typing import Any, Literal

import jax
import numpy as np

from suffice._core import count_parameters, partition
from suffice.sweeps import Variable
from suffice.training import imbalance, Outcome, Training

Extra = Literal["imbalance", "parameters"]

_NUMBERS = {
    "loss": ("float64", "loss 1/2 sum w |f - y|^2 at the end"),
    "test_error": ("float64", "RMS test error relative to the RMS of the target"),
    "gradient": ("float64", "norm of the gradient of the loss at the end"),
    "time": ("float64", "flow time; for descent the sum of the learning rates"),
    "curvature": ("float64", "largest eigenvalue of J^T W J at the end"),
    "exponent": ("float64", "d log L / d log t at the end"),
    "steps": ("int32", "attempted steps"),
}


def variables(extra: tuple[Extra, ...], template: Any, sampling: str):
    """Return every recorded variable with its meaning."""
    shared = {"units": "1", "sampling": sampling}
    variables = {
        name: Variable(dtype, {}, {"long_name": meaning, **shared})
        for name, (dtype, meaning) in _NUMBERS.items()
    }
    variables["outcome"] = Variable(
        "uint8",
        {},
        {
            "long_name": "why training stopped",
            "flag_values": [int(outcome) for outcome in Outcome],
            "flag_meanings": " ".join(outcome.name for outcome in Outcome),
            **shared,
        },
    )
    if "imbalance" in extra:
        meaning = "initial imbalance ratio C_1 / C_2 of two neurons"
        variables["imbalance"] = Variable(
            "float64", {}, {"long_name": meaning, **shared}
        )
    if "parameters" in extra:
        dims = {"parameter": count_parameters(template)}
        meaning = "parameters at the end, leaf by leaf"
        variables["parameters"] = Variable(
            "float64", dims, {"long_name": meaning, **shared}
        )
    return variables


def recorded(training: Training) -> dict[str, np.ndarray]:
    """Return the recorded numbers of every member."""
    dtypes = {name: dtype for name, (dtype, _) in _NUMBERS.items()}
    dtypes["outcome"] = "uint8"
    return {name: getattr(training, name).astype(t) for name, t in dtypes.items()}


def final_parameters(models: Any) -> np.ndarray:
    """Return the parameter vector of every member."""
    leaves: list[Any] = jax.tree.leaves(partition(models)[0])
    return np.concatenate([np.asarray(a).reshape(len(a), -1) for a in leaves], axis=1)


def initial_ratio(models: Any, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the imbalance ratio of every member before training."""
    ratio = imbalance(models, x, y).ratio
    if ratio is None:
        raise ValueError(
            "record holds 'imbalance', the ratio of two neurons, but the model has "
            "another width; leave it out."
        )
    return ratio
