"""The script `do` sets up its environment and says what it lacks."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

DO = Path(__file__).parents[1] / "do"
PYTHON = """\
#!/bin/sh
case "$*" in
    *ensurepip*) exit "${NO_VENV:-0}" ;;
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip install "*)
        echo installed "$@" >>log
        bin=${0%/*}
        printf '#!/bin/sh\\necho ran "$@"\\n' >"$bin/suffice"
        chmod +x "$bin/suffice"
        exit "${NO_NETWORK:-0}" ;;
    "-m pytest "*) echo "$0" "$@" ;;
esac
"""


@pytest.fixture
def do(tmp_path):
    """Run `do` in a folder with a blank in its name and a pretended interpreter."""
    if os.name != "posix" or shutil.which("uv", path="/usr/bin:/bin"):
        pytest.skip("the script needs a POSIX shell, and uv would be preferred")
    root, programs = tmp_path / "a folder", tmp_path / "bin"
    root.mkdir()
    programs.mkdir()
    shutil.copy(DO, root / "do")
    for name in ("pyproject.toml", "constraints.txt", "constraints-oldest.txt", "log"):
        (root / name).touch()
    for name in ("python3.11", "python3.12", "python3.13", "python3", "pyenv"):
        (programs / name).write_text("#!/bin/sh\nexit 1\n")
        (programs / name).chmod(0o755)
    (programs / "python3.11").write_text(PYTHON)

    def run(*words, **variables):
        path = {"PATH": f"{programs}:/usr/bin:/bin", **variables}
        command = [root / "do", *(words or ("rank", "two words"))]
        done = subprocess.run(command, env=path, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr, root

    return run


def test_it_sets_up_once_and_runs_in_a_path_with_blanks(do):
    for _ in range(2):
        code, out, _, root = do()
        assert (code, out) == (0, "ran rank two words\n")
    assert (root / "log").read_text().count("installed") == 1


def test_a_set_up_that_was_stopped_starts_again(do):
    _, _, _, root = do()
    gone = subprocess.Popen(["true"])
    gone.wait()
    (root / ".venv.unfinished").write_text(f"{gone.pid}\n")
    (root / ".venv" / "half").touch()
    code, out, _, _ = do()
    assert (code, out) == (0, "ran rank two words\n")
    assert not (root / ".venv" / "half").exists()
    assert not (root / ".venv.unfinished").exists()


def test_two_set_ups_do_not_disturb_each_other(do):
    *_, root = do()
    (root / ".venv.unfinished").write_text(f"{os.getpid()}\n")
    code, _, err, _ = do()
    assert code == 2
    assert "is setting up .venv; wait until it has ended" in err
    assert (root / ".venv" / "bin" / "suffice").exists()


def test_what_is_missing_is_named(do):
    code, _, err, _ = do(NO_VENV="1")
    assert code == 2
    assert "has no venv; install it" in err
    code, _, err, root = do(NO_NETWORK="1")
    assert code == 2
    assert "is there a network?" in err
    code, out, _, _ = do()
    assert (code, out) == (0, "ran rank two words\n")
    assert not (root / ".venv.unfinished").exists()


def test_the_newest_python_has_an_environment_of_its_own(do):
    code, _, err, root = do("newest")
    assert code == 69
    assert err == "suffice: it needs Python 3.12 or newer, and none was found.\n"
    newer = root.parent / "bin" / "python3.12"
    newer.write_text(PYTHON)
    code, out, _, _ = do("newest", "-k", "rank")
    assert code == 0
    assert out.startswith(f"{root}/.venv-newest/bin/python -m pytest")
    assert out.endswith("-k rank\n")
    assert not (root / ".venv").exists()


def test_the_lowest_versions_have_an_environment_of_their_own(do):
    code, out, _, root = do("oldest")
    assert code == 0
    assert out.startswith(f"{root}/.venv-oldest/bin/python -m pytest")
    assert "-c constraints-oldest.txt" in (root / "log").read_text()


def test_a_python_that_is_not_on_the_path_is_found_where_pyenv_keeps_it(do):
    *_, root = do()
    programs = root.parent / "bin"
    kept = root.parent / "py env" / "versions" / "3.13.5" / "bin"
    kept.mkdir(parents=True)
    (programs / "python3.11").rename(kept / "python")
    (programs / "pyenv").write_text(f"#!/bin/sh\necho '{kept.parents[2]}'\n")
    code, out, _, _ = do("newest")
    assert code == 0
    assert "/.venv-newest/bin/python -m pytest" in out
