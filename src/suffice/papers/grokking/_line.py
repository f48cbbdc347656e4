"""One dimension: unevenly spaced points make the test loss rise first."""

from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from matplotlib.figure import Figure

from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim
from suffice.spectra import Fourier, Recorder, SpectralRecord
from suffice.training import Minibatches

from ._points import even, FREQUENCY, LineData, misleading
from ._training import networks, trained

WIDTHS = (1, 200, 200, 200, 100, 1)
RATE = {False: 2e-5, True: 2e-6}  # quick, full: ten times as many steps
STEPS = {False: 4217, True: 60_000}
SHORT = {False: 1540, True: 17_783}  # on the logarithmic grid
STAGES = {False: (0, 200, 3500), True: (0, 2000, 35_000)}  # steps of the figures
WAVES = np.arange(13)
RISES = (0.01, 0.02, 0.05)  # of a loss, that may be called a rise
FLAT = 1.005  # a loss that does not rise
DELAYS = (1.6, 2.0, 3.0)  # factors of time that may be called a delay
SETS = ["train", "test"]


def adam(run: Run) -> optax.GradientTransformation:
    """The optimiser of the one-dimensional trainings."""
    return optax.adam(RATE[run.full])


def watched(
    run: Run, name: str, points: LineData, seed: int, activation: str, optimizer, steps
) -> SpectralRecord:
    """Train one network on some points of the wave.

    In single precision: losses agree with double precision to six digits.
    """
    recorder = Recorder(train=points, test=even(1000))
    models = networks(WIDTHS, [seed], activation=activation, dtype=jnp.float32)
    x, y = (part.astype(np.float32) for part in points)
    training = trained(run, name, models, recorder, Minibatches(x, y), optimizer, steps)
    return training.record


def summary(record: SpectralRecord) -> xr.Dataset:
    """Losses and verdict of a record of one run."""
    judged = record.verdict()
    numbers = {
        "ascent": judged.ascent,
        "at_train": judged.ascent_train,
        "fit": judged.fit_step,
        "delay": judged.delay,
    }
    losses = record.losses().isel(run=0, drop=True)
    return losses.assign({name: values[0] for name, values in numbers.items()})


def _measure(run: Run) -> xr.Dataset:
    rule, steps = adam(run), STEPS[run.full]
    evens = 6 if run.full else 3
    kinds = {
        "uneven, n = 65": [(misleading(65, s), s, steps) for s in range(6)],
        "uneven, n = 1000": [(misleading(1000, 0), 0, SHORT[run.full])],
        "even, n = 65": [(even(65), s, steps) for s in range(evens)],
    }
    parts, spectra = [], {}
    for kind, runs in kinds.items():
        summaries = []
        for points, seed, length in runs:
            name = f"{kind}, seed {seed}"
            record = watched(run, name, points, seed, "sin", rule, length)
            summaries.append(summary(record).assign(_order(record)))
            if kind == "uneven, n = 65" and seed == 0:
                spectra = _spectra(record, STAGES[run.full])
        parts.append(
            xr.concat(summaries, "seed").assign_coords(seed=range(len(summaries)))
        )
    data = xr.concat(parts, "kind", join="outer").assign_coords(kind=list(kinds))
    return data.assign(spectra).assign_coords(k=WAVES)


def _order(record: SpectralRecord) -> dict:
    """When each frequency is learned, in units of the largest amplitude."""
    spectrum = record.spectrum(Fourier(WAVES[:8].astype(float)), eta=1.0)
    steps = spectrum.convergence(0.1)
    return {
        "learned": (("set", "low"), steps.step.values[0]),
        "wrong": (("step", "set", "low"), spectrum.data["error"].values[0]),
    }


