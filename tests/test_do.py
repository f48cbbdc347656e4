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
    "-m venv "*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip install "*)
        echo installed >>log
        printf '#!/bin/sh\\necho ran "$@"\\n' >.venv/bin/suffice
        chmod +x .venv/bin/suffice
        exit "${NO_NETWORK:-0}" ;;
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
    for name in ("pyproject.toml", "constraints.txt", "log"):
        (root / name).touch()
    (programs / "python3.11").write_text(PYTHON)
    (programs / "python3.11").chmod(0o755)

    def run(**variables):
        path = {"PATH": f"{programs}:/usr/bin:/bin", **variables}
        command = [root / "do", "rank", "two words"]
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
