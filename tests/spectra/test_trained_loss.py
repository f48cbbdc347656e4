"""The loss of a record is the one that was trained."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.datasets import load_digits

from suffice.spectra import load_record, Recorder
from suffice.training import log_steps

RNG = np.random.default_rng(0)
X = np.arange(6.0)
NUMBERS = np.array([0, 2, 1, 2, 0, 2])
CROSS = {"task": "classification", "loss": "cross-entropy"}
LOGITS = RNG.standard_normal((6, 3))
LOG_SHARE = LOGITS - np.log(np.exp(LOGITS).sum(1, keepdims=True))


def absolute(outputs, labels):
    return np.abs(outputs - labels).mean()


def loss_of(outputs, labels, **more):
    recorder = Recorder(**more, train=(X, labels), test=(X, labels))
    recorder.add(0, train=outputs, test=outputs)
    return float(recorder.record().losses()["loss"][0, 0, 0])


def test_the_cross_entropy_is_that_of_logits():
    expected = -LOG_SHARE[np.arange(6), NUMBERS].mean()
    assert loss_of(LOGITS, NUMBERS, **CROSS) == pytest.approx(expected, rel=1e-14)
    assert loss_of(1e5 * LOGITS, NUMBERS, **CROSS) < np.inf
    # a single output is the difference of two logits
    signs = np.where(NUMBERS == 2, 1.0, -1.0)
    pair = np.stack([0 * X, LOGITS[:, 0]], 1)
    two = loss_of(pair, (NUMBERS == 2).astype(int), **CROSS)
    assert loss_of(LOGITS[:, 0], signs, **CROSS) == pytest.approx(two, rel=1e-14)


def test_a_loss_may_be_a_function():
    y = LOGITS[:, 1]
    found = loss_of(LOGITS[:, 0], y, loss=absolute)
    assert found == pytest.approx(np.abs(LOGITS[:, 0] - y).mean(), rel=1e-14)


REAL, SIGNS = LOGITS[:, 0], np.array([1, 1, -1, 1, -1, 1])
THREE = np.log(3) / 3 + np.log(6) / 6 + np.log(2) / 2  # entropy of 2, 1 and 3 of 6


@pytest.mark.parametrize(
    ("labels", "outputs", "kind", "expected"),
    [
        (REAL, REAL, {}, REAL.var()),
        (REAL, REAL, {"loss": absolute}, np.abs(REAL - np.median(REAL)).mean()),
        (NUMBERS, LOGITS, CROSS, THREE),
        (SIGNS, REAL, CROSS, np.log(3) - np.log(2) * 2 / 3),
    ],
)
def test_the_baseline_is_the_loss_of_the_best_constant(labels, outputs, kind, expected):
    recorder = Recorder(**kind, train=(X, labels), test=(X, labels))
    for step in (0, 1):
        recorder.add(step, train=outputs, test=outputs)
    assert recorder.record().verdict().baseline == pytest.approx(expected, rel=1e-7)


def test_a_file_holds_the_name_of_the_loss(tmp_path):
    recorder = Recorder(train=(X, X), test=(X, X), loss=absolute)
    recorder.add(0, train=0 * X, test=0 * X)
    path = recorder.record().save(tmp_path / "run.nc")
    with pytest.raises(
        ValueError, match="was the function absolute, which the file does"
    ):
        load_record(path)
    again = load_record(path, loss=absolute)
    assert float(again.losses()["loss"][0, 0, 0]) == 2.5
    recorder = Recorder(**CROSS, train=(X, NUMBERS), test=(X, NUMBERS))
    recorder.add(0, train=LOGITS, test=LOGITS)
    assert (
        load_record(recorder.record().save(tmp_path / "b.nc")).loss == "cross-entropy"
    )


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ({"task": "classification"}, "say which loss is trained"),
        ({"loss": "hinge"}, "loss is 'hinge'; expected one of squared, cross-entropy"),
        ({"loss": "cross-entropy"}, "expected task='classification'"),
    ],
)
def test_a_loss_that_does_not_fit_is_named(unchecked, kind, sentence):
    with pytest.raises(ValueError, match=sentence):
        Recorder(train=(X, X), test=(X, X), **kind)


def test_a_function_returns_one_number():
    with pytest.raises(ValueError, match=r"returns an array of shape \(6, 1\)"):
        loss_of(X, X, loss=lambda outputs, labels: outputs - labels)


@pytest.fixture(scope="module")
def digits():
    """Digits learned by descent on the cross-entropy of a linear classifier."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = np.hstack([x, 8 + 0 * x[:, :1]])[order] / 8, y[order]
    sets = {"train": (x[:1000], y[:1000]), "test": (x[1000:], y[1000:])}
    kinds = ("cross-entropy", "squared")
    recorders = {
        kind: Recorder(task="classification", loss=kind, **sets) for kind in kinds
    }
    (x, y), weights, steps = sets["train"], np.zeros((65, 10)), 3000
    watched = set(log_steps(steps).tolist())
    for step in range(steps + 1):
        if step in watched:
            outputs = {name: inputs @ weights for name, (inputs, _) in sets.items()}
            for recorder in recorders.values():
                recorder.add(step, **outputs)
        weights -= 0.2 * x.T @ (softmax(x @ weights, axis=1) - np.eye(10)[y]) / len(x)
    return {kind: recorder.record() for kind, recorder in recorders.items()}


def test_digits_with_cross_entropy_do_not_ascend(digits):
    """The squares of their logits do, which is no loss that was trained."""
    found = digits["cross-entropy"].verdict()
    assert found.word[0] == "none"
    assert found.ascent[0] == 1.0
    losses = digits["cross-entropy"].losses()["loss"][0]
    assert (losses[-1] < 0.1 * found.baseline).all()
    assert found.last_accuracy[0] > 0.9
    squares = digits["squared"].losses()["loss"][0].sel(set="test")
    assert squares[-1] > 10 * squares[0]