def _spectra(record: SpectralRecord, stages: tuple[int, ...]) -> dict:
    """Outputs and their spectra at some steps, labels and their spectra."""
    records = [int(np.abs(record.steps - step).argmin()) for step in stages]
    waves = Fourier(WAVES.astype(float))
    x = record.inputs("test")[:, 0]

    def size(name, values):
        return waves.amplitude(record.inputs(name), values)[:, 0]

    return {
        "at": ("stage", record.steps[records]),
        "x": ("point", x),
        "output": (("stage", "point"), record.outputs("test")[0, records, :, 0]),
        "x_train": ("sample", record.inputs("train")[:, 0]),
        "amplitude": (
            ("stage", "set", "k"),
            [[size(s, record.outputs(s)[0, i]) for s in SETS] for i in records],
        ),
        "target": (("set", "k"), [size(s, record.labels(s)) for s in SETS]),
    }


def window_amplitude(x: np.ndarray, k: float) -> complex:
    """The coefficient of the wave at `k`, from the spectrum of the points alone.

    F(k) = (ρ(k - 6) - ρ(k + 6)) / 2i,    ρ(q) = (1/n) Σ exp(-i q xᵢ)
    """
    low, high = (np.exp(-1j * (k + s) * x).mean() for s in (-FREQUENCY, FREQUENCY))
    return (low - high) / 2j


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    uneven, many, evenly = (
        data.isel(kind=i).dropna("seed", how="all") for i in (0, 1, 2)
    )
    rises, falls = uneven.ascent, uneven.at_train
    yield Claim(
        "On unevenly spaced points the test loss rises while the training loss falls.",
        "Fig. 1a",
        "a rise in every trial",
        f"largest test loss {_span(rises)} of the first one in {rises.size} seeds, "
        f"with the training loss then at {_span(falls)} of its first one",
        steady(lambda rise: (rises > 1 + rise).all() and (falls < 1).all(), RISES),
        covers=("grok-synthetic",),
    )
    yield Claim(
        "On 1000 unevenly spaced points the test loss does not rise.",
        "Fig. 1b",
        "never above its first value",
        f"largest test loss {_span(many.ascent)} of the first one, one seed",
        bool((many.ascent < FLAT).all()),
        covers=("grok-synthetic",),
    )
    yield Claim(
        "On 65 evenly spaced points the test loss does not rise.",
        "Fig. 1c",
        "never above its first value",
        f"largest test loss {_span(evenly.ascent)} of the first one in "
        f"{evenly.ascent.size} seeds",
        bool((evenly.ascent < FLAT).all()),
        covers=("grok-synthetic",),
    )
    yield from _judge_figures(data)
    yield from _judge_frequencies(uneven)


def _judge_figures(data: xr.Dataset) -> Iterator[Claim]:
    test = data.amplitude.sel(set="test")
    strongest = [int(test[i, 1:].idxmax("k")) for i in (1, 2)]
    steps = [int(step) for step in data["at"]]
    yield Claim(
        f"The network computes nearly sin x at first, and sin {FREQUENCY}x at the end.",
        "Fig. 2",
        f"frequencies 1 and {FREQUENCY}",
        f"strongest frequency {strongest[0]} at step {steps[1]}, {strongest[1]} at "
        f"step {steps[2]}",
        strongest == [1, FREQUENCY],
        covers=("grok-low-first", "grok-synthetic"),
    )
    kept = float(data.amplitude.sel(set="train", k=1)[2])
    gone = float(test.sel(k=1)[2])
    window = abs(window_amplitude(data.x_train.to_numpy(), 1.0))
    yield Claim(
        "At the end frequency 1 has vanished from the test spectrum, but not from "
        "that of the training set.",
        "Fig. 3",
        "near 0 on the test points, as in the labels on the training set",
        f"amplitudes {gone:.4f} and {kept:.4f}",
        steady(lambda share: gone < share * kept, (0.02, 0.1, 0.2)),
        "The network keeps no slow wave: every function that equals the target at "
        "these points has this coefficient, because of the spectral window of the "
        "points.",
        covers=("grok-low-first",),
    )
    yield Claim(
        "The training spectrum at frequency 1 follows from the points alone.",
        "window identity",
        f"amplitude {window:.4f}",
        f"{float(data.target.sel(set='train', k=1)):.4f} in the labels, {kept:.4f} in "
        "the outputs at the end",
        bool(abs(data.target.sel(set="train", k=1) - window) < 1e-12),
        kind="check",
    )


