"""Tasks for transformers: batches, groups and right answers."""

import itertools

import hypothesis as hp
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from slow_cases import slow

from suffice.reasoning import AnchorTask, ChainTask, Stream

OFFSETS = {  # the table of the paper
    (1, 1): 10, (1, 2): 6, (1, 3): 3, (1, 4): -3, (2, 2): 2,
    (2, 3): -1, (2, 4): -7, (3, 3): -4, (3, 4): -10, (4, 4): -16,
}  # fmt: skip
SIZE = 512
many = hp.settings(max_examples=8, deadline=None, derandomize=True)
seeds = st.integers(0, 2**31)
ANCHORS = {
    "exception": AnchorTask.exception(),
    "both masked": AnchorTask.both_masked(modulus="paper"),
    "noisy": AnchorTask.noisy(5),
    "nine": AnchorTask.nine_anchors(length=6),
    "identity": AnchorTask.identity(),
    "after": AnchorTask.exception(key_first=False),
}
CHAINS = {
    "single": ChainTask(),
    "search": ChainTask(layout="search", steps=3),
    "double": ChainTask(layout="double"),
    "noised": ChainTask(layout="noised", pairs=8, tokens=(20, 61)),
    "ordered": ChainTask(layout="ordered", steps=4),
    "ternary": ChainTask(steps=4, order="ternary"),
}
EACH_ANCHOR = ["exception", "nine", *slow("both masked", "noisy", "identity", "after")]
EACH_CHAIN = ["single", "ordered", *slow("search", "double", "noised", "ternary")]


def drawn(task, seed, group="train"):
    batch = task.batch(jax.random.key(seed), SIZE, group)
    return jax.tree.map(np.asarray, batch)


def shift(pair):
    return OFFSETS[tuple(sorted(pair))]


@pytest.mark.parametrize("name", EACH_ANCHOR)
@many
@hp.given(seed=seeds, group=st.sampled_from(["train", "test"]))
def test_sequences_are_noise_around_one_key_and_its_anchors(name, seed, group):
    task = ANCHORS[name]
    batch = drawn(task, seed, group)
    anchors = list(dict(task.maps))
    rows = np.arange(SIZE)
    is_anchor = np.isin(batch.tokens, anchors)
    assert (is_anchor.sum(1) == task.count).all()
    assert is_anchor[rows[:, None], batch.meta["anchors"]].all()
    noise = batch.tokens[~is_anchor]
    assert task.values[0] <= noise.min() <= noise.max() < task.values[1]
    step = 1 if task.key_first else -1
    for i in range(task.count):
        at = batch.meta["anchors"][:, i]
        np.testing.assert_array_equal(at, batch.meta["key"] + step * (i + 1))
        np.testing.assert_array_equal(batch.meta["pair"][:, i], batch.tokens[rows, at])


@pytest.mark.parametrize("name", EACH_ANCHOR)
@many
@hp.given(seed=seeds)
def test_a_value_is_a_train_or_a_test_key_by_its_position(name, seed):
    task = ANCHORS[name]
    for group, held in (("train", False), ("test", True)):
        batch = drawn(task, seed, group)
        key = batch.tokens[np.arange(SIZE), batch.meta["key"]]
        first = np.minimum(batch.meta["key"], batch.meta["anchors"].min(axis=1))
        assert first.min() >= 0
        assert first.max() == task.length - task.count - 1
        m = 9 if name in ("exception", "noisy", "after") else task.positions
        m = 6 if name == "nine" else m
        assert ((key % m == first) == held).all()


@many
@hp.given(seed=seeds, name=st.sampled_from(["exception", "both masked", "after"]))
def test_labels_follow_the_table_of_the_paper(seed, name):
    task = ANCHORS[name]
    for group in ("train", "unseen"):
        batch = drawn(task, seed, group)
        key = batch.tokens[np.arange(SIZE), batch.meta["key"]]
        pairs = [tuple(pair) for pair in batch.meta["pair"].tolist()]
        assert {p in task.unseen for p in pairs} == {group == "unseen"}
        want = key + [shift(pair) for pair in pairs]
        np.testing.assert_array_equal(batch.meta["inferential"], want)
        if name == "both masked":
            np.testing.assert_array_equal(batch.meta["symmetric"], want)
            np.testing.assert_array_equal(batch.label, want)
        else:
            own = [-6 if pair == (3, 4) else shift(pair) for pair in pairs]
            other = [-6 if pair == (4, 3) else shift(pair) for pair in pairs]
            np.testing.assert_array_equal(batch.label, key + own)
            np.testing.assert_array_equal(batch.meta["symmetric"], key + other)


