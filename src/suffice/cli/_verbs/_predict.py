"""`suffice predict`: predictions of a saved law, with intervals."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import tyro

from suffice.cli._common import say, start
from suffice.cli._fields import (
    Delimiter,
    FILE,
    Input,
    Output,
    Read,
)
from suffice.cli._models import member
from suffice.cli._parse import parse

ABOUT = """\
Predicts the target at new inputs by what `suffice audit --model` wrote, with intervals
of 95 %, and says which inputs lie outside the region of the data. The file of a law of
your own does not hold its function: name it with --law, and it is executed.

For a number the interval is that of a new measurement; for two classes and for counts
it is that of the chance and of the mean.

Example: suffice predict law.npz --at new.csv --out predictions.csv"""


@dataclasses.dataclass(frozen=True)
class PredictOptions:
    """The law, the new inputs, and where the predictions go."""

    file: Input
    """File that `suffice audit --model` wrote."""
    at: Annotated[str, FILE, Read()]
    """Table of new inputs, which needs the columns of the law; others are ignored."""
    out: Output = None
    """Write the inputs with their predictions here, as .csv; by default they are
    printed."""
    law: Annotated[str | None, tyro.conf.arg(metavar="FILE.py:NAME")] = None
    """The function of a law of your own; the file is executed, so name only one that
    you trust."""
    delimiter: Delimiter = None
    force: bool = False
    """Replace an existing file."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(PredictOptions, "predict", args, ABOUT)
    start()
    from suffice._core import write_whole
    from suffice.auditing._shared import read_rows, readable
    from suffice.laws._shared import joined

    law = _loaded(options)
    words = getattr(law, "categories", ())  # a law of your own takes numbers only
    x = read_rows(options.at, law.inputs, words, delimiter=options.delimiter)
    found = _predicted(law, x)
    table = _table(readable(law.inputs, words, x), found)
    first = next(iter(found.values()))
    every = dataclasses.replace(first, target=joined(found)).headline()
    if getattr(law, "known", False):
        say(
            "the intervals are those of the law itself: nobody knows the standard "
            "deviation of a new measurement."
        )
    if options.out is not None:
        write_whole(Path(options.out), table, replace=options.force)
        say(f"{every} They are in {options.out}")
    if options.json:
        parts = {target: part.to_dict() for target, part in found.items()}
        print(first.to_json() if len(parts) == 1 else json.dumps(parts))
    elif options.out is None:
        print(table, end="")
        say(every)
    return 0


def _loaded(options: PredictOptions) -> Any:
    """What the file holds, with the function that `--law` names."""
    from suffice.auditing import load_predictor
    from suffice.laws._shared import digest_of, is_law, read_law

    if not is_law(options.file):
        found = load_predictor(options.file)
        if options.law is not None:
            raise ValueError(
                f"--law names the function of a law of your own; {options.file} holds "
                "one that suffice audit found, and needs none."
            )
        return found
    saved = read_law(options.file)
    if options.law is None:
        raise ValueError(
            f"{options.file} holds the numbers of {saved.name}, a law of your own, and "
            f"not its function: name it, --law {saved.source or 'FILE.py:NAME'}, if "
            "you trust that file, which is executed."
        )
    law = saved.with_law(member(options.law, "law"))
    if saved.digest and digest_of(options.law) != saved.digest:
        say(
            f"{options.law.rpartition(':')[0]} has changed since {options.file} was "
            "written; at the rows of the fit the law is still the same."
        )
    return law


def _predicted(law: Any, x: Any) -> dict[str, Any]:
    """The predictions of every target."""
    from suffice.laws import LawPredictor

    if isinstance(law, LawPredictor):
        return {target: law.predict(x, target=target) for target in law.targets}
    return {law.target: law.predict(x)}


def _table(inputs: dict[str, Any], found: dict[str, Any]) -> str:
    """The inputs and their predictions as comma-separated text."""
    import pandas as pd

    columns = []
    for target, part in found.items():
        columns += [(part.target, part.value), (f"{target} low", part.low)]
        columns += [(f"{target} high", part.high)]
    outside = ["yes" if out else "no" for out in next(iter(found.values())).outside]
    frame = pd.DataFrame(inputs)
    for name, values in [*columns, ("outside the data", outside)]:
        frame.insert(len(frame.columns), name, values, allow_duplicates=True)
    return frame.to_csv(index=False)
