"""The figures of a law: data and fit with its band, profiles, and the design."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from suffice._core import percent
from suffice.laws import Design, LawFit
from suffice.laws._shared import predictions
from suffice.report._style import legend_above, page_axes, styled

from ._colours import BLUE, GREY, RED

POINTS = 121
FARTHEST = 4  # signed roots up to which a profile is drawn
STRIP = 1.1  # inches for an input that has an axis of its own


def fit_figure(fit: LawFit, output: int = 0) -> Figure:
    """Measurements and fitted law; for several inputs, measured against fitted."""
    name, several = fit.data.targets[output], fit.data.x.shape[1] > 1
    with styled():
        figure, axes = page_axes()
        fitted = (_fitted if several else _band)(fit, axes, output)
        axes.plot(fitted, fit.data.y[:, output], "o", color=GREY, label="measured")
        axes.set_ylabel(f"measured {name}" if several else name, parse_math=False)
        legend_above(figure)
    return figure


def _band(fit: LawFit, axes: Axes, output: int) -> np.ndarray:
    """The law with its band over its only input, whose measured values it returns."""
    x = fit.data.x[:, 0]
    line = np.linspace(x.min(), x.max(), POINTS)
    middle = predictions(fit.law, line[:, None])[:, output]
    half = fit.predictor.band(line[:, None])[:, output]
    axes.fill_between(
        line, middle - half, middle + half, color=BLUE, alpha=0.18, linewidth=0,
        label="95 % band of the law",
    )  # fmt: skip
    axes.plot(line, middle, color=BLUE, label="fitted law")
    axes.set_xlabel(fit.data.inputs[0], parse_math=False)
    return x


def _fitted(fit: LawFit, axes: Axes, output: int) -> np.ndarray:
    """The line on which measured values are those of the law, which it returns."""
    fitted = predictions(fit.law, fit.data.x)[:, output]
    both = np.append(fitted, fit.data.y[:, output])
    ends = [both.min(), both.max()]
    axes.plot(ends, ends, color=BLUE, label="equal")
    axes.set_xlabel("fitted")
    return fitted


def profile_figure(fit: LawFit) -> Figure:
    """The rise of the sum of squares away from the fit, for every parameter.

    Every parameter has its own axis: distance from the fit in standard errors.
    """
    with styled():
        figure, axes = page_axes()
        for estimate in fit.estimates:
            if estimate.profile is None or not estimate.error > 0:
                continue
            away = (estimate.profile.value - estimate.value) / estimate.error
            rise = np.maximum(estimate.profile.squares - fit.squares, 0.0) ** 0.5
            signed = np.sign(away) * rise / (fit.noise or 1.0)
            shown = np.abs(signed) <= FARTHEST
            name = _shown(estimate.name)
            axes.plot(away[shown], signed[shown], "o-", label=name)
        axes.plot([-3, 3], [-3, 3], ":", color=GREY, label="linear law")
        axes.set_xlabel("distance from the fit, in standard errors")
        axes.set_ylabel("signed root of the rise of squares, in noise")
        legend_above(figure)
    return figure


def _shown(name: str) -> str:
    """A name for a legend, which leaves out what begins with `_`."""
    return f"\u200b{name}" if name.startswith("_") else name


def design_figure(design: Design, fit: LawFit | None) -> Figure:
    """The places of the design beside what was measured.

    Two inputs span a plane; otherwise every input has an axis of its own.
    """
    measured = design.x[:0] if fit is None else fit.data.x
    with styled():
        if len(design.inputs) == 2:
            figure, plane = page_axes()
            panels = [plane]
            _places(plane, design, measured.T, design.x.T)
            plane.set_ylabel(design.inputs[1], parse_math=False)
        else:
            figure = Figure(figsize=(7.6, 0.6 + STRIP * len(design.inputs)))
            panels = list(figure.subplots(len(design.inputs), squeeze=False)[:, 0])
            for before, after, axes in zip(measured.T, design.x.T, panels, strict=True):
                low, high = np.zeros(len(before)), np.ones(len(after))
                _places(axes, design, (before, low), (after, high))
                axes.set(ylim=(-0.6, 1.6), yticks=[0, 1])
                axes.set_yticklabels(["measured" * bool(len(before)), "to measure"])
        for axes, name in zip(panels, design.inputs, strict=False):
            axes.set_xlabel(name, parse_math=False)
        legend_above(figure, panels[0])
    return figure


def _places(axes: Axes, design: Design, measured, places) -> None:
    """Measured places and those of the design, each with its share."""
    if len(measured[0]):
        axes.scatter(*measured, s=16, color=GREY, linewidths=0, label="measured")
    axes.scatter(
        *places, s=30 + 150 * design.share, color=RED, marker="D", linewidths=0,
        label="to measure; larger is more often",
    )  # fmt: skip
    for x, y, share in zip(*places, design.share, strict=True):
        axes.annotate(
            percent(share), (x, y), (0, 9), textcoords="offset points", color=RED,
            fontsize=8, ha="center",
        )  # fmt: skip
