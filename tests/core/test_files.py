"""Files are whole or absent, whoever writes them at the same time."""

import os

import pytest

from suffice._core import whole_file, write_whole


def test_a_failure_keeps_the_old_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "numbers.txt"
    write_whole(path, "old")

    def interrupted():
        with whole_file(path) as file:
            file.write(b"new")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_path_do_not_meet(tmp_path):
    path = tmp_path / "numbers.txt"
    with whole_file(path) as one, whole_file(path) as two:
        one.write(b"one")
        two.write(b"second")
    assert path.read_text() == "one"  # the last to finish


def test_a_file_that_appears_meanwhile_is_kept_when_asked(tmp_path):
    path = tmp_path / "numbers.txt"

    def overtaken():
        with whole_file(path, replace=False) as file:
            file.write(b"new")
            path.write_text("of another")

    with pytest.raises(FileExistsError):
        overtaken()
    assert path.read_text() == "of another"
    assert list(tmp_path.iterdir()) == [path]


def test_it_works_without_hard_links(tmp_path, monkeypatch):
    def refused(source, target):
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(os, "link", refused)
    write_whole(tmp_path / "new", "text", replace=False)
    assert (tmp_path / "new").read_text() == "text"
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "new", "other", replace=False)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"the folder .*no for a.txt does not"):
        write_whole(tmp_path / "no" / "a.txt", "text")
