"""Laws of several outputs: their noise, their checks, their predictions."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import suffice as sf
from suffice._core import TableError
from suffice.laws import fit_law, load_law, save_law

T = np.linspace(0.1, 8, 12)
SIZES = (1.0, 1e-6)  # the second output is in another unit


def made(t, a=2.0, k=0.5, p=1e-6):
    left = a * jnp.exp(-k * t)
    return left, p * (a - left)


def table(seed=0, noise=0.02):
    rng = np.random.default_rng(seed)
    left, right = (np.asarray(v) for v in made(T, 1.7, 0.6, 1.2e-6))
    columns = {"t": T, "left": left, "right": right}
    for name, size in zip(("left", "right"), SIZES, strict=True):
        columns[name] = columns[name] + noise * size * rng.standard_normal(len(T))
        columns[f"sd of {name}"] = noise * size
    return pd.DataFrame(columns)


def by_hand(found):
    """Weighted least squares in units in which both outputs have the noise one."""
    scaled = found.assign(left=found.left / 0.02, right=found.right / 0.02e-6)
    both = sf.law(
        lambda t, a=2.0, k=0.5, p=1.2: tuple(
            part / (0.02 * size)
            for part, size in zip(made(t, a, k, p * 1e-6), SIZES, strict=True)
        )
    )
    return fit_law(both, scaled, ("left", "right"), starts=2)


@pytest.mark.slow
def test_each_output_has_its_own_known_deviation():
    found = table()
    errors = ("sd of left", "sd of right")
    fit = fit_law(sf.law(made), found, ("left", "right"), error=errors, starts=2)
    other = by_hand(found)
    assert fit.squares == pytest.approx(other.squares)
    values = [e.value for e in fit.estimates]
    expected = [e.value for e in other.estimates] * np.array([1, 1, 1e-6])
    np.testing.assert_allclose(values, expected, rtol=1e-6)
    assert fit["p"].interval[0] < 1.2e-6 < fit["p"].interval[1] < 1.4e-6
    assert fit.checks == ()
    need = sf.laws.rows_needed(fit, "p", fit["p"].error / 2)
    assert 0 < need.planned <= need.repeated == 36


def test_outputs_of_unlike_noise_that_count_alike_are_said():
    fit = fit_law(sf.law(made), table(), ("left", "right"), starts=2)
    assert any("times those of right, and all" in said for said in fit.checks)


@pytest.mark.slow
def test_equal_outputs_raise_no_alarm_and_no_row_has_more_than_all_its_share():
    law = sf.law(lambda t, a=2.0, k=0.5, p=1.0: made(t, a, k, p))
    alarms = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        noisy = np.stack(made(T, 1.7, 0.6, 1.2)) + 0.05 * rng.standard_normal((2, 12))
        data = pd.DataFrame({"t": T, "left": noisy[0], "right": noisy[1]})
        fit = fit_law(law, data, ("left", "right"), starts=1)
        assert 0 < fit.leverage.min() <= fit.leverage.max() <= 1
        alarms += len(fit.checks)
    assert alarms <= 2  # seven tests at 1 % in each of five tables


def test_a_changed_small_output_is_found_out(tmp_path):
    fit = fit_law(sf.law(made), table(), ("left", "right"), starts=1)
    path = save_law(fit, tmp_path / "law.npz")
    assert load_law(path, made).predict(T[:, None], target="right").value.max() < 1e-5

    def changed(t, a=2.0, k=0.5, p=1e-6):
        left, right = made(t, a, k, p)
        return left, 1.01 * right

    with pytest.raises(ValueError, match="changed is not the law that was fitted"):
        load_law(path, changed)


def test_deviations_are_those_of_all_outputs_or_of_each():
    law, found = sf.law(made), table()
    with pytest.raises(ValueError, match="one for each of left, right"):
        fit_law(law, found, ("left", "right"), error=("a", "b", "c"))
    found["sd of right"] = 0.0
    with pytest.raises(TableError, match="'sd of right' has a standard deviation of 0"):
        fit_law(law, found, ("left", "right"), error=("sd of left", "sd of right"))