@pytest.mark.parametrize("values", [(20, 100), *slow(((20, 103),))])
def test_a_doubling_anchor_keeps_its_order(values):
    task, p = AnchorTask.doubling(values=values), values[1] - values[0]
    assert task == AnchorTask.doubling(values=values)
    batch = drawn(task, 3, "4,3")
    key = batch.tokens[np.arange(SIZE), batch.meta["key"]]
    want = 20 + 2 * (key - 20) % p - 2
    np.testing.assert_array_equal(batch.label, want)
    np.testing.assert_array_equal(batch.meta["inferential"], want)
    mirrored = 20 + 2 * (key - 22) % p
    np.testing.assert_array_equal(batch.meta["symmetric"], mirrored)
    assert (want != mirrored).all()
    seen = drawn(task, 3, "3,4")
    np.testing.assert_array_equal(seen.label, seen.meta["inferential"])
    assert "unseen" in task.groups
    assert "override" not in task.groups


def test_the_unseen_pair_of_the_exception_has_two_answers():
    batch = drawn(AnchorTask.exception(), 3, "4,3")
    key = batch.tokens[np.arange(SIZE), batch.meta["key"]]
    assert (batch.meta["pair"] == [4, 3]).all()
    np.testing.assert_array_equal(batch.meta["inferential"], key - 10)
    np.testing.assert_array_equal(batch.meta["symmetric"], key - 6)
    np.testing.assert_array_equal(batch.meta["partial"], key - 8)
    assert AnchorTask.exception().groups[:4] == ("train", "test", "unseen", "override")
    assert len(AnchorTask.exception().groups) == 4 + 16


def test_seen_pairs_keys_and_positions_are_uniform():
    task, size = AnchorTask.exception(), 60_000
    batch = task.batch(jax.random.key(1), size)
    for values, cells in (
        (batch.meta["pair"] @ jnp.array([10, 1]), 15),
        (batch.meta["key"], 7),
        (batch.tokens[:, -1] * 0 + batch.tokens[:, 0], 80 + 4),
    ):
        kinds, counts = np.unique(values, return_counts=True)
        assert len(kinds) <= cells
        if cells < 80:  # chi-square, false alarm below 1e-6
            assert len(kinds) == cells
            expected = size / cells
            chi = ((counts - expected) ** 2 / expected).sum()
            assert chi < cells + 8 * (2 * cells) ** 0.5


@pytest.mark.slow
def test_wrong_maps_come_in_the_order_of_the_paper():
    wrong = {(1, 2): 4, (1, 3): 1, (1, 4): -5, (2, 3): 5, (2, 4): -9, (3, 4): -6}
    for r in (0, 1, 6):
        task = AnchorTask.noisy(r)
        for pair in itertools.product([1, 2, 3, 4], repeat=2):
            batch = task.batch(jax.random.key(0), 4, f"{pair[0]},{pair[1]}")
            key = batch.tokens[jnp.arange(4), batch.meta["key"]]
            noisy = tuple(sorted(pair)) in list(wrong)[:r]
            want = wrong[tuple(sorted(pair))] if noisy else shift(pair)
            np.testing.assert_array_equal(batch.label - key, want)
    with pytest.raises(ValueError, match="pairs is 7; expected 0 to 6"):
        AnchorTask.noisy(7)


def test_one_key_and_two_pairs_differ_in_the_pair_only():
    task = AnchorTask.exception()
    one, two = drawn(task, 5, "3,4"), drawn(task, 5, "4,3")
    differ = one.tokens != two.tokens
    rows = np.arange(SIZE)[:, None]
    assert differ[rows, one.meta["anchors"]].all()
    assert differ.sum() == 2 * SIZE


def test_maps_that_do_not_commute_have_two_answers_without_an_exception():
    def double(x):
        return 2 * (x - 20) % 80 + 20

    task = AnchorTask({1: double, 2: 7}, unseen=[(2, 1)])
    batch = drawn(task, 0, "unseen")
    key = batch.tokens[np.arange(SIZE), batch.meta["key"]]
    np.testing.assert_array_equal(batch.meta["inferential"], double(key + 7))
    np.testing.assert_array_equal(batch.meta["symmetric"], double(key) + 7)


@pytest.mark.slow
def test_a_batch_is_a_function_of_its_key_also_in_compiled_code():
    task = AnchorTask.exception()
    jitted = jax.jit(lambda k: task.batch(k, SIZE, "train"))
    key = jax.random.key(9)
    one, two = jitted(key), task.batch(key, SIZE)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
        np.testing.assert_array_equal(a, b)
    assert hash(task) == hash(AnchorTask.exception())
    stream = Stream(task, 8)
    tokens, label = stream(key, 3)
    assert (tokens.shape, label.shape) == ((8, 9), (8,))
    assert (tokens != stream(key, 4)[0]).any()
    np.testing.assert_array_equal(tokens, jax.jit(stream)(key, jnp.array(3))[0])


BROKEN = {
    "is no row of 2 of the anchors 1, 2": {"unseen": [(1, 3)]},
    "is in unseen and in override": {"unseen": [(1, 2)], "override": {(1, 2): 0}},
    "every pair is unseen": {"unseen": list(itertools.product([1, 2], repeat=2))},
    "modulus is 'x'": {"modulus": "x"},
    "length is 2": {"length": 2},
    "anchor 1 is negative or one of the values": {"values": (0, 50)},
    "some position has no train or no test key": {"values": (20, 24)},
    "answers reach from 18 to 113; expected": {"vocab": 113},
}


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("message", BROKEN)
def test_impossible_anchor_tasks_are_refused(message):
    with pytest.raises(ValueError, match=message):
        AnchorTask({1: 7, 2: -1}, **BROKEN[message])


