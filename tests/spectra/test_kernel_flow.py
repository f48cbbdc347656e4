"""Kernel flow against its differential equation, its limits and known spectra."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

from suffice._core import evaluate, ravel
from suffice.models import DeepNetwork
from suffice.spectra import (
    gradient_alignment,
    kernel_flow,
    mean_tangent_kernel,
    nudft,
)
from suffice.training import mean_squared_error

RNG = np.random.default_rng(5)
X, X_TEST = RNG.standard_normal((8, 3)), RNG.standard_normal((5, 3))
Y, Y_TEST = np.sin(X[:, :1]), np.sin(X_TEST[:, :1])
MODEL = DeepNetwork.normal((3, 16, 16, 1), key=jax.random.key(1), scalar=False)
TWO = DeepNetwork.normal((3, 16, 16, 2), key=jax.random.key(2))


def nothing(x):
    """A model that starts at zero."""
    return jnp.zeros(1) * x.sum()


def waves(multipliers):
    """The translation-invariant kernel `Σ μ_k cos k(x - x')` on the line."""

    def kernel(x, other):
        gaps = x - other.T
        return sum(mu * np.cos(k * gaps) for k, mu in enumerate(multipliers))

    return kernel


@pytest.fixture(scope="module")
def flow():
    return kernel_flow(MODEL, (X, Y), (X_TEST, Y_TEST))


def test_residuals_obey_their_equation(flow):
    kernel, cross = (mean_tangent_kernel(MODEL)(a, X) for a in (X, X_TEST))
    start, start_test = evaluate(MODEL, X), evaluate(MODEL, X_TEST)
    t = 3.0
    decay = scipy.linalg.expm(-2 * t / len(X) * kernel)
    moved = scipy.linalg.solve(kernel, (np.eye(len(X)) - decay) @ (Y - start))
    train, test = flow.outputs(t)
    np.testing.assert_allclose(train, Y - decay @ (Y - start), atol=1e-11)
    np.testing.assert_allclose(test, start_test + cross @ moved, atol=1e-9)


def test_it_ends_at_kernel_interpolation(flow):
    kernel, cross = (mean_tangent_kernel(MODEL)(a, X) for a in (X, X_TEST))
    train, test = flow.outputs(np.inf)
    weights = scipy.linalg.solve(kernel, Y - evaluate(MODEL, X))
    np.testing.assert_allclose(train, Y, atol=1e-12)
    np.testing.assert_allclose(
        test, evaluate(MODEL, X_TEST) + cross @ weights, atol=1e-8
    )


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_step_of_gradient_descent_is_a_time(outputs):
    """With two outputs the first step is exact where they do not share parameters."""
    model = MODEL if outputs == 1 else eqx.nn.MLP(3, 2, 9, 0, key=jax.random.key(3))
    y, y_test = np.tile(Y, (1, outputs)), np.tile(Y_TEST, (1, outputs))
    found = kernel_flow(model, (X, y), (X_TEST, y_test))
    theta, at = ravel(model)
    slope = jax.grad(lambda v: mean_squared_error(at(v), (jnp.asarray(X), y)))(theta)
    after = at(theta - 1e-6 * slope)
    for x, want in zip((X, X_TEST), found.outputs(1e-6), strict=True):
        moved = evaluate(after, x) - evaluate(model, x)
        np.testing.assert_allclose(want - evaluate(model, x), moved, rtol=1e-3)


def test_the_first_slopes_are_those_of_the_gradients(flow):
    first, later = flow.losses(0.0), flow.losses(1e-7)
    slopes = [b - a for a, b in zip(first, later, strict=True)]
    assert flow.alignment == pytest.approx(slopes[1] / slopes[0], rel=1e-4)
    found = gradient_alignment(MODEL, (X, Y), (X_TEST, Y_TEST))
    assert flow.alignment == pytest.approx(found, rel=1e-10)


def test_alignment_of_a_translation_invariant_kernel_is_one_of_spectra():
    multipliers = np.array([0.3, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02])
    x, x_test = (RNG.uniform(-np.pi, np.pi, (n, 1)) for n in (13, 40))
    y, y_test = np.sin(6 * x), np.sin(6 * x_test)
    found = kernel_flow(nothing, (x, y), (x_test, y_test), kernel=waves(multipliers))
    k = np.arange(len(multipliers))
    seen, true = nudft(x, y, k)[:, 0], nudft(x_test, y_test, k)[:, 0]
    want = (multipliers * (true.conj() * seen).real).sum()
    want /= (multipliers * np.abs(seen) ** 2).sum()
    assert found.alignment == pytest.approx(want, rel=1e-12)


def test_waves_that_the_points_confuse_rise_and_others_do_not():
    """On 9 grid points `sin 8x` is `-sin x`; on 33 of them it is itself."""
    multipliers = 2.0 ** -np.arange(12)
    x_test = np.linspace(-np.pi, np.pi, 200, endpoint=False)[:, None]
    for n, rises in ((9, True), (33, False)):
        x = -np.pi + 2 * np.pi * np.arange(n)[:, None] / n
        sets = (x, np.sin(8 * x)), (x_test, np.sin(8 * x_test))
        found = kernel_flow(nothing, *sets, kernel=waves(multipliers))
        assert (found.ascent() > 1) == rises
        if not rises:
            assert found.ascent() == pytest.approx(0.9, abs=1e-6)


def test_fitting_low_degrees_raises_the_loss_on_the_complement():
    """A degree absent from the population has coefficients in ratio -p/(1-p)."""
    cube = 1.0 - 2.0 * ((np.arange(64)[:, None] >> np.arange(6)) & 1)
    y = cube.prod(1, keepdims=True)
    order = RNG.permutation(64)
    train, test = order[:32], order[32:]

    def linear(x, other):
        return x @ other.T

    sets = (cube[train], y[train]), (cube[test], y[test])
    found = kernel_flow(nothing, *sets, kernel=linear)
    seen, true = (cube[part].T @ y[part] / 32 for part in (train, test))
    np.testing.assert_allclose(true, -seen, atol=1e-15)
    assert found.alignment == pytest.approx(-1.0, rel=1e-12)
    assert found.losses(np.inf)[1] > found.losses(0.0)[1]
    assert found.plateau() is None  # six functions do not fit 32 labels
    assert found.time_to(0.05) is None


def test_times_are_when_the_loss_is_there(flow):
    start = flow.losses(0.0)[0]
    for share in (0.9, 0.1, 1e-6):
        t = flow.time_to(share * start)
        assert flow.losses(t)[0] == pytest.approx(share * start, rel=1e-8)
    assert flow.time_to(2 * start) == 0.0


def test_the_plateau_names_the_classes_when_the_labels_are_classes():
    labels = (X[:, 0] > 0).astype(int)
    test = (X_TEST[:, 0] > 0).astype(int)
    found = kernel_flow(TWO, (X, labels), (X_TEST, test))
    rows = kernel_flow(TWO, (X, np.eye(2)[labels]), (X_TEST, np.eye(2)[test]))
    assert found.plateau() == rows.plateau()
    end = found.plateau()
    train, outputs = found.outputs(end.time)
    assert ((train - np.eye(2)[labels]) ** 2).mean() == pytest.approx(
        0.05 * np.eye(2)[labels].var(0).mean()
    )
    assert end.accuracy == (outputs.argmax(1) == test).mean()


def test_other_labels_have_no_accuracy(flow):
    assert flow.plateau().accuracy is None
    assert "alignment" in str(flow)
    assert len(flow.to_dict()["eigenvalues"]) == len(X)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("train", "message"),
    [
        ((X, np.zeros((8, 1))), "all labels of train are equal"),
        ((X, Y[:5]), r"inputs of shape \(8, 3\) and labels of shape \(5, 1\)"),
        ((X, np.array(["a"] * 8)), "labels of type <U1"),
        (X, "train is of type ndarray"),
        ((X, np.zeros((8, 3))), r"labels of shape \(8, 3\) and the model has 1"),
        ((X, np.where(Y > 0, np.nan, Y)), "labels that are not finite"),
    ],
    ids=["constant", "lengths", "words", "no pair", "outputs", "nan"],
)
def test_bad_sets_are_refused(train, message):
    with pytest.raises(ValueError, match=message):
        kernel_flow(MODEL, train, (X_TEST, Y_TEST))


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (lambda x, other: np.zeros((len(x), len(other))), "zero or not symmetric"),
        (lambda x, other: -(x @ other.T), "eigenvalue"),
        (lambda x, other: np.ones(3), r"returns shapes \(3,\)"),
        (lambda x, other: np.full((len(x), len(other)), np.nan), "not finite"),
    ],
    ids=["zero", "negative", "shape", "nan"],
)
def test_bad_kernels_are_refused(kernel, message):
    with pytest.raises(ValueError, match=message):
        kernel_flow(MODEL, (X, Y), (X_TEST, Y_TEST), kernel=kernel)
