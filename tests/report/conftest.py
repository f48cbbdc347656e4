"""Results that a page shares with its figures."""

import jax
import numpy as np
import pytest
from small_matrices import rank_two, read
from untrained import untrained

from suffice.completion import complete_table
from suffice.models import DeepNetwork
from suffice.reasoning import AnchorTask, explain
from suffice.spectra import forecast, kernel_flow


@pytest.fixture(scope="module")
def half_open(tmp_path_factory):
    """Two entries follow from the others, and one row has a single entry."""
    values = rank_two(6, 5)
    values[0, 0] = values[1, 2] = np.nan
    values[4, :4] = np.nan
    path = tmp_path_factory.mktemp("page") / "half.csv"
    return complete_table(read(path, values), rank=2)


@pytest.fixture(scope="module")
def wave():
    x, x_test = (np.linspace(-np.pi, np.pi, n)[:, None] for n in (13, 40))
    sets = (x, np.sin(2 * x[:, 0])), (x_test, np.sin(2 * x_test[:, 0]))
    model = DeepNetwork.uniform((1, 12, 1), key=jax.random.key(0))
    return forecast(model, *sets), kernel_flow(model, *sets)


@pytest.fixture(scope="module")
def classes():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 3))
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    sets = (x[:30], y[:30]), (x[30:], y[30:])
    model = DeepNetwork.uniform((3, 40, 2), 8.0, key=jax.random.key(0))
    flow = kernel_flow(model, *sets)
    return forecast(model, *sets, weight_decay=0.1, learning_rate=1e-3), flow


@pytest.fixture(scope="session")
def anchors():
    task = AnchorTask.exception(length=5)
    model = untrained(task)
    return explain(model, task, size=50), model, task
