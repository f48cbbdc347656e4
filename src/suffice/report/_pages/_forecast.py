"""The page of a forecast: how a training will go, and why."""

import math
from collections.abc import Sequence

from suffice._core import short
from suffice._core.literature import bases
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

LIMITS = (
    "Everything is computed from the tangent kernel at the start, for the mean squared "
    "loss and one draw of the initial parameters. It predicts the order of events and "
    "the height of plateaus; it predicts numbers of steps only where weight decay "
    "sets them.",
    "A training set that was memorised without weight decay may generalise later or "
    "never: no index on this page tells which. Nor does any tell whether a network "
    "learns features that its tangent kernel at the start does not have.",
    "Differences between spectra below about two noise floors mean nothing. If inputs "
    "have several dimensions, only the direction of largest variance is shown.",
)
VERDICTS = {
    "label aliasing": ("aliasing", "of the training labels"),
    "initial-function memorisation": ("memorised", "around the initial function"),
    "none": ("none", "no grokking: the features of the start suffice"),
    "undecided": ("undecided", "by the features of the start"),
}


def spectra_page(
    forecast: Forecast,
    flow: KernelFlow,
    *,
    source: str,
    network: str = "",
    notes: Sequence[str] = (),
    command: str = "",
) -> str:
    """The page of a forecast, one self-contained HTML document.

    Args:
        forecast: The forecast.
        flow: The linearised training of the same model and sets.
        source: Name of the place from which the sets came.
        network: The network in words.
        notes: What was done to the data.
        command: The command line that made it, printed at the end.

    Examples:
        >>> x = np.linspace(-3.0, 3.0, 12)
        >>> train = x[::2, None], np.sin(x[::2])
        >>> test = x[1::2, None], np.sin(x[1::2])
        >>> net = sf.TwoLayer.normal(20, 1, key=jax.random.key(0), bias=True)
        >>> flow = sf.spectra.kernel_flow(net, train, test)
        >>> found = sf.spectra.forecast(net, train, test)
        >>> found.verdict in sf.report.spectra_page(found, flow, source="a sine")
        True
    """
    undecided = forecast.verdict == "undecided"
    sizes = f"{len(flow.train.y)} training and {len(flow.test.y)} test samples"
    return rendered(
        Page(
            title=f"What training on {source} will look like",
            subtitle=f"{sizes}; {network}." if network else f"{sizes}.",
            cards=_cards(forecast),
            lead=(
                forecast.headline(),
                _test_set(forecast.generalisation),
                *([f"What would tell: {forecast.decided_by}."] * undecided),
                Bullets(tuple(notes)),
            ),
            sections=(
                _labels(flow, forecast),
                _path(flow, forecast),
                _scales(forecast),
                Section("What this rests on", (Bullets(LIMITS),), (bases.FORECAST,)),
            ),
            command=command,
        )
    )


def _test_set(when: str) -> str:
    """When the test set is learned, or why that is not known, as a sentence."""
    if when.startswith("not predicted"):
        return f"When the test set is learned is {when}."
    return f"The test set is learned {when}."


def _cards(forecast: Forecast) -> tuple[Card, ...]:
    rise = "none" if forecast.ascent is None else short(forecast.ascent)
    when = "of its first value, when the training loss is at 0.9"
    return (
        Card("verdict", *VERDICTS[forecast.verdict], bases.FORECAST),
        Card("test loss", rise, when, bases.KERNEL),
        Card("when train is fitted", *_plateau(forecast), bases.KERNEL),
        Card("test set learned", *_when(forecast), bases.DECAY),
    )


def _plateau(forecast: Forecast) -> tuple[str, str]:
    if forecast.plateau_loss is None:
        return "never", "by the tangent kernel"
    if forecast.plateau_accuracy is not None:
        accuracy = f"{short(100 * forecast.plateau_accuracy)} %"
        return accuracy, "test accuracy, if features stay those of the start"
    loss = "test loss in variances, if features stay those of the start"
    return short(forecast.plateau_loss), loss


def _when(forecast: Forecast) -> tuple[str, str]:
    if forecast.generalisation_steps is not None:
        return short(forecast.generalisation_steps), "steps, predicted"
    if forecast.generalisation.startswith("not predicted"):
        return "open", "not predicted"
    return "at once", forecast.generalisation


def _labels(flow: KernelFlow, forecast: Forecast) -> Section:
    shift = (
        f"The spectra differ by {short(forecast.shift)} of the training spectrum; "
        "below the strongest test frequency they differ by "
        f"{short(forecast.low_shift)} of the test spectrum, where chance alone makes "
        f"{short(forecast.low_floor)}."
    )
    picture = Picture(
        "labels",
        label_figure(flow),
        "Spectra of the training and of the test labels, with the noise floor.",
        "Frequencies of the labels along the direction of largest variance of the "
        "inputs. Waves that only the training labels have are learned as if they "
        "belonged to the target, and are wrong on the test set.",
    )
    return Section(
        "Do training labels look like test labels?",
        (shift, picture, label_grid(flow)),
        (bases.LABELS, bases.FLOORS),
    )


def _path(flow: KernelFlow, forecast: Forecast) -> Section:
    slope = (
        "The first step lowers the test loss "
        f"{short(forecast.alignment)} times as fast as the training loss."
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
        (bases.KERNEL, bases.FORECAST),
    )


def _scales(forecast: Forecast) -> Section | None:
    if sum(math.isfinite(value) for value in scale_values(forecast)[0]) < 2:
        return None
    picture = Picture(
        "scales",
        scale_figure(forecast),
        "What is reached on the test set when the training set is fitted, against the "
        "factor of the initial parameters.",
        "The same network with all initial parameters multiplied by a factor. Where "
        "smaller parameters do better, the initial function is what is left on the "
        "test set, and weight decay removes it.",
    )
    return Section(
        "What the size of the initial parameters does",
        (picture, scale_grid(forecast)),
        (bases.FORECAST, bases.DECAY),
    )
