"""Branches against points that were found by solving equations."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from branch_points import arrangements, generic_point, holds, NAMES, Setting

from suffice.landscape import branches, thresholds
from suffice.landscape._branches._arrangement import blocks, branches_of
from suffice.landscape._branches._branch import described
from suffice.landscape._branches._family import family
from suffice.models import Activation, TwoLayer
from suffice.tangent import numerical_rank

FAMILIES = [
    ("generic", False),
    ("generic", True),
    ("tanh", False),
    ("tanh", True),
    ("gaussian", False),
    ("sigmoid", False),
    ("sigmoid", True),
    ("softplus", False),
    ("softplus", True),
    ("gelu", False),
    ("gelu", True),
    ("elu", False),
    ("relu", False),
]


def first_point(setting, branch):
    groups = [place[:2] for place in branch if place.role == "null"]
    alone = [p.role == "null" and groups.count(p[:2]) == 1 for p in branch]
    for a, w, basis in generic_point(setting, branch, starts=60):
        generic = (np.abs(a[~np.array(alone)]) > 1e-2).all() and np.abs(w).max() < 8
        if generic and holds(setting, branch, a, w):
            return a, w, with_lengths(setting, branch, w, basis)
    return None


def with_lengths(setting, branch, w, basis):
    """For ReLU also the lengths of the weights of a null block, to first order."""
    if NAMES[setting.which] != "relu":
        return basis
    m, dim = w.shape
    seen, columns = set(), [basis]
    for i, place in enumerate(branch):
        if place.role == "null" and place[:2] in seen:
            column = np.zeros((m + m * dim, 1))
            column[m + i * dim : m + (i + 1) * dim, 0] = w[i]
            columns.append(column)
        seen.add(place[:2])
    return np.concatenate(columns, axis=1)


def checked(name, dim, bias, k, m, most):
    """How many branches have the dimension and rank that the formulas say."""
    kind = family(name, dim - bias, bias=bias)
    setting = Setting(name, dim, bias, k, seed=m, n=60)
    wide = 2.0 * np.random.default_rng(1).standard_normal((160, dim))
    wide[:, -1] = 1.0 if bias else wide[:, -1]
    listed = list(branches_of(kind, k, m))
    if name == "relu":  # the solver does not find cancelling directions through kinks
        listed = [b for b in listed if all(p.sign > 0 for p in b)]
    for branch in listed[:: max(1, len(listed) // most)]:
        point = first_point(setting, branch)
        if point is None:
            yield None
            continue
        a, w, basis = point
        shape = blocks(kind, branch, k)
        said = described(kind, *shape)
        a = np.where(np.abs(a) < 1e-7, 0.0, a)
        inside = np.linalg.matrix_rank(setting.jacobian(a, w) @ basis, rtol=1e-8)
        assert basis.shape[1] - inside == said.dimension, said
        if said.rank is not None:
            jac = setting.jacobian(a, w, wide)
            rank = numerical_rank(jac, error=1e-13 * np.abs(jac))
            # one input and many neurons: singular values may decay into rounding
            assert rank.value == said.rank or not rank.confident, said
        assert said.morse_bott == (said.rank == said.codimension)
        yield branch


@pytest.mark.parametrize(("name", "bias"), FAMILIES)
def test_dimension_and_rank_of_branches(name, bias):
    sizes = [(2, 1, 2), (2, 1, 3), (3, 1, 3), (3, 2, 3)]
    tried = [one for d, k, m in sizes for one in checked(name, d, bias, k, m, 6)]
    assert len(tried) >= 13
    assert tried.count(None) <= 0.1 * len(tried)


@pytest.mark.long
@pytest.mark.parametrize(("name", "bias"), FAMILIES)
def test_dimension_and_rank_of_many_branches(name, bias):
    """At least 502 branches over the families."""
    sizes = [(2, 1, 3), (3, 1, 4), (3, 2, 3), (2, 2, 4)]
    tried = [one for d, k, m in sizes for one in checked(name, d, bias, k, m, 40)]
    assert len(tried) - tried.count(None) >= 39
    # the solver does not find every point where a linear part must cancel
    assert tried.count(None) <= 0.15 * len(tried)


def maximal(setting, k, m, signed, starts):
    """Arrangements that hold a point which no other arrangement holds."""
    words = list(arrangements(m, k, signed))
    for word in words:
        if len({p.group for p in word if p.role == "target"}) < k:
            continue
        for a, w, _ in generic_point(setting, word, starts):
            alone = holds(setting, word, a, w) and not any(
                holds(setting, other, a, w) for other in words if other != word
            )
            if alone:
                yield word
                break


@pytest.mark.parametrize(("name", "bias"), FAMILIES)
def test_branches_are_the_arrangements_that_no_other_contains(name, bias):
    """Exhaustive over arrangements; their points come from solving `f = f*`."""
    kind = family(name, 2 - bias, bias=bias)
    found = set(maximal(Setting(name, 2, bias, 1), 1, 2, kind.signed, 12))
    assert found == set(branches_of(kind, 1, 2))


@pytest.mark.long
@pytest.mark.parametrize(("name", "bias"), FAMILIES)
def test_branches_of_three_neurons_are_those_found_by_search(name, bias):
    """What is found is listed; most that is listed is found from twelve starts."""
    for dim, k in itertools.product((2, 3), (1, 2)):
        kind = family(name, dim - bias, bias=bias)
        found = set(maximal(Setting(name, dim, bias, k), k, 3, kind.signed, 12))
        listed = set(branches_of(kind, k, 3))
        assert found <= listed
        assert len(found) >= (0.3 if name == "relu" else 0.75) * len(listed)


def test_a_wrong_dimension_would_be_seen():
    """Negative control: a null neuron at weight zero is no branch of its own."""
    setting = Setting("generic", 2, False, 1)
    words = list(arrangements(2, 1, False))
    silent = next(w for w in words if w[0].role == "target" and w[1].role == "silent")
    points = list(generic_point(setting, silent, 10))
    assert points
    others = [word for word in words if word != silent]
    assert all(any(holds(setting, o, a, w) for o in others) for a, w, _ in points)


def test_branches_of_a_model_are_those_of_its_reduction(key):
    narrow = TwoLayer.normal(2, 3, key=key)
    rows = jnp.array([0, 1, 1])
    wide = TwoLayer(narrow.w[rows], narrow.a[rows] * jnp.array([1.0, 0.3, 0.7]))
    found = branches(wide, 4)
    assert found.count == branches(2, 4, activation="tanh", inputs=3).count
    assert found.intrinsic == 2
    assert found.family.weights == 3


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "gelu"])
@pytest.mark.parametrize("bias", [False, True])
def test_sample_sizes_agree_with_the_thresholds(key, name, bias):
    target = TwoLayer.normal(1, 2, key=key, bias=bias, activation=name)
    rows = thresholds(target, 4)
    found = branches(target, 4)
    assert found.thresholds["optimistic"] == rows["optimistic"]
    assert found.thresholds["generic_separation"] == rows.separation[4]
    assert found.thresholds["condensed_separation"] == rows.separation[1]
    assert (
        found.thresholds["condensed_certificate_sure"]
        == rows["merged with equal signs"]
    )
    top = found.types[0]
    merged = next(t for t in found.types if t.targets[0] == (4, ""))
    assert top.separated_from == top.rank == rows.separation[4]
    assert merged.separated_from == rows.separation[1]
    assert merged.certificate == (
        rows["optimistic"] + 1,
        rows["merged with equal signs"],
    )
    assert (top.rate, merged.rate) == ("exponential", "t^-2")


@pytest.mark.parametrize(("dim", "sizes"), [(1, (3, 4, 5, 7)), (3, (5, 6, 9, 11))])
def test_sample_sizes_of_a_tanh_neuron_in_two(dim, sizes):
    """arXiv:2405.13787, Table 1, and one more for full identification."""
    found = branches(1, 2, activation="tanh", inputs=dim, bias=True)
    names = [
        "optimistic",
        "generic_separation",
        "condensed_separation",
        "identification",
    ]
    assert tuple(found.thresholds[name] for name in names) == sizes


def test_morse_bott_types_have_single_targets_and_small_null_blocks():
    for kind in branches(2, 7, listed=0).types:
        single = all(block.size == 1 for block in kind.targets)
        small = all(block.size <= 2 for block in kind.null)
        assert kind.morse_bott == (single and small)
        deficit = kind.codimension - kind.rank
        extra = sum(block.size - 1 for block in kind.targets)
        extra += sum(max(block.size - 2, 0) for block in kind.null)
        assert deficit == 2 * extra


def test_published_condition_for_morse_bott_branches():
    """arXiv:2309.00508: iff r >= (m + m0)/2 and l = 2 r - m - m0 deficient blocks."""
    k, m = 2, 6
    for kind in branches(k, m, listed=0).types:
        r = k + len(kind.null)
        deficient = sum(block.size == 1 for block in kind.null)
        assert kind.morse_bott == (2 * r >= m + k and deficient == 2 * r - m - k)
        assert kind.separated_from == r + (m + k - r) * 2


def test_everything_is_said_once(key):
    found = branches(1, 3)
    row = found.to_dict()
    assert row["count"] == 10
    assert row["by_dimension"] == {"4": 3, "3": 6, "2": 1}
    assert len(row["listed"]) == 10
    assert sum(row["count"] for row in row["types"]) == 10
    assert "3 x (1; 1,1)" in str(found)
    assert branches(1, 3, listed=5).listed is None
    assert "types only" in branches(1, 3, listed=5).note
    assert branches(1, 3, types=2).types is None
    assert branches(1, 1).connected
    assert not branches(2, 2).connected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: branches(3, 2), "width is 2, below the intrinsic width 3"),
        (lambda: branches(0, 2), "intrinsic width is 0"),
        (lambda: branches(1, 2, activation="square"), "a polynomial"),
        (
            lambda: branches(1, 2, activation=Activation("mine", jnp.sin)),
            "no declared identities",
        ),
        (lambda: branches(1, 2, activation="exp", bias=True), "with biases"),
        (lambda: branches(1, 2, activation="relu", bias=True), "without biases"),
        (lambda: branches(1, 2, activation="relu", loss="nonzero"), "kinks"),
        (lambda: branches(1, 2, inputs=0), "inputs is 0"),
        (lambda: branches(1, 2, components=-1), "components is -1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_questions_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_models_without_known_branches_are_refused(key):
    vector = TwoLayer.normal(2, 2, key=key, outputs=2)
    with pytest.raises(ValueError, match="2 outputs"):
        branches(vector, 3)
    with pytest.raises(ValueError, match="output bias"):
        branches(TwoLayer.normal(2, 2, key=key, output_bias=True), 3)
    constant = TwoLayer.normal(2, 2, key=key, bias=True)
    constant = TwoLayer(
        constant.w.at[0].set(0.0), constant.a, constant.b, activation="tanh"
    )
    with pytest.raises(ValueError, match="constant or linear part"):
        branches(constant, 3)
    zero = TwoLayer(jnp.ones((2, 2)), jnp.array([1.0, -1.0]))
    with pytest.raises(ValueError, match="intrinsic width is 0"):
        branches(zero, 3)
    w = jax.random.normal(key, (1, 2))
    logistic = TwoLayer(
        jnp.concatenate([w, -w]), jnp.array([1.0, 0.4]), activation="sigmoid"
    )
    with pytest.raises(ValueError, match="constant or linear part"):
        branches(logistic, 3)