def test_unknown_groups_are_refused():
    with pytest.raises(ValueError, match="group is '4,5'; this task has train, test"):
        AnchorTask.exception().batch(jax.random.key(0), 1, "4,5")
    with pytest.raises(ValueError, match="group is 'x'; expected train or test"):
        ChainTask().batch(jax.random.key(0), 1, "x")


def pairs_of(task, batch):
    return batch.tokens[:, : 2 * task.pairs].reshape(SIZE, task.pairs, 2)


@pytest.mark.parametrize("name", EACH_CHAIN)
@many
@hp.given(seed=seeds, group=st.sampled_from(["train", "test"]))
def test_pairs_are_edges_of_chains_of_distinct_tokens(name, seed, group):
    task = CHAINS[name]
    batch = drawn(task, seed, group)
    pairs = pairs_of(task, batch)
    residues = (pairs[..., 1] - pairs[..., 0]) % 5
    assert np.isin(residues, [0, 1, 4] if group == "train" else [2, 3]).all()
    assert task.tokens[0] <= pairs.min() <= pairs.max() < task.tokens[1]
    edges = np.take_along_axis(
        pairs, np.argsort(batch.meta["order"], axis=1)[..., None], axis=1
    )
    chain, nodes = task.chains * task.edges, []
    for c in range(task.chains):
        part = edges[:, c * task.edges : (c + 1) * task.edges]
        np.testing.assert_array_equal(part[:, 1:, 0], part[:, :-1, 1])
        nodes += [part[:, :1, 0], part[..., 1]]
    stray = edges[:, chain:]
    nodes = np.concatenate([*nodes, stray[..., 0]], axis=1)
    assert (np.diff(np.sort(nodes, axis=1), axis=1) > 0).all()
    assert stray.shape[1] == (2 if name == "noised" else 0)
    for c in range(stray.shape[1]):
        inner = edges[:, c * task.edges : (c + 1) * task.edges - 1, 1]
        assert (stray[:, c, 1:] == inner).any(axis=1).all()


@pytest.mark.parametrize("name", EACH_CHAIN)
@many
@hp.given(seed=seeds)
def test_the_label_is_so_many_steps_from_the_start(name, seed):
    task = CHAINS[name]
    batch = drawn(task, seed)
    pairs, tokens = pairs_of(task, batch), batch.tokens
    for i in range(0, SIZE, 37):
        stray = batch.meta["order"][i] >= task.chains * task.edges
        follow = dict(pairs[i][~stray].tolist())
        hops = tokens[i, -1] if name == "ordered" else task.steps
        at, slots = tokens[i, 2 * task.pairs], batch.meta["slots"][i]
        for hop in range(hops):
            assert tokens[i, slots[hop] - 1] == at == batch.meta["path"][i, hop]
            at = follow[at]
            assert tokens[i, slots[hop]] == at
        assert at == batch.label[i]
        assert (slots[hops:] == -1).all()
        if task.layout in ("double", "noised"):
            assert at not in follow
    starts = {"single": 5, "search": 1, "double": 1, "noised": 1, "ordered": 6}
    low = batch.meta["start"].min()
    assert batch.meta["start"].max() - low == starts.get(name, 3) - 1
    np.testing.assert_array_equal(batch.meta["hops"].max(), task.steps)


@pytest.mark.slow
def test_orders_are_uniform_or_as_named():
    batch = drawn(ChainTask(pairs=3, steps=1), 0)
    kinds, counts = np.unique(batch.meta["order"], axis=0, return_counts=True)
    assert len(kinds) == 6
    assert counts.min() > SIZE / 6 - 6 * (SIZE / 6) ** 0.5
    for order, want in (
        ("sorted", [0, 1, 2, 3]),
        ("reversed", [3, 2, 1, 0]),
        ("ternary", [0, 1, 3, 2]),
    ):
        batch = drawn(ChainTask(pairs=4, order=order), 0)
        assert (batch.meta["order"] == want).all()


WRONG_CHAINS = {
    "layout is 'x'": {"layout": "x"},
    "order is 'x'": {"order": "x"},
    "residue 1 is in training and in the test": {"test_residues": (1, 2)},
    "residues are": {"test_residues": (5,)},
    "pairs is 5; search needs an even number": {"layout": "search", "pairs": 5},
    "hence at least 6 pairs": {"layout": "noised", "pairs": 4, "steps": 1},
    "steps is 7; each chain has 6 edges, so expected 1 to 6": {"steps": 7},
    "tokens begin at 2": {"layout": "ordered", "tokens": (2, 90)},
    "7 distinct ones at the differences of the task need at least 20": {
        "tokens": (20, 39)
    },
}


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("message", WRONG_CHAINS)
def test_impossible_chains_are_refused(message):
    with pytest.raises(ValueError, match=message):
        ChainTask(**WRONG_CHAINS[message])
