"""A collector of outputs during training, for any training loop."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from jaxtyping import Float

from suffice._core import Model, Numbers
from suffice.spectra._bases._arrays import as_float64, as_inputs, detached
from suffice.training import Learning

from ._losses import Loss, name_of, trained_loss
from ._record import SpectralRecord, TaskKind, TASKS
from ._record_file import FORMAT, VERSION


class Recorder:
    """Collects outputs on named sets of inputs, at some steps of one or several runs.

    In your own training loop, in any framework, call `add` at the steps to record. With
    `suffice.training.learn` pass `measure=recorder.measure` and give its result to
    `take`. Then `record` returns the record.

    Args:
        task: `regression`, or `classification`, where labels are class numbers with one
            output per class, or +-1 with a single output.
        loss: The loss that is trained: `squared`, the mean over samples and outputs;
            `cross-entropy`, of logits; or a function of outputs and labels, both
            `(n, outputs)` in NumPy, that returns one number. None is `squared` for
            regression; for classification it must be given.
        sets: The sets `train=(x, y)`, `test=(x, y)` and any others by name, with `n`
            inputs and labels each, as NumPy, JAX or torch arrays. Labels may be None.

    Raises:
        ValueError: The sets `train` and `test` are missing, inputs and labels do not
            agree, or the loss of a classification is not given.

    Examples:
        >>> x = np.linspace(-3, 3, 20)
        >>> train, test = (x, np.sin(x)), (x + 0.1, np.sin(x + 0.1))
        >>> recorder = sf.spectra.Recorder(train=train, test=test)
        >>> recorder.add(0, train=0 * x, test=0 * x)
        >>> recorder.add(1, train=np.sin(x), test=np.sin(x))
        >>> recorder.record().steps
        array([0, 1])
    """

    def __init__(
        self,
        *,
        task: TaskKind = "regression",
        loss: Loss | None = None,
        **sets: tuple[Numbers, Numbers | None],
    ):
        if task not in TASKS:
            raise ValueError(f"task is {task!r}; expected one of {', '.join(TASKS)}.")
        if not {"train", "test"} <= set(sets) or {"step", "run"} & set(sets):
            raise ValueError(
                f"the sets are named {', '.join(sets) or 'nothing'}; expected train "
                "and test, and others under names that are not step or run."
            )
        self.task: TaskKind = task
        self.loss: Loss = trained_loss(loss, task)
        self._inputs = {name: detached(x) for name, (x, _) in sets.items()}
        self._labels = {name: _labels(name, *pair) for name, pair in sets.items()}
        self._runs: dict[int, dict[int, np.ndarray]] = {}

    def add(self, step: int, *, run: int = 0, **outputs: Numbers) -> None:
        """Add the outputs at one step.

        Args:
            step: Number of steps taken so far.
            run: Number of the run, for a record of several runs.
            outputs: Outputs on every set, by name, of shape `(n,)` or `(n, outputs)`,
                as NumPy, JAX or torch arrays on any device.

        Raises:
            ValueError: A set is missing, a shape is wrong, or the step is not after the
                last one.
        """
        if set(outputs) != set(self._inputs):
            raise ValueError(
                f"outputs are given for {', '.join(outputs) or 'nothing'}; expected "
                f"{', '.join(self._inputs)}."
            )
        parts = [_rows(outputs[name], len(x), name) for name, x in self._inputs.items()]
        if len({part.shape[1] for part in parts}) > 1:
            sizes = ", ".join(str(part.shape[1]) for part in parts)
            raise ValueError(f"the sets have {sizes} outputs; expected equal numbers.")
        known = self._runs.setdefault(run, {})
        if step < 0 or (known and step <= max(known)):
            raise ValueError(
                f"step is {step} after {max(known, default=0)}; expected increasing "
                "steps from 0; another run goes under its own number, run=1."
            )
        known[int(step)] = np.concatenate(parts)

    @property
    def measure(self) -> Any:
        """Function of a model that returns its outputs, the `measure` of `learn`."""
        inputs = {name: jnp.asarray(x) for name, x in self._inputs.items()}
        return jax.tree_util.Partial(_outputs, inputs)

    def take(self, learning: Learning) -> None:
        """Add all runs and steps of an ensemble trained with `measure=self.measure`.

        Raises:
            ValueError: The ensemble was trained with another `measure`.
        """
        measured = learning.measured
        if not isinstance(measured, dict) or set(measured) != set(self._inputs):
            raise ValueError(
                "the ensemble was not measured by this recorder; pass "
                "measure=recorder.measure to learn."
            )
        first = max(self._runs, default=-1) + 1
        for run in range(len(learning.loss)):
            for time, step in enumerate(learning.at):
                outputs = {name: part[run, time] for name, part in measured.items()}
                self.add(int(step), run=first + run, **outputs)

    def record(self) -> SpectralRecord:
        """Return the record of the outputs that were added so far.

        Raises:
            ValueError: Nothing was added, the runs have different steps, or the labels
                do not fit the outputs.
        """
        steps = {tuple(known) for known in self._runs.values()}
        if len(steps) != 1:
            problem = (
                "runs were added at different steps" if steps else "nothing was added"
            )
            raise ValueError(
                f"{problem}; add outputs of every run at the same steps, for instance "
                "those of suffice.training.log_steps."
            )
        outputs = np.stack(
            [np.stack(list(known.values())) for known in self._runs.values()]
        )
        classes = outputs.shape[-1]
        targets = [
            _targets(y, self.task, classes, len(self._inputs[name]), name)
            for name, y in self._labels.items()
        ]
        inputs = [as_inputs(x, f"inputs of {n}") for n, x in self._inputs.items()]
        names = [name for name, x in self._inputs.items() for _ in range(len(x))]
        data = xarray.Dataset(
            {
                "output": (("run", "step", "sample", "output"), outputs),
                "label": (("sample", "output"), np.concatenate(targets)),
                "input": (("sample", "feature"), np.concatenate(inputs)),
            },
            {
                "run": list(self._runs),
                "step": list(steps.pop()),
                "set": ("sample", np.array(names)),
            },
            {
                "format": FORMAT,
                "version": VERSION,
                "task": self.task,
                "loss": name_of(self.loss),
            },
        )
        return SpectralRecord(data, self.loss)


def _outputs(inputs: dict[str, Any], model: Model) -> dict[str, Any]:
    return {name: jax.vmap(model)(x) for name, x in inputs.items()}


def _rows(values: Any, n: int, name: str) -> Float[np.ndarray, "n outputs"]:
    """Check outputs, which may be infinite or nan where a run diverged."""
    values = as_float64(values, f"outputs of {name}", finite=False)
    if not values.ndim or len(values) != n:
        raise ValueError(
            f"the outputs of {name} have shape {values.shape} at {n} inputs; expected "
            f"({n},) or ({n}, outputs)."
        )
    return values.reshape(n, -1)


def _labels(name: str, x: Any, y: Any) -> np.ndarray | None:
    if y is None:
        return None
    y, n = as_float64(y, f"labels of {name}"), len(x)
    if not y.ndim or len(y) != n:
        raise ValueError(
            f"the labels of {name} have shape {y.shape} at {n} inputs; expected one "
            "label for each input."
        )
    return y.reshape(n, -1)


def _targets(y, task: TaskKind, outputs: int, n: int, name: str) -> np.ndarray:
    """Return the desired outputs; nan where there are no labels."""
    if y is None:
        return np.full((n, outputs), np.nan)
    if task == "classification" and y.shape[1] == 1 and outputs > 1:
        if not np.isin(y, np.arange(outputs)).all():
            raise ValueError(
                f"labels of {name} range from {y.min():g} to {y.max():g}; expected "
                f"class numbers from 0 to {outputs - 1}, one output for each."
            )
        return np.eye(outputs)[y[:, 0].astype(int)]
    if task == "classification" and outputs == 1 and not (np.abs(y) == 1).all():
        raise ValueError(
            f"labels of {name} are not all -1 or 1; with a single output the sign is "
            "the class."
        )
    if y.shape[1] != outputs:
        raise ValueError(
            f"labels of {name} have {y.shape[1]} columns and the outputs {outputs}; "
            "expected the same, or task='classification' and class numbers."
        )
    return y
