"""Forecasts on constructed cases, with the negative control beside each."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.datasets import load_digits

from suffice.models import DeepNetwork
from suffice.spectra import forecast, gradient_alignment
from suffice.spectra._forecasts._labels import label_shift
from suffice.spectra._forecasts._rules import Indices
from suffice.spectra._forecasts._scan import critical_scale, ScalePoint
from suffice.spectra._forecasts._sets import Labelled, scaled
from suffice.training import learn, mean_squared_error, Minibatches, stack


def network(widths, scale=1.0, seed=0, activation="relu", dtype=np.float64):
    """Uniform within `scale / sqrt(fan_in)`, as frameworks draw."""
    rng = np.random.default_rng(seed)
    arrays = []
    for fan_in, rows in itertools.pairwise(widths):
        bound = scale / np.sqrt(fan_in)
        for shape in ((rows, fan_in), (rows,)):
            arrays.append(jnp.asarray(rng.uniform(-bound, bound, shape), dtype))
    return DeepNetwork(tuple(arrays[::2]), tuple(arrays[1::2]), activation)


@functools.cache
def digits(n=120, tests=400):
    found = load_digits()
    order = np.random.default_rng(3).permutation(len(found.data))
    train, test = order[:n], order[n : n + tests]
    return tuple((found.data[k] / 16, found.target[k]) for k in (train, test))


@functools.cache
def waves(near):
    """`sin 6x` on points where it meets `sin x`, or on a grid."""
    rng = np.random.default_rng(0)
    x = np.linspace(-np.pi, np.pi, 40, endpoint=False)
    if near:
        fine = np.linspace(-np.pi, np.pi, 4000)
        meets = np.argsort(np.abs(np.sin(fine) - np.sin(6 * fine)))[:32]
        x = fine[np.concatenate([meets, rng.choice(4000, 8)])]
    x_test = np.linspace(-np.pi, np.pi, 150)
    return (x[:, None], np.sin(6 * x)), (x_test[:, None], np.sin(6 * x_test))


LARGE = network((64, 40, 40, 10), scale=6.0)
RATES = {"weight_decay": 0.2, "learning_rate": 1e-3}


@pytest.fixture(scope="module")
def large():
    return forecast(LARGE, *digits(), **RATES)


@pytest.mark.slow
def test_a_large_start_is_memorised(large):
    assert large.verdict == "initial-function memorisation"
    assert large.plateau_accuracy < 0.5 < 0.85 < large.best
    assert 0.1 < large.critical_scale < 0.8
    assert "from smaller parameters" in str(large)


def test_the_time_is_that_of_shrinking_to_the_critical_scale(large):
    want = np.log(1 / large.critical_scale) / (1e-3 * 0.2)
    assert large.decay_steps == pytest.approx(want, rel=1e-12)
    assert large.generalisation_steps == large.decay_steps
    assert "or with the training set if that is fitted later" in large.generalisation


def test_a_start_twice_as_large_has_half_the_critical_scale(large):
    """A plateau belongs to the parameters, whatever they are called a multiple of."""
    factors = 2.0 ** (-np.arange(11) / 2)
    twice = forecast(scaled(LARGE, 2.0), *digits(), **RATES, scales=factors)
    assert twice.critical_scale == pytest.approx(large.critical_scale / 2, rel=1e-9)
    more = np.log(2) / (1e-3 * 0.2)
    assert twice.decay_steps - large.decay_steps == pytest.approx(more, rel=1e-9)
    assert [p.accuracy for p in twice.scan[2:]] == [p.accuracy for p in large.scan]


def test_a_usual_start_is_not(large):
    found = forecast(scaled(LARGE, 1 / 6), *digits(), **RATES)
    assert found.verdict == "none"
    assert found.critical_scale == 1.0
    assert found.generalisation == "with the training set"
    assert found.best == pytest.approx(large.best, abs=0.05)


def test_labels_on_points_that_confuse_waves_are_aliased():
    """From a start at zero, where only labels and points decide."""
    model = network((1, 40, 40, 1), activation="sin")
    head = (*model.weights[:-1], 0 * model.weights[-1])
    model = DeepNetwork(head, (*model.biases[:-1], 0 * model.biases[-1]), "sin")
    near, grid = (forecast(model, *waves(near)) for near in (True, False))
    assert near.verdict == "label aliasing"
    assert (grid.verdict, grid.plateau_loss) == ("undecided", None)
    assert near.ascent > 1 > 0.97 > grid.ascent
    assert near.alignment < 0 < 0.95 < grid.alignment
    assert near.low_shift > 0.4 > 0.05 > grid.low_shift
    assert near.plateau_accuracy is None
    assert near.critical_scale is None


@pytest.mark.slow
def test_a_parity_is_beyond_the_kernel():
    cube = 1.0 - 2.0 * ((np.arange(256)[:, None] >> np.arange(8)) & 1)
    order = np.random.default_rng(0).permutation(256)
    model = network((8, 40, 1))
    for subset, learned in ((8, False), (1, True)):
        y = cube[:, :subset].prod(1)
        sets = ((cube[part], y[part]) for part in (order[:128], order[128:]))
        found = forecast(model, *sets, **RATES)
        assert (found.critical_scale is not None) == learned
        assert ("not predicted" in found.generalisation) != learned


@pytest.mark.parametrize(("fit", "end"), [(100, "decay"), (10**6, "fit")])
def test_nothing_generalises_before_it_is_fitted(large, fit, end):
    seen = Indices(_labelled(), large.ascent, large.scan)
    step, words = seen.generalisation(0.2, 1e-3, fit)
    assert step == (large.decay_steps if end == "decay" else fit)
    assert ("shrunk" in words) == (end == "decay")


def test_memorising_without_decay_is_left_open(large):
    step, words = Indices(_labelled(), large.ascent, large.scan).generalisation(
        0.0, None, 100
    )
    assert step is None
    assert words.startswith("not predicted: no index tells")


def _labelled():
    y = np.eye(10)[digits()[1][1]]
    return Labelled(digits()[1][0], y, np.zeros_like(y))


def _indices(accuracies, losses=None, ascent=0.9):
    scales = 2.0 ** -np.arange(len(accuracies))
    losses = np.ones(len(accuracies)) if losses is None else losses
    points = [
        ScalePoint(float(s), loss, 0.05 * loss, a)
        for s, a, loss in zip(scales, accuracies, losses, strict=True)
    ]
    return Indices(_labelled(), ascent, tuple(points))


def test_scans_that_end_too_early_or_learn_nothing_say_so():
    early = _indices([0.2, 0.3, 0.7])
    assert early.critical is None
    assert "give smaller scales" in early.generalisation(0.1, 1e-3, None)[1]
    nothing = _indices([0.1, 0.1, 0.1])
    assert "no scale" in nothing.generalisation(0.1, 1e-3, None)[1]
    numbers = _indices([None, None], losses=[3.0, 0.2])
    assert "classes only" in numbers.generalisation(0.1, 1e-3, None)[1]


@pytest.mark.parametrize(
    ("accuracies", "want"),
    [
        ((0.2, 0.5, 1.0, 1.0), 0.5 * 0.5**0.9),  # 0.95 is 0.9 of the way to 1
        ((1.0, 0.5, 0.5, 0.5), 1.0),
        ((0.95, 1.0, 1.0, 1.0), 1.0),
        ((np.nan, 1.0, 1.0, 1.0), 0.5),  # nothing to interpolate with
    ],
)
def test_the_critical_scale_is_interpolated_in_its_logarithm(accuracies, want):
    scales = 2.0 ** -np.arange(4)
    assert critical_scale(scales, np.array(accuracies)) == pytest.approx(want)


def test_spectra_of_equal_sets_do_not_differ():
    x = np.linspace(-1, 1, 30)[:, None] @ np.ones((1, 3))
    y = np.sin(5 * x[:, :1])
    found = label_shift(*(Labelled(x, y, 0 * y),) * 2)
    assert found.distance == pytest.approx(0.0, abs=1e-12)
    assert found.low == pytest.approx(0.0, abs=1e-12)
    assert found.floor > 0


def test_alignment_of_a_set_with_itself_is_one():
    model, (train, _) = network((64, 8, 10)), digits()
    assert gradient_alignment(model, train, train) == pytest.approx(1.0)


def test_alignment_with_opposite_labels_is_minus_one_where_the_start_is_zero():
    model, ((x, labels), _) = scaled(network((64, 8, 10)), 0.0), digits()
    y = np.eye(10)[labels]
    assert gradient_alignment(model, (x, y), (x, -y)) == pytest.approx(-1.0)
    with pytest.raises(ValueError, match="critical point"):
        gradient_alignment(
            model, (x, np.tile(np.outer([1, -1], np.ones(10)), (60, 1))), (x, y)
        )


def test_everything_is_in_the_record(large):
    row = large.to_dict()
    assert len(row["scan"]) == len(large.scan)
    assert large.headline() in large._repr_html_()
    assert "NaN" not in large.to_json()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"weight_decay": -0.1, "learning_rate": 1e-3}, "weight_decay is -0.1"),
        ({"weight_decay": 0.1}, "learning_rate is None"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0"),
        ({"fit_steps": -1}, "fit_steps is -1"),
        ({"scales": (1.0, 2.0)}, "decreasing positive factors"),
        ({"scales": (0.5, 0.1)}, "the first of them 1"),
    ],
    ids=str,
)
def test_bad_numbers_are_refused(more, message):
    with pytest.raises(ValueError, match=message):
        forecast(LARGE, *digits(), **more)


def test_float32_mode_is_refused():
    with jax.enable_x64(False), pytest.raises(ValueError, match="needs float64"):
        forecast(LARGE, *digits())


@pytest.mark.slow
def test_the_forecast_time_is_that_of_a_training():
    """The rule of weight decay within 0.1 of the common logarithm; 2210.01117."""
    model = network((64, 200, 200, 10), scale=7.0, seed=11, dtype=np.float32)
    found = load_digits()
    order = np.random.default_rng(11).permutation(len(found.data))
    x = jnp.asarray(found.data[order] / 16, jnp.float32)
    y = jnp.eye(10, dtype=jnp.float32)[found.target[order]]
    train, test = (x[:250], y[:250]), (x[250:], y[250:])
    rates = {"weight_decay": 0.4, "learning_rate": 1e-3}
    said = forecast(model, train, test, **rates)

    def accuracy(model):
        return [
            jnp.mean(jax.vmap(model)(x).argmax(1) == y.argmax(1))
            for x, y in (train, test)
        ]

    run = learn(
        stack([model]),
        Minibatches(*train, 100),
        loss=mean_squared_error,
        optimizer=optax.adamw(1e-3, weight_decay=0.4),
        steps=6000,
        measure=accuracy,
    )
    fitted, right = (np.asarray(a)[0] for a in run.measured)
    fit = run.at[(fitted >= 0.99).argmax()]
    general = run.at[(right >= 0.95 * right.max()).argmax()]
    assert general > 1.5 * fit
    assert abs(np.log10(max(fit, said.decay_steps) / general)) < 0.1
