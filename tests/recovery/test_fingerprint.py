"""A study is what it computes, not what its functions are called."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import custom
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import suffice.recovery as rec
from suffice.architectures import LinearSpec
from suffice.recovery import _fingerprint, _study
from suffice.sweeps import sweep
from suffice.sweeps._store._computes import _equal

STUDY = rec.Study(
    rec.CustomModel("custom:factored"),
    rec.CustomTarget("custom:one_plus_x1"),
    rec.Random(4),
    test_size=64,
    seeds=2,
)


@pytest.fixture
def edited(monkeypatch):
    """Replace a function of the user's module, as in a new process."""

    def edit(name, function):
        monkeypatch.setattr(custom, name, function)
        for cached in (_fingerprint.fingerprint, _study._target):
            cached.cache_clear()

    yield edit
    for cached in (_fingerprint.fingerprint, _study._target):
        cached.cache_clear()


class Other(custom.Factored):
    def __call__(self, x):
        return super().__call__(x) + 1e-6 * self.theta[0] * x[0] * x[1]


@pytest.mark.slow
def test_a_store_is_not_continued_with_a_changed_target(tmp_path, edited):
    assert sweep(STUDY, tmp_path / "s").done == 1
    edited("one_plus_x1", lambda x: 1.0 * (x[0] + 1.0))  # the same in other words
    assert sweep(dataclasses.replace(STUDY, seeds=3), tmp_path / "s").done == 2
    edited("one_plus_x1", lambda x: 1.0 + x[0] + 1e-5 * x[1])
    with pytest.raises(ValueError, match="custom:one_plus_x1 computes other"):
        sweep(dataclasses.replace(STUDY, seeds=4), tmp_path / "s")


@pytest.mark.slow
def test_a_store_is_not_continued_with_a_changed_model(tmp_path, edited):
    assert sweep(STUDY, tmp_path / "s").done == 1
    edited("factored", lambda: Other(jnp.ones(4)))
    with pytest.raises(ValueError, match=r"model.function custom:factored computes"):
        sweep(dataclasses.replace(STUDY, seeds=4), tmp_path / "s")


@pytest.mark.slow
def test_a_new_target_on_the_grid_is_no_change(tmp_path):
    targets = ({"kind": "custom-target", "function": "custom:x2"},)
    one = dataclasses.replace(STUDY, grid={"target": targets})
    assert sweep(one, tmp_path / "s").done == 1
    targets += ({"kind": "custom-target", "function": "custom:one_plus_x1"},)
    assert sweep(
        dataclasses.replace(one, grid={"target": targets}), tmp_path / "s"
    ).done


@pytest.mark.slow
def test_numbers_are_equal_in_another_process():
    code = (
        "import jax; jax.config.update('jax_enable_x64', True)\n"
        "import suffice.recovery as rec\n"
        "print(dict(rec.Study(rec.CustomModel('custom:factored'), "
        "rec.CustomTarget('custom:one_plus_x1'), rec.Random(4), test_size=64, seeds=2)"
        ".fingerprint()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{Path(__file__).parent}:src", "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    there, here = eval(done.stdout), STUDY.fingerprint()
    assert (
        there.keys()
        == here.keys()
        == {
            "target.function custom:one_plus_x1",
            "model.function custom:factored",
        }
    )
    for name, numbers in here.items():
        np.testing.assert_allclose(there[name], numbers, rtol=1e-12)


def test_one_changed_entry_of_a_finite_domain_is_seen():
    rng = np.random.default_rng(0)
    for size in (1, 30, 5000):
        values = rng.normal(size=size)
        changed = values.copy()
        changed[rng.integers(size)] += 1e-4
        held = _fingerprint._summed(values)
        assert not _equal(held, _fingerprint._summed(changed))
        assert _equal(held, _fingerprint._summed(values * (1 + 1e-13)))


def test_a_changed_derivative_is_seen(edited):
    before = STUDY.fingerprint()["model.function custom:factored"]

    class Stopped(custom.Factored):
        """The same values, but training does not move the last parameter."""

        def __call__(self, x):
            theta = self.theta.at[3].set(jax.lax.stop_gradient(self.theta[3]))
            return custom.Factored(theta)(x)

    edited("factored", lambda: Stopped(jnp.ones(4)))
    assert not _equal(before, STUDY.fingerprint()["model.function custom:factored"])


def test_a_study_that_names_no_function_has_no_numbers():
    plain = rec.Study(LinearSpec(2), rec.RandomNetwork(), rec.Random(4))
    assert plain.fingerprint() == {}
