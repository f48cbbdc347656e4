"""Sample sizes of branches: published tables, twins by linear algebra, exceptions."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.landscape import thresholds
from suffice.landscape._branches._codimension import branch_codimension, condensed_size
from suffice.models import Convolution, Linear, TwoLayer
from suffice.tangent import jacobian, numerical_rank


def single_neuron(dim):
    """tanh(w . x + 1) with all weights one."""
    return TwoLayer(jnp.ones((1, dim)), jnp.ones(1), jnp.ones(1))


@pytest.mark.theory
@pytest.mark.parametrize(("dim", "table"), [(1, (3, 4, 5, 6)), (3, (5, 6, 9, 10))])
def test_table_of_the_single_neuron(dim, table):
    """Optimistic, both separations, all zeros of the loss: 2405.13787, Table 1."""
    found = thresholds(single_neuron(dim), 2)
    names = ("optimistic", "extra neurons silent", "extra neurons merged", "parameters")
    assert tuple(found[name] for name in names) == table
    assert found.separation == {2: table[1], 1: table[2]}
    assert found["one neuron dead"] == 2 * (dim + 1) + 1


def test_rows_increase_and_print():
    found = thresholds(single_neuron(1), 5)
    sizes = [row.samples for row in found.rows]
    assert sizes == sorted(sizes)
    assert "merged with equal signs" in str(found)
    assert found.to_dict()["rows"][0]["name"] == "optimistic"
    assert found.headline().startswith("Below 3 samples")


def test_equal_signs_help_from_width_three_on_and_not_before():
    assert "merged with equal signs" not in str(thresholds(single_neuron(1), 2))
    for width in (3, 5, 50):
        assert thresholds(single_neuron(1), width)["merged with equal signs"] == 6
    assert [condensed_size(1, weights=d) for d in (1, 2, 4)] == [3, 6, 15]


def test_of_many_branches_the_extremes_are_listed():
    found = thresholds(single_neuron(1), 50)
    assert found.separation == {50: 52, 1: 101}
    assert "48 branches" in str(found.note)


def branch_point(rng, copies, silent, dead):
    """A random parameter of a branch of the sum of len(copies) tanh neurons."""
    w, a = [], []
    for count in copies:
        direction, share = rng.normal(size=2), rng.dirichlet(np.ones(count))
        w += [direction] * count
        a += list(rng.uniform(1, 2) * share)
    w += [rng.normal(size=2) for _ in range(silent)] + [np.zeros(2)] * dead
    a += [0.0] * silent + list(rng.normal(size=dead))
    return TwoLayer(jnp.asarray(np.array(w)), jnp.asarray(np.array(a)))


CLEAN = [((1,), 1, 0), ((1,), 2, 0), ((1, 1), 1, 0), ((1,), 0, 1), ((1,), 2, 1)]


@pytest.mark.parametrize(("copies", "silent", "dead"), CLEAN, ids=str)
def test_on_clean_branches_the_codimension_is_the_rank(copies, silent, dead):
    """The naive twin: singular values of the tangent matrix at one point."""
    rng = np.random.default_rng(0)
    model = branch_point(rng, copies, silent, dead)
    rank = numerical_rank(np.asarray(jacobian(model, 2 * rng.normal(size=(60, 2)))))
    k, m = len(copies), model.width
    want = branch_codimension(k + silent, width=m, intrinsic=k, weights=2)
    assert rank.value == want
    if dead and silent == m - k - 1:
        target = branch_point(np.random.default_rng(0), copies, 0, 0)
        assert thresholds(target, m)["one neuron dead"] == want


def test_merged_branches_are_degenerate():
    """Negative control: the rank is the optimistic size, below the codimension."""
    rng = np.random.default_rng(1)
    model = branch_point(rng, (3,), 0, 0)
    rank = numerical_rank(np.asarray(jacobian(model, rng.normal(size=(60, 2)))))
    assert rank.value == thresholds(model)["optimistic"] == 3
    assert branch_codimension(1, width=3, intrinsic=1, weights=2) == 7


def test_codimension_is_the_least_over_types():
    """Any split into copies, pairs and silent neurons: dimension counted by hand."""
    d, k, m = 3, 2, 5
    for silent, pairs in itertools.product(range(4), repeat=2):
        merged = m - k - silent - 2 * pairs
        if merged < 0:
            continue
        dimension = silent * d + pairs * (d + 1) + merged
        r = k + silent + pairs
        codimension = branch_codimension(r, width=m, intrinsic=k, weights=d)
        assert codimension == m * (d + 1) - dimension


def test_a_wide_target_counts_with_its_intrinsic_width():
    wide = branch_point(np.random.default_rng(2), (2, 1), 1, 0)
    narrow = branch_point(np.random.default_rng(2), (1, 1), 0, 0)
    found = thresholds(wide)
    assert (found.width, found.intrinsic) == (4, 2)
    assert found.separation == thresholds(narrow, 4).separation


@pytest.mark.theory
def test_branches_without_rest_at_zero_are_proved():
    """2309.00508 needs s(0) != 0: proved for the logistic function, not for tanh."""
    target = TwoLayer(
        jnp.ones((2, 1)).at[1].set(2.0), jnp.ones(2), activation="sigmoid"
    )
    rows = {row.name: row for row in thresholds(target, 3).rows}
    assert rows["extra neurons silent"].status == "proved"
    assert "one neuron dead" not in rows
    tanh = {row.name: row.status for row in thresholds(single_neuron(1), 2).rows}
    assert tanh["extra neurons silent"] == "published"
    assert tanh["one neuron dead"] == "derived"


def test_two_samples_can_mislead_a_logistic_neuron_of_two_parameters():
    """As many samples as parameters leave isolated zeros of the loss: one more needed.

    a s(w) = y1 and a s(2 w) = y2: s(w) / s(2 w) falls and rises again for w > 0.
    """
    ratio = jax.nn.sigmoid
    w = np.linspace(0.01, 8, 4000)
    r = np.asarray(ratio(w) / ratio(2 * w))
    assert (np.diff(r) < 0).any()
    assert (np.diff(r) > 0).any()
    target = TwoLayer(jnp.ones((1, 1)), jnp.ones(1), activation="sigmoid")
    found = thresholds(target)
    assert (found["parameters"], found["identification"]) == (2, 3)


@pytest.mark.slow
def test_a_convolution_in_a_network_without_weight_sharing():
    kernel = jnp.array([[0.6, 0.8, 1.0]])
    target = Convolution(kernel, jnp.ones((1, 3)), jnp.zeros(1))
    flat = TwoLayer.normal(9, 5, key=jax.random.key(0), bias=True)
    found = thresholds(target, model=flat)
    assert (found.intrinsic, found.width) == (3, 9)
    assert (found["optimistic"], found["extra neurons silent"]) == (21, 27)
    alone = thresholds(target, 3)
    assert [row.samples for row in alone.rows] == [7]
    assert "no closed form" in str(alone.note)


def test_models_without_branches_have_their_optimistic_size_alone():
    assert [row.samples for row in thresholds(Linear(jnp.ones(4))).rows] == [4]
    relu = TwoLayer(jnp.ones((1, 2)), jnp.ones(1), activation="relu")
    assert [row.name for row in thresholds(relu, 3).rows] == ["optimistic"]


def test_wrong_questions_name_the_numbers():
    with pytest.raises(ValueError, match="distinct is 1; expected a number from"):
        branch_codimension(1, width=3, intrinsic=2, weights=2)
    with pytest.raises(ValueError, match="width"):
        thresholds(branch_point(np.random.default_rng(0), (1, 1), 0, 0), 1)
    with pytest.raises(KeyError, match="'best'; there are optimistic"):
        thresholds(single_neuron(1), 2)["best"]
