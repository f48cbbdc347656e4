"""Steps by depth, scores with known values, and complexity measures."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from slow_cases import slow

from suffice.models import Transformer
from suffice.reasoning import (
    answer_available,
    available_steps,
    buffer_capacity,
    ChainTask,
    condensed_share,
    score_matching,
    similarity_auc,
    stable_rank,
    step_bounds,
)
from suffice.reasoning._analyses._complexity import (
    cosines,
    group_directions,
    ordinality,
    participation_ratio,
    query_weights,
)
from suffice.reasoning._analyses._matching import expected_matching_score
from suffice.reasoning._tasks._order import ternary_order


def naive_steps(order, layers, start=0):
    """Sets of tokens, position by position."""
    slots = [{edge, edge + 1} for edge in order] + [{start}]
    return max(propagated(slots, layers)[-1]) - start


def propagated(slots, layers):
    for _ in range(layers - 1):
        slots = [
            set().union(*(s for s in slots[: i + 1] if s & held))
            for i, held in enumerate(slots)
        ]
    return slots


LAYOUTS = [
    ("single", 4),
    ("noised", 2),
    *slow(("ordered", 4), ("search", 3), ("double", 3)),
]


@pytest.mark.parametrize(("layout", "steps"), LAYOUTS)
def test_answers_reach_the_end_as_sets_of_tokens_do(layout, steps):
    batch = ChainTask(steps=steps, layout=layout).batch(jax.random.key(0), 100, "test")
    tokens, label = np.asarray(batch.tokens), np.asarray(batch.label)
    for layers in (1, 2, 3):
        want = []
        for row, answer in zip(tokens.tolist(), label.tolist(), strict=True):
            slots = [set(row[i : i + 2]) for i in range(0, 12, 2)] + [{row[12]}]
            want.append(answer in propagated(slots, layers)[-1])
        got = answer_available(batch, layers)
        np.testing.assert_array_equal(got, want)
        if layout in ("search", "double", "noised"):
            assert got.all() if layers == 3 else not got.any()
        else:
            order, start = (np.asarray(batch.meta[name]) for name in ("order", "start"))
            most = available_steps(order, layers, start=start)
            np.testing.assert_array_equal(got, most >= np.asarray(batch.meta["hops"]))
    with pytest.raises(ValueError, match="layers is 0"):
        answer_available(batch, 0)


def count(edges, layers):
    orders = np.array(list(itertools.permutations(range(edges))))
    steps = [available_steps(part, layers) for part in np.array_split(orders, 24)]
    values, counts = np.unique(np.concatenate(steps), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def test_three_layers_have_a_fourth_step_in_one_order_of_three():
    assert count(6, 3) == {3: 480, 4: 240}


@pytest.mark.slow
def test_every_order_of_nine_pairs_in_four_layers():
    assert count(9, 4) == {7: 72576, 8: 101808, 9: 188496}


def test_steps_agree_with_sets_of_tokens_and_with_the_bounds():
    rng = np.random.default_rng(0)
    for layers, edges in ((1, 3), (2, 5), (3, 8), (4, 16), (5, 40)):
        orders = np.array([rng.permutation(edges) for _ in range(20)])
        starts = rng.integers(0, 2, 20)
        got = available_steps(orders, layers, start=starts)
        want = [naive_steps(o, layers, s) for o, s in zip(orders, starts, strict=True)]
        np.testing.assert_array_equal(got, want)
        low, high = step_bounds(layers)
        assert ((low <= got) & (got <= high)).all()
        assert available_steps(np.arange(edges), layers) == low
        assert available_steps(np.arange(edges)[::-1], layers) == low


def test_the_ternary_order_attains_the_upper_bound():
    assert [step_bounds(layers) for layers in (1, 2, 3, 4, 5, 6)] == [
        (0, 0), (1, 1), (3, 4), (7, 13), (15, 40), (31, 121),
    ]  # fmt: skip
    for layers in (2, 3, 4, 5, 6):
        high = step_bounds(layers)[1]
        for edges in (high, high + 5):
            order = ternary_order(edges)
            np.testing.assert_array_equal(np.sort(order), np.arange(edges))
            assert available_steps(order, layers) == high


def test_steps_of_drawn_chains():
    task = ChainTask(steps=3)
    batch = task.batch(jax.random.key(0), 200)
    order, start = (np.asarray(batch.meta[name]) for name in ("order", "start"))
    got = available_steps(order, 3, start=start)
    assert ((got >= 3) & (got <= 4)).all()
    assert (available_steps(order, 2, start=start) == 1).all()
    with pytest.raises(ValueError, match="order must hold each of 0 to 2 once"):
        available_steps(np.array([0, 1, 1]), 3)
    for function in (step_bounds, lambda layers: available_steps(np.arange(2), layers)):
        with pytest.raises(ValueError, match="layers is 0; expected at least 1"):
            function(0)


CASES = [(80, 400, 0.05, 0.033), (41, 64, 0.125, 0.0632), (80, 400, 0.15, 0.987)]


@pytest.mark.parametrize(("n", "d", "s", "want"), CASES)
def test_the_matching_score_of_gaussian_tokens(n, d, s, want):
    x = s * np.random.default_rng(0).standard_normal((20, n, d))
    got = np.mean([score_matching(jnp.asarray(rows @ rows.T)).score for rows in x])
    predicted = expected_matching_score(n, d, s)
    assert abs(got / predicted - 1) < 0.03
    assert abs(predicted / want - 1) < 0.03
    assert (
        abs(expected_matching_score(40, 1000, 1000**-0.5) - np.e / (np.e + 39)) < 2e-3
    )


def test_scores_of_known_matrices():
    eye = score_matching(50 * jnp.eye(7))
    assert (eye.top, eye.score > 0.999) == (1, True)
    flat = score_matching(jnp.zeros((5, 5)) + jnp.arange(5)[None])
    np.testing.assert_allclose(flat.top, 0.2)
    np.testing.assert_allclose(flat.score, 0.2)
    h = np.random.default_rng(0).standard_normal((6, 6))
    off = h[~np.eye(6, dtype=bool)]
    want = (np.diag(h).mean() - off.mean()) / off.std()
    np.testing.assert_allclose(score_matching(jnp.asarray(h)).margin, want)


@pytest.mark.slow
def test_random_buffers_hold_several_tokens_and_identity_buffers_one(key):
    def accuracy(dim, buffers, kind="random"):
        return buffer_capacity(dim, buffers, key=key, kind=kind)

    for dim, buffers, want in ((64, 2, 0.99), (64, 8, 0.57), (256, 8, 0.998)):
        assert abs(accuracy(dim, buffers) - want) < 0.06, accuracy(dim, buffers)
    for buffers in (2, 4, 8):
        assert abs(accuracy(64, buffers, "identity") * buffers - 1) < 0.3


@pytest.mark.usefixtures("unchecked")
def test_an_unknown_kind_of_buffers_is_refused(key):
    with pytest.raises(ValueError, match="kind is 'x'; expected 'random' or 'ident"):
        buffer_capacity(8, 2, key=key, kind="x")


def test_condensation_counts_pairs_of_parallel_neurons():
    rng = np.random.default_rng(0)
    weights = jnp.asarray(rng.standard_normal((200, 6)))
    assert condensed_share(weights) == 0
    parallel = jnp.concatenate([weights, -2 * weights[:, :3]], axis=1)
    np.testing.assert_allclose(condensed_share(parallel), 3 * 2 / (9 * 8))
    assert condensed_share(weights[:, :1] * jnp.arange(1.0, 5)[None]) == 1
    mixed = weights[:, jnp.array([0, 1, 0, 2, 1, 0])]
    np.testing.assert_array_equal(group_directions(mixed), [0, 2, 5, 1, 4, 3])
    np.testing.assert_array_equal(cosines(jnp.zeros((1, 3)), jnp.ones((2, 3))), 0)


def test_query_weights_are_those_of_all_heads(key):
    model = Transformer.normal(9, 5, 2, 6, heads=2, norm="none", key=key)
    q = model.blocks[1].attention.q
    want = np.concatenate([q[0], q[1]], axis=1)
    np.testing.assert_array_equal(query_weights(model, 1), want)


def test_ranks_of_known_spectra():
    u = np.linalg.qr(np.random.default_rng(0).standard_normal((9, 3)))[0]
    matrix = jnp.asarray(u * np.array([2.0, 1.0, 1.0])) @ jnp.eye(3)
    np.testing.assert_allclose(stable_rank(matrix), 6 / 4)
    x = np.random.default_rng(1).standard_normal((50, 4))
    eigenvalues = np.linalg.eigvalsh(np.cov(x.T))
    want = eigenvalues.sum() ** 2 / (eigenvalues**2).sum()
    np.testing.assert_allclose(participation_ratio(jnp.asarray(x)), want)


def test_ordinality_is_the_rank_correlation_with_the_values():
    rng = np.random.default_rng(0)
    line = np.linspace(0, 1, 80) ** 3
    direction = rng.standard_normal(16)
    noise = 0.01 * rng.standard_normal((80, 16))
    x = jnp.asarray(line[:, None] * direction + noise)
    left, sizes, _ = np.linalg.svd(np.asarray(x - x.mean(0, keepdims=True)))
    want = abs(scipy.stats.spearmanr(left[:, 0] * sizes[0], np.arange(80))[0])
    np.testing.assert_allclose(ordinality(x), want)
    assert ordinality(x) > 0.9
    shuffled = jnp.asarray(np.asarray(x)[rng.permutation(80)])
    assert ordinality(shuffled) < 0.5


@pytest.mark.slow
def test_similarity_tells_equal_targets_from_others():
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 4, 60)
    codes = np.linalg.qr(rng.standard_normal((16, 4)))[0].T
    exact = similarity_auc(jnp.asarray(codes[targets]), jnp.asarray(targets))
    assert exact == 1
    chance = similarity_auc(
        jnp.asarray(rng.standard_normal((60, 16))), jnp.asarray(targets)
    )
    assert abs(chance - 0.5) < 0.1
    with pytest.raises(ValueError, match="some equal and some unequal"):
        similarity_auc(jnp.ones((3, 2)), jnp.zeros(3, int))
