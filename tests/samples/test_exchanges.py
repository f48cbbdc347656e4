"""Exchanges of samples, compared with determinants of the whole information matrix."""

import itertools

import numpy as np
import pytest

from suffice.samples._order import _exchanged, _extended, _pivoted


def information(rows):
    rows = rows.reshape(-1, rows.shape[-1])
    return rows.T @ rows


def drawn(seed, outputs, start):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((25, outputs, 6)), rng.standard_normal((start, 6))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("outputs", "start"), [(1, 0), (2, 0), (1, 4), (3, 1)])
def test_no_single_exchange_increases_the_determinant(seed, outputs, start):
    q, taken = drawn(seed, outputs, start)
    order = _exchanged(q, taken, _pivoted(q, taken, None))

    def volume(chosen):
        return np.linalg.slogdet(information(taken) + information(q[chosen]))[1]

    best = volume(order)
    assert best >= volume(_pivoted(q, taken, None)) - 1e-9
    for i, other in itertools.product(range(len(order)), range(len(q))):
        changed = order.copy()
        changed[i] = other
        assert other in order or volume(changed) <= best + 1e-3 + 1e-9


def projected(q, start):
    """The order of the slow way: every input is projected anew for each choice."""
    order: list[int] = []
    while True:
        _, sigma, v = np.linalg.svd(np.concatenate([start, *q[order]]))
        span = v[: int((sigma > 1e-9).sum())]
        if len(span) == q.shape[2]:
            return order
        order.append(int(np.linalg.norm(q - q @ span.T @ span, axis=(1, 2)).argmax()))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("outputs", "start"), [(1, 0), (2, 0), (1, 4), (3, 1)])
def test_pivots_are_those_of_projections(seed, outputs, start):
    q, taken = drawn(seed, outputs, start)
    assert list(_pivoted(q, taken, None)) == projected(q, taken)


def test_pivots_keep_their_order_where_little_is_left_of_every_input():
    rng = np.random.default_rng(0)
    common = rng.standard_normal((25, 1, 3)) @ rng.standard_normal((3, 6))
    q = common + 1e-7 * rng.standard_normal((25, 1, 6))
    assert list(_pivoted(q, np.zeros((0, 6)), None)) == projected(q, np.zeros((0, 6)))


def test_exact_ties_are_decided_by_the_place_and_not_by_rounding():
    rng = np.random.default_rng(0)
    along = np.repeat([0.0, 1.0], 6)  # whatever the third of three inputs, a triangle
    rows = np.stack([np.ones(12), np.tile(np.linspace(-1, 1, 6), 2), along], axis=1)
    orders = []
    for _ in range(20):
        turned = rows @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
        found = _pivoted(turned[:, None], np.zeros((0, 3)), None)
        orders.append(_exchanged(turned[:, None], np.zeros((0, 3)), found))
    assert np.all(np.array(orders) == orders[0])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("outputs", [1, 2])
def test_further_samples_have_the_largest_leverage(seed, outputs):
    q, taken = drawn(seed, outputs, 2)
    order = _pivoted(q, taken, None)
    longer = _extended(q, taken, order, len(order) + 3)
    assert list(longer[: len(order)]) == list(order)
    for k in range(len(order), len(longer)):
        before = information(taken) + information(q[longer[:k]])
        gains = [np.linalg.slogdet(before + information(row))[1] for row in q]
        gains = np.array(gains)
        gains[longer[:k]] = -np.inf
        assert gains.argmax() == longer[k]
