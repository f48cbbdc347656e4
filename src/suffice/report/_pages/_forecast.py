"""The page of a forecast: what a training will look like, and why."""

import math
from collections.abc import Sequence

from suffice._core import short
from suffice.report._figures._forecast import (
    label_figure,
    label_grid,
    path_figure,
    path_grid,
    scale_figure,
    scale_grid,
    scale_values,
)
from suffice.report._page._describe import Bullets, Card, Page, Picture, Section
from suffice.report._page._render import rendered
from suffice.spectra import Forecast, KernelFlow

from ._bases import DECAY, FLOORS, FORECAST, KERNEL, LABELS

LIMITS = (
    "Everything is read off the tangent kernel at the start, for the mean squared loss "
    "and one draw of the initial parameters. It tells the order of events and the "
    "height of plateaus; steps only where weight decay sets them.",
    "A training set that was memorised without weight decay may generalise later or "
    "never: no index here tells which.",
    "Differences between spectra below about two noise floors mean nothing. In many "
    "dimensions one direction is shown, that of the largest variance.",
)
VERDICTS = {
    "label aliasing": ("aliasing", "of the training labels"),
    "initial-function memorisation": ("memorised", "around the initial function"),
    "none": ("none", "no grokking is foreseen"),
}


def spectra_page(
    found: Forecast,
    flow: KernelFlow,
    *,
    source: str,
    network: str = "",
    notes: Sequence[str] = (),
    command: str = "",
) -> str:
    """The page of a forecast, one self-contained HTML document.

    Args:
        found: The forecast.
        flow: The linearised training of the same model and sets.
        source: Where the sets came from.
        network: The network in words.
        notes: What was done to the data.
        command: The command line that made it, printed at the end.
    """
    sizes = f"{len(flow.train.y)} training and {len(flow.test.y)} test samples"
    return rendered(
        Page(
            title=f"What training on {source} will look like",
            subtitle=f"{sizes}; {network}." if network else f"{sizes}.",
            cards=_cards(found),
            lead=(
                found.headline(),
                f"Test set: {found.generalisation}.",
                Bullets(tuple(notes)),
            ),
            sections=(
                _labels(flow, found),
                _path(flow, found),
                _scales(found),
                Section("What this rests on", (Bullets(LIMITS),), (FORECAST,)),
            ),
            command=command,
        )
    )


def _cards(found: Forecast) -> tuple[Card, ...]:
    rise = "none" if found.ascent is None else short(found.ascent)
    when = "of its first value, when the training loss is at 0.9"
    return (
        Card("verdict", *VERDICTS[found.verdict], FORECAST),
        Card("test loss", rise, when, KERNEL),
        Card("when train is fitted", *_plateau(found), KERNEL),
        Card("test set learned", *_when(found), DECAY),
    )


def _plateau(found: Forecast) -> tuple[str, str]:
    if found.plateau_loss is None:
        return "never", "by the tangent kernel"
    if found.plateau_accuracy is not None:
        return f"{short(100 * found.plateau_accuracy)} %", "test accuracy"
    return short(found.plateau_loss), "test loss, in variances of the labels"


def _when(found: Forecast) -> tuple[str, str]:
    if found.generalisation_steps is not None:
        return short(found.generalisation_steps), "steps, predicted"
    if found.generalisation.startswith("not predicted"):
        return "open", "not predicted"
    return "at once", found.generalisation


def _labels(flow: KernelFlow, found: Forecast) -> Section:
    shift = (
        f"The spectra differ by {short(found.shift)} of the training spectrum; below "
        f"the strongest test frequency by {short(found.low_shift)} of the test "
        f"spectrum, of which chance explains {short(found.low_floor)}."
    )
    picture = Picture(
        "labels",
        label_figure(flow),
        "Spectra of the training and of the test labels, with the noise floor.",
        "Frequencies of the labels along the direction of largest variance of the "
        "inputs. Waves that only the training labels show are learned as if they were "
        "real, and are wrong on the test set.",
    )
    return Section(
        "Do training labels look like test labels?",
        (shift, picture, label_grid(flow)),
        (LABELS, FLOORS),
    )


def _path(flow: KernelFlow, found: Forecast) -> Section:
    slope = (
        "The first step lowers the test loss "
        f"{short(found.alignment)} times as fast as the training loss."
    )
    picture = Picture(
        "path",
        path_figure(flow),
        "The predicted test loss against the training loss, both over their first "
        "values, from the start at the left to the end at the right.",
        "From left to right the training loss falls. A line that rises first is an "
        "ascent: what is learned first is wrong on the test set.",
    )
    return Section(
        "How both losses will fall",
        (slope, picture, path_grid(flow)),
        (KERNEL, FORECAST),
    )


def _scales(found: Forecast) -> Section | None:
    if sum(math.isfinite(value) for value in scale_values(found)[0]) < 2:
        return None
    picture = Picture(
        "scales",
        scale_figure(found),
        "What is reached on the test set when the training set is fitted, against the "
        "factor of the initial parameters.",
        "The same network with all initial parameters multiplied by a factor. Where "
        "smaller parameters do better, the initial function is what is left on the "
        "test set, and weight decay removes it.",
    )
    return Section(
        "What the size of the initial parameters does",
        (picture, scale_grid(found)),
        (FORECAST, DECAY),
    )
