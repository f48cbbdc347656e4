"""Pictures of a forecast: spectra of labels, predicted losses, scales."""

import numpy as np
import plotly.graph_objects as go

from suffice.report._page._grid import Grid
from suffice.spectra import Forecast, Fourier, KernelFlow, principal_directions

from ._colours import BLUE, GREY, RED
from ._layout import LAYOUT

WAVES = 20  # periods over the range of the training inputs
_TIMES = 60


def label_spectra(flow: KernelFlow) -> dict[str, np.ndarray]:
    """Amplitudes of the labels of both sets along the direction of most variance.

    Returns:
        `periods` over the range of the training inputs, `train`, `test`, and `floor`:
        what the training spectrum shows by chance.
    """
    x = np.asarray(flow.train.x).reshape(len(flow.train.y), -1)
    line = principal_directions(x) if x.shape[1] > 1 else None
    points = x if line is None else line.project(x)
    periods = np.arange(WAVES + 1)
    span = float(np.ptp(points)) or 1.0
    waves = Fourier(2 * np.pi / span * periods, line)
    other = np.asarray(flow.test.x).reshape(len(flow.test.y), -1)
    return {
        "periods": periods,
        "train": _norm(waves.amplitude(x, flow.train.y)),
        "test": _norm(waves.amplitude(other, flow.test.y)),
        "floor": _norm(waves.floor(x, flow.train.y)),
    }


def _norm(amplitude: np.ndarray) -> np.ndarray:
    return np.linalg.norm(amplitude, axis=1)


def label_figure(flow: KernelFlow) -> go.Figure:
    """Spectra of training and test labels."""
    spectra = label_spectra(flow)
    floor = go.Scatter(
        x=spectra["periods"],
        y=2 * spectra["floor"],
        name="two noise floors",
        mode="lines",
        line={"color": GREY, "dash": "dot"},
        hovertemplate="%{y:.3g}",
    )
    lines = [
        go.Scatter(
            x=spectra["periods"],
            y=spectra[name],
            name=f"{name} labels",
            mode="lines+markers",
            line={"color": colour},
            hovertemplate="%{y:.3g}",
        )
        for name, colour in (("train", BLUE), ("test", RED))
    ]
    figure = go.Figure([floor, *lines], LAYOUT)
    figure.update_xaxes(title="periods over the range of the training inputs")
    figure.update_yaxes(title="amplitude", rangemode="tozero")
    return figure


def label_grid(flow: KernelFlow) -> Grid:
    """The spectra of the labels as a table."""
    spectra = label_spectra(flow)
    rows = zip(
        *(spectra[k] for k in ("periods", "train", "test", "floor")), strict=True
    )
    return Grid(
        ("periods", "train labels", "test labels", "noise floor"),
        tuple((str(k), *(f"{v:.4f}" for v in row)) for k, *row in rows),
    )


def predicted_losses(flow: KernelFlow) -> np.ndarray:
    """Losses along the linearised training, each divided by its first value.

    Returns:
        Training and test loss at each time, `(times, 2)`.
    """
    fastest = 2 * flow.eigenvalues.max() / flow.train.y.size
    slowest = flow.time_to(0.01 * flow.losses(0.0)[0])
    end = 1e4 / fastest if slowest is None else 3 * slowest
    times = np.geomspace(1e-2 / fastest, max(end, 1.0 / fastest), _TIMES)
    return np.array([flow.losses(t) for t in times]) / flow.losses(0.0)


def path_figure(flow: KernelFlow) -> go.Figure:
    """Test loss against training loss along the linearised training."""
    train, test = predicted_losses(flow).T
    path = go.Scatter(
        x=train,
        y=test,
        mode="lines",
        line={"color": BLUE, "width": 3},
        name="predicted",
        hovertemplate="training loss %{x:.3g}, test loss %{y:.3g}<extra></extra>",
    )
    even = go.Scatter(
        x=[1, train.min()],
        y=[1, train.min()],
        mode="lines",
        line={"color": GREY, "dash": "dot"},
        name="both fall together",
        hoverinfo="skip",
    )
    figure = go.Figure([even, path], LAYOUT | {"hovermode": "closest"})
    figure.update_xaxes(title="training loss over its first value", range=[1.02, 0])
    figure.update_yaxes(title="test loss over its first value", rangemode="tozero")
    return figure


def path_grid(flow: KernelFlow) -> Grid:
    """Predicted test losses at some training losses."""
    rows = predicted_losses(flow)
    marks = (0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0.02)
    reached = [level for level in marks if rows[-1, 0] <= level]
    losses = np.interp(reached, rows[::-1, 0], rows[::-1, 1])
    return Grid(
        ("training loss", "test loss"),
        tuple((f"{a:g}", f"{b:.3g}") for a, b in zip(reached, losses, strict=True)),
    )


def scale_figure(forecast: Forecast) -> go.Figure:
    """Result on the test set when the training set is fitted, against the scale."""
    values, title = scale_values(forecast)
    scales = [point.scale for point in forecast.scan]
    line = go.Scatter(
        x=scales,
        y=values,
        mode="lines+markers",
        line={"color": BLUE},
        name="when the training set is fitted",
        hovertemplate="%{y:.3g}",
    )
    figure = go.Figure([line], LAYOUT)
    ticks = [2.0**-k for k in range(5)]
    figure.update_xaxes(
        title="factor of the initial parameters",
        type="log",
        tickvals=ticks,
        ticktext=[f"{tick:g}" for tick in ticks],
    )
    figure.update_yaxes(title=title, rangemode="tozero")
    if forecast.critical_scale is not None and forecast.critical_scale < 1:
        _mark(figure, forecast.critical_scale)
    return figure


def _mark(figure: go.Figure, scale: float) -> None:
    # A shape on a logarithmic axis takes plain values, its label their logarithm.
    figure.add_shape(
        type="line", x0=scale, x1=scale, y0=0, y1=1, yref="paper",
        line={"color": RED, "dash": "dash", "width": 2},
    )  # fmt: skip
    figure.add_annotation(
        x=np.log10(scale),
        y=0.1,
        yref="paper",
        text=f"critical scale {scale:.3g}",
        showarrow=False,
        xanchor="right",
        xshift=-6,
        font={"color": RED, "size": 13},
    )


def scale_values(forecast: Forecast) -> tuple[list[float], str]:
    """Accuracies, or losses where labels are no classes, and the title of the axis."""
    if forecast.plateau_accuracy is None:
        return [p.loss for p in forecast.scan], "test loss / variance of the labels"
    accuracies = [np.nan if p.accuracy is None else p.accuracy for p in forecast.scan]
    return accuracies, "test accuracy"


def scale_grid(forecast: Forecast) -> Grid:
    """The results at each scale as a table."""
    values, title = scale_values(forecast)
    return Grid(
        ("factor", title),
        tuple(
            (f"{point.scale:.3g}", f"{value:.3g}")
            for point, value in zip(forecast.scan, values, strict=True)
        ),
    )
