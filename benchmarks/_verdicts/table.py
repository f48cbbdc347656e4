"""The table of what was said and how much of it is right."""

import platform
import subprocess
from pathlib import Path

import jax
import numpy as np

HEAD = (
    "| cases | question | answers | confident | bounds | undecided | refused | wrong "
    "| `matrix_rank` wrong |",
    "|---|---|---|---|---|---|---|---|---|",
)


def lines(verdicts):
    """One line for each kind of case and question, and a line for all of them."""
    keys = dict.fromkeys((v.kind, v.question) for v in verdicts)
    rows = [
        _row(*key, [v for v in verdicts if (v.kind, v.question) == key]) for key in keys
    ]
    cases = len({(v.kind, v.case) for v in verdicts})
    machine = (
        f"jax {jax.__version__}, NumPy {np.__version__}, Python "
        f"{platform.python_version()}, one thread, float64; {cases} cases at commit "
        f"{_commit()}."
    )
    return [machine, "", *HEAD, *rows, _row("all", "", verdicts)]


def _commit():
    """The commit of the package that was measured."""
    asked = ["git", "describe", "--always", "--dirty"]
    here = Path(__file__).parent
    done = subprocess.run(asked, cwd=here, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def _row(kind, question, verdicts):
    shares = [
        f"{sum(v.answer in names for v in verdicts) / max(len(verdicts), 1):.0%}"
        for names in (("confident", "crash"), ("bounds",), ("undecided",), ("refused",))
    ]
    wrong = sum(not v.right for v in verdicts)
    plain = [v.plain for v in verdicts if v.plain is not None]
    beside = f"{plain.count(False)} of {len(plain)}" if plain else ""
    count = f"**{wrong}**" if wrong else "0"
    cells = (kind, question, str(len(verdicts)), *shares, count, beside)
    return "| " + " | ".join(cells) + " |"
