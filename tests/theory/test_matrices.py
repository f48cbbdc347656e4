"""Matrix models: arXiv:2211.11623 and 2307.08921; rectangular, symmetric and deep
products are derived and verified here."""

import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import (
    Diagonal,
    Linear,
    MatrixProduct,
    SquareDifference,
    SymmetricProduct,
)
from suffice.samples import guarantee, optimistic_sample_size, plan, stratification
from suffice.tangent import generic_rank, jacobian, numerical_rank, prefix_ranks

pytestmark = pytest.mark.theory

M1 = np.outer([1, 2, 4, 7], [1, 0.3, 0.7, -0.4])
M2 = np.outer([4, 6, 8, 18], [1, 0.15, 0.45, 0.2])
M3 = np.array(
    [
        [-1.8, 2.4, 7.7, -5.3],
        [0.4, 1.8, 5.4, -3.6],
        [3.2, 1.8, 4.8, -3.0],
        [6.6, 2.4, 5.9, -3.5],
    ]
)


def low_rank(rows, columns, rank, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, rank)) @ rng.normal(size=(rank, columns))


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [((4, 4), (0, 7, 12, 15, 16)), ((4, 5), (0, 8, 14)), ((3, 4), (0, 6, 10, 12))],
)
def test_completion(shape, sizes):
    for rank, value in enumerate(sizes):
        size = optimistic_sample_size(low_rank(*shape, rank), width=max(rank, 1))
        assert (size.value, size.status) == (value, "exact")


def test_the_targets_of_the_experiments():
    assert [optimistic_sample_size(m).value for m in (M1, M2, M3)] == [7, 7, 12]


@pytest.mark.parametrize("widths", [(4, 4, 4, 4), (3, 5, 5, 4), (4, 4, 4, 4, 4)])
def test_depth_changes_nothing(widths):
    table = stratification(MatrixProduct.normal(widths, key=jax.random.key(1)))
    p, q = widths[0], widths[-1]
    assert table.sizes == tuple(r * (p + q - r) for r in range(min(p, q) + 1))


@pytest.mark.parametrize("dim", [3, 4, 5])
def test_symmetric_factorisation(dim):
    for rank in range(dim + 1):
        u = np.random.default_rng(rank).normal(size=(dim, rank))
        wide = np.pad(u, ((0, 0), (0, dim - rank)))
        target = SymmetricProduct(jnp.asarray(wide))
        assert optimistic_sample_size(target).value == rank * dim - math.comb(rank, 2)


def test_a_matrix_that_is_not_symmetric_has_no_symmetric_factorisation(key):
    model = SymmetricProduct.normal(4, 4, key=key)
    with pytest.raises(ValueError, match="not symmetric"):
        optimistic_sample_size(M1, model=model)


def test_diagonal_models_count_nonzero_coefficients(key):
    for depth in (2, 3, 5):
        a = Diagonal.normal(6, depth, key=key).a.at[0, :2].set(0.0)
        size = optimistic_sample_size(Diagonal(a))
        assert (size.value, size.parameters) == (4, 6 * depth)
    difference = SquareDifference(
        jnp.array([1.0, 2.0, 0.0]), jnp.array([1.0, 0.0, 3.0])
    )
    assert optimistic_sample_size(difference).value == 2


def test_point_rank_of_diagonal_models_is_larger_than_needed():
    """A factor that vanishes once leaves its coefficient free: #{at most one zero}."""
    a = jnp.array([[0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 2.0, 1.0]])
    x = np.random.default_rng(0).normal(size=(9, 4))
    assert numerical_rank(jacobian(Diagonal(a), x)).value == 3
    assert optimistic_sample_size(Diagonal(a)).value == 2
    both = SquareDifference(jnp.array([1.0, 0.0]), jnp.array([1.0, 0.0]))
    assert numerical_rank(jacobian(both, x[:, :2])).value == 1
    assert optimistic_sample_size(both).value == 0


def test_linear_models_gain_nothing(key):
    assert optimistic_sample_size(Linear.normal(5, key=key)).value == 5
    dependent = Linear.normal(
        2, key=key, features=lambda x: jnp.array([x[0], x[1], x[0] - x[1], 1.0])
    )
    assert optimistic_sample_size(dependent).value == 3


def test_toy_model_with_a_product():
    """theta0 + theta1 x1 + theta2 theta3 x2: rank 2 exactly where both vanish."""
    inputs = np.random.default_rng(0).normal(size=(12, 2))

    def rank(*theta):
        def toy(theta, x):
            return theta[0] + theta[1] * x[0] + theta[2] * theta[3] * x[1]

        model = jax.tree_util.Partial(toy, jnp.array(theta))
        return numerical_rank(jacobian(model, inputs)).value

    assert rank(1.0, 1.0, 0.0, 0.0) == 2
    assert rank(1.0, 1.0, 0.0, 0.5) == rank(1.0, 1.0, 2.0, 0.5) == 3


SEQUENCES = """
31 43 21 13 24 41 11 12 42 44 32 34 33 22 23 14
34 21 23 43 41 44 11 33 12 14 13 24 32 22 31 42
24 33 31 44 43 34 13 14 23 33 11 12 42 22 21 41
44 23 42 12 14 32 41 31 11 34 13 22 24 21 33 43
24 34 41 12 22 44 11 31 32 42 21 13 43 33 23 14
43 44 21 34 33 31 23 11 41 24 14 13 12 22 32 42
"""


