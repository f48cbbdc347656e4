"""Exact generic ranks: the published dimensions, over finite fields."""

import itertools
import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import (
    MatrixProduct,
    Points,
    Sphere,
    SymmetricProduct,
    TwoLayer,
)
from suffice.tangent import generic_rank, NotExact
from suffice.tangent._exact._finite_field import rational_rank


def two_layer(d, k, activation, bias=False):
    b = jnp.ones(k) if bias else None
    return TwoLayer(jnp.ones((k, d)), jnp.ones(k), b, activation=activation)


def tensor_entry(factors, index):
    """An entry of a sum of rank-one tensors, written as a plain function."""
    return math.prod(f[i] for f, i in zip(factors, index, strict=True)).sum()


def cp_rank(dims, terms, key):
    factors = [jnp.ones((n, terms)) for n in dims]
    entries = np.argwhere(np.ones(dims))
    model = jax.tree_util.Partial(tensor_entry, factors)
    return generic_rank(model, x=entries, key=key).value


def integers(rng, shape, rank):
    """A random integer matrix of a given rank."""
    left = rng.integers(-9, 10, (shape[0], rank))
    return (left @ rng.integers(-9, 10, (rank, shape[1]))).astype(float)


def product(*factors):
    return MatrixProduct(tuple(map(jnp.asarray, factors)))


@pytest.mark.theory
def test_matrix_product_at_every_rank_profile(key):
    """pq - (p - rank A)(q - rank B): arXiv:2211.11623, corrected to rectangles."""
    rng = np.random.default_rng(0)
    for p, m, q in ((4, 4, 4), (3, 5, 4)):
        for ra, rb in itertools.product(range(min(p, m) + 1), range(min(m, q) + 1)):
            model = product(integers(rng, (p, m), ra), integers(rng, (m, q), rb))
            got = generic_rank(model, key=key, parameters="given")
            assert got.value == p * q - (p - ra) * (q - rb)
            assert got.note is None  # over Q on a finite domain: nothing was drawn


@pytest.mark.theory
@pytest.mark.parametrize(
    ("dims", "sizes"),
    [
        ((4, 4, 4), (0, 7, 12, 15, 16)),
        ((4, 2, 5), (0, 8, 14)),
        ((3, 6, 4), (0, 6, 10, 12)),
    ],
    ids=str,
)
def test_optimistic_sizes_of_matrices(dims, sizes, key):
    """The rank r(p + q - r) of balanced factors: arXiv:2211.11623, Theorem 5."""
    rng = np.random.default_rng(1)
    p, m, q = dims
    for r, size in enumerate(sizes):
        model = product(integers(rng, (p, m), r), integers(rng, (m, q), r))
        assert generic_rank(model, key=key, parameters="given").value == size


@pytest.mark.theory
@pytest.mark.parametrize("d", [3, 4, 5])
def test_symmetric_product(d, key):
    for r in range(d + 1):
        u = integers(np.random.default_rng(r), (d, d), r)
        for model in (SymmetricProduct(jnp.asarray(u)),):
            got = generic_rank(model, key=key, parameters="given").value
            assert got == d * (d + 1) // 2 - (d - r) * (d - r + 1) // 2


def flag_formula(factors):
    """sum_l (alpha_l - alpha_{l-1}) beta_l, for W_L ... W_1."""
    rank, total, before = np.linalg.matrix_rank, 0, 0
    weights = factors[::-1]  # W_1 first
    for i, w in enumerate(weights):
        above, below = np.eye(weights[-1].shape[0]), np.eye(weights[0].shape[1])
        for v in reversed(weights[i + 1 :]):
            above = above @ v
        for v in weights[:i]:
            below = v @ below
        alpha = rank(above)
        total, before = total + (alpha - before) * rank(below), alpha
        assert w.shape == (above.shape[1], below.shape[0])
    return total


@pytest.mark.theory
@pytest.mark.parametrize("dims", [(3, 4, 2, 3), (2, 3, 3, 2, 3)], ids=str)
def test_deep_linear_rank_is_that_of_the_flags(dims, key):
    rng = np.random.default_rng(2)
    for _ in range(12):
        factors = [
            integers(rng, shape, int(rng.integers(0, min(shape) + 1)))
            for shape in itertools.pairwise(dims)
        ]
        got = generic_rank(product(*factors), key=key, parameters="given").value
        assert got == flag_formula(factors)


@pytest.mark.theory
def test_deep_linear_minimum_does_not_depend_on_depth(key):
    rng = np.random.default_rng(3)
    for r, size in enumerate((0, 6, 10, 12)):
        dims = (3, 5, 5, 4)
        factors = []
        for rows, columns in itertools.pairwise(dims):
            f = np.zeros((rows, columns))
            f[:r, :r] = np.diag(rng.integers(1, 5, r))
            factors.append(f)
        got = generic_rank(product(*factors), key=key, parameters="given").value
        assert got == size


