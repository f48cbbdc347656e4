"""Files are whole or absent, whoever writes them at the same time."""

import os
import subprocess
import sys

import pytest

from suffice._core import _locks, alone, remove_partial, whole_file, write_whole


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


def test_what_a_killed_writer_left_is_taken_over(tmp_path):
    path = tmp_path / "numbers.txt"
    write = f"""
import os
import subprocess
import sys
from pathlib import Path
from suffice._core import whole_file
with whole_file(Path({str(path)!r})) as file:
    file.write(b"a long text of a process that is killed")
    file.flush()
    os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", write], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    write_whole(path, "new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_only_files_of_dead_writers_are_removed(tmp_path):
    (tmp_path / ".a.0.partial").write_text("of a dead process")
    with whole_file(tmp_path / "b") as file:
        remove_partial(tmp_path)
        file.write(b"alive")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_link_under_the_temporary_name_is_not_followed(tmp_path, kind):
    other, trap = tmp_path / "other", tmp_path / ".a.0.partial"
    other.write_text("mine")
    trap.symlink_to(other) if kind == "link" else trap.mkdir()
    write_whole(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "new"
    assert other.read_text() == "mine"


def test_it_works_where_the_disk_knows_no_locks(tmp_path, monkeypatch):
    monkeypatch.setattr(_locks, "fcntl", None)
    for text in ("one", "two"):
        write_whole(tmp_path / "a", text)
    remove_partial(tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["two"]


def test_a_lock_ends_with_its_process(tmp_path):
    path = tmp_path / "note"
    path.touch()
    hold = f"""
import time
from pathlib import Path
from suffice._core import alone
with alone(Path({str(path)!r}), ""):
    print("held", flush=True)
    time.sleep(60)
"""
    other = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(ValueError, match="wait for it"), alone(path, "wait for it."):
        pass
    other.kill()
    other.communicate()
    with alone(path, ""):
        pass


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
def test_a_file_that_becomes_too_large_is_named_and_leaves_nothing(tmp_path):
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
        "from pathlib import Path; from suffice._core import write_whole\n"
        "write_whole(Path('large.txt'), 'x' * 5000)"
    )
    paths = os.pathsep.join(map(os.path.abspath, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.stderr.splitlines()[-1].endswith("File too large: 'large.txt'")
    assert list(tmp_path.iterdir()) == []
