"""The verdict on curves alone, without the outputs of the network."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from suffice._core.tables import read_frame
from suffice.spectra._records._criterion import Criterion
from suffice.spectra._records._curves import Curves
from suffice.spectra._records._verdict import Verdict, verdict_on

from ._columns import by_run, columns_of
from ._log import curves_of


def judge_curves(
    logs: Sequence[str | Path | pd.DataFrame],
    *,
    baseline: float,
    chance: float | None = None,
    columns: Mapping[str, str] | None = None,
    criterion: Criterion | None = None,
    delimiter: str | None = None,
) -> Verdict:
    """Return the verdict on trainings of which only losses and accuracies were kept.

    Prefer a `Recorder` where outputs can be kept: it knows the baseline from the
    labels, and has spectra. The first step of a log need not be 0; what happened before
    it is unknown, and so is a delay that lies before it.

    Args:
        logs: Tables of one or several runs, as files or data frames. Columns are found
            by their usual names (`step`, `train_loss`, `val/acc`, ...). Runs are told
            apart by a column `run`, by names of columns (`RUN - train_loss`), and by
            files. A table of `step`, `tag` and `value` is read too.
        baseline: Loss of the best constant prediction for the training labels: their
            variance for squared losses, `ln c` for the cross-entropy of `c` classes of
            equal size.
        chance: Accuracy of always naming the most frequent class; None where the logs
            have no accuracies. Without accuracies, losses alone decide.
        columns: Names of columns, by `step`, `train_loss`, `test_loss`,
            `train_accuracy` or `test_accuracy`, where they are not found by themselves.
        criterion: The thresholds, chosen before you see the results.
        delimiter: Separator of the cells of a text file; None detects it.

    Raises:
        ValueError: A file cannot be read, a column is missing, the baseline is not
            positive, or chance is missing or not a share.

    Examples:
        >>> import pandas as pd
        >>> steps = [0, 10, 20, 40, 80, 160]
        >>> train, test = [1, 0.2, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0]
        >>> log = pd.DataFrame({"step": steps, "train_loss": train, "val_loss": test})
        >>> sf.spectra.judge_curves([log], baseline=1.0).word
        array(['delayed'], dtype='<U7')
    """
    if not 0 < baseline < np.inf:
        raise ValueError(f"baseline is {baseline:g}; expected a finite number above 0.")
    if chance is not None and not 0 <= chance < 1:
        raise ValueError(f"chance is {chance:g}; expected a share from 0 to below 1.")
    rule = criterion or Criterion()
    runs = {}
    for place, log in enumerate(logs):
        source = str(log) if isinstance(log, str | Path) else f"log {place}"
        frame = read_frame(log, delimiter=delimiter)
        for name, part in by_run(frame, source).items():
            if name in runs:
                name = f"{source}: {name}"
            found = curves_of(part, columns_of(part, source, columns or {}), source)
            runs[name] = _run(found, baseline, chance, rule, source)
    if not runs:
        raise ValueError("there are no logs; expected at least one.")
    return verdict_on(list(runs.values()), list(runs))


def _run(found, baseline: float, chance: float | None, rule: Criterion, source: str):
    pair = [found[n] for n in ("train_accuracy", "test_accuracy") if n in found]
    if len(pair) == 1:
        raise ValueError(
            f"{source} has the accuracy of one set only; expected both, or none."
        )
    if pair and chance is None:
        raise ValueError(
            f"{source} has accuracies; say how many classes there are, or the accuracy "
            "of chance."
        )
    share = chance if pair and chance is not None else 0.0
    losses = found["train_loss"], found["test_loss"]
    return Curves(found["step"], *losses, share, baseline, rule, *pair)
