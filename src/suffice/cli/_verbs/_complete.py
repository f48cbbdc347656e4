"""`suffice complete`: which missing entries of a matrix are determined."""

import dataclasses
import shlex
from typing import Annotated, Literal

import tyro

from suffice.cli._common import key, say, start
from suffice.cli._defaults import defaults
from suffice.cli._fields import (
    Between,
    Count,
    Delimiter,
    Input,
    Names,
    Output,
    Report,
    Seed,
)
from suffice.cli._parse import parse
from suffice.cli._progress import progress

ABOUT = """\
Says which missing entries of a matrix the observed entries determine at a rank and
fills them. Says why the other entries stay undetermined, and lists which entries to
observe next.

The file is a table, as text or Parquet: a matrix with blanks, or one line per entry
(row, column, value).

Example: suffice complete ratings.csv --rank 3 --out completed.csv
         suffice complete log.csv --row user --column film --value stars --rank auto"""

Name = Annotated[str | None, tyro.conf.arg(metavar="NAME")]


COMPLETE = defaults("completion", "complete")
TABLE = defaults("completion", "complete_table")


@dataclasses.dataclass(frozen=True)
class CompleteOptions:
    """The file and the options of its completion."""

    file: Input
    """Observed entries: text such as .csv or .tsv, plain or gzipped, or .parquet."""
    rank: str = TABLE["rank"]
    """Rank of the matrix besides its offsets. auto takes the least rank that meets the
    entries to rounding, or the rank that predicts held-out entries best; it fills
    nothing if the entries decide no rank."""
    offsets: Literal["auto", "none", "columns", "rows", "both"] = TABLE["offsets"]
    """A number for every column, every row, or both, besides the part of low rank. auto
    takes what predicts held-out entries best, and none where the entries are exact."""
    bounds: Annotated[tuple[float, float] | None, tyro.conf.arg(metavar="LOW HIGH")] = (
        None
    )
    """Least and largest value of an entry, such as 1 5 for ratings."""
    out: Output = None
    """Write the completed entries here, in the format of the file."""
    report: Report = None
    """Write a self-contained HTML page here."""
    force: bool = False
    """Replace existing files."""
    next: Annotated[int, Between(0)] = TABLE["next_size"]
    """Number of entries to observe next that are listed."""
    format: Literal["auto", "matrix", "triplets"] = "auto"
    """Format of the file: a matrix with blanks, or triplets, one line per entry."""
    header: bool = False
    """The first line names the columns; by default this is detected."""
    no_header: bool = False
    """The first line holds values."""
    labels: Name = None
    """For a matrix: the column with the labels of the rows, by name or position from 1,
    or none; by default it is detected."""
    row: Name = None
    """For triplets: the column with the labels of the rows, by name or position; #2 is
    always a position."""
    column: Name = None
    """For triplets: the column with the labels of the columns."""
    value: Name = None
    """For triplets: the column with the values."""
    drop: Names = ()
    """For a matrix: columns to leave out, by name or position."""
    missing: tuple[str, ...] = ()
    """Further spellings of a missing entry, e.g. 0 or x."""
    average: bool = False
    """Replace several values of one entry by their mean."""
    delimiter: Delimiter = None
    method: Literal["least-squares", "flow", "greedy", "nuclear"] = TABLE["method"]
    """How values are found. least-squares: the best fit of the rank; flow: gradient
    flow of factors from a small start; greedy: rank by rank; nuclear: the least nuclear
    norm. The method does not change which entries are determined."""
    max_rank: Count = COMPLETE["max_rank"]
    """Largest rank that auto tries."""
    seed: Seed = 0
    """Random seed; equal seeds give equal answers."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(CompleteOptions, "complete", args, ABOUT)
    rank = _rank(options.rank)
    from suffice.completion import read_entries

    table = read_entries(
        options.file,
        format=options.format,
        header=_header(options),
        labels=options.labels,
        row=options.row,
        column=options.column,
        value=options.value,
        drop=options.drop,
        missing=options.missing,
        average=options.average,
        delimiter=options.delimiter,
    )
    from suffice.completion._shared import check_rank

    if rank not in ("auto", 0):
        check_rank(rank, table.observed.shape)
    start()
    from suffice.completion import complete_table
    from suffice.completion._shared import entries_text
    from suffice.report import write_page
    from suffice.report._shared import completion_text

    with progress(options.file) as report:
        completion = complete_table(
            table,
            rank=rank,
            offsets=options.offsets,
            method=options.method,
            bounds=options.bounds,
            next_size=options.next,
            max_rank=options.max_rank,
            key=key(options.seed),
            progress=report,
        )
    print(completion.to_json() if options.json else completion_text(completion))
    if options.out is not None:
        write_page(entries_text(completion), options.out, overwrite=options.force)
        say(f"the completed entries are in {options.out}")
    if options.report is not None:
        from suffice.report import completion_page

        page = completion_page(
            completion, command=shlex.join(["suffice", "complete", *args])
        )
        write_page(page, options.report, overwrite=options.force)
        say(f"the page is {options.report}")
    return 0


def _header(options: CompleteOptions) -> bool | None:
    if options.header and options.no_header:
        raise ValueError("--header and --no-header exclude each other; give one.")
    return options.header if options.header or options.no_header else None


def _rank(text: str) -> int | Literal["auto"]:
    if text == "auto":
        return "auto"
    try:
        return int(text)
    except ValueError:
        raise ValueError(
            f"rank is {text!r}; expected a whole number or 'auto'."
        ) from None
