"""Ranks from samples of a domain."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import TwoLayer
from suffice.tangent import sampled_rank, structural_rank

WIDTH = 8


def degenerate(rng, dim, bias, name):
    """A random mix of equal, opposite, idle, constant and generic neurons."""
    w = rng.integers(-12, 13, (WIDTH, dim)) / 8
    b = rng.integers(-12, 13, WIDTH) / 8
    a = rng.integers(1, 9, WIDTH) / 4
    for i in range(1, WIDTH):
        kind = rng.choice(
            ["generic", "equal", "opposite", "same weight", "idle", "dead"]
        )
        twin = rng.integers(i)
        if kind == "equal":
            w[i], b[i] = w[twin], b[twin]
        elif kind == "opposite":
            w[i], b[i] = -w[twin], -b[twin]
        elif kind == "same weight":
            w[i] = w[twin]
        elif kind == "idle":
            a[i] = 0
        elif kind == "dead":
            w[i] = 0
    return TwoLayer(
        jnp.asarray(w),
        jnp.asarray(a),
        jnp.asarray(b) if bias else None,
        activation=name,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "gelu"])
def test_no_confident_answer_is_wrong(name):
    """60 random degenerate networks against the exact rank."""
    rng = np.random.default_rng(150)
    shapes = [(1, True), (1, False), (2, True), (3, False), (4, True)]
    confident = 0
    for case in range(60):
        dim, bias = shapes[case % len(shapes)]
        model = degenerate(rng, dim, bias, name)
        rank = sampled_rank(model, key=jax.random.key(case))
        if rank.status == "measured":
            confident += 1
            assert rank.value == structural_rank(model).value, (case, model)
    assert confident >= 40  # an engine that never decides would pass the line above


def test_an_undecided_rank_says_why():
    """Twelve neurons on a line: their tangents differ by less than rounding."""
    model = TwoLayer.normal(14, 1, 0.1, key=jax.random.key(0), activation="softplus")
    rank = sampled_rank(model, key=jax.random.key(1))
    assert rank.value is None
    assert "cannot" in rank.note or "too close" in rank.note
    assert rank.singular_values is not None


def test_a_function_without_a_domain_is_refused():
    model = jax.tree_util.Partial(lambda a, x: a * x, jnp.ones(()))
    with pytest.raises(ValueError, match="domain is None and Partial"):
        sampled_rank(model, key=jax.random.key(0))
