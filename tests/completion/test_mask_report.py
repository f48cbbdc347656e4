"""What a mask determines at every rank."""

import itertools
import json

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from data import data_file
from known_masks import ExactTwin, off_diagonal, random_masks, two_blocks

from suffice.completion import closure, Connectivity, EntryStatus, mask_report

K44_EDGE = np.ones((4, 4), bool)
K44_EDGE[0, 0] = False


def test_four_by_four_without_an_entry_is_determined_up_to_rank_three():
    report = mask_report(K44_EDGE)
    assert report.generic_rank == (3, 3)
    assert [d.status for d in report.determinations] == ["unique"] * 3 + [
        "undetermined"
    ]
    assert report.identifiability()[0, 0] == 3
    assert (report.identifiability()[K44_EDGE] == -1).all()
    assert "up to rank 3" in report.headline()


@pytest.mark.parametrize(("size", "expected"), [(3, 2), (4, 2), (5, 3), (6, 4)])
def test_generic_rank_off_the_diagonal(size, expected):
    assert mask_report(off_diagonal(size), 1).generic_rank == (expected, expected)


def test_generic_rank_is_where_the_exact_rank_reaches_the_entries():
    for mask, _ in random_masks(25, seed=4, most=7):
        ranks = range(1, min(mask.shape) + 1)
        least = next(r for r in ranks if ExactTwin(mask, r).rank == mask.sum())
        assert mask_report(mask, 1).generic_rank == (least, least)


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (np.ones((2, 3), bool), Connectivity.complete),
        (K44_EDGE, Connectivity.connected),
        (np.eye(3, dtype=bool), Connectivity.disconnected_complete),
        (two_blocks(6), Connectivity.disconnected_complete),
        (two_blocks(6) & off_diagonal(6), Connectivity.disconnected),
    ],
)
def test_class_of_the_graph(mask, expected):
    assert mask_report(mask, 1).connectivity is expected


def test_empty_rows_and_columns_are_no_components():
    mask = np.zeros((4, 5), bool)
    mask[1:3, 2:4] = True
    report = mask_report(mask, 1)
    assert report.connectivity is Connectivity.complete
    assert report.empty_rows.tolist() == [0, 3]
    assert report.empty_columns.tolist() == [0, 1, 4]
    assert report.at(1).deficit == 5
    assert report.graph.row.tolist() == [-1, 0, 0, -1]


