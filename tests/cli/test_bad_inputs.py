"""Bad inputs are refused in one sentence, at once, and nothing is written."""

import os
import subprocess
import sys
import time

import pytest
from bad_files import AUDIT, contents, GOOD, options_of, TWO

from suffice.cli import main
from suffice.cli._main import VERBS

NUMBERS = ("many", "nan", "1e400", "-7", "0x10")
BAD_FILES = ("none.csv", "empty.csv", "folder", "device", "binary.csv", "sheet.xlsx")
MODELS = (
    *("two-layr", "TWO", "none.npz", "none.py:model", "mine.py", "mine.py:nothing"),
    *("mine.py:number", "raises.py:model", "broken.py:model", "leaves.py:model"),
    *("junk.npz", "text.npz", "wrong.npz", "deep.npz", "cut.npz", "bomb.npz", "folder"),
)
WRITES = {
    "audit": ("--report",),
    "identify": ("--report",),
    "predict": ("--out",),
    "reduce": ("--out",),
    "complete": ("--out", "--report"),
    "classify": ("--out", "--report"),
    "embed": ("--out",),
    "spectra": ("--report",),
    "reason": ("--report",),
    "branches": ("--figure",),
    "plot": ("--out", "--figure"),
}
FIT = "identify laws.py:line --at table.csv"
READ = (  # a file that is read is never replaced
    *(
        f"audit table.csv --target y {f} table.csv --force"
        for f in ("--model", "--report")
    ),
    "complete matrix.csv --out matrix.csv --force",
    "complete matrix.csv --out folder/../matrix.csv --force",
    "identify laws.py:line --at table.csv --target y --report table.csv --force",
)
LINES = [
    # verbs and models
    *("rnak", "audits table.csv", "sweep", "status", "export", "audit", "complete"),
    *(f"{verb} {model}" for verb in ("rank", "reduce") for model in MODELS),
    *(f"rank --seed 3 {TWO}", "rank", "rank deep --widths 3", "rank deep --widths 3 0"),
    *(f"rank {TWO} extra words", f"rank {TWO} --seed", "rank two-layer --width 3"),
    *("rank two-layer --inputs 0 --width 1", "rank two-layer --inputs 2 --width -1"),
    "rank matrix --shape 3 4 --rank 5",
    *("rank matrix --shape 3 --rank 1", "rank diagonal --inputs 3 --nonzero 4"),
    *(f"rank {TWO} --activation {name}" for name in ("tahn", "poly:", "poly:1,x", "")),
    f"rank {TWO} --activation poly:{'1,' * 2000}1",
    f"rank {TWO} --activation poly:1,{'9' * 400}",
    "rank convolution --width 1 --inputs 4 --kernel 5",
    f"rank {TWO} --points x.csv --sphere",
    # sizes
    *(f"{verb} two-layer --inputs 2 --width 1000000000" for verb in ("rank", "plan")),
    *("plan matrix --shape 5000 5000 --rank 2", "rank linear --inputs 10000000000"),
    "rank deep --widths 100000 100000 1",
    "rank diagonal --inputs 10 --layers 1000000000",
    "rank matrix --shape 10 10 --rank 2 --layers 100000000",
    "rank attention --token-dim 1000000 --length 2",
    "rank convolution --width 1000000 --inputs 1000 --kernel 100",
    "branches --width 1000000 --intrinsic-width 1",
    "branches --width 5 --intrinsic-width 1 --loss nonzero --components 1000000",
    f"branches {TWO} --in-width 1000000",
    f"rank {TWO} --seed {10**23}",
    "sample-size matrix --shape 480189 17770 --rank 17771",
    "sample-size matrix --shape 8 6 --rank 2 --in-width 1",
    "sweep study.toml --set seeds 1000000000000",
    "sweep study.toml --set seeds 100000000000000000000000",
    "sweep study.toml --set target.width 1000000000",
    # studies
    *(f"sweep {name}.toml" for name in ("none", "nested", "cut", "unknown", "folder")),
    *("sweep study.toml --shard 2", "sweep study.toml --shard 3/2"),
    *("sweep study.toml --set scale", "sweep study.toml --set nothing 1"),
    *("sweep study.toml --set scale 1 nan", "sweep study.toml --workers -1"),
    # tables
    *(f"audit {name} --target y" for name in (*BAD_FILES, "bomb.csv.gz", "cut.csv.gz")),
    *(f"complete {name}" for name in BAD_FILES),
    *(f"spectra {name} --target y" for name in (*BAD_FILES, "bomb.npz", "cut.npz")),
    *(f"guarantee {TWO} --samples {n}" for n in (*BAD_FILES, "bomb.npz", "object.npy")),
    *(f"plan {TWO} --pool {name}" for name in (*BAD_FILES, "bomb.npz")),
    *(f"classify {TWO} --target y --data {name}" for name in BAD_FILES),
    *(f"identify laws.py:line --at {name} --target y" for name in BAD_FILES),
    *(f"identify {name}" for name in ("laws.py", "none.py:line", "laws.py:none")),
    *("identify mine.py:number", "identify raises.py:a"),
    *(f"{GOOD['identify']} --want slope {w}" for w in ("0", "-1%", "nan", "many")),
    *("audit ragged.csv --target y", "audit utf16.csv --target y"),
    *("audit table.csv --target x", "audit table.csv --target y --inputs q"),
    *(
        "audit table.csv --target y --drop q",
        "audit table.csv --target y --pool matrix.csv",
    ),
    *("audit table.csv --target y --delimiter ab", "complete matrix.csv --rank many"),
    *("complete matrix.csv --rank -1", "complete matrix.csv --rank 9"),
    *(
        "complete matrix.csv --row q --column a --value b",
        "complete matrix.csv --average 3",
    ),
    *("complete matrix.csv --method fastest", "spectra table.csv --target y"),
    *(f"guarantee {TWO}", "guarantee two-layer --inputs 3 --width 2 --samples x.csv"),
    *(f"embed {TWO}", f"embed {TWO} --data table.csv", f"classify {TWO} --data x.csv"),
    *("branches deep --widths 2 2 1", "branches --width 1 --intrinsic-width 2"),
    *("reason none.npz", "reason model.npz --task chian", "reason x.csv"),
    "reason model.npz --train --width 8",
    *("reproduce nothing", "demo --folder table.csv", "demo --folder folder"),
    *(
        "plot folder",
        "status folder",
        "export folder --to csv",
        "export folder --to pdf",
    ),
    *("plot some.store --quantity speed", "plot some.store --figure a.gif"),
    *(f"predict {name} --at x.csv" for name in (*BAD_FILES, *MODELS[10:], "law.npz")),
    # files that are written
    *(
        f"{GOOD[verb]} {flag} {path}{extra}"
        for verb, flags in WRITES.items()
        for flag in flags
        for path in ("taken.svg", "folder", "link.svg --force", "none/new.svg")
        for extra in ("",)
    ),
    *(f"{GOOD[verb]} {WRITES[verb][0]} device --force" for verb in ("audit", "reduce")),
    *READ,
    *(
        f"{GOOD[verb]} {' a.svg '.join(WRITES[verb])} a.svg --force"
        for verb in ("complete", "classify", "plot")
    ),
]