def _judge_frequencies(uneven: xr.Dataset) -> Iterator[Claim]:
    slow = uneven.learned.sel(set="train").isel(low=1)
    true = uneven.learned.sel(set="train").isel(low=FREQUENCY)
    yield Claim(
        f"On the training set frequency 1 is learned before frequency {FREQUENCY}.",
        "Fig. 3",
        "earlier",
        f"at step {_span(slow, '.0f')} against {_span(true, '.0f')}",
        bool((slow < true).all()),
        covers=("grok-low-first",),
    )
    error = uneven.wrong.sel(set="test").isel(low=1)
    first, most = error.isel(step=0), error.max("step")
    yield Claim(
        "While the training set is learned, the error at frequency 1 grows on the test "
        "points.",
        "Fig. 3",
        "grows",
        f"at first {_span(first)} of the largest amplitude, at most {_span(most)}",
        steady(lambda share: (most > first + share).all(), (0.05, 0.1, 0.15)),
        covers=("grok-low-first",),
    )
    delay = uneven.delay
    yield Claim(
        "The network generalises long after it has fitted the training set.",
        "title and section 3, grokking read as a delay",
        "a delay",
        f"the test loss falls to a tenth {_span(delay)} times as late as the training "
        "loss",
        steady(lambda factor: (delay >= factor).all(), DELAYS),
        "The test loss rises early, but without the delay of arXiv:2201.02177. These "
        "are two different effects, which the verdict tells apart.",
        kind="reading",
        covers=("grok-phenomenon",),
    )


def _span(values, form: str = ".3f") -> str:
    low, high = (format(float(v), form) for v in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def _draw(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(7.4, 7.6))
    axes = figure.subplots(4, 3)
    for axis, kind in zip(axes[0], data.kind.to_numpy(), strict=True):
        draw_losses(axis, data.sel(kind=kind))
        axis.set_title(kind)
    axes[0, 0].legend()
    for stage, column in enumerate(axes[1:].T):
        _draw_stage(column, data.isel(stage=stage))
    axes[2, 0].legend()
    for axis, label in zip(
        axes[:, 0], ("loss", "output", "|F|, train", "|F|, test"), strict=True
    ):
        axis.set_ylabel(label)
    return figure


def draw_losses(axis, data: xr.Dataset) -> None:
    """Training and test losses of every seed."""
    for name, colour in (("train", "C0"), ("test", "C1")):
        curves = data.loss.sel(set=name)
        rows = curves.transpose("seed", "step").to_numpy()
        axis.semilogx(data.step[1:], rows[:, 1:].T, color=colour, alpha=0.7, lw=1)
        axis.plot([], color=colour, label=name)
    axis.set_ylim(0, 0.7)
    axis.set_xlabel("step")


def _draw_stage(column, data: xr.Dataset) -> None:
    outputs, *spectra = column
    outputs.plot(data.x, np.sin(FREQUENCY * data.x), color="#bbbbbb", lw=0.8)
    outputs.plot(data.x, data.output, color="C0")
    outputs.plot(data.x_train, np.sin(FREQUENCY * data.x_train), ".", ms=2, color="k")
    outputs.set_title(f"step {int(data['at'])}")
    outputs.set_xlabel("x")
    for axis, name in zip(spectra, SETS, strict=True):
        one = data.sel(set=name)
        axis.plot(data.k, one.target, "o-", color="C1", ms=3, label="labels")
        axis.plot(data.k, one.amplitude, "s--", color="C0", ms=3, label="network")
        axis.set_ylim(0, 0.7)
        axis.set_xlabel("frequency k")


LINE = Experiment(
    "line",
    "One dimension: a slow wave that fits the points is learned first",
    "A sin network 1-200-200-200-100-1 learns sin 6x on [-π, π]; Adam, all samples in "
    "every step. Of the uneven points 20 lie where sin x meets the target, 10 where "
    "sin 3x does. First row: losses of every seed. Below, of seed 0 from 65 uneven "
    "points: outputs (blue), target (grey) and points; amplitudes |F| of labels and "
    "outputs at each frequency, on the training points and on the test points.",
    _measure,
    _judge,
    _draw,
)
