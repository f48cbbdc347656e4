"""`suffice predict`: predictions of a saved law, with intervals."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import tyro

from suffice.cli._common import say, start
from suffice.cli._fields import FILE, Input, Output, Read
from suffice.cli._parse import parse

ABOUT = """\
Predicts the target at new inputs by a law that `suffice audit --model` wrote, with
intervals of 95 %, and says which inputs lie outside the region of the data.

For a number the interval is that of a new measurement; for two classes and for counts
it is that of the chance and of the mean.

Example: suffice predict law.npz --at new.csv --out predictions.csv"""


@dataclasses.dataclass(frozen=True)
class PredictOptions:
    """The law, the new inputs, and where the predictions go."""

    law: Input
    """File that `suffice audit --model` wrote."""
    at: Annotated[str, FILE, Read()]
    """Table of new inputs, which needs the columns of the law; others are ignored."""
    out: Output = None
    """Write the inputs with their predictions here, as .csv; by default they are
    printed."""
    delimiter: Annotated[str | None, tyro.conf.arg(metavar="CHAR")] = None
    """Separator of the cells of a text file; by default it is detected."""
    force: bool = False
    """Replace an existing file."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(PredictOptions, "predict", args, ABOUT)
    start()
    from suffice._core import write_whole
    from suffice.auditing import load_predictor
    from suffice.auditing._shared import read_rows

    law = load_predictor(options.law)
    names = law.inputs, law.categories
    x = read_rows(options.at, *names, delimiter=options.delimiter)
    found = law.predict(x)
    table = _table(law, x, found)
    if options.out is not None:
        write_whole(Path(options.out), table, replace=options.force)
        say(f"{found.headline()} They are in {options.out}")
    if options.json:
        print(found.to_json())
    elif options.out is None:
        print(table, end="")
        say(found.headline())
    return 0


def _table(law: Any, x: Any, found: Any) -> str:
    """The inputs and their predictions as comma-separated text."""
    import pandas as pd

    from suffice.auditing._shared import readable

    names = [law.predicted, *(f"{law.target} {end}" for end in ("low", "high"))]
    frame = pd.DataFrame(readable(law.inputs, law.categories, x))
    for name, values in zip(names, (found.value, found.low, found.high), strict=True):
        frame.insert(len(frame.columns), name, values, allow_duplicates=True)
    outside = ["yes" if out else "no" for out in found.outside]
    frame.insert(len(frame.columns), "outside the data", outside, allow_duplicates=True)
    return frame.to_csv(index=False)
