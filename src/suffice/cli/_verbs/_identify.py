"""`suffice identify`: what data can determine of a law, what they say, what is next."""

import dataclasses
import inspect
import shlex
from pathlib import Path
from typing import Annotated, Any

import tyro

from suffice.cli._common import key, once, say, start
from suffice.cli._defaults import defaults
from suffice.cli._fields import Count, File, Output, Ranges, Seed, Steps
from suffice.cli._models import executed
from suffice.cli._parse import parse

ABOUT = """\
Says which parameters of a law of your own any data can determine, and which
combinations of them. With a table (--at) it fits the law: parameters with intervals,
other solutions, checks of the residuals; and says where to measure next.

Example: suffice identify laws.py:michaelis --inputs conc --at data.csv --target rate
where laws.py has: def michaelis(conc, vmax=200.0, km=0.1): return ..."""

NORMAL = 1.959964  # standard errors from the value to an end of its 95 % interval


@dataclasses.dataclass(frozen=True)
class IdentifyOptions:
    """The law, the table and what is asked of them."""

    file: Annotated[str, tyro.conf.Positional]
    """FILE.py:name of a function whose arguments are inputs and, with a default,
    parameters; the file is executed, so name only one that you trust."""
    inputs: tuple[str, ...] = ()
    """Names of the inputs; by default the arguments that are columns of the table or,
    without a table, those without a default."""
    at: File = None
    """Table of measurements with a column for each input."""
    target: tuple[str, ...] = ()
    """Name of the column that the law describes; one for each output."""
    error: Annotated[str | None, tyro.conf.arg(metavar="COLUMN")] = None
    """Column with the measurement error of the target, a standard deviation per row;
    rows count by one over its square."""
    fixed: tuple[str, ...] = ()
    """Parameters that do not vary: km, or km=0.1."""
    positive: tuple[str, ...] = ()
    """Parameters that cannot be negative."""
    bounds: tuple[str, ...] = ()
    """Bounds of parameters: km=0:1."""
    range: Ranges = ()
    """Least and largest value of an input; one flag per input. Without it those of the
    table, or 0.01 and 10."""
    step: Steps = ()
    """Distance of neighbouring values of an input; one flag per input."""
    against: tuple[str, ...] = ()
    """Other laws to compare on the table: FILE.py:name."""
    design: Annotated[str, tyro.conf.arg(metavar="CRITERION")] = defaults(
        "laws", "design"
    )["criterion"]
    """What the next measurements are best for: D, A, I or the name of a parameter."""
    next: Count | None = None
    """Number of measurements to propose; without it they are shares, as if nothing was
    measured."""
    robust: bool = False
    """Choose the measurements on average over the uncertainty of the parameters."""
    want: Annotated[
        tuple[str, str] | None, tyro.conf.arg(metavar="PARAMETER WIDTH")
    ] = None
    """How narrow an interval is wanted, to each side: km 10%, or km 0.01."""
    predict: File = None
    """Table of new inputs; needs --at, and --out for the predictions."""
    out: Output = None
    """Write the predictions here, as .csv, with intervals of a new measurement."""
    starts: Count = defaults("laws", "best_fit")["starts"]
    """Number of starts of the fit."""
    report: Output = None
    """Write a self-contained HTML page here."""
    force: bool = False
    """Replace existing files."""
    seed: Seed = 0
    """Random seed; equal seeds give equal answers."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(IdentifyOptions, "identify", args, ABOUT)
    if (options.at is None) != (not options.target):
        raise ValueError("give --at TABLE and --target COLUMN together, or neither.")
    if (options.predict is None) != (options.out is None):
        raise ValueError("give --predict TABLE and --out FILE together, or neither.")
    if options.predict is not None and options.at is None:
        raise ValueError("--predict needs --at TABLE, to which the law is fitted.")
    start()
    return answer_for(options, shlex.join(["suffice", "identify", *args]))


def answer_for(options: IdentifyOptions, command: str) -> int:
    """Answer what the options ask, and print it."""
    from suffice.laws import design, identify, LawAnswer
    from suffice.laws._shared import NoDesignError
    from suffice.report import law_page, law_text, write_page

    law, random = _law(options.file, options), key(options.seed)
    ranges = {n: (low, high) for n, low, high in once(options.range, "range")}
    fit, parts = None, {}
    if options.at is not None:
        fit, parts = _fitted(law, options, ranges, random)
    found = identify(law, ranges=(fit.data.ranges if fit else {}) | ranges, key=random)
    if found.whole and (fit is None or fit.determined.whole):
        try:
            parts["design"] = design(
                fit or law,
                criterion=options.design,
                size=options.next,
                ranges=ranges,
                steps=dict(once(options.step, "step")),
                robust=options.robust,
                key=random,
            )
        except NoDesignError as error:  # the other answers hold all the same
            say(str(error))
    answer = LawAnswer(law=law, formula=law.text, determined=found, fit=fit, **parts)
    print(answer.to_json() if options.json else law_text(answer))
    if options.predict is not None and options.out is not None:
        _write_predictions(fit, options.predict, Path(options.out), options.force)
    if options.report is not None:
        page = law_page(answer, command=command)
        write_page(page, options.report, overwrite=options.force)
        say(f"the page is {options.report}")
    return 0


def _write_predictions(fit: Any, new: str, out: Path, replace: bool) -> None:
    """Write the inputs with a prediction and its interval for every target."""
    import pandas as pd

    from suffice._core import write_whole
    from suffice.auditing._shared import read_rows

    x = read_rows(new, fit.data.inputs)
    frame = pd.DataFrame(x, columns=list(fit.data.inputs))
    found = [fit.predict(x, target=target) for target in fit.data.targets]
    for part in found:
        frame[part.target], frame[f"{part.target} low"] = part.value, part.low
        frame[f"{part.target} high"] = part.high
    frame["outside the data"] = ["yes" if out else "no" for out in found[0].outside]
    write_whole(out, frame.to_csv(index=False), replace=replace)
    say(f"{found[0].headline()} They are in {out}")


def _fitted(law: Any, options: IdentifyOptions, ranges, random) -> tuple[Any, dict]:
    from suffice.laws import compare_laws, fit_law, rows_needed

    starts = options.starts
    fit = fit_law(
        law, options.at, options.target, error=options.error, starts=starts, key=random
    )
    parts = {}
    if options.against:
        others = [_law(name, None, law.inputs) for name in options.against]
        parts["comparison"] = compare_laws(
            [law, *others], fit.data, starts=starts, key=random
        )
    if options.want is not None:
        name, width = options.want
        if name not in law.names:
            raise ValueError(
                f"--want names {name!r}; expected a parameter, {', '.join(law.names)}."
            )
        want = _width(width, fit[name].value) / NORMAL
        parts["needed"] = rows_needed(fit, name, want, ranges=ranges, key=random)
    return fit, parts


def _law(name: str, options: IdentifyOptions | None, inputs: tuple[str, ...] = ()):
    """The law of a name in a Python file, as the options want it."""
    from suffice._core import check_file
    from suffice.laws import Law, law

    path, colon, member = name.rpartition(":")
    if not colon or not path.endswith(".py"):
        raise ValueError(f"{name} is no law; expected FILE.py:name.")
    check_file(path)
    function = executed(Path(path), member)
    if isinstance(function, Law):
        return function
    if options is None:
        return law(function, inputs)
    pairs = [text.partition("=") for text in options.fixed]
    return law(
        function,
        options.inputs or _columns(function, options),
        fixed=[name for name, _, _ in pairs],
        start={name: _number(v, "fixed") for name, equal, v in pairs if equal},
        positive=options.positive,
        bounds={name: _ends(ends) for name, ends in _pairs(options.bounds)},
    )


def _columns(function: Any, options: IdentifyOptions) -> tuple[str, ...] | None:
    """The arguments of a function that are columns of the table."""
    if options.at is None or not inspect.isfunction(function):
        return None
    from suffice._core.tables import read_frame

    columns = set(read_frame(options.at).columns) - {*options.target}
    names = inspect.signature(function).parameters
    return tuple(name for name in names if name in columns) or None


def _pairs(texts: tuple[str, ...]) -> list[tuple[str, str]]:
    for text in texts:
        if "=" not in text:
            raise ValueError(f"--bounds is {text}; expected name=LOW:HIGH.")
    pairs = [text.partition("=") for text in texts]
    return once([(name, value) for name, _, value in pairs], "bounds")


def _ends(text: str) -> tuple[float, float]:
    low, colon, high = text.partition(":")
    if not colon:
        raise ValueError(f"--bounds holds {text}; expected LOW:HIGH, such as 0:1.")
    return _number(low, "bounds"), _number(high, "bounds")


def _number(text: str, flag: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"--{flag} holds {text!r}; expected a number.") from None


def _width(text: str, value: float) -> float:
    share = text.endswith("%")
    number = _number(text.rstrip("%"), "want")
    return number / 100 * abs(value) if share else number
