"""`suffice reason`: whether a transformer infers, memorises or matches."""

import dataclasses
import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from suffice._core import check_file
from suffice.cli._common import emit, say, start
from suffice.cli._defaults import defaults
from suffice.cli._fields import (
    Between,
    check_outputs,
    Count,
    MaybeCount,
    Positive,
    Report,
)
from suffice.cli._parse import parse
from suffice.cli._progress import progress

ABOUT = """\
Says what a transformer answers where its training data say nothing, and by which
mechanism: shares of answers, losses after edges of attention are cut, matching of
tokens. The file is a suffice.models.Transformer written by save_model; with --train the
transformer is trained first and written to the file.

Tasks: both-masked, exception, nine-anchors and doubling are composite anchor functions
with an unseen pair (4, 3); chain asks for the token some steps along shuffled pairs.

Example: suffice reason small.npz --task chain --steps 1 --pairs 4 --tokens 20 61 \\
           --train --width 64 --training-steps 500 --report page.html

Studies over many transformers: suffice sweep examples/studies/composition.toml"""

Task = Literal["both-masked", "exception", "nine-anchors", "doubling", "chain"]


CHAIN = defaults("reasoning", "ChainTask")
COMPOSITION = defaults("reasoning", "Composition")
DECODER = defaults("reasoning", "Decoder")
EXPLAIN = defaults("reasoning", "explain")
RECIPE = defaults("reasoning", "Recipe")


@dataclasses.dataclass(frozen=True)
class ReasonOptions:
    """The transformer, its task, and its training if it is trained."""

    file: Annotated[str, tyro.conf.Positional]
    """The transformer, e.g. model.npz."""
    task: Task = COMPOSITION["preset"]
    """Task of the transformer."""
    length: Count = COMPOSITION["length"]
    """For composite functions: number of tokens of a sequence."""
    values: tuple[int, int] = COMPOSITION["values"]
    """For composite functions: keys and noise are tokens from the first number to below
    the second."""
    steps: Count = CHAIN["steps"]
    """For chains: number of steps from the start to the answer."""
    pairs: Count = CHAIN["pairs"]
    """For chains: number of pairs of a sequence."""
    tokens: tuple[int, int] = CHAIN["tokens"]
    """For chains: tokens from the first number to below the second."""
    size: Count = EXPLAIN["size"]
    """Number of sequences of each group on which it is evaluated."""
    seed: Annotated[int, Between(0, 2**31 - 1)] = 0
    """Random seed; training starts like the run of a study with this seed."""
    train: bool = False
    """Train a transformer first and write it to the file; continues after a stop."""
    layers: MaybeCount = None
    """For training: number of layers; by default one more than steps for chains, else
    the default of Decoder."""
    width: Count = DECODER["width"]
    """For training: dimension of the residual stream."""
    hidden: MaybeCount = None
    """For training: neurons of each perceptron; by default four times the width."""
    rate: float = DECODER["rate"]
    """For training: rate of the initialisation; a larger rate starts smaller."""
    norm: Literal["post", "pre", "none"] = DECODER["norm"]
    """For training: where the residual stream is normalised."""
    learning_rate: Positive = RECIPE["learning_rate"]
    """For training: largest learning rate of the schedule."""
    training_steps: Count = RECIPE["steps"]
    """For training: number of steps."""
    batch: Count = RECIPE["batch"]
    """For training: number of sequences per step."""
    report: Report = None
    """Write a self-contained HTML page here."""
    force: bool = False
    """Replace an existing page or, with --train, an existing model."""
    json: bool = False
    """Print one JSON object."""


def run(args: list[str]) -> int:
    """Run the verb."""
    options = parse(ReasonOptions, "reason", args, ABOUT)
    _check_file(options)
    start()
    task = _task(options)
    model = _trained(options, task) if options.train else _loaded(options.file)
    from suffice.reasoning import explain

    reasons = explain(model, task, size=options.size, seed=options.seed)
    emit(reasons, json=options.json)
    if options.report is not None:
        _write_page(reasons, model, task, options, args)
    return 0


def _check_file(options: ReasonOptions) -> None:
    """Raise an error if the transformer cannot be read, or written."""
    if not options.train:
        check_file(options.file)
        return
    going_on = Path(f"{options.file}.checkpoint").exists()
    if Path(options.file).is_file() and not (options.force or going_on):
        raise ValueError(_kept(options.file))
    outputs = {"FILE": options.file}
    if options.report is not None:
        outputs["--report"] = options.report
    check_outputs(outputs, replace=options.force or going_on)


def _task(options: ReasonOptions) -> Any:
    from suffice.reasoning import ChainTask, Composition

    if options.task == "chain":
        return ChainTask(options.steps, options.pairs, tokens=options.tokens)
    return Composition(options.task, options.length, options.values).task()


def _loaded(file: str) -> Any:
    from suffice.models import load_model, Transformer

    model = load_model(file)
    if not isinstance(model, Transformer):
        raise ValueError(
            f"{file} holds a {type(model).__name__}; expected a Transformer. "
            "To train one, give --train and another file."
        )
    return model


def _trained(options: ReasonOptions, task: Any) -> Any:
    """Train one transformer; its checkpoint lies next to the file until it ends."""
    import numpy as np
    from equinox import tree_equal as equal

    from suffice.models import load_model, save_model
    from suffice.reasoning import Decoder, Recipe, train_members
    from suffice.training import Outcome

    checkpoint = Path(f"{options.file}.checkpoint")
    held = Path(options.file).exists() and not options.force
    default_layers = options.steps + 1 if options.task == "chain" else DECODER["layers"]
    decoder = Decoder(
        default_layers if options.layers is None else options.layers,
        options.width,
        options.hidden,
        options.rate,
        key_dim=options.width,
        norm=options.norm,
    )
    recipe = Recipe(options.learning_rate, options.training_steps, options.batch)
    with progress("training", forecast=True) as report:
        training = train_members(
            *(task, decoder, recipe, np.array([options.seed])),
            at=[0, recipe.steps],
            checkpoint=checkpoint,
            progress=report,
        )
    if training.count(Outcome.diverged):
        checkpoint.unlink(missing_ok=True)
        raise ValueError(
            f"the training diverged at learning-rate {options.learning_rate:g}; take a "
            "smaller one."
        )
    model = training.member(0)
    if not held:
        save_model(model, options.file, overwrite=options.force)
    elif not equal(load_model(options.file), model):  # else a killed call wrote it
        raise ValueError(_kept(options.file))
    checkpoint.unlink(missing_ok=True)
    say(f"the transformer is {options.file}")
    return model


def _kept(file: str) -> str:
    return (
        f"{file} exists; leave --train out to explain it, or replace it with --force."
    )


def _write_page(
    reasons: Any, model: Any, task: Any, options: ReasonOptions, args
) -> None:
    from suffice.report import reasoning_page, write_page

    page = reasoning_page(
        reasons,
        model,
        task,
        source=options.file,
        command=shlex.join(["suffice", "reason", *args]),
    )
    assert options.report is not None
    write_page(page, options.report, overwrite=options.force)
    say(f"the page is {options.report}")
