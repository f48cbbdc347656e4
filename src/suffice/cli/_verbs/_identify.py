"""`suffice identify`: what data can determine of a law, what they say, what is next."""

import dataclasses
import shlex
from typing import Annotated, Any

import tyro

from suffice.cli._common import key, say, start
from suffice.cli._defaults import defaults
from suffice.cli._fields import (
    APPEND,
    Column,
    Conditions,
    Count,
    File,
    Levels,
    MaybeCount,
    Names,
    Output,
    Ranges,
    Report,
    Seed,
    Steps,
)
from suffice.cli._law import law_in, law_of, width_of
from suffice.cli._parse import parse
from suffice.cli._region import pool_of, region_of

ABOUT = """\
Says which parameters of a law of your own any data can determine, and which
combinations of them. With a table (--at) it fits the law: parameters with intervals,
other solutions, checks of the residuals; and says where to measure next.

Example: suffice identify laws.py:michaelis --inputs conc --at data.csv --target rate
where laws.py has: def michaelis(conc, vmax=200.0, km=0.1): return ..."""

LAW = tyro.conf.arg(metavar="FILE.py:NAME")
OF_A_TABLE = ("target", "error", "against", "robust", "want", "model")
Fixed = Annotated[
    tuple[tuple[str, ...], ...], APPEND, tyro.conf.arg(metavar="NAME [VALUE]")
]
Bounds = Annotated[
    tuple[tuple[str, float, float], ...],
    APPEND,
    tyro.conf.arg(metavar="PARAMETER LEAST LARGEST"),
]
Want = Annotated[tuple[str, str] | None, tyro.conf.arg(metavar="PARAMETER WIDTH")]
Laws = Annotated[tuple[str, ...], APPEND, LAW]


