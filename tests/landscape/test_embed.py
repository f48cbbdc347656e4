"""Embedded networks keep the function, the gradient and the predicted inertia."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from critical_points import critical, KINDS, network, shares

from suffice.landscape import (
    Cancelling,
    embed,
    inertia,
    NoSuchNeuron,
    Null,
    Splitting,
    zero_set,
)
from suffice.models import TwoLayer

KEY = jax.random.key(0)


def random_split(rng, narrow, extra):
    """Groups, and shares of every kind, for a network with one hidden layer."""
    groups = np.concatenate([np.arange(narrow), rng.integers(0, narrow, extra)])
    alpha = np.zeros(len(groups))
    for t in range(narrow):
        alpha[groups == t] = shares(rng, int(np.sum(groups == t)))
    return Splitting(groups=groups, shares=alpha)


@pytest.mark.parametrize("activation", KINDS)
def test_the_inertia_of_a_split_is_predicted(activation):
    """72 cases of each activation: widths 1-2, dimensions 1-3, 1-2 outputs, bias."""
    rng = np.random.default_rng(KINDS.index(activation))
    missed = 0
    for case in range(72):
        r, dim, outputs = 1 + case % 2, 1 + case % 3, (None, None, 2)[case // 3 % 3]
        bias = case % 4 == 0
        narrow, x, y = critical(rng, activation, r, dim, bias=bias, outputs=outputs)
        kind = random_split(rng, r, 3)
        wide = embed(narrow, x, y, width=r + 3, kind=kind)
        assert wide.difference < 3e-14
        assert wide.gradient < 1e-12
        measured = inertia(wide.point, x, y)
        same = measured.signature == wide.predicted
        assert same or wide.doubtful or measured.doubtful
        missed += not same
    assert missed <= 2


def test_a_share_that_may_be_a_rounding_error_is_flagged():
    rng = np.random.default_rng(3)
    narrow, x, y = critical(rng, "tanh", 1, 2)
    for share, doubtful in ((1e-9, 0), (1e-14, 1)):
        kind = Splitting(shares=(1 - share, share))
        assert embed(narrow, x, y, width=2, kind=kind).doubtful == doubtful


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "elu"])
def test_a_null_neuron_adds_one_of_each_sign(activation):
    """24 cases of each activation: (+1, +1, D - 1), and the kernel is the family."""
    rng, found = np.random.default_rng(7), 0
    for case in range(24):
        dim, bias = 1 + case % 3, case % 2 == 1
        narrow, x, y = critical(rng, activation, 1 + case % 2, dim, bias=bias)
        before = inertia(narrow, x, y).signature
        key = jax.random.key(case)
        try:
            wide = embed(narrow, x, y, width=narrow.width + 1, kind="null", key=key)
        except NoSuchNeuron:
            continue  # phi of one sign: see the test below
        measured = inertia(wide.point, x, y)
        added = np.subtract(measured.signature, before)
        assert tuple(added) == (1, 1, dim + bias - 1) or measured.doubtful
        assert measured.signature == wide.predicted or measured.doubtful
        assert wide.gradient < 1e-9
        if before.zero == 0 and not measured.doubtful:
            assert wide.dimension == measured.zero
        found += 1
    assert found >= 20


def test_a_null_relu_neuron_adds_one_of_each_sign_or_is_level():
    """36 cases; where no sample moves it the neuron is level in all directions."""
    rng, level = np.random.default_rng(7), 0
    for case in range(36):
        dim, bias = 1 + case % 3, case % 2 == 1
        narrow, x, y = critical(rng, "relu", 1 + case % 2, dim, bias=bias)
        before = inertia(narrow, x, y).signature
        key = jax.random.key(case)
        try:
            wide = embed(narrow, x, y, width=narrow.width + 1, kind="null", key=key)
        except NoSuchNeuron:
            continue
        measured = inertia(wide.point, x, y)
        assert measured.signature == wide.predicted
        added = tuple(int(v) for v in np.subtract(measured.signature, before))
        assert added in ((1, 1, dim + bias - 1), (0, 0, dim + bias + 1))
        level += added[0] == 0
    assert level < 18


def test_null_neurons_of_two_outputs_and_of_relu_are_predicted():
    rng = np.random.default_rng(1)
    for case in range(12):
        activation, outputs = ("relu", None) if case % 2 else ("tanh", 2)
        narrow, x, y = critical(rng, activation, 2, 3, bias=True, outputs=outputs)
        key = jax.random.key(case)
        wide = embed(narrow, x, y, width=4, kind="null", key=key)
        measured = inertia(wide.point, x, y)
        assert measured.signature == wide.predicted or measured.doubtful


def example():
    """arXiv:2405.17501, example 3.2: exp, two inputs, one neuron."""
    x = np.array([[1.0, 0], [0, 1], [1, 1], [1, -1]])
    y = np.array([1.0, 1, 0, 0])
    point = TwoLayer(jnp.array([[np.log(1 / 3), 0.0]]), jnp.ones(1), activation="exp")
    return point, x, y


def test_where_the_residual_function_keeps_its_sign_no_null_neuron_is_found():
    point, x, y = example()
    assert zero_set(point, x, y, key=KEY).status == "none found"
    with pytest.raises(NoSuchNeuron, match="keeps one sign"):
        embed(point, x, y, width=2, kind="null", key=KEY)


def test_a_group_cancels_where_the_residual_function_has_a_double_zero():
    """The group that the classification of arXiv:2405.17501 misses."""
    point, x, y = example()
    kind = Cancelling(weights=(0.5, 0.0), coefficients=(0.7, -0.7))
    wide = embed(point, x, y, width=3, kind=kind)
    assert wide.gradient < 1e-15
    assert wide.difference < 1e-15
    assert inertia(wide.point, x, y).signature == wide.predicted
    with pytest.raises(ValueError, match="critical only where it vanishes"):
        embed(point, x, y, width=3, kind=Cancelling(weights=(0.5, 0.2)))


@pytest.mark.parametrize("activation", KINDS)
def test_at_zero_loss_anything_cancels(activation):
    rng = np.random.default_rng(2)
    narrow = network(rng, 2, 2, activation)
    x = 1.5 * rng.standard_normal((24, 2))
    y = np.asarray(jax.vmap(narrow)(x))
    for kind in ("cancelling", "null", "splitting"):
        wide = embed(narrow, x, y, width=5, kind=kind, key=KEY)
        measured = inertia(wide.point, x, y)
        assert wide.difference < 1e-14
        assert measured.signature == wide.predicted or measured.doubtful


def test_at_positive_loss_a_group_that_cancels_is_rare():
    narrow, x, y = critical(np.random.default_rng(5), "tanh", 2, 2)
    with pytest.raises(NoSuchNeuron, match="no such neuron was found"):
        embed(narrow, x, y, width=4, kind="cancelling", key=KEY)


@pytest.mark.parametrize(
    ("activation", "c"), [("tanh", False), ("gaussian", False), ("sigmoid", True)]
)
def test_mirrored_copies(activation, c):
    rng = np.random.default_rng(0)
    narrow, x, y = critical(rng, activation, 2, 2, bias=True, c=c)
    kind = Splitting((0, 1, 0, 1), (0.3, 1.4, 0.7, -0.4), (1, 1, -1, -1))
    wide = embed(narrow, x, y, width=4, kind=kind)
    assert wide.difference < 1e-14
    assert inertia(wide.point, x, y).signature == wide.predicted


@pytest.mark.parametrize("activation", ["softplus", "sigmoid", "gelu", "relu", "elu"])
def test_mirrored_copies_of_other_activations_are_refused(activation):
    narrow, x, y = critical(np.random.default_rng(0), activation, 1, 2)
    with pytest.raises(ValueError, match="another function"):
        embed(narrow, x, y, width=2, kind=Splitting(signs=(1, -1)))


@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_one_fraction_per_outgoing_weight_is_refused(activation):
    rng = np.random.default_rng(4)
    narrow, x, y = critical(rng, activation, 1, 2, outputs=2)
    uneven = np.array([[0.3, 0.7], [0.6, 0.4]])
    with pytest.raises(ValueError, match="not critical"):
        embed(narrow, x, y, width=2, kind=Splitting(shares=uneven))
    even = np.array([[0.3, 0.7], [0.3, 0.7]])
    wide = embed(narrow, x, y, width=2, kind=Splitting(shares=even))
    assert wide.gradient < 1e-12


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"width": 1}, "at least 2, the width of the narrow network"),
        ({"width": None}, "width is missing"),
        ({"kind": "other"}, "expected one of splitting, compatible"),
        ({"kind": Splitting(shares=(0.5, 0.5, 0.7))}, "sum to"),
        ({"kind": Splitting(groups=(0, 0, 0))}, "each of the neurons 0 to 1"),
        ({"kind": Null(weights=((0.3, 0.2),))}, "critical only where it vanishes"),
        ({"kind": "null"}, "pass a key"),
        ({"kind": Null(), "width": 2}, "expected more than 2 neurons"),
    ],
)
def test_what_does_not_fit_is_refused(change, match):
    narrow, x, y = critical(np.random.default_rng(2), "tanh", 2, 2)
    with pytest.raises(ValueError, match=match):
        embed(narrow, x, y, **({"width": 3} | change))


def test_numbers_that_are_not_finite_are_refused():
    narrow, x, y = critical(np.random.default_rng(2), "tanh", 2, 2)
    broken = TwoLayer(narrow.w.at[0, 0].set(np.nan), narrow.a)
    with pytest.raises(ValueError, match="1 parameters that are not finite"):
        embed(broken, x, y, width=3)
    with pytest.raises(ValueError, match="y has shape"):
        embed(narrow, x, y[:-1], width=3)
    with pytest.raises(ValueError, match="x holds 24 values"):
        embed(narrow, x + np.array([np.inf, 0]), y, width=3)


def test_the_zero_set_of_a_zero_residual_is_everything():
    narrow, x, _ = critical(np.random.default_rng(2), "tanh", 2, 2)
    with pytest.raises(ValueError, match="every weight vector is a zero"):
        zero_set(narrow, x, np.asarray(jax.vmap(narrow)(x)), key=KEY)


def test_an_embedding_prints_and_is_json():
    narrow, x, y = critical(np.random.default_rng(2), "tanh", 2, 2)
    wide = embed(narrow, x, y, width=3)
    assert "Embedded at width 3 by splitting" in str(wide)
    assert '"kind": "Splitting"' in wide.to_json()


def test_a_network_that_would_not_fit_into_memory_is_refused(monkeypatch):
    narrow, x, y = critical(np.random.default_rng(0), "tanh", 1, 2)
    with pytest.raises(ValueError, match="width 1000000000 needs about 24 GB"):
        embed(narrow, x, y, width=10**9)
    free = "suffice.landscape._network._signals.free_memory"
    monkeypatch.setattr(free, lambda: 1e5)
    with pytest.raises(ValueError, match="300 neurons compute on 24 samples needs"):
        embed(narrow, x, y, width=300)


def test_a_narrow_network_that_is_nearly_critical_is_said_to_be_no_critical_point():
    narrow, x, y = critical(np.random.default_rng(0), "tanh", 1, 2)
    assert embed(narrow, x, y, width=3).note is None
    moved = TwoLayer(narrow.w * 1.001, narrow.a, narrow.b, narrow.c)
    note = embed(moved, x, y, width=3).note
    assert "not critical (relative gradient" in note
