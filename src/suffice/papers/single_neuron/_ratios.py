"""The fraction recovered over random imbalance ratios, by sample size."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from suffice.papers._paper import Run

from ._setting import padded, small_limits, with_ratios

FEW = (0.05, 0.1, 0.2)  # shares that may be called few, or nearly all


def measure_ratio(run: Run, inputs: int, sizes, sets: int, angles: int) -> xr.Dataset:
    """Errors of small starts with random ratios, and with the ratios 0 and 1.

    Args:
        run: How the experiment is run.
        inputs: Inputs of the networks.
        sizes: Sample sizes.
        sets: Number of random sample sets.
        angles: Random imbalance ratios for each set.

    Returns:
        `error` over size, set and run; `ratio` over set and run, whose first two
        entries are 0 and 1.
    """
    rng = np.random.default_rng(41 + inputs)
    x = rng.standard_normal((sets, max(sizes), inputs))
    random_ratios = np.tan(rng.uniform(0, np.pi / 4, (sets, angles)))
    ratios = np.concatenate(
        [np.zeros((sets, 1)), np.ones((sets, 1)), random_ratios], axis=1
    )
    runs, errors = ratios.size, []
    models = with_ratios(ratios.ravel(), inputs)
    for n in sizes:
        run.tell(f"{runs} small starts, {n} samples of {inputs} inputs")
        samples = np.repeat(x[:, :n], ratios.shape[1], axis=0)
        limits = small_limits(models, padded(samples, max(sizes)), inputs)
        errors.append(limits.test_error.reshape(ratios.shape))
    return xr.Dataset(
        {
            "error": (("size", "set", "run"), np.stack(errors)),
            "ratio": (("set", "run"), ratios),
        },
        {"size": list(sizes)},
    )


def shares(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Fraction recovered inside, at ratio 0 and at ratio 1, by sample size."""
    hit = data["error"] <= 1e-6
    inside = hit.isel(run=slice(2, None)).mean(("set", "run"))
    return inside, hit.isel(run=0).mean("set"), hit.isel(run=1).mean("set")


def mark_sizes(axis: Axes, inputs: int) -> None:
    """Lines at the sample sizes of Table 1, for two neurons with bias."""
    weights = inputs + 1
    optimistic, separation = weights + 1, (weights + 2, 2 * weights + 1)
    axis.axvline(optimistic, color="#767676", linestyle="--", linewidth=1,
                 label="optimistic size")  # fmt: skip
    for i, size in enumerate(separation):
        label = "separation of Q2, Q1" if i == 0 else None
        axis.axvline(size, color="#767676", linestyle=":", linewidth=1, label=label)


def draw_shares(data: xr.Dataset, inputs: int) -> Figure:
    """The fractions recovered, over the sample size."""
    figure = Figure(figsize=(6.4, 3.2))
    axis = figure.subplots()
    styles = {"random ratios": "o-", "ratio 0": "s-", "ratio 1": "^--"}
    for share, (label, style) in zip(shares(data), styles.items(), strict=True):
        axis.plot(data["size"], share, style, label=label)
    mark_sizes(axis, inputs)
    axis.set_xticks(data["size"].to_numpy())
    axis.set_xlabel("number of samples n")
    axis.set_ylabel("fraction recovered")
    figure.legend(loc="outside right center")
    return figure
