"""Circuits of modular addition that are made by hand, and logits that are none."""

import itertools

import numpy as np
import pytest

from suffice.spectra import modular_circuit, Recorder


def pairs(p):
    return np.array(list(itertools.product(range(p), repeat=2)))


def record_of(p, *logits, x=None, half=None):
    """A record of logits (pair, class) at steps 0, 1, ..., on two halves of a table."""
    x = pairs(p) if x is None else x
    y = pairs(p).sum(1) % p
    order = np.random.default_rng(p).permutation(p * p)
    first, second = order[::2], order[1::2] if half is None else order[1:half:2]
    recorder = Recorder(
        task="classification",
        loss="cross-entropy",
        train=(x[first], y[first]),
        test=(x[second], y[second]),
    )
    for step, values in enumerate(logits):
        recorder.add(step, train=values[first], test=values[second])
    return recorder.record()


def waves(p, sizes):
    angle = 2 * np.pi * (pairs(p).sum(1)[:, None] - np.arange(p)) / p
    return sum(size * np.cos(k * angle) for k, size in sizes.items())


@pytest.mark.parametrize("p", [5, 8, 13])
def test_shares_are_those_of_the_waves_that_were_added(p):
    sizes = {1: 3.0, p // 2: 2.0}
    found = modular_circuit(record_of(p, waves(p, sizes) + 7.0))
    energy = {k: a**2 * (1.0 if 2 * k == p else 0.5) for k, a in sizes.items()}
    want = np.array([energy.get(k, 0.0) for k in found.frequencies])
    np.testing.assert_allclose(found.share[0], want / want.sum(), atol=1e-12)
    np.testing.assert_allclose(found.logit_power[1], want / want.sum(), atol=1e-12)
    assert found.key == (1, p // 2)


def test_right_labels_are_all_waves_alike():
    """A delta function on the group has every frequency equally, by Parseval."""
    p = 7
    labels = np.eye(p)[pairs(p).sum(1) % p]
    found = modular_circuit(record_of(p, 0 * labels, labels))
    np.testing.assert_allclose(found.share, [[0] * 3, [1 / 3] * 3], atol=1e-12)
    assert found.explained[-1] == pytest.approx(1.0)


def test_other_functions_have_no_share():
    p, rng = 11, np.random.default_rng(0)
    a, b = pairs(p).T
    alone = np.cos(2 * np.pi * (a[:, None] - np.arange(p)) / p)  # of a only
    odd = np.sin(2 * np.pi * ((a + b)[:, None] - np.arange(p)) / p)
    noise = rng.standard_normal((p * p, p))
    found = modular_circuit(record_of(p, alone, odd, noise))
    assert np.abs(found.share[:2]).max() < 1e-12
    assert found.explained[2] < 5 / p**2
    assert found.key == ()
    assert "No circuit of waves" in found.headline()


def test_one_hot_inputs_and_repeated_pairs_are_the_same_table():
    p = 5
    logits = np.random.default_rng(1).standard_normal((p * p, p))
    want = modular_circuit(record_of(p, logits))
    one_hot = np.eye(p)[pairs(p)].reshape(p * p, 2 * p)
    assert np.array_equal(
        modular_circuit(record_of(p, logits, x=one_hot)).share, want.share
    )
    record = record_of(p, logits)
    twice = Recorder(
        task="classification",
        loss="cross-entropy",
        train=(pairs(p), pairs(p).sum(1) % p),
        test=(pairs(p)[:3], pairs(p)[:3].sum(1) % p),
    )
    twice.add(0, train=logits, test=logits[:3])
    np.testing.assert_allclose(
        modular_circuit(twice.record()).share, modular_circuit(record).share
    )


def test_neurons_that_are_waves_are_pure():
    p, rng = 13, np.random.default_rng(2)
    k, phase = rng.integers(1, 7, 50), rng.uniform(0, 6, 50)
    a = np.cos(2 * np.pi * np.outer(np.arange(p), k) / p + phase)
    record = record_of(p, waves(p, {2: 1.0}))
    found = modular_circuit(record, embeddings=np.concatenate([a, 3 * a]) + 1.0)
    assert found.purity == pytest.approx(1.0)
    want = np.bincount(k, minlength=7)[1:] / 50
    np.testing.assert_allclose(found.embedding_power, [want, want], atol=1e-12)
    noise = modular_circuit(record, embeddings=rng.standard_normal((2 * p, 200)))
    assert noise.purity < 0.5
    assert modular_circuit(record).purity is None
    assert len(found.to_dict()["embedding_power"]) == 2


def test_what_is_no_table_is_refused():
    p, whole = 5, waves(5, {1: 1.0})
    with pytest.raises(ValueError, match=r"7 of 25 pairs \(a, b\) are in no set"):
        modular_circuit(record_of(p, whole, half=10))
    with pytest.raises(ValueError, match=r"inputs have shape \(25, 2\)"):
        modular_circuit(record_of(p, whole, x=pairs(p) + 0.5))
    with pytest.raises(ValueError, match="run is 3; the record has 0"):
        modular_circuit(record_of(p, whole), run=3)
    with pytest.raises(ValueError, match=r"expected \(10, dim\)"):
        modular_circuit(record_of(p, whole), embeddings=np.ones((5, 2)))
    with pytest.raises(ValueError, match="not finite"):
        modular_circuit(record_of(p, whole + np.inf))
