"""BibTeX of the papers behind answers."""

import re
from pathlib import Path

import jax
import pytest

import suffice as sf
from suffice._core.literature import PUBLICATIONS
from suffice.cli import main
from suffice.papers import PAPERS

ROOT = Path(__file__).parents[2]


def keys(text):
    return re.findall(r"eprint = \{(.+)\}", text)


def test_the_papers_behind_a_result_and_no_others():
    model = sf.TwoLayer.normal(2, 2, key=jax.random.key(0))
    rank = sf.structural_rank(model)
    assert keys(sf.cite(rank)) == ["2211.11623"]
    size = sf.optimistic_sample_size(model)  # it rests on the generic rank, too
    both = sf.cite(size, rank, size)
    assert keys(both) == ["2406.18035", "2211.11623"]
    assert both.startswith("@software{suffice,")


def test_an_answer_without_a_paper_has_the_entry_of_the_package_only():
    assert keys(sf.cite()) == keys(sf.cite("derived here; 9999.99999")) == []


@pytest.mark.parametrize("name", PAPERS)
def test_papers_are_named(name):
    (number,) = keys(sf.cite(name))
    assert PUBLICATIONS[number].name == name


def test_entries_are_whole():
    for paper in PUBLICATIONS.values():
        entry = paper.bibtex
        assert entry.count("{") == entry.count("}")
        assert all(name in entry for name in paper.authors)
        assert len(paper.authors) > 1
    found = [paper.bibtex.split(",")[0] for paper in PUBLICATIONS.values()]
    assert len(set(found)) == len(found)


def test_the_citation_file_names_every_paper():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    for paper in PUBLICATIONS.values():
        if paper.name:
            assert f'title: "{paper.title}"' in text
            assert paper.cited in text
            for name in paper.authors:
                given, family = name.rsplit(maxsplit=1)
                assert f"given-names: {given}, family-names: {family}" in text


def test_the_verb_reads_what_other_verbs_print(tmp_path, capsys):
    assert main(["rank", "two-layer", "--inputs", "2", "--width", "2"]) == 0
    answer = tmp_path / "answer.txt"
    answer.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["cite", str(answer), "grokking"]) == 0
    assert keys(capsys.readouterr().out) == ["2211.11623", "2405.17479"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_what_cannot_be_read_is_one_line(tmp_path, capsys, content):
    path = tmp_path / "answer.txt"
    if content:
        path.write_bytes(content)
    assert main(["cite", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert ("does not exist" if content is None else "expected a page") in err
