"""`suffice spectra`: whether training on a file will grok, or has."""

import dataclasses
import json
import shlex
from typing import Annotated

import tyro

from suffice.cli._common import key, say, start
from suffice.cli._defaults import defaults
from suffice.cli._fields import (
    Between,
    Count,
    Decay,
    Delimiter,
    Input,
    MaybeCount,
    Names,
    Positive,
    Report,
    Seed,
)
from suffice.cli._parse import parse

ABOUT = """\
Compares the spectra of training and test labels. Forecasts from the tangent kernel of
a network of the given shape whether the test loss will rise first (label aliasing) or
stay behind (memorisation by the initial function), and until when. Nothing is trained.

The file is a table with a column that says train or test, or an .npz with x_train,
y_train, x_test, y_test (or x, y and set). --split 0.5 draws the training set.

With --curves it says whether trainings that are over grokked, from their logs;
`suffice spectra --curves --help` explains it.

Example: suffice spectra waves.csv --target y --activation sin --report page.html
         suffice spectra digits.npz --classes --scale 8 --weight-decay 0.1
         suffice spectra --curves log.csv --class-count 10"""


FORECAST = defaults("spectra", "forecast")


@dataclasses.dataclass(frozen=True)
class SpectraOptions:
    """The file, the network and its training."""

    file: Input
    """Labelled inputs: .csv, .tsv, .parquet or .npz."""
    target: Annotated[str | None, tyro.conf.arg(metavar="NAME")] = None
    """For a table: name of the column to predict."""
    split: str = "set"
    """For a table: name of the column that says train or test (or val, or 0 and 1). For
    any file a share, as 0.5: so many rows, drawn at random, are the training set."""
    inputs: Names = ()
    """For a table: names of the columns to predict from; by default all others."""
    drop: Names = ()
    """For a table: names of columns to leave out."""
    classes: bool = False
    """Treat the target as names of classes, or as one-hot rows in an .npz."""
    standardise: bool = False
    """Shift and scale every input (and a numeric target) to mean 0 and standard
    deviation 1 over the training rows, if your training does so."""
    width: Count = 200
    """Number of neurons of a hidden layer."""
    layers: Count = 2
    """Number of hidden layers."""
    activation: str = "relu"
    """Activation: relu, tanh, sin, gelu, ..."""
    scale: Positive = 1.0
    """Factor of the initial parameters, which are drawn as PyTorch draws them."""
    learning_rate: Positive = 1e-3
    """Learning rate of the training; it is used with weight decay only."""
    weight_decay: Decay = FORECAST["weight_decay"]
    """Decoupled weight decay, as in AdamW."""
    fit_steps: MaybeCount = None
    """Step at which a short run of yours fits the training set."""
    max_rows: Annotated[int, Between(2)] = 2000
    """Larger sets are replaced by random subsets of this size."""
    seed: Seed = 0
    """Random seed; equal seeds give equal answers."""
    report: Report = None
    """Write a self-contained HTML page here."""
    force: bool = False
    """Replace an existing page."""
    delimiter: Delimiter = None
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    if "--curves" in args:
        from suffice.cli._curves import run_curves

        return run_curves(args)
    options = parse(SpectraOptions, "spectra", args, ABOUT)
    sets = _sets(options)
    start()
    from suffice._core import plain
    from suffice.spectra import forecast, kernel_flow

    model, network = _network(options, sets)
    result = forecast(
        model,
        sets.train,
        sets.test,
        weight_decay=options.weight_decay,
        learning_rate=options.learning_rate,
        fit_steps=options.fit_steps,
    )
    head = {
        "file": options.file,
        "network": network,
        "train": len(sets.train[1]),
        "test": len(sets.test[1]),
        "notes": list(sets.notes),
    }
    if options.json:
        print(json.dumps(head | plain(result.to_dict()), ensure_ascii=False))
    else:
        for note in sets.notes:
            say(note)
        print(
            f"{network}; {head['train']} training, {head['test']} test rows\n{result}"
        )
    if options.report is not None:
        from suffice.report import spectra_page, write_page

        page = spectra_page(
            result,
            kernel_flow(model, sets.train, sets.test),
            source=options.file,
            network=network,
            notes=sets.notes,
            command=shlex.join(["suffice", "spectra", *args]),
        )
        write_page(page, options.report, overwrite=options.force)
        say(f"the page is {options.report}")
    return 0


def _network(options: SpectraOptions, sets):
    """Return the network that the options describe, and its shape in words."""
    from suffice._core import check_size
    from suffice.models import DeepNetwork

    check_size(
        options.layers * options.width**2 + options.width * sets.train[0].shape[1],
        f"a network of {options.layers} layers with {options.width} neurons",
        "take a smaller width",
    )
    widths = (
        sets.train[0].shape[1],
        *[options.width] * options.layers,
        sets.outputs,
    )
    model = DeepNetwork.uniform(
        widths, options.scale, key=key(options.seed), activation=options.activation
    )
    shape = "-".join(map(str, widths))
    times = "" if options.scale == 1 else f", {options.scale:g} times PyTorch's start"
    return model, f"{options.activation} network {shape}{times}"


def _sets(options: SpectraOptions):
    """Return the sets of the file, cut and scaled according to the options."""
    import numpy as np

    from suffice.cli._sets import read_sets

    sets = read_sets(
        options.file,
        options.target,
        options.split,
        inputs=options.inputs,
        drop=options.drop,
        classes=options.classes,
        delimiter=options.delimiter,
        seed=options.seed,
    )
    rng, notes = np.random.default_rng(options.seed), [*sets.notes]
    for name in ("train", "test"):
        x, y = getattr(sets, name)
        if len(y) > options.max_rows:
            kept = np.sort(rng.choice(len(y), options.max_rows, replace=False))
            sets = dataclasses.replace(sets, **{name: (x[kept], y[kept])})
            notes.append(
                f"{options.max_rows} of {len(y)} {name} rows are used, and the answer "
                "holds for this number; --max-rows takes more."
            )
    if options.standardise:
        sets = _standardised(sets)
        notes.append("inputs and numeric targets are standardised.")
    return dataclasses.replace(sets, notes=tuple(notes))


def _standardised(sets):
    """Scale to mean 0 and standard deviation 1 over the training rows."""
    (x, y), (x_test, y_test) = sets.train, sets.test

    def scaled(values, like):
        spread = like.std(0)
        return (values - like.mean(0)) / (spread + (spread == 0))

    train, test = (scaled(x, x), y), (scaled(x_test, x), y_test)
    if sets.classes is None:
        train, test = (train[0], scaled(y, y)), (test[0], scaled(y_test, y))
    return dataclasses.replace(sets, train=train, test=test)
