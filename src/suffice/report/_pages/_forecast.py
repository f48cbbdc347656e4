"""The page of a forecast: what a training will look like, and why."""

import html
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
from suffice.report._page._render import card, document, drawn, paragraph, table
from suffice.spectra import Forecast, KernelFlow

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
    title = f"What training on {source} will look like"
    sizes = f"{len(flow.train.y)} training and {len(flow.test.y)} test samples"
    origin = f"{sizes}; {network}." if network else f"{sizes}."
    body = "\n".join(
        [
            f"<h1>{html.escape(title)}</h1>",
            paragraph(origin, "soft"),
            _cards(found),
            paragraph(found.headline()),
            paragraph(f"Test set: {found.generalisation}."),
            _listed(notes),
            *_labels(flow, found),
            *_path(flow, found),
            *_scales(found),
            "<h2>What this rests on</h2>",
            _listed(LIMITS),
            _footer(command),
        ]
    )
    return document(title, body)


def _cards(found: Forecast) -> str:
    rise = "none" if found.ascent is None else short(found.ascent)
    cards = [
        card("verdict", *VERDICTS[found.verdict]),
        card("test loss", rise, "of its first value, when the training loss is at 0.9"),
        card("when train is fitted", *_plateau(found)),
        card("test set learned", *_when(found)),
    ]
    return f'<div class="cards">{"".join(cards)}</div>'


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


def _labels(flow: KernelFlow, found: Forecast) -> list[str]:
    caption = (
        "Frequencies of the labels along the direction of largest variance of the "
        "inputs. Waves that only the training labels show are learned as if they were "
        "real, and are wrong on the test set."
    )
    shift = (
        f"The spectra differ by {short(found.shift)} of the training spectrum; below "
        f"the strongest test frequency by {short(found.low_shift)} of the test "
        f"spectrum, of which chance explains {short(found.low_floor)}."
    )
    return [
        "<h2>Do training labels look like test labels?</h2>",
        paragraph(shift),
        drawn(label_figure(flow), "labels", caption),
        table(label_grid(flow)),
    ]


def _path(flow: KernelFlow, found: Forecast) -> list[str]:
    caption = (
        "From left to right the training loss falls. A line that rises first is an "
        "ascent: what is learned first is wrong on the test set."
    )
    slope = (
        "The first step lowers the test loss "
        f"{short(found.alignment)} times as fast as the training loss."
    )
    return [
        "<h2>How both losses will fall</h2>",
        paragraph(slope),
        drawn(path_figure(flow), "path", caption),
        table(path_grid(flow)),
    ]


def _scales(found: Forecast) -> list[str]:
    if sum(math.isfinite(value) for value in scale_values(found)[0]) < 2:
        return []
    caption = (
        "The same network with all initial parameters multiplied by a factor. Where "
        "smaller parameters do better, the initial function is what is left on the "
        "test set, and weight decay removes it."
    )
    return [
        "<h2>What the size of the initial parameters does</h2>",
        drawn(scale_figure(found), "scales", caption),
        table(scale_grid(found)),
    ]


def _listed(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _footer(command: str) -> str:
    made = f"<p>Made by:</p><pre>{html.escape(command)}</pre>" if command else ""
    return f"<footer>{made}<p>The page needs no network.</p></footer>"