@pytest.mark.theory
@pytest.mark.parametrize("bias", [False, True])
def test_quadratic_networks_are_symmetric_matrices(bias, key):
    for d in (2, 3):
        n = d + bias
        for k in range(1, n + 2):
            got = generic_rank(two_layer(d, k, "square", bias), key=key).value
            r = min(k, n)
            assert got == r * n - r * (r - 1) // 2


@pytest.mark.theory
@pytest.mark.parametrize(
    ("p", "d", "k", "defective"),
    [(3, 5, 7, 34), (4, 3, 5, 14), (4, 4, 9, 34), (4, 5, 14, 69)],
)
def test_powers_and_the_four_defects_of_alexander_and_hirschowitz(
    p, d, k, defective, key
):
    power = "poly:" + "0," * p + "1"
    assert generic_rank(two_layer(d, k, power), key=key).value == defective
    assert min(k * d, math.comb(d + p - 1, p)) == defective + 1
    # One neuron less and one more are not defective.
    for other in (k - 1, k + 1):
        want = min(other * d, math.comb(d + p - 1, p))
        assert generic_rank(two_layer(d, other, power), key=key).value == want


@pytest.mark.theory
def test_inhomogeneous_polynomials_saturate(key):
    def ranks(name):
        return [generic_rank(two_layer(2, k, name), key=key).value for k in (1, 2, 3)]

    assert ranks("poly:0,1,1") == [3, 5, 5]
    assert ranks("poly:0,1,0,1") == [3, 6, 6]


@pytest.mark.theory
@pytest.mark.parametrize(
    ("dims", "ranks"),
    [
        ((3, 3, 3), (7, 14, 21, 26, 27)),  # 26: the defective case of Strassen
        ((2, 2, 2, 2), (5, 10, 14, 16)),
        ((4, 4, 3), (9, 18, 27, 36, 44, 48)),
    ],
    ids=str,
)
def test_tensor_ranks(dims, ranks, key):
    got = [cp_rank(dims, r, key) for r in range(1, len(ranks) + 1)]
    assert tuple(got) == ranks


def test_a_rational_point_that_no_float_holds(key):
    """rank (1, 1/3; 3, 1) = 1 is lost when 1/3 is rounded."""
    model = product(np.array([[1.0, 1 / 3], [3.0, 1.0]]), np.eye(2))
    exact = [1, Fraction(1, 3), 3, 1, 1, 0, 0, 1]
    at = generic_rank(
        product(np.ones((2, 2)), np.ones((2, 2))), key=key, parameters=[*exact[:4]] * 2
    )
    floats = [float(v) for v in exact[:4]] * 2
    rounded = generic_rank(model, key=key, parameters=floats)
    assert (at.value, rounded.value) == (3, 4)


def test_the_note_bounds_the_failure(key):
    note = generic_rank(two_layer(3, 2, "square"), key=key).note
    assert note is not None
    assert float(note.split("1 - ")[1].rstrip(".")) < 1e-16


def test_domain_of_inputs_matters(key):
    """A quadratic on the sphere loses nothing, on two points almost everything."""
    net = two_layer(3, 3, "square", bias=True)
    assert generic_rank(net, key=key).value == 9
    assert generic_rank(net, domain=Sphere(3), key=key).value == 9
    assert generic_rank(two_layer(3, 4, "square", True), key=key).value == 10
    on_sphere = generic_rank(two_layer(3, 4, "square", True), domain=Sphere(3), key=key)
    assert on_sphere.value == 9  # |x|^2 = 1 is one linear relation
    assert generic_rank(net, domain=Points(np.eye(3)[:2]), key=key).value == 2


def test_vector_outputs_count_every_scalar(key):
    net = TwoLayer(jnp.ones((2, 3)), jnp.ones((2, 2)), activation="cube")
    assert generic_rank(net, key=key).value == 2 * (2 + 3 - 1)


def test_refusals(key):
    with pytest.raises(NotExact, match="'tanh'"):
        generic_rank(two_layer(2, 2, "tanh"), key=key)
    with pytest.raises(ValueError, match="prime is 100"):
        generic_rank(two_layer(2, 2, "square"), key=key, prime=100)
    with pytest.raises(ValueError, match="parameters is 'here'"):
        generic_rank(two_layer(2, 2, "square"), key=key, parameters="here")
    with pytest.raises(ValueError, match="pass one"):
        generic_rank(two_layer(2, 2, "square"), key=key, domain=Sphere(2), x=np.eye(2))


def test_rational_rank_of_known_matrices():
    rng = np.random.default_rng(5)
    for rank in (0, 1, 4):
        m = [[Fraction(int(v), 7) for v in row] for row in integers(rng, (6, 5), rank)]
        assert rational_rank(m) == rank
