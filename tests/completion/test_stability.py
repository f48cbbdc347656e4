"""How noise in observed entries reaches the filled ones."""

import numpy as np
import pytest

import suffice.completion._design._stability as stability
from suffice.completion import closure, EntryStatus, stability_map


@pytest.fixture
def example():
    rng = np.random.default_rng(0)
    mask = rng.random((15, 12)) < 0.45
    mask[3] = False
    mask[3, 2] = True
    return rng.standard_normal((15, 2)), rng.standard_normal((2, 12)), mask


def by_pseudo_inverse(a, b, mask):
    """The defining formula, row by row."""
    (m, r), n = a.shape, b.shape[1]
    rows = np.zeros((m, n, m + n, r))
    for i, j in np.ndindex(m, n):
        rows[i, j, i], rows[i, j, m + j] = b[:, j], a[i]
    rows = rows.reshape(m, n, -1)
    jacobian = rows[mask]
    inverse = np.linalg.pinv(jacobian, rcond=1e-10)
    amplification = np.linalg.norm(rows @ inverse, axis=2)
    outside = rows - rows @ inverse @ jacobian
    amplification[np.linalg.norm(outside, axis=2) > 1e-8] = np.inf
    return amplification


def test_map_is_the_pseudo_inverse(example):
    np.testing.assert_allclose(
        stability_map(*example).amplification, by_pseudo_inverse(*example), rtol=1e-8
    )


def test_what_is_infinite_is_what_is_not_determined(example):
    codes = closure(example[2], 2).entries()
    infinite = np.isinf(stability_map(*example).amplification)
    assert (infinite == (codes == EntryStatus.undetermined)).all()


def test_map_belongs_to_the_product_not_to_the_factors(example):
    a, b, mask = example
    change = np.array([[3.0, 1.0], [-2.0, 0.1]])
    np.testing.assert_allclose(
        stability_map(a @ change, np.linalg.solve(change, b), mask).amplification,
        stability_map(a, b, mask).amplification,
        rtol=1e-7,
    )


def test_map_predicts_the_errors_of_noisy_fits(example):
    """Gauss-Newton fits to 400 noisy data sets; their spread has 3.5 % error."""
    a, b, mask = example
    mask = mask.copy()
    mask[3, :6] = True
    amplification = stability_map(a, b, mask).amplification
    rng, noise = np.random.default_rng(1), 1e-6
    m = len(a)
    errors = []
    for _ in range(400):
        observed = (a @ b)[mask] + noise * rng.standard_normal(mask.sum())
        left, right = a.copy(), b.copy()
        for _ in range(2):
            rows, columns = np.nonzero(mask)
            jacobian = np.zeros((len(rows), m + b.shape[1], 2))
            jacobian[range(len(rows)), rows] = right[:, columns].T
            jacobian[range(len(rows)), m + columns] = left[rows]
            residual = observed - (left @ right)[mask]
            flat = jacobian.reshape(len(rows), -1)
            step = np.linalg.lstsq(flat, residual, rcond=1e-10)[0].reshape(-1, 2)
            left, right = left + step[:m], right + step[m:].T
        errors.append((left @ right - a @ b) / noise)
    spread = np.sqrt(np.mean(np.square(errors), axis=0))
    assert np.isfinite(amplification).all()
    np.testing.assert_allclose(spread, amplification, rtol=0.25)


def test_a_sampled_map_agrees_within_its_error(example, monkeypatch):
    exact = stability_map(*example).amplification
    monkeypatch.setattr(stability, "DENSE_UNKNOWNS", 0)
    found = stability_map(*example, probes=200)
    assert found.method == "sampled"
    assert found.relative_error == pytest.approx(0.05)
    assert (np.isinf(found.amplification) == np.isinf(exact)).all()
    finite = np.isfinite(exact)
    ratio = found.amplification[finite] / exact[finite]
    assert np.abs(ratio - 1).max() < 6 * 0.05
    assert "sampled" in str(found)


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (np.ones((3, 2)), np.ones((2, 4)), "rank 1 with factors of rank 2"),
        (np.zeros((3, 1)), np.ones((1, 4)), "rank 0 with factors of rank 1"),
        (np.eye(3)[:, :2], np.ones((1, 4)), r"shape \(3, 2\) and right \(1, 4\)"),
        (np.ones((2, 1)), np.ones((1, 4)), r"\(2, 4\) and the mask \(3, 4\)"),
        (np.full((3, 1), np.nan), np.ones((1, 4)), "not finite"),
    ],
)
def test_factors_that_do_not_fit_are_refused(left, right, words):
    with pytest.raises(ValueError, match=words):
        stability_map(left, right, np.ones((3, 4), bool))


def test_dependent_factors_are_refused_whatever_rounding_leaves_of_their_rank():
    rng = np.random.default_rng(5)
    for _ in range(100):
        rank = int(rng.integers(1, 4))
        mix = rng.standard_normal((rank, rank + 1)) * 10.0 ** rng.integers(-6, 7)
        left = rng.standard_normal((6, rank)) @ mix
        right = rng.standard_normal((rank + 1, 5))
        with pytest.raises(ValueError, match="with factors of rank"):
            stability_map(left, right, np.ones((6, 5), bool))


def test_too_few_probes_are_refused():
    with pytest.raises(ValueError, match="probes is 1"):
        stability_map(np.ones((3, 1)), np.ones((1, 4)), np.ones((3, 4), bool), probes=1)
