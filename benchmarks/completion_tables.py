"""Filling real tables, against other imputers: `python completion_tables.py --data D`.

Entries are hidden from tables of measurements, panels, ratings: 10, 20 and 40 %, five
times each. The errors on the hidden entries that are determined stand beside those of
column means, scikit-learn's imputers and soft-impute on the same entries, in standard
deviations of the columns. A stopped run continues from its store.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import json
import time
import warnings
from pathlib import Path

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

from _completion_tables import cell, PEERS, TABLES  # noqa: E402
from _measure import from_command_line, markdown, write_table  # noqa: E402

SHARES, DRAWS = (0.1, 0.2, 0.4), 5
HEAD = ("table", "hidden", "draws", "determined", "suffice", *PEERS, "printed", "90 %")


def main(
    data: str,
    store: str = "completion-tables.jsonl",
    minutes: float = 15.0,
    quick: bool = False,
    write: bool = False,
) -> int:
    """Compute the cells that the store lacks, and print the table.

    Args:
        data: Folder with the tables.
        store: File of finished cells.
        minutes: CPU minutes after which no further cell begins.
        quick: One draw of the hidden entries.
        write: Put the table into README.
    """
    path = Path(store)
    done = [json.loads(line) for line in path.open()] if path.exists() else []
    known = {(c["table"], c["share"], c["draw"]) for c in done}
    start = time.process_time()
    for draw in range(1 if quick else DRAWS):
        for name in TABLES:
            for share in SHARES:
                late = time.process_time() - start > 60 * minutes
                if (name, share, draw) in known or late:
                    continue
                done.append(_computed(name, data, share, draw))
                with path.open("a") as file:
                    file.write(json.dumps(done[-1]) + "\n")
    rows = [
        row for name in TABLES for share in SHARES if (row := _row(done, name, share))
    ]
    verdicts = _verdicts(done)
    for row in (HEAD, *rows):
        print("  ".join(str(cell).ljust(15) for cell in row))
    print("\n".join(verdicts))
    if write:
        lines = [*markdown(HEAD, rows), "", *verdicts]
        write_table("completion of real tables", lines)
    return 0


def _computed(name, data, share, draw):
    before = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = cell(name, data, share, draw)
    return found | {"seconds": time.process_time() - before}


def _row(done, name, share):
    some = [c for c in done if (c["table"], c["share"]) == (name, share)]
    filled = [c for c in some if "suffice" in c]
    if not filled:
        return None

    def mean(key):
        values = [c[key] for c in filled if key in c]
        return f"{np.mean(values):.3g}" if values else "-"

    ratios = [c["printed"] / c["actual"] for c in filled if "printed" in c]
    return (
        name,
        f"{share:.0%}",
        str(len(some)),
        mean("determined"),
        *(mean(tool) for tool in ("suffice", *PEERS)),
        f"{np.median(ratios):.2f}x" if ratios else "-",
        mean("covered"),
    )


def _ratio(found):
    """The error of ours over that of the best of the others."""
    return found["suffice"] / min(found[tool] for tool in PEERS)


def _verdicts(done):
    filled = [c for c in done if "suffice" in c]
    best = np.array([_ratio(c) for c in filled])
    means = np.array([c["suffice"] / c["column means"] for c in filled])
    missed = [min(PEERS, key=c.get) for c in filled if _ratio(c) > 1.1]
    counts = ", ".join(f"{t} {missed.count(t)}" for t in PEERS if t in missed)
    honest = [c for c in filled if "printed" in c]
    ratios = np.array([c["printed"] / c["actual"] for c in honest])
    firm = ratios[[not c["few"] for c in honest]]
    covered = np.array([c["covered"] for c in honest])
    return [
        f"{len(filled)} cells: within 10 % of the best of the others in "
        f"{np.mean(best <= 1.1):.0%}, better than all in {np.mean(best < 1):.0%}; the "
        f"ratio to column means is at most {means.max():.3g}. In the other cells the "
        f"best is: {counts or 'none'}.",
        f"The printed error is within 15 % in {np.mean(np.abs(firm - 1) <= 0.15):.0%} "
        f"of {len(firm)} cells that are not warned of, with median deviation "
        f"{np.median(np.abs(firm - 1)):.1%}; in {len(ratios) - len(firm)} cells it is "
        "said that the estimate hangs on a few entries.",
        f"Intervals of 90 % hold {covered.mean():.1%} of the hidden values in the mean "
        f"of the cells (quartiles {np.quantile(covered, 0.25):.1%} and "
        f"{np.quantile(covered, 0.75):.1%}).",
    ]


if __name__ == "__main__":
    from_command_line(main, __doc__)
