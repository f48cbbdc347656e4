"""The error foretold for twice the rows, against the error of a fit to them."""

import json
from pathlib import Path

import jax
import numpy as np

from _audit.widths import chosen_widths
from suffice.auditing import Table
from suffice.auditing._audit import _final
from suffice.auditing._candidates import predict_one
from suffice.auditing._design._forecast import COVERED, error_forecast
from suffice.auditing._learning import learning_curve
from suffice.auditing._memory import Memory
from suffice.auditing._standard import Standard

SIZES = (30, 60, 120, 240)
LEAST_TEST = 20
DRAWS = 4  # of rows, for each table and size
FOLDS, RESTARTS, SPLITS = 10, 8, 20  # the defaults of `suffice audit`
MAX_WIDTH = 3  # below the default, for the time it takes


def sizes_of(y) -> list[int]:
    """Sizes whose double leaves rows to measure the error on."""
    return [size for size in SIZES if len(y) >= 2 * size + LEAST_TEST]


def record(name, x, y, size, repeat, store: Path, late=False):
    """Foretold and observed errors of one table at one size; read if it is known."""
    path = store / f"{name} {size} {repeat}.json"
    if path.exists():
        return json.loads(path.read_text())
    if late:
        return None
    order = np.random.default_rng([size, repeat]).permutation(len(y))
    found = _run(x[order], y[order], size, jax.random.key(repeat))
    store.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found))
    return found


def _run(x, y, size, key):
    varying = np.ptp(x[:size], axis=0) > 0
    x = x[:, varying]
    if not varying.any() or np.ptp(y[:size]) == 0:
        return None
    names = tuple(f"x{j}" for j in range(x.shape[1]))
    data = Standard.of(Table(names, "y", x[:size], y[:size]))
    widths = chosen_widths(
        data, key, folds=FOLDS, restarts=RESTARTS, max_width=MAX_WIDTH
    )
    learning = learning_curve(
        data, widths, splits=SPLITS, restarts=RESTARTS, key=key, memory=Memory(None)
    )
    forecast = error_forecast(data, widths, learning)
    if forecast is None:
        return None
    twice = Standard.of(Table(names, "y", x[: 2 * size], y[: 2 * size]))
    now = _error(data, widths, x[2 * size :], y[2 * size :], key)
    then = _error(twice, widths, x[2 * size :], y[2 * size :], key)
    _, middle, high = (float(line[0]) for line in forecast.at(np.array([2 * size])))
    return {
        "model": widths.name,
        "foretold": middle,
        "half": float(np.log(high / middle)) / COVERED,
        "cross-validated": forecast.now,
        "now": now,
        "then": then,
        "fitted": forecast.fitted,
        "parameters": forecast.parameters,
        "uncertainty": forecast.uncertainty,
        "curve": [
            learning.n.tolist(),
            learning.error.tolist(),
            learning.unseen.tolist(),
        ],  # to try other continuations
    }


def _error(data, widths, x, y, key):
    model = _final(data, widths, RESTARTS, key)
    predicted = data.offset + data.unit * predict_one(model, data.standard(x))
    return float(np.sqrt(np.mean((predicted - y) ** 2)))