def test_rank_one_determines_exactly_within_components():
    """Two ways: networkx components, and the flexes of the completion matrix."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        mask = rng.random((12, 9)) < 0.12
        if not mask.any():
            continue
        graph = nx.Graph()
        graph.add_nodes_from(range(21))
        graph.add_edges_from((i, 12 + j) for i, j in np.argwhere(mask))
        same = np.zeros((12, 9), bool)
        for part in nx.connected_components(graph):
            rows = [v for v in part if v < 12]
            same[np.ix_(rows, [v - 12 for v in part if v >= 12])] = True
        codes = closure(mask, 1).entries()
        assert ((codes != EntryStatus.undetermined) == same).all()
        count = nx.number_connected_components(graph)
        assert closure(mask, 1).completion_rank == 21 - count


def test_what_is_determined_at_a_rank_is_at_every_smaller_one():
    for mask, _ in random_masks(15, seed=2):
        report = mask_report(mask, range(1, min(mask.shape) + 1))
        known = [d.entries() != EntryStatus.undetermined for d in report.determinations]
        for more, less in itertools.pairwise(known):
            assert (more | ~less).all()
        count = sum(k.astype(int) for k in known)
        free = ~mask
        assert (report.identifiability()[free] == count[free]).all()


def test_three_forms_of_a_mask_agree():
    mask = np.random.default_rng(0).random((8, 6)) < 0.5
    rows, columns = np.nonzero(mask)
    forms = [
        mask,
        sp.csr_array(mask),
        sp.coo_matrix((np.zeros(len(rows)), (rows, columns)), shape=mask.shape),
        (rows[::-1], columns[::-1], mask.shape),
    ]
    answers = [closure(form, 2).entries() for form in forms]
    assert all((a == answers[0]).all() for a in answers)


def test_exchanging_rows_and_columns_exchanges_the_answer():
    for mask, rank in random_masks(20, seed=8):
        there, back = closure(mask, rank), closure(mask.T, rank)
        assert (there.entries() > 0).tolist() == (back.entries() > 0).T.tolist()
        assert there.completion_rank == back.completion_rank


def test_a_report_prints_and_becomes_json():
    report = mask_report(two_blocks(8, links=1), (1, 2))
    assert "rank 2" in str(report)
    assert "<table>" in report._repr_html_()
    found = json.loads(report.to_json())
    assert found["determinations"][1]["deficit"] == 3
    assert "solution" not in found["determinations"][1]
    with pytest.raises(ValueError, match=r"rank is 3; the report covers \[1, 2\]"):
        report.at(3)


def test_nothing_is_left_of_a_full_mask():
    report = mask_report(np.ones((3, 4), bool))
    assert "nothing is left to determine" in report.headline()
    assert {d.deficit for d in report.determinations} == {0}
    assert {d.determined for d in report.determinations} == {1.0}


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("mask", "rank", "words"),
    [
        (np.zeros((3, 4), bool), 1, "marks no entry among 3 x 4"),
        (np.ones((3, 4)), 1, "dtype float64; expected booleans"),
        (np.full((3, 4), np.nan), 1, "dtype float64; expected booleans"),
        (np.ones(4, bool), 1, r"shape \(4,\)"),
        (K44_EDGE, 5, "rank is 5; expected a whole number from 1 to 4"),
        (K44_EDGE, 0, "rank is 0"),
        ((np.array([0, 0]), np.array([1, 1]), (2, 2)), 1, r"1 entries twice.*\(0, 1\)"),
        ((np.array([0, 2]), np.array([1, 1]), (2, 2)), 1, r"\(2, 1\), outside"),
        (
            (np.array([0.5]), np.array([1]), (2, 2)),
            1,
            "rows of the mask .* float64",
        ),
        ((np.array([0]), np.array([1, 0]), (2, 2)), 1, "1 rows and 2 columns"),
        (sp.coo_array(([1.0, np.nan], ([0, 1], [0, 1]))), 1, "stores 1 NaN"),
        (sp.coo_array(([1, 1], ([0, 0], [1, 1])), shape=(2, 2)), 1, "1 entries twice"),
    ],
)
def test_what_cannot_be_read_is_refused(mask, rank, words):
    with pytest.raises(ValueError, match=words):
        mask_report(mask, rank)


def test_no_rank_is_refused():
    with pytest.raises(ValueError, match="ranks is empty"):
        mask_report(K44_EDGE, ())


FRACTIONS = {1: 1.0, 2: 0.9983, 3: 0.9945, 5: 0.9880, 8: 0.9334, 10: 0.8688, 12: 0.6962}
GROWN = {10: 0.7641, 12: 0.6051}


@pytest.mark.parametrize("rank", FRACTIONS)
def test_lecture_ratings(rank):
    """InstEval, 2972 students x 1128 lecturers, 73421 ratings."""
    table = np.genfromtxt(
        data_file("lme4_InstEval.csv"), delimiter=",", names=True, dtype=int
    )
    rows, columns = (np.unique(table[c], return_inverse=True)[1] for c in ("s", "d"))
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    assert shape == (2972, 1128)
    found = closure((rows, columns, shape), rank)
    assert found.determined == pytest.approx(FRACTIONS[rank], abs=1e-4)
    assert found.unique == pytest.approx(GROWN.get(rank, found.determined), abs=1e-4)
    assert found.unresolved == 0
