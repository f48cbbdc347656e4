"""Ranks of large models, of prefixes and of ensembles, from sketches."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import DeepNetwork, RealSpace, TwoLayer
from suffice.tangent import (
    jacobian,
    many_ranks,
    prefix_ranks,
    RankUndecided,
    samples_needed,
    sketched_rank,
)
from suffice.tangent._sketch._probes import Probes


def split(widths, copies, seed=0):
    """A narrow tanh network whose hidden neurons are each split into many.

    The copies share their incoming weights, and the outgoing weights of one copy are
    one fraction of those of the neuron; the rank stays that of the narrow network.
    """
    rng = np.random.default_rng(seed)
    weights, biases, fractions = [], [], 1.0
    for layer, (a, b) in enumerate(itertools.pairwise(widths)):
        weight = 1.5 * rng.standard_normal((b, a)) / np.sqrt(a)
        bias = 0.5 * rng.standard_normal(b)
        if layer:
            weight = np.repeat(weight, copies, axis=1) * fractions
        if layer < len(widths) - 2:
            weight = np.repeat(weight, copies, axis=0)
            bias = np.repeat(bias, copies)
            shares = rng.uniform(0.5, 1.5, (b, copies))
            fractions = (shares / shares.sum(1, keepdims=True)).ravel()
        weights.append(weight)
        biases.append(bias)
    weights[-1], biases[-1] = weights[-1][0], biases[-1][0]
    return DeepNetwork(
        tuple(map(jnp.asarray, weights)), tuple(map(jnp.asarray, biases))
    )


def inputs(n, dim, seed=1):
    return np.random.default_rng(seed).standard_normal((n, dim))


@pytest.mark.parametrize(
    ("widths", "copies", "rank", "samples"),
    [((20, 8, 1), 30, 177, 300), ((20, 10, 10, 10, 1), 4, 441, 480)],
    ids=["two layers", "four layers"],
)
def test_a_split_network_keeps_the_rank_of_the_narrow_one(
    widths, copies, rank, samples
):
    """Parameters of the narrow network: 177 and 441 (2307.08921, embedding)."""
    wide = split(widths, copies)
    found = sketched_rank(wide, inputs(samples, 20))
    assert (found.value, found.status) == (rank, "measured")
    assert found.method == "Khatri-Rao sketch"
    assert found.gap > 1e6
    assert found.parameters > 3 * rank


def test_fewer_samples_than_the_rank_are_all_independent():
    wide = split((20, 10, 10, 10, 1), 6)
    assert sketched_rank(wide, inputs(200, 20)).value == 200


def test_too_few_columns_are_undecided_and_the_result_says_what_to_do():
    found = sketched_rank(split((20, 8, 1), 30), inputs(300, 20), columns=50)
    assert found.status == "at least"
    assert found.value is None
    assert "ask for more columns" in found.note


def test_what_float64_cannot_decide_is_undecided():
    """One input and 30 neurons: true rank 91; float64 shows rank about half of it."""
    found = sketched_rank(split((1, 30, 1), 2), inputs(300, 1))
    assert found.status == "at least"
    assert "certified_lower" in found.note
    with pytest.raises(RankUndecided, match="float64 shows a rank of at least"):
        prefix_ranks(split((1, 30, 1), 2), inputs(300, 1))
    seen = prefix_ranks(split((1, 30, 1), 2), inputs(300, 1), strict=False)
    assert 20 < seen[-1] < 91


def test_rounding_noise_is_no_direction():
    """The bias of attention keys has gradient zero; computed, it is about 1e-17."""

    class Block(eqx.Module):
        attention: eqx.nn.MultiheadAttention

        def __call__(self, x):
            return self.attention(x, x, x)[0]

    block = Block(
        eqx.nn.MultiheadAttention(1, 3, use_key_bias=True, key=jax.random.key(0))
    )
    x = np.random.default_rng(0).standard_normal((60, 4, 3))
    without = Block(eqx.nn.MultiheadAttention(1, 3, key=jax.random.key(0)))
    found = sketched_rank(block, x)
    assert found.status == "measured"
    assert found.value == sketched_rank(without, x).value == 36 - 3**2 - 3**2


@pytest.mark.parametrize("repeated", [False, True], ids=["fresh", "repeated samples"])
def test_prefix_ranks_are_the_ranks_of_every_prefix(repeated):
    wide = split((5, 4, 1), 5)
    x = inputs(60, 5)
    if repeated:
        x[[3, 4, 10, 20]] = x[[0, 1, 1, 7]]
    tangent = jacobian(wide, x)
    want = [
        int((s > 1e-10 * s[0]).sum())
        for s in (np.linalg.svd(tangent[:n], compute_uv=False) for n in range(1, 61))
    ]
    assert want[-1] == 29
    assert prefix_ranks(wide, x).tolist() == want
    assert samples_needed(wide, x) == (33 if repeated else 29)


def test_halving_and_gram_schmidt_agree(monkeypatch):
    wide = split((5, 4, 1), 5)
    x = inputs(60, 5)
    x[[3, 4, 10, 20]] = x[[0, 1, 1, 7]]
    fast = prefix_ranks(wide, x)
    monkeypatch.setattr("suffice.tangent._sketch._prefix._APART", np.inf)
    assert prefix_ranks(wide, x).tolist() == fast.tolist()


@pytest.mark.parametrize(
    ("width", "dim", "outputs"), [(1, 3, 5), (2, 3, 2), (3, 3, 2), (2, 4, 3)]
)
def test_vector_samples_needed(width, dim, outputs):
    """`k + ceil(k d / min(k, C))`, which exceeds the rank over C."""
    model = TwoLayer.normal(width, dim, key=jax.random.key(1), outputs=outputs)
    x = RealSpace(dim).sample(jax.random.key(2), 30)
    rank = width * (dim + outputs)
    assert sketched_rank(model, x).value == rank
    needed = samples_needed(model, x)
    assert needed == width + -(-width * dim // min(width, outputs))
    assert needed >= -(-rank // outputs)


def test_many_ranks_equal_the_loop():
    models = [split((4, 3, 1), 4, seed) for seed in range(6)]
    models[2] = eqx.tree_at(  # a neuron of the narrow network leaves: 5 + 1 directions
        lambda m: m.weights[1], models[2], models[2].weights[1].at[:4].set(0.0)
    )
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *models)
    x = inputs(50, 4)
    found = many_ranks(stacked, x)
    assert found.values.tolist() == [sketched_rank(m, x).value for m in models]
    assert found.values.tolist() == [19, 19, 14, 19, 19, 19]
    assert found.confident.all()
    assert "14 (1), 19 (5)" in found.headline()


def test_many_ranks_refuse_parameters_without_a_common_axis():
    with pytest.raises(ValueError, match=r"leading axes \[\(3,\), \(4,\)\]"):
        many_ranks(TwoLayer(jnp.ones((3, 4)), jnp.ones((4, 3))), inputs(5, 4))


def test_random_signs_give_wrong_ranks_where_spheres_do_not(monkeypatch):
    """One input, three neurons: signs take finitely many values, and some collide."""
    model = TwoLayer.normal(3, 1, 1.5, key=jax.random.key(4), bias=True)
    x = RealSpace(1).sample(jax.random.key(0), 40)
    tangent = jacobian(model, x)
    shapes = [(3, 1), (3, 1), (3, 1)]

    def ranks(sign):
        found = []
        for seed in range(200):
            pairs = Probes(shapes, jax.random.key(seed)).take(9)
            columns = [np.sign(u) * np.sign(v) if sign else u * v for u, v in pairs]
            omega = np.concatenate(columns, axis=1).T
            s = np.linalg.svd(tangent @ omega, compute_uv=False)
            found.append(int((s > 1e-12 * s[0]).sum()))
        return np.array(found)

    assert (ranks(sign=False) == 9).all()
    assert (ranks(sign=True) < 9).any()


def test_a_factor_of_dimension_one_is_never_a_random_sign():
    pairs = Probes([(1, 5), (5, 1), (1, 1)], jax.random.key(0)).take(50)
    assert (pairs[0][0] == 1).all()
    assert (pairs[1][1] == 1).all()
    assert len(np.unique(pairs[2][0])) == 50
    assert np.allclose((pairs[0][1] ** 2).sum(1), 5)


def test_single_precision_inside_a_model_leaves_a_lower_bound():
    def coarse(w, x):
        return jnp.tanh(w.astype(jnp.float32) @ x.astype(jnp.float32)).sum()

    twice = jnp.asarray(inputs(3, 4))[jnp.array([0, 1, 2, 0])]
    found = sketched_rank(jax.tree_util.Partial(coarse, twice), inputs(30, 4))
    assert (found.status, found.lower) == ("at least", 12)
    assert "let it compute in float64" in found.note


def test_a_model_without_parameters_is_refused():
    with pytest.raises(ValueError, match="no parameters"):
        sketched_rank(jnp.sum, inputs(3, 4))
