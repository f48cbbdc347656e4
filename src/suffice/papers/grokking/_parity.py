"""Parity: a few points show low degrees that the function does not have."""

from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, fair, Run, steady
from suffice.report._shared import Claim
from suffice.spectra import cube, nudft, Recorder, SpectralRecord, Walsh
from suffice.training import Minibatches

from ._line import DELAYS, RISES
from ._training import networks, trained

DIM, SHARES = 10, (0.2, 0.5, 0.8)
STEPS = 4000
WAVES = np.linspace(0, np.pi, 101)
STAGES = (0, 150, 390, STEPS)  # of the figure


def split(share: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All points of the cube with their parity, and which are for training."""
    x = cube(DIM).astype(float)
    order = np.random.default_rng(seed).permutation(len(x))
    chosen = np.zeros(len(x), bool)
    chosen[order[: round(share * len(x))]] = True
    return x, x.prod(1), chosen


def watched(run: Run, share: float, seed: int, rule) -> SpectralRecord:
    """Train one network on a share of the cube."""
    x, y, chosen = split(share, seed)
    recorder = Recorder(
        task="classification",
        loss="squared",
        train=(x[chosen], y[chosen]),
        test=(x[~chosen], y[~chosen]),
        all=(x, y),
    )
    data = Minibatches(x[chosen].astype(np.float32), y[chosen].astype(np.float32))
    models = networks((DIM, 1000, 1), [seed], dtype=jnp.float32)
    name = f"parity, {share:g} of the cube, seed {seed}"
    return trained(run, name, models, recorder, data, rule, STEPS).record


def _measure(run: Run) -> xr.Dataset:
    rule, seeds = optax.adam(2e-4), range(6 if run.full else 2)
    rows = []
    for share in SHARES:
        runs = [summary(watched(run, share, seed, rule)) for seed in seeds]
        rows.append(xr.concat(runs, "seed"))
    data = xr.concat(rows, "share").assign_coords(share=list(SHARES))
    return data.assign_coords(k=WAVES, degree=np.arange(DIM + 1), stage=list(STAGES))


def summary(record: SpectralRecord) -> xr.Dataset:
    """Losses, verdict and spectra of a record of one run."""
    judged, losses = record.verdict(), record.losses().isel(run=0, drop=True)
    walsh = record.spectrum(Walsh(DIM)).data
    energy = (walsh["amplitude"].isel(run=0, output=0).sel(set="all") ** 2).values
    shown = (walsh["target"].isel(output=0).sel(set="train") ** 2).values
    records = [int(np.abs(record.steps - step).argmin()) for step in STAGES]
    whole = [_diagonal(record, "all", record.outputs("all")[0, i]) for i in records]
    return losses.assign(
        ascent=judged.ascent[0],
        fit=judged.fit_step[0],
        generalises=judged.step[0],
        delay=judged.delay[0],
        energy=(("step", "degree"), energy),
        shown=("degree", shown),
        labels=("k", _diagonal(record, "train", record.labels("train"))),
        amplitude=(("stage", "k"), whole),
    )


def _diagonal(record: SpectralRecord, name: str, values: np.ndarray) -> np.ndarray:
    """The spectrum along the sum of the coordinates, as in the paper."""
    return np.abs(nudft(record.inputs(name).sum(1), values, WAVES)[:, 0])


def crossing(data: xr.Dataset) -> np.ndarray:
    """The step from which on the test loss stays below half of its first value."""
    loss = data.loss.sel(set="test").transpose(..., "step").to_numpy()
    above = loss >= 0.5 * loss[..., :1]
    last = above.shape[-1] - 1 - above[..., ::-1].argmax(-1)
    steps = np.append(data.step.to_numpy(), np.inf)
    return steps[last + 1]


def rise(data: xr.Dataset) -> np.ndarray:
    """The largest test loss over the least one before it."""
    loss = data.loss.sel(set="test").transpose(..., "step").to_numpy()
    return (loss / np.minimum.accumulate(loss, axis=-1)).max(-1)


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    yield from _judge_labels(data)
    yield from _judge_losses(data)
    yield from _judge_degrees(data.sel(share=0.5))


def _judge_labels(data: xr.Dataset) -> Iterator[Claim]:
    low = np.sqrt(data.shown.sel(degree=slice(0, DIM - 1)).sum("degree").mean("seed"))
    expected = [np.sqrt(2**DIM / round(p * 2**DIM) - 1) for p in SHARES]
    got = [float(value) for value in low]
    yield Claim(
        "The fewer points, the stronger the low frequencies that only the training "
        "labels have.",
        "Fig. 4b",
        "decreasing in the number of points",
        f"amplitude of degrees below {DIM}: {_list(got)} for "
        f"{_list(SHARES, '.1f')} of the cube",
        got[0] > got[1] > got[2],
        kind="check",
        covers=("grok-low-first",),
    )
    yield Claim(
        "The size of these low frequencies depends only on the number of points, not "
        "on which points are chosen.",
        "Parseval's identity",
        f"sqrt(N/n - 1) = {_list(expected)}",
        f"{_list(got)}",
        bool(np.allclose(got, expected, rtol=1e-12)),
        kind="check",
    )


def _judge_losses(data: xr.Dataset) -> Iterator[Claim]:
    below = np.median(crossing(data), axis=1)
    yield Claim(
        "The more points, the earlier the test loss falls.",
        "Fig. 4a",
        "earlier for larger shares",
        f"half of its first value at step {', '.join(map(_step, below))}, for "
        f"{_list(SHARES, '.1f')} of the cube",
        bool(below[0] > below[1] > below[2]),
        "" if np.isfinite(below).all() else "Never: not within the run.",
        covers=("grok-synthetic",),
    )
    up = rise(data)
    first = data.ascent
    yield Claim(
        "The test loss rises while the training loss falls.",
        "Fig. 4a",
        "rises",
        f"to {up.min():.2f} to {up.max():.2f} times its least value before, or "
        f"{float(first.min()):.2f} to {float(first.max()):.2f} times its first one",
        steady(lambda rise: (up > 1 + rise).all(), RISES),
        covers=("grok-synthetic",),
    )
    half = data.sel(share=0.5)
    final = half.isel(step=-1).sel(set="test")
    yield Claim(
        "The test loss stays above 0 when every test point is classified correctly.",
        "Fig. 17",
        "error 0, loss above 0",
        f"accuracy {_list(final.accuracy)}, loss {_list(final.loss)} at the end, half "
        "of the cube",
        steady(
            lambda share: (
                (final.accuracy > 1 - share).all() and (final.loss > share).all()
            ),
            (0.01, 0.05, 0.1),
        ),
        covers=("grok-synthetic",),
    )
    worst = half.accuracy.sel(set="test").min("step")
    yield Claim(
        "During training the network is worse than chance: what it learns first "
        "contradicts the test labels.",
        "anti-alignment of complementary sets, derived and verified here",
        "below 0.5",
        f"test accuracy down to {_list(worst)}",
        bool((worst < 0.5).all()),
        kind="derived",
    )
    late = data.sel(share=[0.5, 0.8]).delay
    yield Claim(
        "The network generalises long after it has fitted the training set.",
        "title and section 4, grokking read as a delay",
        "a delay",
        f"the test loss falls {float(late.min()):.2f} to {float(late.max()):.2f} times "
        "as late as the training loss, for 0.5 and 0.8 of the cube",
        steady(lambda factor: (late >= factor).all(), DELAYS),
        "The test loss rises early, but without a delay.",
        kind="reading",
        covers=("grok-phenomenon",),
    )


def _judge_degrees(half: xr.Dataset) -> Iterator[Claim]:
    energy = half.energy.mean("seed")
    low = energy.sel(degree=2)
    peak = int(low.idxmax("step"))
    least, most, last = float(low[:-1].min()), float(low.max()), float(low[-1])
    yield Claim(
        "On the whole cube low frequencies first grow and later decay.",
        "Fig. 5c and 5d",
        "grow in steps 100 to 200, decay in 300 to 1000",
        f"energy of degree 2 from {least:.3f} to {most:.3f} at step {peak}, and "
        f"{last:.3f} at the end",
        steady(lambda factor: most > factor * max(least, last), (1.5, 2.0, 4.0))
        if 100 <= peak <= 300
        else fair(False, half),
        covers=("grok-low-first",),
    )
    top = energy.sel(degree=DIM)
    late = int((top > 0.25 * top[-1]).idxmax("step"))
    yield Claim(
        f"The true frequency, degree {DIM}, comes last.",
        "Fig. 5d",
        "after the low ones",
        f"a quarter of its last energy {float(top[-1]):.2f} at step {late}",
        late > peak,
        covers=("grok-low-first",),
    )


def _step(step: float) -> str:
    return f"{step:.0f}" if np.isfinite(step) else "never"


def _list(values, form: str = ".3f") -> str:
    return ", ".join(format(float(value), form) for value in np.ravel(values))


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(8.6, 6.6))
    axes = figure.subplots(3, 3)
    exact = np.abs(np.sin(WAVES)) ** DIM
    for column, share in zip(axes.T, SHARES, strict=True):
        one = data.sel(share=share)
        _draw_losses(column[0], one)
        column[0].set_title(f"{share:g} of the cube")
        column[1].plot(WAVES, exact, color="C1", label="whole cube")
        column[1].plot(WAVES, one.labels.isel(seed=0), color="C0", label="training")
        column[1].set_xlabel("frequency k")
        column[2].plot(WAVES, exact, color="C1", lw=1)
        for i, step in enumerate(STAGES[1:]):
            shade = str(0.7 - 0.35 * i)
            seen = one.amplitude.isel(seed=0).sel(stage=step)
            column[2].plot(WAVES, seen, color=shade, label=f"step {step}")
        column[2].set_xlabel("frequency k")
    for axis in axes[1:].flat:
        axis.set_ylim(0, 1.05)
    for axis, label in zip(
        axes[:, 0], ("loss", "|F| of labels", "|F| of outputs, cube"), strict=True
    ):
        axis.set_ylabel(label)
    for axis in axes[:, 2]:
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _draw_losses(axis, data: xr.Dataset) -> None:
    for name, colour in (("train", "C0"), ("test", "C1")):
        rows = data.loss.sel(set=name).transpose("seed", "step").to_numpy()
        axis.semilogx(data.step[1:], rows[:, 1:].T, color=colour, lw=1, alpha=0.7)
        axis.plot([], color=colour, label=name)
    axis.set_ylim(0, None)
    axis.set_xlabel("step")


PARITY = Experiment(
    "parity",
    "Parity: low frequencies are learned where the points show them",
    f"The product of all {DIM} signs, learned from a share of the {2**DIM} points by "
    "a ReLU network of width 1000; Adam, all samples in every step. Spectra along the "
    "sum of the coordinates, seed 0; last row: of the outputs on the whole cube, the "
    "labels in orange.",
    _measure,
    _judge,
    _draw,
)