MISSPELT = [
    f"{GOOD[verb]} {flag[:-1]}{flag[-2]}x 1"
    for verb in VERBS
    for flag, _ in options_of(verb)
]
WRONG = [
    f"{GOOD[verb]} {flag} {value}"
    for verb in VERBS
    for flag, number in options_of(verb)
    if number
    for value in (NUMBERS if flag == "--seed" else NUMBERS[:3])
    if flag != "--rate" or value == "many"
]


@pytest.fixture
def refuse(folder, monkeypatch, capsys):
    """Run a line that must be refused; return its one sentence."""

    def run(line):
        monkeypatch.chdir(folder)
        before, started = contents(folder), time.process_time()
        code = main(line.split(" "))
        seconds = time.process_time() - started
        out, err = capsys.readouterr()
        said = [text for text in err.splitlines() if "executing" not in text]
        assert (code, out, len(said)) == (2, "", 1), err
        assert said[0].startswith("suffice: ")
        assert "Traceback" not in err
        assert ".partial" not in err
        assert len(said[0]) < 1100
        assert contents(folder) == before
        assert seconds < 2
        return said[0]

    return run


def test_the_table_is_long():
    assert len({*LINES, *MISSPELT, *WRONG}) >= 400


@pytest.mark.parametrize("line", LINES)
def test_a_bad_input_is_refused_in_one_sentence(refuse, line):
    refuse(line)


@pytest.mark.parametrize("verb", VERBS)
def test_a_misspelt_flag_is_refused_and_the_right_one_named(refuse, verb):
    for line in MISSPELT:
        if line.startswith(f"{GOOD[verb]} "):
            assert "has no flag" in refuse(line)


@pytest.mark.parametrize("verb", VERBS)
def test_a_number_that_is_none_is_refused(refuse, verb):
    for line in WRONG:
        if line.startswith(f"{GOOD[verb]} "):
            assert "expected" in refuse(line)


def test_a_file_that_is_read_is_never_replaced(refuse):
    for line in READ:
        assert "is never replaced" in refuse(line)


