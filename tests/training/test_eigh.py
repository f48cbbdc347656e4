"""Eigenvalues of many small matrices, beside LAPACK in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.training._methods._eigh import eigh

together = jax.jit(jax.vmap(eigh))


@pytest.mark.parametrize("n", range(1, 9))
def test_eigenvalues_and_vectors_are_those_of_lapack(n):
    """Graded, rank-deficient and of sizes from 1e-120 to 1e120, in one group."""
    rng = np.random.default_rng(n)
    rows = rng.normal(size=(300, n, max(1, n - 1)))
    rows *= 10.0 ** rng.uniform(-8, 0, (300, n, 1))
    rows[100:200, -1] = rows[100:200, 0]
    rows *= 10.0 ** rng.uniform(-60, 60, (300, 1, 1))
    matrices = rows @ rows.swapaxes(1, 2)
    values, basis = map(np.asarray, together(jnp.asarray(matrices)))
    size = np.abs(matrices).max((1, 2))[:, None]
    expected = np.linalg.eigvalsh(matrices)
    np.testing.assert_allclose(np.sort(values) / size, expected / size, atol=1e-14)
    whole = np.einsum("bij,bj,bkj->bik", basis, values, basis)
    np.testing.assert_allclose(
        whole / size[..., None], matrices / size[..., None], atol=1e-14
    )
    unit = basis @ basis.swapaxes(1, 2)
    np.testing.assert_allclose(unit, np.broadcast_to(np.eye(n), unit.shape), atol=1e-14)


def test_a_member_does_not_depend_on_the_others():
    """A diagonal matrix is done at once, a full one needs several sweeps."""
    rng = np.random.default_rng(0)
    full = rng.normal(size=(64, 4, 4))
    full = full @ full.swapaxes(1, 2)
    easy = np.broadcast_to(np.diag([1.0, 2.0, 3.0, 4.0]), full.shape)
    broken = np.full_like(full, np.nan)
    alone = together(jnp.asarray(full))
    for others in (easy, broken, full[::-1]):
        mixed = np.where(np.arange(64)[:, None, None] % 2, full, others)
        found = together(jnp.asarray(mixed))
        for one, other in zip(found, alone, strict=True):
            np.testing.assert_array_equal(one[1::2], other[1::2])


def test_one_matrix_is_solved_too():
    values, basis = eigh(jnp.diag(jnp.array([3.0, 1.0])))
    assert sorted(values.tolist()) == [1.0, 3.0]
    assert basis.shape == (2, 2)