def test_when_the_designed_sequences_see_the_target():
    """arXiv:2211.11623, Figure 4: n_t of six orders of entries, a rank-1 target."""
    u, sigma, v = np.linalg.svd(M2)
    target = MatrixProduct((jnp.asarray(u[:, :1] * sigma[0]), jnp.asarray(v[:1])))
    found = []
    for line in SEQUENCES.split("\n")[1:-1]:
        entries = np.array([[int(c) - 1 for c in pair] for pair in line.split()])
        ranks = np.asarray(prefix_ranks(target, entries, key=jax.random.key(0)))
        found.append(int(np.argmax(ranks == 7)) + 1)
    assert found == [8, 9, 12, 11, 12, 13]


def test_share_of_seven_entries_that_determine_a_rank_one_matrix(key):
    """4096 spanning trees of the complete bipartite graph among 11440 choices."""
    target = MatrixProduct.normal((4, 1, 4), key=key)
    rows = jacobian(target, target.domain.x)
    subsets = np.array(list(itertools.combinations(range(16), 7)))
    sigma = np.linalg.svd(rows[subsets], compute_uv=False)
    assert int((sigma[:, 6] > 1e-9).sum()) == 4**3 * 4**3 == 4096
    assert len(subsets) == math.comb(16, 7) == 11440


def test_entries_without_a_connection_do_not_suffice(key):
    """Rank one: the guarantee holds exactly when the bipartite graph is connected."""
    target = MatrixProduct.normal((4, 1, 4), key=key)
    blocks = np.array(
        [(i, j) for i in range(4) for j in range(4) if (i < 2) == (j < 2)]
    )
    verdict = guarantee(target, blocks)
    assert (verdict.holds, verdict.rank_s, verdict.rank) == (False, 6, 7)
    assert guarantee(target, np.array([*blocks, (0, 3)])).holds


def descend(factors, entries, values, steps=20000):
    """Gradient descent with the largest step that keeps the loss falling."""

    def loss(f):
        return jnp.mean(((f[0] @ f[1])[entries[:, 0], entries[:, 1]] - values) ** 2)

    def step(state, _):
        f, now, rate = state
        slope = jax.grad(loss)(f)
        size = sum(jnp.sum(s**2) for s in slope)
        new = jax.tree.map(lambda p, s: p - rate * s, f, slope)
        then = loss(new)
        good = then <= now - 0.3 * rate * size + 1e-15
        f = jax.tree.map(lambda a, b: jnp.where(good, a, b), new, f)
        rate = jnp.where(good, jnp.minimum(1.05 * rate, 0.5), rate / 2)
        return (f, jnp.where(good, then, now), rate), None

    return jax.lax.scan(step, (factors, loss(factors), 0.01), None, steps)[0][0]


@pytest.mark.parametrize(("matrix", "size"), [(M1, 7), (M3, 12)], ids=["M1", "M3"])
def test_planned_entries_recover_at_the_optimistic_size_and_not_below(matrix, size):
    """arXiv:2307.08921, Figure 2: the error drops at n = O(f*)."""
    u, sigma, v = np.linalg.svd(matrix)
    rank = int((sigma > 1e-9).sum())
    target = MatrixProduct(
        (jnp.asarray(u[:, :rank] * sigma[:rank]), jnp.asarray(v[:rank]))
    )
    entries = target.domain.x
    order = entries[plan(target, pool=entries, size=size).order]
    errors = []
    for n in (size - 1, size):
        chosen = jnp.asarray(order[:n])
        values = jnp.asarray(matrix)[chosen[:, 0], chosen[:, 1]]
        keys = jax.random.split(jax.random.key(5), 5)
        starts = jax.vmap(lambda k: 1e-4 * jax.random.normal(k, (2, 4, 4)))(keys)
        run = functools.partial(descend, entries=chosen, values=values)
        left, right = jax.jit(jax.vmap(run))((starts[:, 0], starts[:, 1]))
        error = jnp.mean((left @ right - matrix[None]) ** 2, axis=(1, 2))
        errors.append(np.asarray(error) / np.mean(matrix**2))
    assert np.mean(errors[0]) > 1e-4
    assert errors[0].min() > 1e-7
    assert errors[1].max() < 1e-9


@pytest.mark.slow
def test_strassen_and_other_tensors(key):
    """Generic sizes of CP tensors, defects included, by `generic_rank`."""

    def entry(factors, index):
        return jnp.sum(
            jnp.prod(
                jnp.stack([f[i] for f, i in zip(factors, index, strict=True)]), axis=0
            )
        )

    def size(dims, r):
        factors = [jnp.ones((n, r)) for n in dims]
        index = np.array(list(itertools.product(*map(range, dims))))
        from suffice.models import Points

        model = jax.tree_util.Partial(entry, factors)
        return generic_rank(model, domain=Points(index), key=key).value

    assert [size((3, 3, 3), r) for r in (1, 4, 5)] == [7, 26, 27]
    assert [size((2, 2, 2, 2), r) for r in (2, 3, 4)] == [10, 14, 16]
