"""Saved laws: the same predictions, no code, and damage and change are found out."""

import json

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from published import inhibited
from tables import michaelis, treated

import suffice as sf
from suffice.laws import fit_law, load_law, save_law

X = np.array([[0.05], [0.3], [5.0]])


@pytest.fixture(scope="module")
def fit():
    return fit_law(sf.law(michaelis, ["conc"]), treated, "rate", starts=1)


@pytest.fixture
def path(fit, tmp_path):
    return save_law(fit, tmp_path / "law.npz")


def test_a_loaded_law_predicts_bitwise_the_same(fit, path):
    for level in (0.5, 0.95):
        found = load_law(path, michaelis).predict(X, level=level)
        want = fit.predict(X, level=level)
        for name in ("value", "low", "high", "function_error", "outside"):
            np.testing.assert_array_equal(getattr(found, name), getattr(want, name))
    assert load_law(path, sf.law(michaelis, ["conc"])).headline() == (
        "michaelis: rate from conc, fitted to 12 rows."
    )
    with pytest.raises(FileExistsError):
        save_law(fit, path)


def test_fixed_parameters_several_outputs_and_unseen_directions_are_kept(tmp_path):
    def both(s, i, vm=2.0, km=1.5, ki=2.0, unit=1.0, label="v"):
        rate = inhibited(s, i, vm, km, ki)
        return jnp.stack([rate, unit * rate**2])

    s = np.linspace(0.1, 5, 10)
    noise = 0.01 * np.random.default_rng(0).standard_normal(10)
    v = inhibited(s, 0.0) + noise
    table = pd.DataFrame({"s": s, "i": 0.0, "v": v, "w": 3 * v**2})
    law = sf.law(both, ["s", "i"], fixed={"unit": 3.0})
    fit = fit_law(law, table, ("v", "w"), starts=1)
    loaded = load_law(save_law(fit, tmp_path / "law.npz"), both)
    new = np.array([[1.0, 0.0], [1.0, 2.0]])
    for target in ("v", "w"):
        found, want = (f.predict(new, target=target) for f in (loaded, fit))
        np.testing.assert_array_equal(found.high, want.high)
        assert np.isfinite(found.high).tolist() == [True, False]


def test_another_function_is_refused(path):
    with pytest.raises(ValueError, match=r"at conc = .* it gives .*, and gave"):
        load_law(path, lambda conc, vmax=1.0, km=1.0: vmax * conc / (km + conc**1.01))
    with pytest.raises(ValueError, match="fitted with vmax, km and conc"):
        load_law(path, lambda conc, vmax=1.0, k=1.0: vmax * conc / (k + conc))
    assert load_law(path, lambda conc, vmax=1.0, km=9.0: vmax / (1 + km / conc))


def test_a_damaged_or_forged_file_is_refused(path):
    whole = path.read_bytes()
    with np.load(path) as file:
        arrays = dict(file)
    for place in np.random.default_rng(0).integers(0, len(whole), 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            law = load_law(path, michaelis)
        except ValueError:
            continue
        np.testing.assert_array_equal(law.law.values, arrays["values"])
    header = json.loads(arrays["header"].tobytes())
    for change in ({"name": "other"}, {"version": 2}, {"source": "\x1b[2J"}):
        text = np.frombuffer(json.dumps(header | change).encode(), np.uint8)
        np.savez(path, **(arrays | {"header": text}))
        with pytest.raises(ValueError, match=r"damaged|version"):
            load_law(path, michaelis)
    with pytest.raises(ValueError, match="holds no law"):
        sf.auditing.load_predictor(path)
