"""A run of `learn` that was stopped goes on from its checkpoint, with equal bits."""

import os
import signal
import subprocess
import sys

import jax
import numpy as np
import optax
import pytest
from learned import equal, run

from suffice.training import (
    mean_squared_error,
    Minibatches,
)


def test_a_stopped_run_goes_on_with_equal_bits(problem, tmp_path):
    class Stop(Exception):
        pass

    def stop(done, total, stage):
        if done >= 20:
            raise Stop

    path = tmp_path / "run.npz"
    whole = run(problem)
    with pytest.raises(Stop):
        run(problem, checkpoint=path, progress=stop)
    finished = run(problem, checkpoint=path)
    again = run(problem, checkpoint=path)
    for found in (finished, again):
        assert equal(found.models, whole.models)
        np.testing.assert_array_equal(found.measured, whole.measured)
        np.testing.assert_array_equal(found.losses, whole.losses)


KILLED = """
import sys, jax, jax.numpy as jnp, numpy as np, optax
jax.config.update("jax_enable_x64", True)
from suffice.models import TwoLayer
from suffice.training import _learn, ensemble, learn, mean_squared_error, Minibatches
_learn._SAVE_SECONDS = 0.0
x = jnp.linspace(-1, 1, 12)[:, None]
models = ensemble(TwoLayer.normal(width=4, inputs=1, key=jax.random.key(0)), 2,
                  key=jax.random.key(1))
found = learn(models, Minibatches(x, x[:, 0] ** 2, 5), loss=mean_squared_error,
              optimizer=optax.adam(1e-2), steps=3000, checkpoint=sys.argv[1],
              progress=lambda done, steps, stage: print(done, flush=True))
np.save(sys.argv[2], np.asarray(found.models.w))
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_with_equal_bits(tmp_path):
    def command(name):
        return [sys.executable, "-c", KILLED, str(tmp_path / name), str(tmp_path / "w")]

    subprocess.run(command("whole"), check=True, capture_output=True)
    whole = np.load(tmp_path / "w.npy")
    for steps in (40, 600):
        child = subprocess.Popen(command("killed"), stdout=subprocess.PIPE, text=True)
        for line in child.stdout:
            if int(line) >= steps:
                os.kill(child.pid, signal.SIGKILL)
                break
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
    (tmp_path / "w.npy").unlink()
    done = subprocess.run(command("killed"), check=True, capture_output=True, text=True)
    assert int(done.stdout.split()[0]) > 600
    np.testing.assert_array_equal(np.load(tmp_path / "w.npy"), whole)


def in_a_closure(x, y):
    return lambda key, step: (x[:5], y[:5])


def squared(scale):
    return lambda model, batch: scale * mean_squared_error(model, batch)


def test_a_checkpoint_of_another_run_is_refused_and_kept(problem, tmp_path):
    """What differs has the same name and the same text, and other values."""
    _, x, y = problem
    path = tmp_path / "run"
    same = {"data": in_a_closure(x, y), "loss": squared(1.0)}
    same |= {"optimizer": optax.adam(1e-2), "measure": lambda model: model.w}
    run(problem, checkpoint=path, **same)
    before = path.read_bytes()
    run(problem, checkpoint=path, **same | {"data": in_a_closure(x, y)})
    others = (
        {"seed": 8},
        {"steps": 41},
        {"data": Minibatches(x, y, 4)},
        {"data": in_a_closure(x, y.at[4].add(1e-9))},
        {"loss": squared(1.0 + 1e-12)},
        {"optimizer": optax.adam(2e-2)},
        {"optimizer": optax.sgd(1e-2)},
        {"measure": lambda model: 2 * model.w},
        {"measure": None},
        {"at": [0, 40]},
    )
    for changed in others:
        with pytest.raises(ValueError, match="belongs to a run with other"):
            run(problem, checkpoint=path, **same | changed)
    assert path.read_bytes() == before


def test_a_checkpoint_that_is_damaged_or_of_another_jax_is_said(
    problem, tmp_path, monkeypatch
):
    path = tmp_path / "run"
    run(problem, checkpoint=path)
    whole = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(jax, "__version__", "9.9")
        with pytest.raises(ValueError, match=r"written under JAX 0.*this is JAX 9\.9"):
            run(problem, checkpoint=path)
    cuts = np.random.default_rng(0).integers(0, len(whole), 8)
    cut_off = [whole[:cut] for cut in cuts]
    for content in (b"not ours", whole[:-9] + b"x" + whole[-8:], *cut_off):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="not the file of a run, or it is damaged"):
            run(problem, checkpoint=path)