def test_the_sentences_name_what_is_wrong(refuse):
    for line, part in (
        ("rank two-layr", "did you mean 'two-layer'?"),
        ("audit loop.csv --target y", "is a link that leads to no file"),
        ("audit table.csv --targt y", "did you mean '--target'?"),
        (f"rank --seed 3 {TWO}", "the model comes before its flags"),
        ("rank two-layer --inputs 2 --width 1000000000", "needs about 24 GB"),
        ("plan matrix --shape 5000 5000 --rank 2", "needs about 400 MB"),
        ("guarantee two-layer --inputs 1 --width 1 --samples bomb.npz", "8 GB"),
        ("rank raises.py:model", "line 2 (model = table['x']) raised KeyError"),
        ("rank broken.py:model", "broken.py, line 1 (model = ()"),
        ("complete matrix.csv --out a.csv --report a.csv --force", "both name a.csv"),
        (f"{AUDIT} --range a 0 1 --range a 5 6", "--range names 'a' twice"),
        (f"{AUDIT} --levels a", "levels of 'a' are none"),
        (f"{AUDIT} --fixed a 3 --range a 0 1", "range and fixed both name 'a'"),
        (f"{FIT} --target a --inputs a b", "'a' is named twice"),
        (f"{FIT} --target y --error y", "'y' is named twice"),
        (f"{FIT} --target y --range a 0 1 --range a 2 3", "--range names 'a' twice"),
        (
            "reduce two-layer --inputs 1 --width 1 --out device --force",
            "device is a link",
        ),
        (f"reduce {TWO} --out {os.devnull} --force", "is a device"),
        ("reason model.npz --task chian", "did you mean 'chain'?"),
        (f"rank {TWO} --activation poly:{'1,' * 2000}1", "has 2001 coefficients"),
    ):
        assert part in refuse(line), line


WITHOUT_JAX = [
    *("rnak", "audits table.csv", "rank two-layr", "rank junk.npz", "reduce cut.npz"),
    *("rank bomb.npz", "audit binary.csv --target y", "audit bomb.csv.gz --target y"),
    *("status folder", "plot folder", "export folder --to csv", "reproduce nothing"),
    *(f"rank {TWO} --widht 3", f"rank {TWO} --seed x", "reason none.npz"),
    *(f"{verb} {TWO} --activation tahn" for verb in ("rank", "plan", "sample-size")),
    "rank two-layer --inputs 2 --width 1000000000",
    "plan matrix --shape 5000 5000 --rank 2 --size 100000000",
    f"plan {TWO} --size 5000",
    *(f"guarantee {TWO} --samples {name}" for name in ("binary.csv", "bomb.npz")),
    *(f"plan {TWO} --pool {name}" for name in ("sheet.xlsx", "object.npy")),
    f"rank {TWO} --points binary.csv",
    f"classify {TWO} --target y --data binary.csv",
    f"embed {TWO} --target y --data binary.csv --in-width 3",
    *("spectra cut.npz", "sweep none.toml", "sweep study.toml --shard 2"),
]
GUARDED = """
import sys
from suffice.cli import main
for line in sys.argv[1:]:
    assert main(line.split(" ")) == 2, line
    assert "jax" not in sys.modules, line
"""


def fresh(folder, code, words):
    """Run Python code with arguments in a new process."""
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
        capture_output=True,
        text=True,
    )


def test_refusals_do_not_wait_for_jax(folder):
    done = fresh(folder, GUARDED, WITHOUT_JAX)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == len(WITHOUT_JAX)


ABSURD = [
    "rank two-layer --inputs 2 --width 1000000000",
    "plan matrix --shape 5000 5000 --rank 2",
    f"rank {TWO} --activation poly:{'1,' * 2000}1",
    "branches --width 1000000 --intrinsic-width 1",
    "guarantee two-layer --inputs 1 --width 1 --samples bomb.npz",
    "audit bomb.csv.gz --target y",
    "sweep study.toml --set seeds 1000000000000",
    "rank bomb.npz",
]
ANSWERED = [
    "rank linear --inputs 20000",
    "rank matrix --shape 30 30 --rank 2 --layers 5000",
    "rank square-difference --inputs 3000000",
]


MEASURED = """
import resource, sys
from pathlib import Path
from suffice.cli import main
code = main(sys.argv[1:])
# The peak of this program; that of the process remembers the tests that started it.
status = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()
seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime
print(status[0], seconds)
sys.exit(code)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_absurd_inputs_take_little_memory_and_time_in_a_fresh_process(folder):
    for line in [*ABSURD, *ANSWERED]:
        done = fresh(folder, MEASURED, line.split())
        refused = line in ABSURD
        assert done.returncode == (2 if refused else 0), done.stderr
        assert done.stderr.count("\n") == refused
        peak, seconds = done.stdout.split()[-2:]
        assert int(peak) < 1_000_000, line  # kB
        assert float(seconds) < 8, line
