"""The figures of the page of a sweep: one quantity a panel, and how runs ended."""

import numpy as np
from matplotlib.figure import Figure

from suffice.report._style import legend_above, page_axes, styled
from suffice.training import Outcome

from ._colours import AMBER, BLUE, GREY, LIGHT, PINK, RED
from ._phase import panel
from ._sweep_view import label, SweepView

COLOURS = {
    Outcome.recovered: BLUE,
    Outcome.fitted: AMBER,
    Outcome.stationary: RED,
    Outcome.out_of_steps: LIGHT,
    Outcome.stalled: GREY,
    Outcome.kinked: PINK,
    Outcome.diverged: "#000000",
}


def fraction_map(view: SweepView) -> Figure:
    """Fraction recovered: a heat map, or a curve with its interval."""
    return panel(view, "fraction")


def error_map(view: SweepView) -> Figure:
    """Mean test error on a logarithmic scale."""
    return panel(view, "mean error")


def outcome_bars(view: SweepView) -> Figure:
    """How the runs ended, over the horizontal axis."""
    counts = view.values("outcomes").sum(0)  # (columns, outcome)
    names = view.summary["outcome"].values.tolist()
    places, below = np.arange(len(view.columns)), np.zeros(len(view.columns))
    with styled():
        figure, axes = page_axes()
        for outcome, colour in COLOURS.items():
            numbers = counts[:, names.index(outcome.name)]
            if numbers.any():
                look = {"color": colour, "label": outcome.tested, "width": 0.75}
                axes.bar(places, numbers, bottom=below, **look)
                below += numbers
        step = -(-len(places) // 24)
        texts = [label(value) for value in view.columns]
        axes.set_xticks(places[::step], texts[::step], parse_math=False)
        axes.set_xlabel(view.x, parse_math=False)
        axes.set_ylabel("runs")
        legend_above(figure)
    return figure
