"""Counts of branches: formulas, types and exhaustive enumeration agree."""

import itertools
import math
import operator
from collections import Counter

import pytest

from suffice.landscape import branches
from suffice.landscape._branches._arrangement import blocks, branches_of
from suffice.landscape._branches._branch import branch_types
from suffice.landscape._branches._counts import (
    branch_count,
    fewest_types,
    saddle_branch_count,
    saddle_type_count,
    splitting_count,
)
from suffice.landscape._branches._family import family

T = {
    1: [1, 3, 10, 37, 151, 674, 3263, 17007, 94828],
    2: [2, 12, 62, 320, 1712, 9604, 56674, 351792],
    3: [6, 60, 450, 3120, 21336, 147756],
}
T_ODD = {1: [2, 12, 68, 416, 2792, 20464], 2: [8, 96, 896, 8000, 72608]}
G = {2: [2, 6, 14, 30, 62, 126], 3: [6, 36, 150, 540, 1806]}
NAMES = ["generic", "elu", "exp", "tanh", "gaussian", "sigmoid", "softplus", "gelu"]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_generic_counts_are_simseks_numbers(k):
    found = [branches(k, k + i, types=0, listed=0).count for i in range(len(T[k]))]
    assert found == T[k]


@pytest.mark.parametrize("k", [1, 2])
def test_odd_counts(k):
    kind = family("tanh", 2)
    assert [branch_count(kind, k, k + i) for i in range(len(T_ODD[k]))] == T_ODD[k]


@pytest.mark.parametrize("r", [2, 3])
def test_splittings_are_surjections(r):
    assert [splitting_count(r, r + i) for i in range(len(G[r]))] == G[r]
    surjections = sum(
        len(set(word)) == r for word in itertools.product(range(r), repeat=5)
    )
    assert splitting_count(r, 5) == surjections


def closed_form(k, m):
    """Simsek's `T(k, m) = sum_u C(m, u) k! S(m - u, k) Bell(u)`, by recursions."""
    choices = [[math.comb(n, i) for i in range(n + 1)] for n in range(m + 1)]
    bell, maps = [1], [1] + m * [0]
    for n in range(m):
        bell.append(sum(map(operator.mul, choices[n], bell)))
    for _ in range(k):  # maps onto one more target, whose neurons are a nonempty set
        maps = [sum(map(operator.mul, choices[n][:-1], maps)) for n in range(m + 1)]
    return sum(map(math.prod, zip(choices[m], maps, bell[::-1], strict=True)))


@pytest.mark.parametrize(("k", "m"), [(1, 40), (7, 30), (20, 100), (3, 300)])
def test_counts_are_exact_integers_at_any_size(k, m):
    assert branch_count(family("generic", 3), k, m) == closed_form(k, m)


def test_growth_of_all_branches_against_splittings():
    """Ratios T/G for two neurons, as 1, 2, 4.4, 10.7, 27.6, 76, 223, 690."""
    ratios = [t / splitting_count(2, m) for m, t in enumerate(T[2], 2)]
    expected = [1, 2, 4.4, 10.7, 27.6, 76, 223, 690]
    assert ratios == pytest.approx(expected, rel=1e-2)


@pytest.mark.parametrize(
    ("name", "bias"),
    [(name, bias) for name in NAMES for bias in (False, True) if name != "exp"]
    + [("exp", False)],
)
def test_formula_types_and_enumeration_agree(name, bias):
    for dim, (k, m) in itertools.product((1, 3), [(1, 1), (1, 4), (2, 4), (3, 4)]):
        kind = family(name, dim, bias=bias)
        types = {(t.targets, t.null, t.silent): t for t in branch_types(kind, k, m)}
        single = list(branches_of(kind, k, m))
        assert len(set(single)) == len(single) == branch_count(kind, k, m)
        tally = Counter(blocks(kind, branch, k) for branch in single)
        assert tally == {shape: t.count for shape, t in types.items()}


def test_relu_counts_as_softplus_with_dead_neurons():
    for k, m in [(1, 1), (1, 3), (2, 4)]:
        relu, gelu = family("relu", 3), family("gelu", 3)
        assert branch_count(relu, k, m) == branch_count(gelu, k, m)


def test_biases_of_odd_neurons_do_not_change_the_number_of_branches():
    """Constants that cancel take the place of dead neurons."""
    for k, m in [(1, 2), (1, 5), (2, 4)]:
        plain, biased = family("tanh", 2), family("tanh", 1, bias=True)
        assert branch_count(plain, k, m) == branch_count(biased, k, m)
    generic = [branch_count(family("generic", 1, bias=True), 1, m) for m in (1, 2, 3)]
    assert generic == [1, 3, 13]  # a pair of constants, with one target neuron: 3


@pytest.mark.parametrize(("k", "m", "number"), [(1, 4, 7), (2, 6, 26), (3, 10, 291)])
def test_number_of_types(k, m, number):
    assert len(branches(k, m, listed=0).types) == number


@pytest.mark.parametrize("name", NAMES)
def test_what_is_too_long_to_list_is_known_before_it_is_listed(name):
    for k, m in [(1, 1), (1, 5), (2, 5), (3, 4)]:
        types = list(branch_types(family(name, 3), k, m))
        assert fewest_types(k, m) <= len(types)
        assert name != "generic" or fewest_types(k, m) == len(types)


def test_what_is_too_long_to_list_is_counted_all_the_same():
    found = branches(3, 1000)
    assert (found.types, found.listed) == (None, None)
    assert found.note == "there are more than 20000 types; none is listed"
    saddles = branches(3, 1000, loss="nonzero")
    assert saddles.types is None
    assert saddles.count == saddle_branch_count(3, 1000)


@pytest.mark.slow
def test_number_of_types_of_a_wide_model():
    found = branches(2, 20, listed=0)
    assert len(found.types) == 6179
    assert sum(kind.count for kind in found.types) == found.count


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("components", [0, 1, 2])
def test_saddle_branches_are_words_that_use_every_target(signed, components):
    for r, m in [(1, 1), (1, 4), (2, 3), (3, 4)]:
        letters = [(t, s) for t in range(r) for s in range(1 + signed)]
        letters += [(None, c) for c in range(components)]
        words = sum(
            len({t for t, _ in word} - {None}) == r
            for word in itertools.product(letters, repeat=m)
        )
        assert saddle_branch_count(r, m, components, signed=signed) == words
        name = "tanh" if signed else "softplus"
        found = branches(
            r, m, loss="nonzero", activation=name, inputs=3, components=components
        )
        assert found.count == len(found.listed) == words
        assert len(found.types) == saddle_type_count(r, m, components)
        assert sum(kind.count for kind in found.types) == words


def test_mirrored_logistic_neurons_are_not_critical_at_nonzero_loss():
    counts = {
        name: branches(1, 3, loss="nonzero", activation=name).count
        for name in ("tanh", "gaussian", "sigmoid", "gelu", "generic")
    }
    assert counts["sigmoid"] == counts["gelu"] == counts["generic"] == 7
    assert counts["tanh"] == counts["gaussian"] == 8 + 12 + 6


@pytest.mark.parametrize(
    ("dim", "change"), [(1, -1), (2, 0), (3, 1), (5, 3)], ids=lambda value: str(value)
)
def test_null_neurons_change_the_dimension_by_the_inputs_less_two(dim, change):
    found = branches(1, 3, loss="nonzero", inputs=dim)
    dimension = {kind.null: kind.dimension for kind in found.types}
    assert dimension == {0: 2, 1: 2 + change, 2: 2 + 2 * change}
