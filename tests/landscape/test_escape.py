"""The way out of a saddle lowers the loss."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from critical_points import (
    critical,
    critical_deep,
    critical_mixed,
    data_for,
    EACH,
    KINDS,
    loss,
    network,
    shares,
    SMOOTH,
)

from suffice._core import ravel
from suffice.landscape import (
    classify,
    embed,
    escape,
    inertia,
    NoSuchNeuron,
    Splitting,
)
from suffice.landscape._network._arrays import checked, write
from suffice.landscape._network._objective import objective, two_layer_loss
from suffice.landscape._points._anatomy import anatomy
from suffice.landscape._points._escape import tried, ways_out
from suffice.models import TwoLayer


def every_way(point, x, y):
    net, inputs, outputs = checked(point, x, y, "A test")
    whole = two_layer_loss(point, inputs, outputs)
    hessian = whole.evaluate(whole.pack(net)[None]).hessian[0]
    for way in ways_out(point, net, inputs, outputs, anatomy(point, 1e-9)):
        d = whole.pack(way.direction)
        curvature = d @ hessian @ d / (d @ d)
        yield way, curvature, tried(way, point, net, inputs, outputs)


@pytest.mark.parametrize("activation", EACH)
def test_every_way_out_has_its_curvature_and_lowers_the_loss(activation):
    """40 splits of each activation, over 500 ways together; E1, E2, E5 and E6."""
    rng = np.random.default_rng(KINDS.index(activation) + 20)
    count = 0
    for case in range(40):
        r, dim = 1 + case % 2, 1 + case % 3
        outputs = 2 if case % 4 == 3 else None
        narrow, x, y = critical(rng, activation, r, dim, outputs=outputs)
        groups = np.append(np.arange(r), [0, 0])
        alpha = np.ones(r + 2)
        alpha[groups == 0] = shares(rng, 3)
        kind = Splitting(groups=groups, shares=alpha)
        point = embed(narrow, x, y, width=r + 2, kind=kind).point
        for way, curvature, walked in every_way(point, x, y):
            if way.drop:
                continue
            size = 1 + abs(way.curvature)
            assert way.curvature == pytest.approx(curvature, abs=1e-10 * size)
            assert walked.measured > 0
            assert loss(walked.point, x, y) < loss(point, x, y)
            count += 1
    assert count >= (5 if activation == "relu" else 100)


@pytest.mark.parametrize("activation", EACH)
def test_a_null_neuron_has_an_exact_way_out(activation):
    """24 cases of each activation; E3. A ReLU neuron that no sample moves has none."""
    rng, count = np.random.default_rng(30), 0
    for case in range(24):
        narrow, x, y = critical(rng, activation, 1, 1 + case % 3)
        key = jax.random.key(case)
        try:
            point = embed(narrow, x, y, width=2, kind="null", key=key).point
        except NoSuchNeuron:
            continue
        ways = [row for row in every_way(point, x, y) if row[0].kind == "null"]
        assert ways or activation == "relu"
        for way, curvature, walked in ways:
            assert way.curvature == pytest.approx(curvature, abs=1e-10)
            assert walked.measured > 0 or way.curvature > -1e-12  # below rounding
        count += len(ways)
    assert count >= 12


@pytest.mark.parametrize("activation", EACH)
def test_a_silent_neuron_gains_exactly_what_is_predicted(activation):
    """E4: level first, then |phi|^2 / (2 h); 8 cases of each activation."""
    rng = np.random.default_rng(31)
    for case in range(8):
        narrow, x, y = critical(rng, activation, 1, 1 + case % 3)
        kind = Splitting(shares=(1.0, 0.0))
        point = embed(narrow, x, y, width=2, kind=kind).point
        found = [row for row in every_way(point, x, y) if row[0].kind == "silent"]
        assert found
        for way, _, walked in found:
            assert walked.measured == pytest.approx(way.drop, rel=1e-9, abs=1e-13)
            rows = way.direction.rows(0)
            moved = type(point)(
                w=point.w + rows, a=point.a, activation=point.activation
            )
            assert loss(moved, x, y) == pytest.approx(loss(point, x, y), rel=1e-13)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "relu"])
def test_without_a_way_out_of_a_narrow_minimum_the_plateau_is_a_minimum(activation):
    """Six plateaus of each activation, 200 points around each."""
    rng, seen = np.random.default_rng(32), 0
    while seen < 6:
        narrow, x, y = critical(rng, activation, 1, 1 + seen % 2, size=0.05)
        level = 1 if activation == "relu" else 0  # the scale of a ReLU neuron
        if inertia(narrow, x, y).signature[1:] != (0, level):
            continue
        alpha = (0.4, 0.6) if seen % 2 else (1.5, -0.5)
        point = embed(narrow, x, y, width=2, kind=Splitting(shares=alpha)).point
        if escape(point, x, y) is not None:
            continue
        here = loss(point, x, y)
        for _ in range(200):
            near = jax.tree.map(
                lambda leaf: leaf + 1e-3 * rng.standard_normal(leaf.shape), point
            )
            assert loss(near, x, y) >= here - 1e-13
        seen += 1


def test_with_a_way_out_it_is_none():
    """The negative control: shares on the other side of zero."""
    rng, seen = np.random.default_rng(33), 0
    while seen < 6:
        narrow, x, y = critical(rng, "tanh", 1, 1, size=0.05)
        if inertia(narrow, x, y).signature[1:] != (0, 0):
            continue
        ways = [
            escape(embed(narrow, x, y, width=2, kind=Splitting(shares=s)).point, x, y)
            for s in ((0.4, 0.6), (1.5, -0.5))
        ]
        assert sum(way is not None for way in ways) == 1  # B has one sign
        seen += 1


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softplus", "gelu", "relu"])
def test_every_deep_split_of_several_outputs_is_a_strict_saddle(activation):
    """Whatever the narrow point: shares (0.3, 0.7), in a layer that feeds two."""
    rng = np.random.default_rng(34)
    for _ in range(2):
        narrow, x, y = critical_mixed(rng, activation)
        kind = Splitting(groups=((0, 1, 0), (0, 1)), shares=((0.3, 1, 0.7), (1, 1)))
        point = embed(narrow, x, y, width=(3, 2), kind=kind).point
        assert inertia(point, x, y).negative > 0
        found = escape(point, x, y)
        assert found.measured > 0
        assert found.curvature < 0


@pytest.mark.parametrize("activation", SMOOTH)
def test_every_way_out_of_two_adjacent_splits_has_its_curvature(activation):
    """Hidden widths 2 and 2 embedded at 3 and 3, some copies mirrored."""
    rng, kinds = np.random.default_rng(38), set()
    for case in range(2):
        narrow, x, y = critical_deep(rng, activation, (2, 2, 2, 1 + case % 2))
        turned = case % 2 and activation in ("tanh", "sigmoid")
        signs = ((1, 1, -1), (1, 1, -1)) if turned else None
        groups, alpha = ((0, 1, 0), (0, 1, 1)), ((0.3, 1, 0.7), (1, 1.4, -0.4))
        kind = Splitting(groups=groups, shares=alpha, signs=signs)
        point = embed(narrow, x, y, width=(3, 3), kind=kind).point
        loss_of = objective(point, x, y.reshape(len(x), -1))
        hessian = loss_of.evaluate(loss_of.start[None]).hessian[0]
        net, inputs, outputs = checked(point, x, y, "A test")
        for way in ways_out(point, net, inputs, outputs, anatomy(point, 1e-9)):
            d = np.asarray(ravel(write(way.direction, point))[0])
            exact = d @ hessian @ d / (d @ d)
            assert way.curvature == pytest.approx(exact, abs=1e-10)
            kinds.add(way.kind)
        assert classify(point, x, y).verdict == "strict saddle"
        assert escape(point, x, y).measured > 0
    assert "mixed" in kinds


def test_a_strict_saddle_always_has_a_way_out():
    """Two neurons that cancel, whose narrow network has no way out (Example 3.2)."""
    x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]])
    y = np.array([1.0, 1.0, 0.0, 0.0])
    w = jnp.array([[np.log(1 / 3), 0.0], [0.5, 0.0], [0.5, 0.0]])
    for a in (0.7, -3.0):
        point = TwoLayer(w, jnp.array([1.0, a, -a]), activation="exp")
        found, counts = classify(point, x, y), inertia(point, x, y)
        assert found.verdict == "strict saddle"
        assert counts.negative > 0
        assert found.escape.kind == "eigenvector"
        assert found.escape.measured > 0


def test_the_way_out_of_mixed_copies_is_an_eigenvector():
    narrow, x, y = critical_deep(np.random.default_rng(35), "tanh")
    key = jax.random.key(0)
    wide = embed(narrow, x, y, width=(4, 3), kind="compatible", key=key).point
    found = escape(wide, x, y)
    assert found.kind == "eigenvector"
    assert found.measured > 0


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_a_mirrored_logistic_copy_takes_its_constant_along(activation):
    rng = np.random.default_rng(36)
    narrow = network(rng, 1, 2, activation, bias=True, outputs=2, c=True)
    x = 1.5 * rng.standard_normal((24, 2))
    y = data_for(narrow, x, rng)
    kind = Splitting(shares=(0.5, 0.8, -0.3), signs=(1, -1, 1))
    point = embed(narrow, x, y, width=3, kind=kind).point
    kinds = set()
    for way, curvature, walked in every_way(point, x, y):
        assert way.curvature == pytest.approx(curvature, abs=1e-10)
        assert walked.measured > 0
        kinds.add(way.kind)
    assert "mixed" in kinds


def test_an_escape_prints_and_is_json():
    narrow, x, y = critical(np.random.default_rng(37), "tanh", 1, 2, outputs=2)
    found = escape(embed(narrow, x, y, width=2).point, x, y)
    assert "curvature -" in str(found)
    assert '"kind": "mixed"' in found.to_json()
