"""Errors by frequency, their last exits, and the order of frequencies."""

import hypothesis as hp
import numpy as np
import pytest
from hypothesis import strategies as st

from suffice.spectra import Fourier, Radial, Recorder, Walsh
from suffice.spectra._records._convergence import last_exit, order_index

X = np.linspace(-np.pi, np.pi, 64, endpoint=False)
RATES = {1: 1.0, 2: 0.5, 5: 0.05}
STEPS = np.unique(np.geomspace(1, 1000, 300).astype(int))


def decaying(rates):
    """Outputs `Σ (1 - exp(-rate t)) sin kx` towards `Σ sin kx`."""
    inputs = {"train": X, "test": X + 0.01}

    def at(step, x):
        return sum((1 - np.exp(-r * step)) * np.sin(k * x) for k, r in rates.items())

    recorder = Recorder(**{name: (x, at(np.inf, x)) for name, x in inputs.items()})
    for step in (0, *STEPS):
        recorder.add(int(step), **{name: at(step, x) for name, x in inputs.items()})
    return recorder.record()


def test_each_frequency_converges_at_its_own_time():
    spectrum = decaying(RATES).spectrum(Fourier(np.array([1.0, 2.0, 5.0])))
    error = spectrum.data["error"].sel(set="train")[0].values
    steps = spectrum.data["step"].values
    np.testing.assert_allclose(
        error, np.exp(-np.outer(steps, list(RATES.values()))), atol=1e-12
    )
    found = spectrum.convergence(0.1)
    exact = np.log(10) / np.array(list(RATES.values()))
    # the error is interpolated between records 2 % and at least one step apart
    np.testing.assert_allclose(found["step"][0, 0], exact, atol=0.3)
    assert found["order"].values.tolist() == [[1.0, 1.0]]
    assert found["last"].values.tolist() == [[5.0, 5.0]]
    assert found.attrs == {"threshold": 0.1, "eta": 0.02}


def test_high_first_is_minus_one():
    rates = dict(zip(RATES, reversed(RATES.values()), strict=True))
    found = decaying(rates).spectrum(Fourier(np.array([1.0, 2.0, 5.0]))).convergence()
    assert found["order"].values.tolist() == [[-1.0, -1.0]]
    assert found["last"].values.tolist() == [[1.0, 1.0]]


def test_frequencies_that_the_labels_lack_have_a_floored_error_and_no_rank():
    spectrum = decaying(RATES).spectrum(Fourier(np.arange(8.0)))
    error = spectrum.data["error"].sel(set="train")[0]
    assert error.sel(frequency=[0, 3, 4, 6, 7]).max() < 1e-12
    assert (spectrum.convergence()["order"] == 1).all()


def test_the_error_divides_by_the_floored_label_spectrum():
    rng = np.random.default_rng(0)
    x, y, h = X, rng.standard_normal((64, 2)), rng.standard_normal((64, 2))
    recorder = Recorder(train=(x, y), test=(x, y))
    recorder.add(0, train=h, test=y)
    basis = Fourier(np.arange(33.0))
    found = recorder.record().spectrum(basis, eta=0.5).data
    size = np.linalg.norm(basis.amplitude(x, y), axis=1)
    gap = np.linalg.norm(basis.amplitude(x, h - y), axis=1)
    want = gap / np.maximum(size, 0.5 * size.max())
    np.testing.assert_allclose(found["error"].sel(set="train")[0, 0], want)
    np.testing.assert_allclose(found["distance"].sel(set="train")[0, 0], gap)
    assert found["error"].sel(set="test").max() == 0
    np.testing.assert_allclose(found["floor"].sel(set="train"), basis.floor(x, y))


def test_every_basis_goes_the_same_way():
    x = np.random.default_rng(1).choice([-1.0, 1.0], (20, 3))
    recorder = Recorder(train=(x, x.prod(1)), test=(x, x[:, 0]))
    recorder.add(0, train=np.zeros(20), test=x[:, 0])
    for basis in (Walsh(3), Radial(np.array([0.5, 1.5]))):
        error = recorder.record().spectrum(basis).data["error"]
        assert error.sizes["frequency"] == len(basis.frequencies)
        largest = error.sel(set="train").values.max()
        np.testing.assert_allclose(largest, 1.0)
        assert not error.sel(set="test").values.any()


def test_the_last_exit_is_not_the_first_crossing():
    at = np.array([0, 1, 10, 100, 1000])
    rows = np.array(
        [
            [1.0, 0.05, 0.2, 0.05, 0.01],  # comes back once
            [0.05, 0.05, 0.01, 0.0, 0.0],  # was never above
            [1.0, 0.5, 0.3, 0.3, 0.2],  # never arrives
            [0.3, 0.0, 0.0, 0.0, 0.0],  # between steps 0 and 1
            [1.0, np.nan, 0.05, 0.05, 0.0],  # was no number
        ]
    )
    found = last_exit(rows, at, 0.1)
    want = [10 * 10 ** (2 / 3), 0, np.nan, 2 / 3, 10]
    np.testing.assert_allclose(found, want)


@hp.settings(max_examples=60, deadline=None, derandomize=True)
@hp.given(
    error=st.lists(st.floats(0, 2), min_size=2, max_size=12),
    threshold=st.floats(0.01, 1),
)
def test_after_the_last_exit_the_error_stays_below(error, threshold):
    at, row = np.arange(len(error)) ** 2, np.array(error)
    found = last_exit(row, at, threshold)
    if np.isnan(found):
        assert row[-1] >= threshold
    else:
        assert (row[at > found] < threshold).all()
        above = at[row >= threshold]
        assert not above.size or above[-1] <= found <= at[at > above[-1]][0]


def test_never_is_later_than_any_step_and_ties():
    frequency, seen = np.arange(4.0), np.ones((1, 4), bool)
    steps = np.array([[[1.0, 2.0, np.nan, np.nan]]])
    order, last = order_index(frequency, steps, np.array([[[0, 0, 0.9, 0.3]]]), seen)
    np.testing.assert_allclose(order, 5 / np.sqrt(5 * 6))  # tau-b with one tie
    assert last == 2.0
    never = np.full((1, 1, 4), np.nan)
    assert np.isnan(order_index(frequency, never, np.ones((1, 1, 4)), seen)[0])


def test_wrong_arguments_are_named():
    record = decaying({1: 1.0})
    with pytest.raises(ValueError, match="eta is 0"):
        record.spectrum(Fourier(np.ones(1)), eta=0.0)
    with pytest.raises(ValueError, match="threshold is 0"):
        record.spectrum(Fourier(np.ones(1))).convergence(0.0)
