"""Without any extra the main job runs, and what needs one is refused before work."""

import subprocess
import sys

import pytest

from suffice._core._extras import EXTRAS
from suffice.cli import main
from suffice.cli._verbs import _demo

MODULES = [module for modules in EXTRAS.values() for module in modules]
LAW = "def line(x, a=1.0):\n    return a * x\n"
REFUSED = [  # a line, and the extra that it needs
    ("audit table.csv --target y --report page.html", "pages"),
    ("audit table.csv --target y --law laws.py:line --report page.html", "pages"),
    ("identify laws.py:line --report page.html", "pages"),
    ("complete table.csv --rank 1 --report page.html", "pages"),
    ("spectra table.csv --target y --report page.html", "pages"),
    ("branches --intrinsic-width 1 --width 2 --figure b.svg", "pages"),
    ("reason new.npz --train --report page.html", "pages"),
    ("plot store", "pages"),
    ("reproduce grokking", "pages,convex"),
    ("export store", "parquet"),
    ("audit table.parquet --target y", "parquet"),
    ("sweep study.toml --scheduler tls://nowhere:1", "cluster"),
    ("identify needs.py:line", "ode"),
]
IN_THE_CORE = """\
import contextlib, io, sys

class Without:
    "A finder that does not find the modules of the command line."
    def __init__(self, finder):
        self.finder = finder
    def __getattr__(self, name):
        return getattr(self.finder, name)
    def find_spec(self, name, path=None, target=None):
        known = name.partition(".")[0] not in sys.argv[1:]
        return self.finder.find_spec(name, path, target) if known else None

sys.meta_path[:] = map(Without, sys.meta_path)
import suffice
from suffice.cli import main
from suffice.cli._verbs import _demo
from suffice.cli._main import VERBS

refused = []
for chapter in map(suffice.__getattr__, suffice.__all__):
    for name in getattr(chapter, "__all__", ()):
        try:
            getattr(chapter, name)
        except ImportError as error:
            assert "suffice[pages]" in str(error), error
            refused.append(f"{chapter.__name__.removeprefix('suffice.')}.{name}")
with contextlib.redirect_stdout(io.StringIO()):
    assert not any(main([verb, "--help"]) for verb in VERBS)
    assert main(["rank", "two-layer", "--inputs", "4", "--width", "3"]) == 0
    assert main("audit table.csv --target y --max-width 1".split()) == 0
    assert main("identify laws.py:line --at table.csv --target y".split()) == 0
    assert main("complete matrix.csv --rank 1 --out filled.csv".split()) == 0
print(*refused)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    rows = "".join(f"{x},{x}\n" for x in range(12))
    study = "[model]\nkind = 'linear'\ninputs = 3\n[target]\nkind = 'random-network'\n"
    matrix = "\n".join(",".join(str(i * j) for j in range(1, 5)) for i in range(1, 5))
    files = {
        "table.csv": f"x,y\n{rows}",
        "matrix.csv": f"a,b,c,d\n{matrix[:-2]}\n",
        "laws.py": LAW,
        "needs.py": f"import diffrax\n{LAW}",
        "study.toml": f"{study}[samples]\nkind = 'random'\nsize = 3\n",
        "table.parquet": "no such file is read",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("line", "extra"), REFUSED)
def test_what_needs_an_extra_is_refused_at_once(
    folder, monkeypatch, capsys, line, extra
):
    for module in MODULES:
        monkeypatch.setitem(sys.modules, module, None)
    before = sorted(folder.iterdir())
    assert main(line.split()) == 2
    said = capsys.readouterr()
    last = said.err.splitlines()[-1]
    assert last.startswith("suffice: ")
    assert last.endswith(f'pip install "suffice[{extra}]".')
    assert said.out == ""
    assert sorted(folder.iterdir()) == before


def test_without_any_extra_all_names_but_pages_are_there_and_verbs_answer(folder):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IN_THE_CORE, *MODULES, "dask"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    refused = done.stdout.split()
    assert refused
    assert all(name.startswith("report.") for name in refused)
    assert not {"report.audit_text", "report.law_text", "report.write_page"} & {
        *refused
    }


@pytest.mark.parametrize("missing", [(), ("matplotlib",)], ids=["pages", "no pages"])
def test_the_demo_runs_without_pages_and_says_so(folder, monkeypatch, capsys, missing):
    for module in missing:
        monkeypatch.setitem(sys.modules, module, None)
    written = []
    monkeypatch.setattr(_demo, "_one", lambda *given: written.append(given[-1]))
    assert main(["demo"]) == 0
    assert written == [not missing] * 2
    said = capsys.readouterr().err
    assert ('pip install "suffice[pages]"' in said) == bool(missing)
    assert f"puromycin.{'csv' if missing else 'html'}" in said
