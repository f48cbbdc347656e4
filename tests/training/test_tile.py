"""Results do not depend on how members are batched."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import Linear, TwoLayer
from suffice.training import (
    ensemble,
    GradientDescent,
    GradientFlow,
    member,
    Optax,
    stack,
    train,
)
from suffice.training._methods import _tile
from suffice.training._methods._method import training_method
from suffice.training._methods._tile import _Queue, tile_size

RUNS = 80  # more than one group of lanes
METHOD = GradientFlow(rtol=1e-4)
TRACES = []


def problems(shared):
    rng = np.random.default_rng(7)
    x = rng.standard_normal((4, 1) if shared else (RUNS, 4, 1))
    start = ensemble(
        TwoLayer.normal(2, 1, 1.0, key=jax.random.key(0), bias=True),
        RUNS,
        scale=0.3,
        key=jax.random.key(1),
    )
    return start, x, np.tanh(x[..., 0] + 1)


def subset(models, x, y, rows, shared):
    part = stack([member(models, int(i)) for i in rows])
    return (part, x, y) if shared else (part, x[rows], y[rows])


@pytest.mark.parametrize("shared", [True, False], ids=["shared x", "own x"])
def test_results_are_bitwise_independent_of_order_subset_and_neighbours(shared):
    start, x, y = problems(shared)
    whole = train(start, x, y, method=METHOD)
    rng = np.random.default_rng(3)
    for rows in (rng.permutation(RUNS), rng.permutation(RUNS)[:9], np.array([5])):
        part = train(*subset(start, x, y, rows, shared), method=METHOD)
        for name in ("w", "a", "b"):
            ours, theirs = getattr(part.models, name), getattr(whole.models, name)
            np.testing.assert_array_equal(ours, theirs[rows])
        for name in ("loss", "time", "steps", "outcome", "exponent", "curvature"):
            ours, theirs = getattr(part, name), getattr(whole, name)
            np.testing.assert_array_equal(ours, theirs[rows])


def test_the_tile_follows_its_rule():
    assert [tile_size(4, 6), tile_size(12, 120), tile_size(40, 2100)] == [512, 128, 8]


def test_every_member_is_queued_once_and_kept_in_its_slot():
    rng = np.random.default_rng(0)
    queue, seen, work = _Queue(50, 8), [], np.zeros(8, int)
    while queue.finished < 50:
        order, fresh, _ = queue.fill()
        work = work[order]  # the states move with their owners
        work[fresh] = queue.owner[fresh]
        busy = queue.owner >= 0
        np.testing.assert_array_equal(work[busy], queue.owner[busy])
        assert busy[: busy.sum()].all()  # compact
        members, slots = queue.release(np.where(rng.random(8) < 0.4, 2, -1))
        np.testing.assert_array_equal(work[slots], members)
        seen += members.tolist()
    assert sorted(seen) == list(range(50))


@pytest.mark.parametrize(
    "method", [GradientDescent(1e-4, 1000), Optax("adam", 1e-5, 1000)]
)
def test_all_turns_of_a_tile_are_one_program(method, monkeypatch):
    """Types that change between two turns would have the program compiled again."""
    seen = []

    turn = _tile._turn

    def spy(*args):
        leaves = jax.tree.leaves(args)
        seen.append([(a.dtype, getattr(a, "weak_type", False)) for a in leaves])
        return turn(*args)

    monkeypatch.setattr(_tile, "_turn", spy)
    start = ensemble(Linear(jnp.zeros(1)), 2, key=jax.random.key(0))
    train(start, np.ones((2, 1)), np.array([1.0, 2.0]), method=method, at=[0.1])
    assert len(seen) > 1
    assert all(types == seen[0] for types in seen)


@training_method
class Counted(GradientFlow):
    """Gradient flow that counts how often its step is traced."""

    def advance(self, problem, state):
        TRACES.append(self)
        return super().advance(problem, state)


def test_numbers_of_a_method_compile_nothing_new():
    start, x, y = problems(shared=True)
    steps, traces = [], []
    for rtol, most in ((1e-4, 1500), (1e-3, 1500), (1e-4, 7)):
        method = Counted(rtol=rtol, max_steps=most)
        steps.append(train(start, x, y, method=method).steps.max())
        traces.append(len(TRACES))
    assert steps[0] > steps[1] > steps[2] == 7
    assert traces[0] == traces[1] == traces[2] > 0
