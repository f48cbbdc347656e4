"""Progress on standard error: one live line, or a bounded number of plain ones."""

import io
import sys

import pytest

from suffice._core import _progress, ProgressLines


class Stream(io.StringIO):
    """A stream that may be a terminal."""

    def __init__(self, terminal=False):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


class Notebook(Stream):
    """The stream of a notebook is no terminal, and comes from this package."""

    __module__ = "ipykernel.iostream"


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def work(monkeypatch, clock):
    """What a stream got of pieces that take `pace` seconds each."""

    def shown(stream, total, pace):
        monkeypatch.setattr(sys, "stderr", stream)
        show = ProgressLines()
        for done in range(total + 1):
            show(done, total, "cells")
            clock[0] += pace
        return stream.getvalue()

    return shown


def test_a_log_has_a_line_every_ten_seconds(work, capsys):
    lines = work(Stream(), 10_000, 0.125).splitlines()
    assert lines[0] == "0 of 10000 cells"
    assert lines[-1] == "10000 of 10000 cells"
    assert len(lines) == 126  # in 1250 seconds
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("pace", [0.0, 0.125, 1.0, 20.0])
def test_few_pieces_have_a_line_each(work, pace):
    lines = work(Stream(), 20, pace).splitlines()
    assert lines == [f"{done} of 20 cells" for done in range(21)]


@pytest.mark.parametrize("stream", [Stream(terminal=True), Notebook()])
def test_a_live_line_is_written_over_once_a_second(work, stream):
    text = work(stream, 1000, 0.125)
    assert text.count("\r") == 126  # in 125 seconds
    assert text.count("\n") == 1
    assert text.endswith("1000 of 1000 cells\n")


def test_a_shorter_line_covers_a_longer_one(monkeypatch):
    stream = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    show = ProgressLines("table.csv: ")
    for stage in ("a long name of a stage", "short"):
        show(0, 0, stage)
    first, second = stream.getvalue().split("\r")[1:]
    assert len(first) == len(second)
    assert second.rstrip() == "table.csv: short"


def test_a_long_line_does_not_wrap(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    ProgressLines()(0, 3, "x" * 100)
    assert len(stream.getvalue().strip("\r")) == 39


def test_a_second_run_of_the_same_stage_is_shown(work, clock, monkeypatch):
    stream = Stream()
    monkeypatch.setattr(sys, "stderr", stream)
    show = ProgressLines()
    for done in (0, 50, 0, 50):
        show(done, 50, "cells")
        clock[0] += 2
    assert stream.getvalue().splitlines() == ["0 of 50 cells", "50 of 50 cells"] * 2


def test_the_time_left_leaves_out_the_first_compilation(clock):
    words, said = _progress.ProgressWords(forecast=True), []
    for done, at in ((0, 0.0), (1, 100.0), (2, 101.0), (3, 102.0)):
        clock[0] = at
        words.changed(done, "cells")
        said.append(words.say(done, 5, "cells"))
    assert said[:2] == ["0 of 5 cells", "1 of 5 cells"]
    assert said[2:] == ["2 of 5 cells, about 3 s left", "3 of 5 cells, about 2 s left"]
