"""`suffice audit`: how many samples a table needs, and which to take next."""

import contextlib
import dataclasses
import shlex
from collections.abc import Iterator
from typing import Annotated

import tyro

from suffice.cli._common import key, say, start
from suffice.cli._defaults import defaults
from suffice.cli._fields import (
    APPEND,
    Between,
    Column,
    Conditions,
    Count,
    Delimiter,
    File,
    Input,
    Levels,
    Names,
    Output,
    Ranges,
    Report,
    Seed,
    Steps,
)
from suffice.cli._parse import parse
from suffice.cli._progress import progress
from suffice.cli._region import pool_of, region_of

ABOUT = """\
Fits networks of growing width to a table of measurements and takes the smallest one
that predicts as well as any other. Says how many samples this network needs, whether
your samples determine it, how strongly they amplify noise, and what to measure next.

Example: suffice audit yacht.csv --target resistance --report page.html"""


AUDIT = defaults("auditing", "audit")
FIXED = tyro.conf.arg(metavar="INPUT VALUE")
OF_LAWS = {
    *("file", "target", "law", "inputs", "error", "range", "step", "integer", "levels"),
    *("fixed", "require", "pool", "cost", "want", "next"),
    *("report", "model", "force", "seed", "json"),
}


@dataclasses.dataclass(frozen=True)
class AuditOptions:
    """The table and the options of its audit."""

    file: Input
    """Table of measurements: .csv, .tsv or .parquet, one row per sample."""
    target: str
    """Name of the column to predict."""
    inputs: Names = ()
    """Names of the columns to predict from; by default all others."""
    drop: Names = ()
    """Names of columns to leave out."""
    error: Column = None
    """Column with the measurement error of the target, a standard deviation per row;
    rows count by one over its square."""
    range: Ranges = ()
    """Least and largest value at which an input can be measured; one flag per input.
    Without it an input keeps to the measured values, and to their dependences."""
    integer: Names = ()
    """Inputs that take whole numbers only."""
    step: Steps = ()
    """Distance of neighbouring values of an input; one flag per input."""
    levels: Levels = ()
    """The only values of an input, after its name; one flag per input."""
    fixed: Annotated[tuple[tuple[str, str], ...], APPEND, FIXED] = ()
    """The value at which an input, or a parameter of --law, stays; one flag each."""
    require: Conditions = ()
    """A linear condition that every proposal fulfils; one flag per condition."""
    pool: File = None
    """Table of candidates to measure next; by default they fill the region."""
    cost: Column = None
    """Column of the pool with the cost of each candidate."""
    want: Annotated[str | None, tyro.conf.arg(metavar="[PARAMETER] ERROR")] = None
    """Error that is wanted, in the unit of the target or such as 10% of its standard
    deviation: the answer says how many more measurements it takes. With --law it is a
    parameter and how far its interval may reach, as in suffice identify."""
    at: File = None
    """Table of inputs at which the error of prediction is wanted."""
    next: Annotated[int | None, Between(0)] = None
    """Number of measurements to propose; by default 8, with --law shares."""
    report: Report = None
    """Write a self-contained HTML page here."""
    model: Output = None
    """Write what was fitted here, for `suffice predict`."""
    force: bool = False
    """Replace existing files."""
    repair: bool = False
    """Drop incomplete rows and text columns, with a note on each."""
    distinct: bool = False
    """Keep one of each of rows that are equal, as in a file that was pasted twice."""
    delimiter: Delimiter = None
    keep: Annotated[str | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Folder for finished pieces of work, from which the same command continues after a
    stop; by default next to the report."""
    max_width: Count = AUDIT["max_width"]
    """Widest network tried."""
    folds: Annotated[int, Between(2)] = AUDIT["folds"]
    """Number of folds of the cross-validation."""
    restarts: Count = AUDIT["restarts"]
    """Number of random starts per fit; fewer, but at least 4, where a fit is large."""
    splits: Count = AUDIT["splits"]
    """Number of random splits for every point of the learning curve."""
    max_rows: Count = AUDIT["max_rows"]
    """A larger table is replaced by a random subset of this size."""
    law: Annotated[str | None, tyro.conf.arg(metavar="FILE.py:NAME")] = None
    """A law of your own in place of networks, as in suffice identify --at; the file is
    executed."""
    seed: Seed = 0
    """Random seed; equal seeds give equal answers."""
    brief: bool = False
    """Print sentences only, without tables."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(AuditOptions, "audit", _want_in_one(args), ABOUT)
    if options.law is not None:
        return _with_law(options, args)
    from suffice.auditing import read_table

    table = read_table(
        options.file,
        options.target,
        inputs=options.inputs,
        drop=options.drop,
        error=options.error,
        repair=options.repair,
        distinct=options.distinct,
        delimiter=options.delimiter,
    )
    region, pool = _region(options, table), pool_of(options, table)
    at = None
    if options.at is not None:
        from suffice.auditing._shared import read_rows

        names = table.inputs, table.categories
        at = read_rows(options.at, *names, delimiter=options.delimiter)
    start()
    from suffice.auditing import audit, save_predictor
    from suffice.report import audit_text

    keep = options.keep or (options.report and f"{options.report}.parts")
    with _goes_on(keep), progress(options.file) as report:
        result = audit(
            table,
            region=region,
            pool=pool and pool.x,
            cost=pool and pool.cost,
            want=_error(options.want),
            at=at,
            next_size=AUDIT["next_size"] if options.next is None else options.next,
            max_width=options.max_width,
            folds=options.folds,
            restarts=options.restarts,
            splits=options.splits,
            max_rows=options.max_rows,
            key=key(options.seed),
            keep=keep,
            progress=report,
        )
    print(result.to_json() if options.json else audit_text(result, brief=options.brief))
    if options.report is not None:
        from suffice.report import audit_page, write_page

        page = audit_page(result, command=shlex.join(["suffice", "audit", *args]))
        write_page(page, options.report, overwrite=options.force)
        say(f"the page is {options.report}")
    if options.model is not None:
        save_predictor(result.predictor, options.model, overwrite=options.force)
        say(f"the law is {options.model}; suffice predict takes it")
    return 0


@contextlib.contextmanager
def _goes_on(keep: str | None) -> Iterator[None]:
    """Say after a stop what is kept, and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"stopped; finished pieces are in {keep}: the same command goes on from "
            "them."
            if keep
            else "stopped; nothing is kept: with --report or --keep FOLDER the same "
            "command goes on after a stop."
        ) from None


def _with_law(options: AuditOptions, args: list[str]) -> int:
    """The answer of `suffice identify`, which fits the law to the table."""
    from suffice.cli._verbs._identify import answer_for, IdentifyOptions

    _check_alone(options)
    start()
    asked = IdentifyOptions(
        file=str(options.law),
        inputs=options.inputs,
        at=options.file,
        target=(options.target,),
        error=() if options.error is None else (options.error,),
        range=options.range,
        step=options.step,
        integer=options.integer,
        levels=options.levels,
        fixed=options.fixed,
        require=options.require,
        pool=options.pool,
        cost=options.cost,
        want=_pair(options.want),
        next=options.next,
        report=options.report,
        model=options.model,
        force=options.force,
        seed=options.seed,
        json=options.json,
    )
    return answer_for(asked, shlex.join(["suffice", "audit", *args]))


def _want_in_one(args: list[str]) -> list[str]:
    """The arguments, with the parameter and the error of --want in one of them."""
    words = list(args)
    if "--want" in words:
        at = words.index("--want") + 1
        pair = words[at : at + 2]
        if pair and pair[0].isidentifier() and not pair[-1].startswith("-"):
            words[at : at + 2] = [" ".join(pair)]
    return words


def _error(want: str | None) -> str | None:
    """The wanted error of predictions, if one is."""
    if want is not None and " " in want:
        raise ValueError(
            f"--want is {want!r}; expected one error, or with --law a parameter and an "
            "error."
        )
    return want


def _pair(want: str | None) -> tuple[str, str] | None:
    """The parameter of a law and its wanted error, if one is."""
    if want is None:
        return None
    parameter, _, error = want.partition(" ")
    if not error:
        raise ValueError(
            f"--want is {want!r}; expected a parameter and an error, such as km 10%."
        )
    return parameter, error


def _check_alone(options: AuditOptions) -> None:
    """Raise an error for flags that say nothing of a law of the user's own."""
    others = [
        f"--{field.name.replace('_', '-')}"
        for field in dataclasses.fields(options)
        if field.name not in OF_LAWS and getattr(options, field.name) != field.default
    ]
    if others:
        raise ValueError(
            f"{', '.join(others)} cannot be used with --law; `suffice identify --help` "
            "lists what a law of your own can be asked."
        )


def _region(options: AuditOptions, table):
    """Return the region that the flags declare, if they do, after a check of it."""
    from suffice.auditing import candidates

    region = region_of(options, options.fixed)
    if region is not None:
        candidates(table, region)
    return region
