"""`suffice spectra --curves`: verdicts on trainings of which there are logs."""

import dataclasses
import json
import math
from typing import Annotated

import tyro

from ._common import start
from ._fields import (
    Above,
    Between,
    Column,
    Delimiter,
    Read,
)
from ._parse import parse

ABOUT = """\
Says of every training in a log whether and when it fitted the training set and
generalised: none, ascent, delayed, both, memorised, overfits, collapsed, undecided or
diverged. Over several runs the median step of generalising is that of Kaplan and Meier.

A log is a table (.csv, .tsv, .parquet) with columns for the step, the training and the
test loss, and for classes the accuracies, under the names that TensorBoard, Weights &
Biases and others give them: step, train_loss, val/loss, train_acc, ... Runs are told
apart by a column run, by names of columns (RUN - train_loss), and by files.

Levels are relative to the loss of the best constant prediction: give the variance of
the training labels for a squared loss, or the number of classes for a cross-entropy.

Example: suffice spectra --curves log.csv --class-count 97
         suffice spectra --curves seed0.csv seed1.csv --variance 0.5"""


@dataclasses.dataclass(frozen=True)
class CurvesOptions:
    """The logs, and what a constant prediction would reach."""

    curves: Annotated[tuple[str, ...], tyro.conf.arg(metavar="FILE [FILE ...]")]
    """Logs of trainings."""
    variance: Annotated[float | None, Above(0), tyro.conf.arg(metavar="NUMBER")] = None
    """For a squared loss: variance of the training labels, the mean over outputs."""
    class_count: Annotated[int | None, Between(2), tyro.conf.arg(metavar="INT")] = None
    """For classes: how many there are, of about equal size."""
    step: Column = None
    """Name of the column of the step."""
    train_loss: Column = None
    """Name of the column of the training loss."""
    test_loss: Column = None
    """Name of the column of the test loss."""
    train_accuracy: Column = None
    """Name of the column of the training accuracy."""
    test_accuracy: Column = None
    """Name of the column of the test accuracy."""
    delimiter: Delimiter = None
    json: bool = False
    """Print one JSON object."""


def run_curves(args: list[str]) -> int:
    """Judge the logs that the arguments name."""
    options = parse(CurvesOptions, "spectra", args, ABOUT)
    for path in options.curves:
        Read().check("--curves", path)
    baseline, chance = _constant(options)
    start()
    from suffice._core import plain
    from suffice.spectra import judge_curves

    names = ("step", "train_loss", "test_loss", "train_accuracy", "test_accuracy")
    columns = {name: getattr(options, name) for name in names if getattr(options, name)}
    verdict = judge_curves(
        options.curves,
        baseline=baseline,
        chance=chance,
        columns=columns,
        delimiter=options.delimiter,
    )
    if options.json:
        print(json.dumps(plain(verdict.to_dict()), ensure_ascii=False))
        return 0
    print(verdict)
    if len(verdict.word) > 1:
        rows = zip(verdict.run, verdict.word, verdict.reason, strict=True)
        print(*(f"{name}: {word}: {why}." for name, word, why in rows), sep="\n")
    return 0


def _constant(options: CurvesOptions) -> tuple[float, float | None]:
    """Return loss and accuracy of the best constant prediction."""
    classes, variance = options.class_count, options.variance
    if classes is None and variance is None:
        raise ValueError(
            "nothing says what the losses are compared with; give --variance, that of "
            "the training labels, for a squared loss, or --class-count for a "
            "cross-entropy (both for a squared loss on classes)."
        )
    if classes is None:
        return float(variance or 0), None
    return math.log(classes) if variance is None else variance, 1 / classes
