"""Claims about the trainings on images, and their pictures."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from suffice.papers._paper import steady
from suffice.report._shared import Claim

from ._line import DELAYS

BANDS = "of four bands nothing less is beyond chance, p = 1/24"
NAMES = {"large": "8 x", "decaying": "8 x, weight decay 0.1", "usual": "1 x"}


def judge(data: xr.Dataset) -> Iterator[Claim]:
    """The claims of the paper on images; on other images than MNIST none differs."""
    own = data.attrs["pictures"] == "MNIST"
    for claim in _judge(data):
        fails = claim.agrees is False and claim.kind == "paper"
        yield claim if own or not fails else dataclasses.replace(claim, agrees=None)


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    large, decaying, usual = (data.sel(setting=name) for name in NAMES)
    yield from _judge_accuracy(data.attrs["pictures"], large, decaying, usual)
    yield from _judge_spectra(large, usual)
    yield from _judge_order(large, usual)


def _judge_accuracy(pictures, large, decaying, usual) -> Iterator[Claim]:
    then, end = _when_fitted(large), _last(large.accuracy.sel(set="test"))
    gained = bool((end > then + 0.3).all())
    yield Claim(
        "From initial parameters 8 times as large as usual, the test accuracy rises "
        "long after the training set is fitted, without weight decay.",
        "Fig. 6a",
        "a late rise",
        f"{pictures}: fitted at step {_list(large.fit, '.0f')} with test accuracy "
        f"{_list(then, '.2f')}; {_list(end, '.2f')} at the end",
        gained,
        ""
        if gained
        else (
            "A few hundred digits stay memorised throughout this run; with --full the "
            "images are those of MNIST, as in the paper."
        ),
        covers=("grok-phenomenon", "grok-real"),
    )
    norm = large.norm.transpose("run", "step").to_numpy()
    change = np.nanmax(np.abs(norm / norm[:, :1] - 1))
    yield Claim(
        "The late rise is not caused by a change of the norm of the parameters.",
        "section 5 (on arXiv:2210.01117)",
        "nearly constant",
        f"it changes by at most {change:.1%} during the run",
        steady(lambda share: change < share, (0.05, 0.1, 0.2)) if gained else None,
        "" if gained else "Without a late rise there is nothing to explain.",
    )
    yield Claim(
        "With weight decay the test accuracy rises within the run, long after the "
        "training set is fitted.",
        "arXiv:2210.01117",
        "a delay",
        f"test accuracy {_list(_when_fitted(decaying), '.2f')} when fitted, "
        f"{_list(_last(decaying.accuracy.sel(set='test')), '.2f')} at the end; "
        f"generalised {_list(decaying.delay, '.1f')} times as late as fitted",
        bool((decaying.delay > DELAYS[-1]).all() and np.isfinite(decaying.delay).all()),
        kind="other",
        covers=("grok-phenomenon", "grok-real"),
    )
    yield Claim(
        "From usual initial parameters training and test accuracy rise together.",
        "Fig. 6b",
        "no delay",
        f"generalised {_list(usual.delay, '.2f')} times as late as fitted, best test "
        "accuracy "
        f"{_list(usual.accuracy.sel(set='test').max('step'), '.2f')}",
        bool((usual.delay < DELAYS[0]).all()),
        covers=("grok-real",),
    )


def _judge_spectra(large, usual) -> Iterator[Claim]:
    size = _energy(large.amplitude) / _energy(large.target)
    yield Claim(
        "From large initial parameters the outputs are at first far larger than the "
        "labels.",
        "Fig. 7a",
        "far above the labels",
        f"spectra {float(size.isel(stage=0).min()):.0f} times as large",
        steady(lambda factor: size.isel(stage=0).min() > factor, (3.0, 5.0, 10.0)),
        covers=("grok-real",),
    )
    train, whole = (float(size.sel(stage="fitted", seen=s)) for s in ("train", "all"))
    yield Claim(
        "When the training set is fitted, its spectrum is that of the labels, and the "
        "spectrum of all inputs is not.",
        "Fig. 7b",
        "1 times as large as that of the labels, and more",
        f"{train:.2f} and {whole:.2f} times as large",
        steady(
            lambda share: abs(train - 1) < share and whole > 1 + 2 * share,
            (0.05, 0.1, 0.2),
        ),
        covers=("grok-real",),
    )
    seen, true = (large.target.sel(seen=name) for name in ("train", "all"))
    apart = float(np.linalg.norm(seen - true) / np.linalg.norm(true))
    yield Claim(
        "The training labels have the same spectrum as all labels, so what remains on "
        "the test set is the initial function and not the effect of a misleading "
        "sample.",
        "derived and verified here",
        "equal spectra of labels",
        f"they differ by {apart:.1%}",
        bool(apart < 0.1),
        kind="derived",
    )
    mid = _energy(usual.amplitude).sel(stage="end") / _energy(usual.target)
    yield Claim(
        "At the end of training from usual initial parameters both spectra equal "
        "those of the labels.",
        "Fig. 8c",
        "1 times as large",
        f"{_list(mid, '.2f')} times as large, training set and all inputs",
        steady(lambda share: (abs(mid - 1) < share).all(), (0.1, 0.15, 0.2)),
        covers=("grok-real",),
    )


def _judge_order(large, usual) -> Iterator[Claim]:
    order = usual.order.sel(set=["train", "all"])
    yield Claim(
        "From usual initial parameters low frequencies are learned first.",
        "Fig. 8",
        f"rank correlation of band and step 1 ({BANDS})",
        f"{_list(order, '.2f')}, training set and all inputs",
        _ordered(order.to_numpy()),
        covers=("grok-real",),
    )
    order, last = large.order.sel(set="train"), large.band_step.sel(set="train")
    none = bool(np.isnan(last).all())
    yield Claim(
        "From large initial parameters high frequencies are learned first.",
        "Fig. 7 and section 5",
        f"rank correlation of band and step -1 ({BANDS})",
        "no band is learned within the run"
        if none
        else f"{_list(order, '.2f')} on the training set".replace("nan", "none"),
        _ordered(-order.to_numpy()),
        "Low frequencies are no longer learned before high ones; how far the order is "
        "reversed varies with the seed.",
        covers=("grok-explains",),
    )


def _ordered(order: np.ndarray) -> bool | None:
    """Whether the bands of every run come in order; None where that is not clear.

    Of four bands only a rank correlation of 1 or -1 is beyond chance.
    """
    if np.isclose(order, 1).all():
        return True
    return False if np.isclose(order, -1).any() else None


def _when_fitted(data: xr.Dataset) -> np.ndarray:
    """Test accuracy of each run when its training set is first fitted."""
    rows = data.accuracy.sel(set="test")
    steps = data.fit.where(np.isfinite(data.fit), data.step[0])
    return np.array([float(rows.sel(run=r, step=steps.sel(run=r))) for r in data.run])


def _last(values: xr.DataArray) -> np.ndarray:
    """The last known value of every run."""
    return values.dropna("step").isel(step=-1).to_numpy()


def _energy(amplitude: xr.DataArray) -> xr.DataArray:
    """Root mean square over the frequencies."""
    return (amplitude**2).mean("k") ** 0.5


def _list(values, form: str) -> str:
    return ", ".join(format(float(value), form) for value in np.ravel(values))


def draw(data: xr.Dataset) -> Figure:
    """Accuracies, and spectra at three stages, one row per setting."""
    figure = Figure(figsize=(8.2, 6.4))
    axes = figure.subplots(3, 4)
    for row, (name, title) in zip(axes, NAMES.items(), strict=True):
        one = data.sel(setting=name)
        _draw_accuracy(row[0], one, title)
        limits = _limits(one)
        for axis, stage in zip(row[1:], data.stage.to_numpy(), strict=True):
            _draw_spectra(axis, one.sel(stage=stage), stage)
            axis.set_ylim(limits)
    axes[0, 0].legend()
    axes[0, 1].legend()
    for axis in axes[:, 1]:
        axis.set_ylabel("amplitude |F|")
    return figure


def _limits(data: xr.Dataset) -> tuple[float, float]:
    """Limits of the vertical axis that show all spectra of a row."""
    parts = data.amplitude, data.target
    low = min(float(part.min()) for part in parts)
    return 0.7 * low, 1.5 * max(float(part.max()) for part in parts)


def _draw_accuracy(axis, data: xr.Dataset, title: str) -> None:
    for name, colour in (("train", "C0"), ("test", "C1")):
        rows = data.accuracy.sel(set=name).transpose("run", "step").to_numpy()
        axis.semilogx(data.step[1:], rows[:, 1:].T, color=colour, lw=1)
        axis.plot([], color=colour, label=name)
    axis.set_ylim(0, 1.03)
    axis.set_title(title)
    axis.set_xlabel("step")
    axis.set_ylabel("accuracy")


def _draw_spectra(axis, data: xr.Dataset, stage: str) -> None:
    for name, colour in (("train", "C0"), ("all", "C1")):
        one = data.sel(seen=name)
        axis.semilogy(one.k, one.amplitude, color=colour, lw=1, label=name)
        axis.semilogy(one.k, one.target, ":", color=colour, lw=1.2)
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_title(f"{stage}, step {int(data['at'])}")
    axis.set_xlabel("frequency k")
