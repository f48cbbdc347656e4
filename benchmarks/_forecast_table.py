"""Predicted against observed: rows, and the numbers that summarise them."""

import dataclasses
import math

import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

ROSE = 1.02  # of the first test loss: an ascent
FITTED = 0.99  # accuracy on the training set
GENERAL = 0.95  # of the best test accuracy of the run
CONVERGED = 0.1  # of the first loss


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a training did.

    Attributes:
        fit: First step with training accuracy 0.99, or a training loss of a tenth.
        general: First step with 0.95 of the best test accuracy, or a test loss of a
            tenth.
        rise: Largest test loss over the first one.
        plateau: Test loss at `fit`, in variances of the training labels.
        accuracy: Test accuracy at `fit`.
        best: Largest test accuracy.
    """

    fit: float
    general: float
    rise: float
    plateau: float
    accuracy: float
    best: float


def outcome(case, run):
    """The outcome of a run that was recorded at logarithmic steps."""
    if case.classifies:
        fit = run["accuracy"] >= FITTED
        general = run["accuracy_test"] >= GENERAL * run["accuracy_test"].max()
    else:
        fit = run["loss"] <= CONVERGED * run["loss"][0]
        general = run["loss_test"] <= CONVERGED * run["loss_test"][0]
    variance = float(np.asarray(case.data()[0][1], float).var(0).mean())
    k = int(fit.argmax()) if fit.any() else len(fit) - 1
    rise = np.minimum(
        run["loss_test"][1:], run["loss_test"][:-1]
    ).max()  # twice so high
    return Outcome(
        fit=_first(run["at"], fit),
        general=_first(run["at"], general),
        rise=float(rise / run["loss_test"][0]),
        plateau=float(run["loss_test"][k] / variance),
        accuracy=float(run["accuracy_test"][k]),
        best=float(run["accuracy_test"].max()),
    )


def _first(at, reached):
    return float(at[reached.argmax()]) if reached.any() else math.inf


def rows(results):
    """One Markdown table per task, from `(case, forecast, outcome)`."""
    tasks = list(dict.fromkeys(case.task for case, _, _ in results))
    for task in tasks:
        chosen = [result for result in results if result[0].task == task]
        heads, cells = COLUMNS[task][0].split("|"), COLUMNS[task][1]
        yield f"**{task}**"
        yield ""
        yield "| " + " | ".join(heads) + " |"
        yield "|" + "---|" * len(heads)
        for result in chosen:
            yield "| " + " | ".join(cells(*result)) + " |"
        yield ""


def _wave(case, said, seen):
    return (
        case.name,
        f"{case.activation}",
        _number(said["ascent"]),
        _number(said["alignment"]),
        f"{said['low_shift']:.2f}",
        said["verdict"],
        f"{seen.rise:.3f}",
        _step(seen.fit),
        _step(seen.general),
    )


def _plateau(case, said, seen):
    return (
        case.name,
        _number(said["ascent"]),
        said["verdict"],
        f"{seen.rise:.2f}",
        f"{_number(said['plateau_accuracy'])} / {seen.accuracy:.3f}",
        f"{_number(said['plateau_loss'])} / {seen.plateau:.3g}",
        f"{seen.best:.3f}",
    )


def _decay(case, said, seen):
    step = said["decay_steps"]
    last = (
        "-" if step is None else f"{math.log10(when(said, seen) / seen.general):+.3f}"
    )
    return (
        case.name,
        said["verdict"],
        "-" if said["critical_scale"] is None else f"{said['critical_scale']:.3f}",
        _step(seen.fit),
        "-" if step is None else _step(step),
        _step(seen.general),
        last,
        f"{seen.accuracy:.2f} to {seen.best:.2f}",
    )


def when(said, seen):
    """When decay is done, but not before the training set is fitted."""
    return max(seen.fit, said["decay_steps"])


PLATEAU = (
    "configuration|U90|verdict|rise seen|accuracy when fitted, said / seen|"
    "test loss / variance, said / seen|best accuracy seen",
    _plateau,
)
COLUMNS = {
    "1-D": (
        "target and points|activation|U90|A0|low shift|verdict|rise seen|fitted at|"
        "generalised at",
        _wave,
    ),
    "parity": PLATEAU,
    "digits": PLATEAU,
    "digits with weight decay": (
        "configuration|verdict|critical scale|fitted at|decay steps, said|"
        "generalised at, seen|log10(said / seen)|accuracy seen",
        _decay,
    ),
}


def summary(results):
    """The numbers asked for: AUC, times under weight decay, rank of plateaus."""
    waves = [r for r in results if r[0].task == "1-D"]
    rose = [seen.rise > ROSE for _, _, seen in waves]
    yield from _areas(waves, rose)
    yield from _times([r for r in results if r[0].decay and r[1]["decay_steps"]])
    yield from _ranks([r for r in results if r[0].task in ("digits", "parity")])
    yield from _verdicts("1-D", waves)
    yield from _verdicts(
        "all tasks without weight decay", [r for r in results if not r[0].decay]
    )


def _verdicts(which, results):
    if not results:
        return
    said = np.array([said["verdict"] == "label aliasing" for _, said, _ in results])
    rose = np.array([seen.rise > ROSE for _, _, seen in results])
    yield (
        f"{which}: verdict `label aliasing` where the test loss rose by 2 %",
        f"right in {(said == rose).sum()} of {len(rose)}",
        f"{(said & rose).sum()} of {rose.sum()} ascents said, "
        f"{(said & ~rose).sum()} false alarms",
    )


def _areas(waves, rose):
    if len(set(rose)) < 2:
        return
    values = {
        "U90": [said["ascent"] for _, said, _ in waves],
        "A0": [-said["alignment"] for _, said, _ in waves],
        "low shift": [said["low_shift"] for _, said, _ in waves],
        "shift": [said["shift"] for _, said, _ in waves],
    }
    for name, value in values.items():
        area = roc_auc_score(rose, value)
        note = f"{sum(rose)} of {len(rose)} runs rose by 2 %"
        yield f"1-D: AUC of {name} for an ascent", f"{area:.3f}", note


def _times(results):
    if not results:
        return
    errors = np.array(
        [math.log10(when(said, seen) / seen.general) for _, said, seen in results]
    )
    alone = np.array(
        [math.log10(said["decay_steps"] / seen.general) for _, said, seen in results]
    )
    late = np.array([said["decay_steps"] > seen.fit for _, said, seen in results])
    yield (
        "weight decay: median of abs log10(said / seen), asked for <= 0.1",
        f"{np.median(np.abs(errors)):.3f}",
        f"{len(errors)} runs, largest {np.abs(errors).max():.3f}",
    )
    yield (
        "the same without the step at which the training set was fitted",
        f"{np.median(np.abs(alone)):.3f}",
        f"largest {np.abs(alone).max():.3f}",
    )
    yield (
        "the same where decay comes after fitting",
        f"{np.median(np.abs(alone[late])):.3f}",
        f"{late.sum()} runs, largest {np.abs(alone[late]).max():.3f}",
    )


def _ranks(results):
    for task in ("digits", "parity"):
        chosen = [r for r in results if r[0].task == task and r[1]["plateau_loss"]]
        if len(chosen) < 3:
            continue
        seen = [outcome.accuracy for _, _, outcome in chosen]
        said = [said["plateau_accuracy"] for _, said, _ in chosen]
        loss = [said["plateau_loss"] for _, said, _ in chosen]
        gaps = np.abs(np.subtract(said, seen))
        yield (
            f"{task}: Spearman of test accuracy when fitted, said and seen",
            f"{spearmanr(said, seen).statistic:.3f}",
            f"{len(chosen)} runs; off by {np.median(gaps):.3f} in the median, "
            f"{gaps.max():.3f} at most; of said test loss with it "
            f"{spearmanr(loss, seen).statistic:.3f}",
        )


def _number(value):
    return "-" if value is None else f"{value:.3g}"


def _step(value):
    return "never" if math.isinf(value) else f"{value:.0f}"
