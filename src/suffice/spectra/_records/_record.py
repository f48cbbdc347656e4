"""The outputs of a network during training, with losses, spectra and verdicts."""

import dataclasses
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray
from jaxtyping import Float, Int

from suffice._core import Hidden, Result
from suffice.spectra._bases._basis import Basis

from ._criterion import Criterion
from ._judge import judge
from ._losses import Loss, LOSSES, losses_of
from ._record_file import read_arrays, write_record
from ._spectrum import FLOORED, Spectrum, spectrum_of
from ._verdict import Verdict

TaskKind = Literal["regression", "classification"]
TASKS = ("regression", "classification")


@dataclasses.dataclass(frozen=True, eq=False)
class SpectralRecord(Result):
    """Outputs on named sets of inputs, at some steps of one or several training runs.

    Spectra are linear in the outputs. It is therefore enough to keep the outputs, and
    any basis can be chosen afterwards. A `Recorder` makes a record, and `load_record`
    reads one.

    Attributes:
        data: The labelled arrays: `output` (run, step, sample, output), `label`
            (sample, output), nan where there is none, `input` (sample, feature), and
            the coordinate `set` that names the set of every sample.
        loss: The loss that was trained, by name or as a function.

    Examples:
        >>> from suffice.spectra import Recorder
        >>> x = np.linspace(-3.0, 3.0, 20)
        >>> recorder = Recorder(train=(x, np.sin(x)), test=(x + 0.1, np.sin(x + 0.1)))
        >>> recorder.add(0, train=0 * x, test=0 * x)
        >>> record = recorder.record()
        >>> record.sets
        ('train', 'test')
    """

    data: Hidden[xarray.Dataset]
    loss: Hidden[Loss]

    @property
    def sets(self) -> tuple[str, ...]:
        """Names of the sets."""
        return tuple(dict.fromkeys(self.data["set"].values.tolist()))

    @property
    def steps(self) -> Int[np.ndarray, " step"]:
        """The steps at which the outputs are known."""
        return self.data["step"].values

    @property
    def task(self) -> TaskKind:
        """Whether labels are numbers (`regression`) or classes (`classification`)."""
        return self.data.attrs["task"]

    def inputs(self, which: str) -> Float[np.ndarray, "n dim"]:
        """Return the inputs of one set."""
        return self._of(which)["input"].values

    def labels(self, which: str) -> Float[np.ndarray, "n outputs"]:
        """Return the labels of one set; class numbers are unit vectors."""
        return self._of(which)["label"].values

    def outputs(self, which: str) -> Float[np.ndarray, "run step n outputs"]:
        """Return the outputs on one set."""
        return self._of(which)["output"].values

    def losses(self) -> xarray.Dataset:
        """Return the losses (run, step, set) and, for classes, accuracies.

        The loss is the one that was named when the record was made.
        With a single output the class is its sign; with several outputs it is the
        number of the largest one.
        """
        losses = {name: self._losses(name) for name in self.sets}
        parts = [dataset.expand_dims(set=[name]) for name, dataset in losses.items()]
        return xarray.concat(parts, "set").transpose("run", "step", "set")

    def spectrum(
        self, basis: Basis, *, eta: float = FLOORED, population: int | None = None
    ) -> Spectrum:
        """Return spectra of labels and outputs, and the error at each frequency.

            err(k) = ‖F_h(k) - F_y(k)‖ / max(‖F_y(k)‖, η max_q ‖F_y(q)‖)

        Args:
            basis: The family of frequencies: `Fourier`, `Walsh`, `Radial`,
                `GaussianFilter` or `KernelModes`.
            eta: Smallest denominator, as a share of the largest amplitude.
            population: Number of existing inputs, if the sets were drawn from finitely
                many without replacement; None for independent draws.
        """
        sets = {name: self._of(name) for name in self.sets}
        return spectrum_of(sets, basis, eta, population)

    def verdict(self, criterion: Criterion | None = None) -> Verdict:
        """Return whether and how the runs grokked; see `Verdict`.

        Args:
            criterion: The thresholds, chosen before you see the results; None takes the
                defaults of `Criterion`.

        Raises:
            ValueError: The record has fewer than two steps or does not begin at step 0,
                labels are missing, or all labels of a set are equal.
        """
        labels = {name: self.labels(name) for name in ("train", "test")}
        return judge(self.losses(), labels, self.loss, criterion or Criterion())

    def save(self, path: str | Path) -> Path:
        """Write the record to a new NetCDF file, whole or not at all.

        Args:
            path: Path of the file; no suffix is added.

        Raises:
            ValueError: The file exists, or its folder does not exist.
        """
        return write_record(self.data, path)

    def headline(self) -> str:
        """Return a summary in one sentence."""
        sizes = ", ".join(f"{len(self.inputs(name))} {name}" for name in self.sets)
        runs, times = self.data.sizes["run"], self.data.sizes["step"]
        return (
            f"Outputs of {runs} {'run' if runs == 1 else 'runs'} at {times} steps from "
            f"{self.steps[0]} to {self.steps[-1]} on {sizes} inputs."
        )

    def derived(self) -> dict[str, Any]:
        """Return the data set in a form that JSON can hold."""
        return self.data.to_dict()

    def _of(self, which: str) -> xarray.Dataset:
        if which not in self.sets:
            raise ValueError(f"there is no set {which!r}, only {', '.join(self.sets)}.")
        return self.data.isel(sample=self.data["set"].values == which)

    def _losses(self, which: str) -> xarray.Dataset:
        part = self._of(which)
        loss = losses_of(self.loss, self.outputs(which), self.labels(which))
        times = {name: self.data[name] for name in ("run", "step")}
        dataset = xarray.Dataset({"loss": (("run", "step"), loss)}, times)
        if self.task == "classification":
            dataset["accuracy"] = _accuracy(part)
        return dataset


def load_record(path: str | Path, *, loss: Loss | None = None) -> SpectralRecord:
    """Read a record that `SpectralRecord.save` wrote.

    Args:
        path: Path of the file; nothing in it is executed.
        loss: The function that was the loss, which no file holds; None where the loss
            has a name.

    Raises:
        ValueError: The file is missing, of another type or damaged; or its loss was a
            function that is not given here.

    Examples:
        >>> from suffice.spectra import load_record, Recorder
        >>> x = np.linspace(-3.0, 3.0, 20)
        >>> recorder = Recorder(train=(x, np.sin(x)), test=(x + 0.1, np.sin(x + 0.1)))
        >>> recorder.add(0, train=0 * x, test=0 * x)
        >>> path = recorder.record().save("sine.nc")
        >>> print(load_record(path).headline())
        Outputs of 1 run at 1 steps from 0 to 0 on 20 train, 20 test inputs.
    """
    data = read_arrays(path)
    name = data.attrs["loss"]
    if loss is None and name not in LOSSES:
        raise ValueError(
            f"the loss of {path} was the function {name}, which the file does not "
            f"hold; pass it, load_record(path, loss={name})."
        )
    return SpectralRecord(data, name if loss is None else loss)


def _accuracy(part: xarray.Dataset) -> xarray.Variable:
    """Return the share of right classes (run, step), nan without labels."""
    output, label = part["output"].values, part["label"].values
    if label.shape[1] == 1:
        right = (np.sign(output) == np.sign(label)).all(-1)
    else:
        same = output.argmax(-1) == label.argmax(
            -1
        )  # argmax returns the position of a nan
        right = same & np.isfinite(output).all(-1)
    known = np.isfinite(label).all()
    return xarray.Variable(("run", "step"), np.where(known, right.mean(-1), np.nan))
