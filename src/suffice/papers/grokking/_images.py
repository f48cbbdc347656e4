"""Images learned from large and from usual initial parameters."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr

from suffice.papers._paper import Experiment, Run
from suffice.spectra import Fourier, principal_directions, Recorder, SpectralRecord
from suffice.training import Minibatches

from ._bands import Bands
from ._digits import digits, mnist, Pictures
from ._images_judged import draw, judge
from ._training import networks, Trained, trained

WAVES = np.linspace(0, 2 * np.pi, 1000)
COARSE = np.linspace(0, 2 * np.pi, 126)
EDGES = (0.0, 0.5, 1.5, 3.0, 2 * np.pi)
LEARNED = 0.2  # error of a band
STAGES, SEEN = ["start", "fitted", "end"], ["train", "all"]


class Setting(NamedTuple):
    """One way to train."""

    name: str
    scale: float
    decay: float
    rate: float
    steps: tuple[int, int]  # quick, full: both on the logarithmic grid

    def optimizer(self) -> optax.GradientTransformation:
        """Adam from large parameters, plain descent from usual ones."""
        if self.scale == 1:
            return optax.sgd(self.rate)
        return optax.adamw(self.rate, weight_decay=self.decay)


SETTINGS = (
    Setting("large", 8.0, 0.0, 1e-3, (5623, 100_000)),
    Setting("decaying", 8.0, 0.1, 1e-3, (17_783, 31_623)),
    Setting("usual", 1.0, 0.0, 0.02, (10_000, 31_623)),
)


def _measure(run: Run) -> xr.Dataset:
    pictures = mnist() if run.full else digits()
    seeds = range(3 if run.full else 2)
    parts = [trained_on(run, setting, pictures, seeds) for setting in SETTINGS]
    names = [setting.name for setting in SETTINGS]
    data = xr.concat(parts, "setting", join="outer").assign_coords(setting=names)
    return data.assign_attrs(pictures=pictures.name, samples=len(pictures.train[1]))


def trained_on(run: Run, setting: Setting, pictures: Pictures, seeds) -> xr.Dataset:
    """Train on images with one setting; return losses, verdicts and spectra."""
    (x, y), (x_test, y_test) = pictures.train, pictures.test
    whole = np.concatenate([x, x_test]), np.concatenate([y, y_test])
    recorder = Recorder(
        task="classification",
        loss="squared",
        train=(x, y),
        test=(x_test, y_test),
        all=whole,
    )
    training = trained(
        run,
        f"{pictures.name}, {setting.name}",
        networks(pictures.widths, seeds, scale=setting.scale, dtype=jnp.float32),
        recorder,
        Minibatches(x, np.eye(10, dtype=np.float32)[y], pictures.batch),
        setting.optimizer(),
        setting.steps[run.full],
    )
    run.tell(f"{setting.name}: spectra")
    return _seen(training, whole[0])


def _seen(training: Trained, inputs: np.ndarray) -> xr.Dataset:
    record = training.record
    line = principal_directions(inputs)
    judged = record.verdict()
    bands = record.spectrum(Bands(Fourier(COARSE, line), EDGES)).convergence(LEARNED)
    losses = record.losses().rename(loss="loss", accuracy="accuracy")
    return losses.assign(
        norm=(("run", "step"), training.norm),
        fit=("run", judged.fit_step),
        delay=("run", judged.delay),
        order=(("run", "set"), bands.order.values),
        band_step=(("run", "set", "band"), bands.step.values),
        at=("stage", _stages(record, judged.fit_step[0])),
        **_spectra(record, Fourier(WAVES, line), judged.fit_step[0]),
    ).assign_coords(stage=STAGES, seen=SEEN, k=WAVES, band=bands.frequency.values)


def _stages(record: SpectralRecord, fit: float) -> list[int]:
    """Before training, when the train set is fitted, and at the end."""
    end = record.steps[-1]
    return [0, int(fit) if np.isfinite(fit) else int(end), int(end)]


def _spectra(record: SpectralRecord, waves: Fourier, fit: float) -> dict:
    """Spectra of the first run at each stage, the norm over outputs."""
    at = np.searchsorted(record.steps, _stages(record, fit))

    def size(name, values):
        rows = waves.amplitude(record.inputs(name), values)
        return np.linalg.norm(rows, axis=-1)

    seen = [[size(s, record.outputs(s)[0, i]) for s in SEEN] for i in at]
    target = [size(s, record.labels(s)) for s in SEEN]
    return {
        "amplitude": (("stage", "seen", "k"), np.array(seen)),
        "target": (("seen", "k"), np.array(target)),
    }


IMAGES = Experiment(
    "images",
    "Images: the remainder of a large initial function on the test set",
    "A ReLU network with layers of 200 and 200 neurons and the squared loss of unit "
    "vectors. Rows: factor of PyTorch's initial parameters; Adam with rate 0.001 from "
    "large ones, plain descent with rate 0.02 from usual ones. Left: accuracies, every "
    "seed. Right: spectra along the first principal direction, seed 0, on the training "
    "set and on all inputs; dotted: of the labels.",
    _measure,
    judge,
    draw,
)
