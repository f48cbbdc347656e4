"""What is determined at the values: arrays, files and the imputer say the same."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from suffice.completion import complete, complete_table, LowRankImputer, read_entries

NAN = np.nan
OPEN = (
    ([[1, 2, 3], [2, 4, 5], [3, 6, NAN]], 2),
    ([[1, 2, 3], [1, 2, 5], [1, 2, 9], [1, 2, NAN]], 2),
    ([[1, 2, 3, 4], [1, 2, 3, 4], [5, 1, 2, NAN]], 2),
    ([[1, 2, 3], [2, 4, 6], [3, 6, NAN]], 2),
    ([[0, 2], [0, NAN]], 1),
    ([[0, 2, 3], [0, NAN, NAN], [0, 4, 6]], 1),
)
KNOWN = (
    ([[1, 2, 3], [2, 1, 5], [3, 6, NAN]], 2, 9.0),
    ([[4, 1], [4, 1], [4, 1], [NAN, 1]], 1, 4.0),
    ([[1, 2, 3], [2, 4, 6], [3, 6, NAN]], 1, 9.0),
)


def answers(values, rank, folder):
    """The table completed as an array, as a file and by the imputer."""
    array = complete(values, rank=rank).values
    lines = [",".join("" if np.isnan(v) else f"{v:g}" for v in row) for row in values]
    (folder / "t.csv").write_text("\n".join(lines) + "\n")
    table = read_entries(folder / "t.csv", format="matrix")
    file = complete_table(table, rank=rank, next_size=0).completion.values
    return array, file, LowRankImputer(rank).fit_transform(values)


@pytest.mark.parametrize(("values", "rank"), OPEN)
def test_coincidences_leave_open_what_is_determined_in_general(values, rank, tmp_path):
    values = np.array(values, float)
    for found in answers(values, rank, tmp_path):
        np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize(("values", "rank", "expected"), KNOWN)
def test_what_the_values_determine_is_filled(values, rank, expected, tmp_path):
    values = np.array(values, float)
    for found in answers(values, rank, tmp_path):
        np.testing.assert_allclose(found[np.isnan(values)], expected, rtol=1e-7)


def exact_rank(matrix):
    rows, rank = [[Fraction(int(v)) for v in row] for row in matrix], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] / rows[rank][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


def one_missing(rng):
    """A small integer table of some rank with zeros, equal and proportional lines."""
    m, n = rng.integers(3, 6, 2)
    rank = int(rng.integers(1, 3))
    matrix = rng.integers(-2, 3, (m, rank)) @ rng.integers(-2, 3, (rank, n))
    if rng.random() < 0.3:
        matrix[rng.integers(m)] = matrix[0] * rng.integers(0, 3)
    return matrix, rank, (int(rng.integers(m)), int(rng.integers(n)))


def one_missing_agrees(count, seed):
    """Bordering a matrix adds 0, 1 or 2 to its rank: only rank r leaves no room."""
    rng = np.random.default_rng(seed)
    decided = [0, 0]
    while sum(decided) < count:
        matrix, rank, (k, col) = one_missing(rng)
        if not np.delete(matrix, k, 0).any() or exact_rank(matrix) > rank:
            continue
        values = matrix.astype(float)
        values[k, col] = NAN
        rest = np.delete(np.delete(matrix, k, 0), col, 1)
        fixed = exact_rank(rest) == rank
        found = complete(values, rank=rank).values[k, col]
        assert np.isnan(found) != fixed, (matrix, rank, k, col)
        if fixed:
            assert found == pytest.approx(matrix[k, col], abs=1e-6)
        decided[fixed] += 1
    return decided


def test_one_missing_entry_follows_the_rule_of_ranks():
    assert min(one_missing_agrees(30, 0)) > 3


@pytest.mark.slow
def test_many_single_missing_entries_follow_the_rule_of_ranks():
    assert min(one_missing_agrees(300, 1)) > 20


def rank_one_answers(values):
    """Which entries of a table of rank at most 1 have one value, by all zero patterns.

    A row or a column is zero or not. Given that, an entry is 0 if its row or column is,
    and otherwise fixed if non-zero observed entries connect its row with its column.
    """
    m, n = values.shape
    seen = ~np.isnan(values)
    options = [[set() for _ in range(n)] for _ in range(m)]
    for zero in itertools.product((False, True), repeat=m + n):
        rows, columns = np.array(zero[:m]), np.array(zero[m:])
        vanishing = rows[:, None] | columns
        if ((values == 0) != vanishing)[seen].any():
            continue
        ratios = connected(values, seen & ~vanishing)
        for i, j in np.argwhere(~seen):
            if vanishing[i, j]:
                options[i][j].add(0.0)
            else:
                options[i][j].add(ratios.get((int(i), int(j)), "free"))
    return [[len(cell) == 1 and "free" not in cell for cell in row] for row in options]


def connected(values, links):
    """The product of row and column along every path of non-zero entries."""
    m, n = values.shape
    size = {}
    for start in range(m):
        if start in size:
            continue
        size[start] = (start, 1.0)
        stack = [start]
        while stack:
            at = stack.pop()
            for i, j in np.argwhere(links):
                for here, there in ((i, m + j), (m + j, i)):
                    if here == at and there not in size:
                        root, factor = size[at]
                        size[there] = (root, values[i, j] / factor)
                        stack.append(there)
    return {
        (i, j): round(size[i][1] * size[m + j][1], 9)
        for i in range(m)
        for j in range(n)
        if m + j in size and size[i][0] == size[m + j][0]
    }


def several_missing_agree(count, seed):
    rng = np.random.default_rng(seed)
    filled = left_open = 0
    for _ in range(count):
        m, n = (int(s) for s in rng.integers(2, 5, 2))
        matrix = np.outer(rng.integers(-1, 3, m), rng.integers(-1, 3, n)).astype(float)
        values = np.where(rng.random((m, n)) < 0.7, matrix, NAN)
        if np.isnan(values).all():
            continue
        right = np.array(rank_one_answers(values))
        found = complete(values, rank=1).values
        missing = np.isnan(values)
        wrong = missing & ~np.isnan(found) & ~right
        assert not wrong.any(), (values.tolist(), found.tolist(), right.tolist())
        filled += int((missing & right & ~np.isnan(found)).sum())
        left_open += int((missing & right & np.isnan(found)).sum())
    return filled, left_open


def test_several_missing_entries_at_rank_one_are_never_filled_wrongly():
    filled, left_open = several_missing_agree(40, 0)
    assert filled > 10 * left_open


def test_one_of_finitely_many_is_said_with_the_entry_that_settles_it(tmp_path):
    rng = np.random.default_rng(0)
    whole = rng.normal(size=(4, 2)) @ rng.normal(size=(2, 4))
    lines = [[f"{v:.17g}" for v in row] for row in whole]
    for i in range(4):
        lines[i][i] = ""
    text = "\n".join(f"r{i}," + ",".join(row) for i, row in enumerate(lines))
    (tmp_path / "t.csv").write_text("name,a,b,c,d\n" + text)
    found = complete_table(read_entries(tmp_path / "t.csv"), rank=2)
    assert found.counts() == {"observed": 12, "finite": 4}
    assert any("observing (r0, a) would tell them apart" in n for n in found.notes)


def test_few_whole_numbers_can_have_an_exact_rank():
    values = np.array([[1.0, 2, 3, 4], [2, 4, NAN, 8], [3, 6, 9, NAN]])
    found = complete(values)
    assert (found.rank, found.choice.kind) == (1, "exact")
    np.testing.assert_allclose(found.values[np.isnan(values)], [6, 12])
    zeros = complete(np.array([[0.0, 0], [0, NAN]]))
    assert zeros.rank is None
    assert "every observed entry is 0" in zeros.note


@pytest.mark.parametrize("scale", [1e-3, 1.0, 70.0])
def test_an_entry_without_a_best_value_stays_open(scale):
    """No best matrix of rank 1: with `(x, b)` near 0, `(y, c)` grows without end."""
    values = np.array([[0.0, 0, 2], [0, 3, NAN], [1, NAN, 5]])
    turned = np.random.default_rng(0).permutation(3)
    found = complete(scale * values[turned], rank=1)
    assert np.isnan(found.values[turned == 1, 2])
    assert "could be anything" in found.note


def test_a_ridge_of_the_offsets_is_said(tmp_path):
    (tmp_path / "t.csv").write_text("r,a,b\nx,1,2\ny,3,\n")
    found = complete_table(read_entries(tmp_path / "t.csv"), rank=0)
    assert "1e+03 of the offsets of rows" in found.method()
