"""Every paper, rerun at quick sizes, as a table: `python benchmarks/papers.py`.

The folder keeps what is finished, so that a run that was stopped goes on where it was.
Needs nothing but the package; about half an hour on two cores.
"""

import shutil
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

from _measure import from_command_line, markdown, write_table  # noqa: E402

import suffice as sf  # noqa: E402

HEAD = (
    "paper",
    "agree",
    "differ",
    "undecided",
    "checks hold",
    "of its abstract",
    "seconds",
)
DOCS = Path(__file__).parents[1] / "docs"
PAGES = Path("examples") / "papers"  # in the docs, with the names that the index has


def main(
    folder: Path = Path("reproduce-all"),
    only: str = "",
    full: bool = False,
    write: bool = False,
) -> int:
    """Rerun what is missing, and print what each paper comes to.

    Args:
        folder: Where numbers and pages are kept.
        only: Name of one paper; nothing is written for one.
        full: The sizes of the paper, for one paper; give a folder of its own.
        write: Put the table into docs/papers.md, and the pages into docs/examples.
    """
    if only:
        one = sf.reproduce(only, folder / only, full=full, progress=sf.show_progress)
        print("\n".join([*markdown(HEAD, [_row(one)]), "", one.headline()]))
        return 0
    found = sf.reproduce_all(
        folder, command="suffice reproduce all", progress=sf.show_progress
    )
    lines = markdown(HEAD, [_row(paper) for paper in found.papers])
    print("\n".join([*lines, "", found.headline()]))
    if write:
        write_table("papers", ["", *lines, ""], DOCS / "papers.md")
        _copy_pages(folder, [paper.name for paper in found.papers])
    return 0


def _copy_pages(folder, names):
    for page in ("index.html", *(f"{name}/page.html" for name in names)):
        (DOCS / PAGES / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / page, DOCS / PAGES / page)


def _row(paper):
    verdicts = [str(paper.count(v)) for v in ("agrees", "differs", "undecided")]
    every = len(paper.of("check"))
    checks = f"{paper.count('agrees', 'check')} of {every}" if every else ""
    tested = sum(bool(paper.covering(sentence)) for sentence in paper.abstract)
    abstract = f"{tested} of {len(paper.abstract)}"
    link = f"[{paper.name}]({PAGES / paper.name / 'page.html'})"
    return (link, *verdicts, checks, abstract, f"{paper.seconds:.0f}")


if __name__ == "__main__":
    from_command_line(main, __doc__)