@dataclasses.dataclass(frozen=True)
class IdentifyOptions:
    """The law, the table and what is asked of them."""

    file: Annotated[str, tyro.conf.Positional, LAW]
    """A function whose arguments are inputs and, with a default, parameters; the file
    is executed, so name only one that you trust."""
    inputs: Names = ()
    """Names of the inputs; by default the arguments that are columns of the table or,
    without a table, those without a default."""
    at: File = None
    """Table of measurements with a column for each input."""
    target: Names = ()
    """Name of the column that the law describes; one for each output."""
    error: Names = ()
    """Column with the measurement error of the target, a standard deviation per row;
    rows count by one over its square. One column for all targets, or one for each."""
    fixed: Fixed = ()
    """A parameter that stays at a value, or at its starting value; or an input that
    stays at a value in every measurement; one flag for each."""
    positive: Names = ()
    """Parameters that cannot be negative."""
    bounds: Bounds = ()
    """Least and largest value of a parameter; one flag for each."""
    range: Ranges = ()
    """Least and largest value of an input; one flag per input. Without it those of the
    table, or 0.01 and 10."""
    step: Steps = ()
    """Distance of neighbouring values of an input; one flag per input."""
    integer: Names = ()
    """Inputs that take whole numbers only."""
    levels: Levels = ()
    """The only values of an input, after its name; one flag per input."""
    require: Conditions = ()
    """A linear condition that every measurement fulfils; one flag per condition."""
    pool: File = None
    """Table of candidates to measure next, in place of a region."""
    cost: Column = None
    """Column of the pool with the cost of each candidate."""
    against: Laws = ()
    """Another law to compare on the table; one flag for each."""
    design: Annotated[str, tyro.conf.arg(metavar="CRITERION")] = defaults(
        "laws", "design"
    )["criterion"]
    """What the next measurements are best for: D, A, I or the name of a parameter."""
    next: MaybeCount = None
    """Number of measurements to propose; without it they are shares, as if nothing was
    measured."""
    batches: Count = 1
    """Into how many batches they are divided; the first ones serve best."""
    robust: bool = False
    """Choose the measurements on average over fits to simulated tables."""
    want: Want = None
    """How narrow an interval is wanted, to each side: km 10%, or km 0.01."""
    starts: Count = defaults("laws", "best_fit")["starts"]
    """Number of starts of the fit."""
    report: Report = None
    """Write a self-contained HTML page here."""
    model: Output = None
    """Write the fitted law here, for `suffice predict`."""
    force: bool = False
    """Replace existing files."""
    seed: Seed = 0
    """Random seed; equal seeds give equal answers."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(IdentifyOptions, "identify", args, ABOUT)
    if options.at is None:
        for name in OF_A_TABLE:
            if getattr(options, name):
                raise ValueError(f"--{name} needs --at TABLE, the measurements.")
    elif not options.target:
        raise ValueError("--at needs --target COLUMN, which the law describes.")
    start()
    return answer_for(options, shlex.join(["suffice", "identify", *args]))


def answer_for(options: IdentifyOptions, command: str) -> int:
    """Answer what the options ask, and print it."""
    from suffice.laws import LawAnswer, save_law
    from suffice.report import law_text

    answer = LawAnswer(**_parts(options))
    print(answer.to_json() if options.json else law_text(answer))
    if options.report is not None:
        from suffice.report import law_page, write_page

        page = law_page(answer, command=command)
        write_page(page, options.report, overwrite=options.force)
        say(f"the page is {options.report}")
    if options.model is not None:
        assert answer.fit is not None
        save_law(
            answer.fit, options.model, source=options.file, overwrite=options.force
        )
        say(
            f"the law is {options.model}; suffice predict {options.model} --law "
            f"{options.file} takes it"
        )
    return 0


def _parts(options: IdentifyOptions) -> dict[str, Any]:
    """The parts of the answer."""
    import numpy as np

    from suffice.auditing import Table
    from suffice.laws import identify

    (law, still), random = law_of(options), key(options.seed)
    region = region_of(options, still)
    rows = np.zeros((0, len(law.inputs)))
    pool = pool_of(options, Table(law.inputs, "", rows, rows.sum(1)))
    parts = {"law": law, "formula": law.text}
    fit, ranges = None, {}
    if options.at is not None:
        fit = _fit(law, options, random)
        ranges = fit.data.ranges
        parts |= {"fit": fit, **_of_fit(fit, options, region, pool, random)}
    whole = _completed(region, ranges)
    parts["determined"] = found = identify(law, region=whole, key=random)
    if found.whole and (fit is None or fit.determined.whole):
        parts["design"] = _designed(fit or law, options, region, pool, random)
    else:
        say(
            "no places to measure next are chosen, as not every parameter is "
            "determined; hold some with --fixed"
        )
    return parts


def _completed(region: Any, ranges: dict[str, tuple[float, float]]) -> Any:
    """The region, with the measured ranges of inputs of which it says nothing."""
    from suffice.auditing import Region

    region = region or Region()
    said = {**region.levels, **region.fixed}
    rest = {name: ends for name, ends in ranges.items() if name not in said}
    return dataclasses.replace(region, range=rest | dict(region.range))


def _fit(law: Any, options: IdentifyOptions, random: Any) -> Any:
    from suffice.laws import fit_law

    return fit_law(
        law,
        options.at,
        options.target,
        error=options.error or None,
        starts=options.starts,
        key=random,
    )


def _of_fit(fit: Any, options: IdentifyOptions, region, pool, random) -> dict[str, Any]:
    """What is asked beside the fit: other laws, and the rows for a narrow interval."""
    from suffice.laws import compare_laws, rows_needed

    parts = {}
    if options.against:
        others = [law_in(name, fit.data.inputs) for name in options.against]
        parts["comparison"] = compare_laws(
            [fit.law, *others],
            fit.data,
            region=region,
            starts=options.starts,
            key=random,
        )
    if options.want is not None:
        name, width = options.want
        if name not in fit.law.names:
            raise ValueError(
                f"--want names {name!r}; expected a parameter, "
                f"{', '.join(fit.law.names)}."
            )
        parts["needed"] = rows_needed(
            fit,
            name,
            width_of(width, fit[name].value),
            interval=True,
            region=region,
            pool=pool and pool.x,
            key=random,
        )
    return parts


def _designed(law: Any, options: IdentifyOptions, region, pool, random) -> Any:
    """The design; None where there is none at these values of the parameters."""
    from suffice.laws import design
    from suffice.laws._shared import NoDesignError

    try:
        return design(
            law,
            criterion=options.design,
            size=options.next,
            batches=options.batches,
            region=region,
            pool=pool and pool.x,
            cost=pool and pool.cost,
            robust=options.robust,
            key=random,
        )
    except NoDesignError as error:  # the other answers hold all the same
        say(str(error))
        return None
