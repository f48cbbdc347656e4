"""Trainings of arXiv:2405.17479, small: every seed, none chosen."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from suffice.models import DeepNetwork
from suffice.spectra import cube, Fourier, Recorder, Walsh
from suffice.training import learn, mean_squared_error, Minibatches


def networks(widths, activation, seeds, alpha=1.0):
    """The usual start U(-1, 1) / √fan_in of weights and biases, times alpha."""

    def draw(key):
        arrays = []
        for layer, (fan_in, rows) in enumerate(itertools.pairwise(widths)):
            bound = alpha * fan_in**-0.5
            keys = jax.random.split(jax.random.fold_in(key, layer))
            for part, shape in zip(keys, ((rows, fan_in), (rows,)), strict=True):
                unit = jax.random.uniform(part, shape, minval=-1.0, maxval=1.0)
                arrays.append(bound * unit)
        return DeepNetwork(tuple(arrays[::2]), tuple(arrays[1::2]), activation)

    return eqx.filter_vmap(draw)(jnp.stack([jax.random.key(s) for s in seeds]))


def trained(models, sets, optimizer, steps, *, batch=None, task="regression"):
    recorder = Recorder(task=task, loss="squared", **sets)
    x, y = sets["train"]
    y = np.eye(10)[y] if task == "classification" and y.ndim == 1 else y
    found = learn(
        models, Minibatches(x, y, batch), loss=mean_squared_error,
        optimizer=optimizer, steps=steps, measure=recorder.measure,
    )  # fmt: skip
    recorder.take(found)
    return recorder.record()


def uneven(seed):
    """65 points, 30 of which look like sin x or sin 3x."""
    full = np.linspace(-np.pi, np.pi, 10000)
    like = [np.abs(np.sin(k * full) - np.sin(6 * full)).argsort() for k in (1, 3)]
    others = np.random.default_rng(seed).choice(10000, 35, replace=False)
    return full[np.concatenate([like[0][:20], like[1][:10], others])]


def waves(points, seed):
    test = np.linspace(-np.pi, np.pi, 1000)
    sets = {"train": points, "test": test}
    models = networks((1, 200, 200, 200, 100, 1), "sin", [seed])
    pairs = {name: (x[:, None], np.sin(6 * x)[:, None]) for name, x in sets.items()}
    return trained(models, pairs, optax.adam(2e-5), 6000)


@pytest.mark.long
@pytest.mark.theory
@pytest.mark.parametrize("seed", range(6))
def test_uneven_points_make_the_test_loss_rise(seed):
    """Figure 1a: the alias k = 1 is fitted first and leaves the test set last."""
    record = waves(uneven(seed), seed)
    found = record.verdict()
    assert found.word[0] in ("ascent", "both")
    assert found.ascent[0] >= 1.05
    assert found.ascent_train[0] < 1  # it rises while the training loss falls
    when = record.spectrum(Fourier(np.arange(8.0))).convergence()["step"][0]
    assert when.sel(set="train", frequency=1) < 0.5 * when.sel(set="train", frequency=6)


@pytest.mark.long
@pytest.mark.theory
def test_even_points_do_not():
    """Figure 1c, the negative control."""
    found = waves(np.linspace(-np.pi, np.pi, 65), 0).verdict()
    assert found.word[0] == "none"
    assert found.ascent[0] < 1.001


@pytest.mark.slow
@pytest.mark.theory
def test_half_of_a_parity_is_first_learned_below_chance():
    """Figures 4 and 5: low degrees rise and go; then the parity is there."""
    x = cube(10)
    y = x.prod(1, keepdims=True)
    order = np.random.default_rng(0).permutation(1024)
    parts = {"train": order[:512], "test": order[512:]}
    sets = {name: (x[part], y[part]) for name, part in parts.items()} | {"all": (x, y)}
    models = networks((10, 1000, 1), "relu", [0])
    record = trained(models, sets, optax.adam(2e-4), 1500, task="classification")
    found = record.verdict()
    accuracy = record.losses()["accuracy"].sel(run=0, set="test")
    assert found.word[0] == "ascent"
    assert 250 <= found.fit_step[0] <= 450
    assert 400 <= found.step[0] <= 700
    assert accuracy.min() < 0.45
    assert accuracy[-1] > 0.95
    energy = record.spectrum(Walsh(10), population=1024).data["amplitude"] ** 2
    energy = energy.sel(run=0, set="all", output=0)
    low = energy.sel(frequency=[1, 2]).sum("frequency")
    assert low.max() > 4 * low[-1]
    assert low.max() > 0.02
    assert 0.4 < energy.sel(frequency=10)[-1] < 0.95  # never one


def digits(alpha, rule, seed=0):
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = x[order] / 16, y[order]
    sets = {"train": (x[:300], y[:300]), "test": (x[300:], y[300:])}
    models = networks((64, 200, 200, 10), "relu", [seed], alpha)
    steps = 30000 if alpha > 1 else 3000
    return trained(models, sets, rule, steps, batch=100, task="classification")


@pytest.mark.long
@pytest.mark.theory
def test_large_weights_and_decay_delay_generalisation():
    """The third experiment of the paper with weight decay, on digits."""
    found = digits(8.0, optax.adamw(1e-3, weight_decay=0.1)).verdict()
    assert found.word[0] == "delayed"
    assert found.delay[0] > 3
    assert found.accuracy[0] > 0.9
    small = digits(1.0, optax.adam(1e-3)).verdict()
    assert small.word[0] == "none"
    assert small.delay[0] <= 1.2
