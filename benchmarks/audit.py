"""What an audit advises, against what comes of it: `python benchmarks/audit.py`.

Three parts: simulated campaigns that follow the advice where to measure next; the error
foretold for twice the rows on real tables; and which description the audit gives to a
table. Finished pieces are kept in a folder (`--store`), so that a run that was stopped
goes on where it was. One thread, float64.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import itertools
import platform
import sys
import time
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

from _audit import campaigns, forecasts, table  # noqa: E402
from _audit.laws import LAWS  # noqa: E402
from _audit.tables import tables  # noqa: E402
from _measure import from_command_line, write_table  # noqa: E402

NOISES = (0.05, 0.2)
PARTS = ("campaigns", "forecasts", "description")


def main(
    store: Path = Path("audit-benchmark"),
    parts: tuple[str, ...] = PARTS,
    repeats: int = 20,
    tables: Path | None = None,
    minutes: float = float("inf"),
    quick: bool = False,
    write: bool = False,
) -> int:
    """Run what is asked for.

    Args:
        store: Where finished pieces are kept.
        parts: Parts of the benchmark.
        repeats: Number of repetitions of every campaign.
        tables: Folder of further tables, as CSV or JSON files.
        minutes: CPU time after which no new campaign or record is begun; the table
            says how many there are.
        quick: Two laws and two tables, once: a smoke test.
        write: Put the tables in README, and the campaigns behind it in campaigns.jsonl.
    """
    store.mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", str((store / "compiled").resolve()))
    found = {}
    if "campaigns" in parts:
        found["campaigns"] = _campaigns(
            store / "campaigns", repeats, minutes, quick, write
        )
    if "forecasts" in parts:
        found["forecasts"] = _forecasts(store / "forecasts", tables, minutes, quick)
    if "description" in parts:
        found["description"] = _description(store / "description", tables, quick)
    for part, lines in found.items():
        print("\n".join([_machine(), *lines, ""]))
        if write and not quick:
            write_table(f"audit {part}", [_machine(), *lines])
    return 0


def _machine():
    return (
        f"jax {jax.__version__}, Python {platform.python_version()}, "
        f"{platform.machine()}, one thread."
    )


def _campaigns(store, repeats, minutes, quick, write):
    end = time.process_time() + 60 * minutes
    laws = LAWS[:2] if quick else LAWS
    found = {}
    for repeat in range(1 if quick else repeats):
        for law in laws:
            for band in (False, True):
                for noise in NOISES[:1] if quick else NOISES:
                    key = (law.name, "band" if band else "box", noise, repeat)
                    late = time.process_time() > end
                    done = campaigns.campaign(law, band, noise, repeat, store, late)
                    if done is not None:
                        found[key] = done
        _say(f"{len(found)} campaigns")
    if write and not quick:
        campaigns.record({campaigns.named(*key): one for key, one in found.items()})
    kinds = {
        kind: [c for key, c in found.items() if key[1] == kind]
        for kind in ("box", "band")
    }
    reached = {key[0] for key in found}
    laws = [law for law in laws if law.name in reached]
    by_law = {
        law.name: {
            kind: [c for key, c in found.items() if key[:2] == (law.name, kind)]
            for kind in kinds
        }
        for law in laws
    }
    about = (
        f"{' and '.join(f'{len(kinds[k])} campaigns in a {k}' for k in kinds)}: "
        f"{len(laws)} laws, noise {' and '.join(f'{100 * n:g} %' for n in NOISES)} of "
        f"the spread, up to {1 + max(key[3] for key in found)} repetitions each."
    )
    head = ("domain", "choice", "8 more", "16 more", "24 more", "ours over it", "lost")
    per_law = (
        "law", "box: random", "default", "declared", "band: random", "default",
        "declared",
    )  # fmt: skip
    return [
        "", about, "", *_grid(head, table.campaign_rows(kinds)),
        "", *_grid(per_law, table.law_rows(by_law)),
    ]  # fmt: skip


def _forecasts(store, folder, minutes, quick):
    end = time.process_time() + 60 * minutes
    records = {}
    for count, (name, x, y) in enumerate(tables(folder)):
        if quick and count == 2:
            break
        sizes = forecasts.sizes_of(y)[: 1 if quick else None]
        draws = range(1 if quick else forecasts.DRAWS)
        for size, draw in itertools.product(sizes, draws):
            late = time.process_time() > end
            found = forecasts.record(name, x, y, size, draw, store, late)
            if found is not None:
                records.setdefault(name, []).append(found)
        _say(f"{name}: {len(records.get(name, []))} records")
    about = (
        f"{sum(map(len, records.values()))} forecasts of twice the rows, on "
        f"{len(records)} tables, up to {forecasts.DRAWS} draws of each size."
    )
    rows = [
        (what, asked, f"{value:.3f}", "" if most is None else _met(value <= most))
        for what, asked, value, most in table.forecast_rows(records)
    ]
    return ["", about, "", *_grid(("forecast", "asked", "measured", "met"), rows)]


def _description(store, folder, quick):
    from _audit_description import description

    return ["", *description(store, folder, quick=quick)]


def _met(value):
    return "yes" if value else "**no**"


def _grid(head, rows):
    lines = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    from_command_line(main, __doc__)
