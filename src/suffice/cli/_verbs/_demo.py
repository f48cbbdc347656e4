"""`suffice demo`: the audit on measured data and on a law without noise."""

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

from suffice._core import MissingExtra, require
from suffice.cli._common import key, say, start
from suffice.cli._fields import Seed
from suffice.cli._parse import parse
from suffice.cli._progress import progress

ABOUT = """\
Audits two tables: a simulated, noise-free law of magnetisation, and measured rates of
an enzyme reaction with repeats, where an error of 12 is wanted. Writes both tables and,
where the extra `pages` is installed, both pages into a new folder.

Example: suffice demo"""


WANTED = {"magnet": None, "puromycin": "12"}


@dataclasses.dataclass(frozen=True)
class DemoOptions:
    """The folder and the seed of the demo."""

    folder: str = "suffice-demo"
    """Folder to write; files of an earlier demo in it are replaced."""
    seed: Seed = 0
    """Random seed; equal seeds give equal answers."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(DemoOptions, "demo", args, ABOUT)
    folder = Path(options.folder)
    made = {f"{name}.{suffix}" for name in WANTED for suffix in ("csv", "html")}
    _claim(folder, made)
    paged = _can_write_pages()
    start()
    started = time.monotonic()
    audits = {name: _one(name, folder, options, paged) for name in WANTED}
    if options.json:
        print(json.dumps({name: audit.to_dict() for name, audit in audits.items()}))
    what, suffix = ("pages", "html") if paged else ("tables", "csv")
    say(
        f"{time.monotonic() - started:.0f} s; the {what} are "
        f"{' and '.join(str(folder / f'{name}.{suffix}') for name in WANTED)}"
    )
    return 0


def _can_write_pages() -> bool:
    """Whether the extra is installed; without it the answers are printed only."""
    try:
        require("A page", "pages")
    except MissingExtra as error:
        say(f"the answers are printed, without pages. {error}")
        return False
    return True


def _claim(folder: Path, names: set[str]) -> None:
    """Make the folder; raise an error if it holds anything but an earlier demo."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file; choose another --folder.")
    if folder.is_dir() and (foreign := {p.name for p in folder.iterdir()} - names):
        raise ValueError(
            f"{folder} holds {sorted(foreign)[0]!r}, which no demo wrote; choose "
            "another --folder."
        )
    folder.mkdir(parents=True, exist_ok=True)


def _one(name: str, folder: Path, options: DemoOptions, paged: bool) -> Any:
    from suffice.auditing import audit, magnet, puromycin, read_table
    from suffice.report import audit_text

    table = {"magnet": magnet, "puromycin": puromycin}[name]()
    path, want = folder / f"{name}.csv", WANTED[name]
    _save(table, path)
    with progress(name) as report:
        result = audit(
            read_table(path, table.target),
            want=want,
            key=key(options.seed),
            progress=report,
        )
    command = f"suffice audit {path} --target {table.target} --seed {options.seed}"
    command += f" --want {want}" if want else ""
    if paged:
        from suffice.report import audit_page, write_page

        page = audit_page(result, command=command)
        write_page(page, folder / f"{name}.html", overwrite=True)
    if not options.json:
        print(audit_text(result, brief=True), end="\n\n")
    return result


def _save(table: Any, path: Path) -> None:
    from suffice._core import write_whole

    lines = [",".join((*table.inputs, table.target))]
    for x, y in zip(table.x, table.y, strict=True):
        lines.append(",".join(map(repr, map(float, (*x, y)))))
    write_whole(path, "\n".join(lines) + "\n")
