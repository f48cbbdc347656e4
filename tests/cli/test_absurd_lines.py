"""Absurd values of every flag of every verb: an answer, or one sentence."""

import io
import random
import zlib

import pytest
from bad_files import contents, GOOD, options_of

from suffice.cli import main
from suffice.cli._main import VERBS

ABSURD = (
    *("-1", "0", "nan", "inf", "-inf", "1e308", "1e-320", "1e400", "2.5", "-0.0"),
    *("99999999999", "9" * 40, "0x10", "1_0", "\u0661", "True", "[]", "{}", "%s"),
    *("", "  ", "\n", "\u00e9", "\U0001f600", "x" * 3000, "1 2 3", "a=b", "-"),
    *("none.csv", "empty.csv", "binary.csv", "table.csv", "model.npz", "mine.py:none"),
    *("folder", "device", "taken.svg", "none/new.svg", "../..", "/", "--json"),
)


def lines_of(verb):
    """Four absurd lines for every flag of a verb, and three for every other word."""
    rng = random.Random(zlib.crc32(verb.encode()))
    words = GOOD[verb].split()
    for flag, _ in options_of(verb):
        for count in (1, 1, 1, 2):
            yield [*words, flag, *rng.sample(ABSURD, count)]
    for place in range(1, len(words)):
        for value in rng.sample(ABSURD, 3):
            yield [*words[:place], value, *words[place + 1 :]]


@pytest.mark.slow
@pytest.mark.parametrize("verb", sorted(VERBS.keys() - {"demo"}))
def test_an_absurd_line_has_an_answer_or_one_sentence(
    verb, folder, monkeypatch, capsys
):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    before = contents(folder)
    for line in lines_of(verb):
        code = main(line)
        out, err = capsys.readouterr()
        assert code in (0, 2), (line, err)
        assert "Traceback" not in err, line
        if code == 2:
            said = [text for text in err.splitlines() if ": executing " not in text]
            assert said[0].startswith("suffice: "), line
            assert (out, len(said)) == ("", 1), (line, err)
            assert contents(folder) == before, line
        before = contents(folder)
