"""The audit of a table: how many samples suffice, and which to take next."""

import dataclasses
from pathlib import Path

import jax
import numpy as np
import pandas as pd
from jaxtyping import Array, Float, Key

from suffice._core import numpy_rng, Progress, require_float64, silent
from suffice.samples import optimistic_sample_size
from suffice.training import member

from ._candidates import linear_fit, simple_features
from ._dependence import dependence
from ._design._advice import advice
from ._design._forecast import error_forecast
from ._design._region import Region
from ._design._want import wanted
from ._design._where import where
from ._learning import learning_curve
from ._memory import Memory
from ._noise import noise_of
from ._predictor._predictor import predictor_of
from ._predictor._relevance import relevance
from ._references import references
from ._result import Audit
from ._search import best_networks
from ._standard import Standard
from ._sufficiency import sufficiency
from ._table import FEWEST, read_table, Table
from ._thresholds import thresholds
from ._width import width_curve, WidthCurve

MAX_ROWS = 1000
MOST = 100_000  # of everything that is counted


def audit(
    table: str | Path | pd.DataFrame | Table,
    target: str | None = None,
    *,
    region: Region | None = None,
    pool: Float[np.ndarray, "pool dim"] | None = None,
    cost: Float[np.ndarray, " pool"] | None = None,
    want: float | int | str | None = None,
    at: Float[np.ndarray, "m dim"] | None = None,
    next_size: int = 8,
    max_width: int = 6,
    folds: int = 10,
    restarts: int = 8,
    splits: int = 20,
    max_rows: int = MAX_ROWS,
    key: Key[Array, ""] | None = None,
    keep: str | Path | None = None,
    progress: Progress = silent,
) -> Audit:
    """Find the intrinsic width of a table, its sample size, and what to measure next.

    Networks of growing width are fitted from many starts and compared by
    cross-validation. The smallest one that predicts as well as the best, within one
    standard error of their difference, is the target of the theory of local linear
    recovery. Beside it stand other descriptions of the same table, judged on the same
    unseen samples. Repeated measurements tell the noise.

    Prefer `optimistic_sample_size` and `guarantee` if you have the model already.

    Args:
        table: A file or a pandas data frame, read by `read_table` with its defaults,
            or a `Table`.
        target: Name of the target column; may be None for a `Table`, which knows it.
        region: Where one may measure; None learns it from the rows.
        pool: Candidates to measure next, one per row, in the units of the table; None
            fills the region with candidates, each of which may be measured repeatedly.
        cost: Cost of each candidate of the pool; None where all cost the same.
        want: Error that is wanted, in the unit of the target or, such as `10%`, as a
            share of its standard deviation: how many more measurements does it take?
        at: Inputs at which the error of prediction is wanted, in the units of the
            table; None for none.
        next_size: Number of candidates to propose, at least 1.
        max_width: Widest network tried, at least 1.
        folds: Number of folds of the cross-validation, at least 2.
        restarts: Number of random starts per fit, at least 1; fewer, but at least 4,
            are used where a fit is large.
        splits: Number of random splits per point of the learning curve, at least 1.
        max_rows: A larger table is replaced by a random subset of this size, at least
            10.
        key: Random key; None takes `jax.random.key(0)`.
        keep: Folder for finished pieces of work. A stopped audit that is called again
            continues from them; they are removed at the end. None keeps nothing.
        progress: Called as `progress(done, total, stage)` before each piece of work.

    Returns:
        The intrinsic width, the sample size, the verdict on the samples, the learning
        curve and the candidates to measure next.

    Raises:
        ValueError: JAX runs in float32 mode, the target is missing, or an argument is
            out of range.
        TableError: The table cannot be read or is not fit for an audit.

    Source:
        arXiv:2307.08921 (optimistic sample size), arXiv:2406.18035 (guarantee); the
        one-standard-error rule is Breiman et al. 1984.

    Examples:
        >>> import pandas as pd
        >>> x = np.random.default_rng(0).uniform(-2, 2, 20)
        >>> table = pd.DataFrame({"field": x, "moment": np.tanh(x)})
        >>> quick = {"max_width": 1, "folds": 2, "restarts": 1, "splits": 2}
        >>> report = sf.audit(table, "moment", **quick)
        >>> report.rows, report.inputs
        (20, ('field',))
    """
    require_float64("An audit")
    _check(next_size=next_size, max_width=max_width, folds=folds - 1,
           restarts=restarts, splits=splits)  # fmt: skip
    table = _read(table, target)
    if at is not None and at.shape[1:] != (len(table.inputs),):
        raise ValueError(
            f"at has shape {at.shape}; expected one row per prediction and the columns "
            f"{', '.join(table.inputs)}."
        )
    if want is not None:
        wanted(want, 1.0)
    key = jax.random.key(0) if key is None else key
    keys = iter(jax.random.split(key, 8))
    table = _thinned(table, max_rows, next(keys))
    data = Standard.of(table)
    place = where(table, region, pool, cost)
    seed = np.asarray(jax.random.key_data(key))
    memory = Memory(
        keep, data.x, data.y, data.weights, data.kind, seed, folds, restarts, splits
    )
    widths = width_curve(
        data,
        dependence=dependence(data, key=jax.random.fold_in(key, 8)),
        max_width=max_width,
        folds=folds,
        restarts=restarts,
        key=next(keys),
        memory=memory,
        progress=progress,
    )
    others = references(
        data,
        widths,
        key=jax.random.fold_in(key, 9),
        memory=memory,
        progress=progress,
    )
    learning = learning_curve(
        data,
        widths,
        splits=splits,
        restarts=restarts,
        key=next(keys),
        memory=memory,
        progress=progress,
    )
    progress(0, 0, "sufficiency")
    model = _final(data, widths, restarts, next(keys))
    noise = noise_of(model, data, widths)
    predictor = predictor_of(model, data, widths.name, noise.value, noise.unseen)
    judge_key, next_key = jax.random.split(next(keys))
    enough = sufficiency(
        model, data, place.x, predictor=predictor, noise=noise, key=judge_key
    )
    forecast = error_forecast(data, widths, learning)
    progress(0, 0, "next samples")
    proposed, more = advice(
        model,
        data,
        widths,
        enough,
        others,
        forecast,
        place,
        size=next_size,
        want=want,
        key=next_key,
    )
    memory.forget()
    return Audit(
        source=table.source,
        target=table.target,
        inputs=table.inputs,
        rows=len(data.y),
        all_rows=table.all_rows or len(data.y),
        unit=data.unit,
        notes=table.notes,
        widths=widths,
        references=others,
        sample_size=optimistic_sample_size(model, key=next(keys)),
        learning=learning,
        thresholds=thresholds(widths, data.x.shape[1]),
        sufficiency=enough,
        forecast=forecast,
        next=proposed,
        relevance=relevance(data, widths, key=jax.random.fold_in(key, 10)),
        at=None if at is None else predictor.predict(at),
        more=more,
        model=model,
        predictor=predictor,
        data=data,
    )


def _read(table: str | Path | pd.DataFrame | Table, target: str | None) -> Table:
    if not isinstance(table, Table):
        if target is None:
            raise ValueError("target is None; expected the name of a column.")
        return read_table(table, target)
    if target not in (None, table.target):
        raise ValueError(
            f"target is {target!r} but the target of this table is {table.target!r}; "
            "read the table again with the other target."
        )
    return table


def _check(**counts: int) -> None:
    for name, count in counts.items():
        if count > MOST:
            raise ValueError(f"{name} is {count}; expected at most {MOST}.")
        if count < 1:
            least = 2 if name == "folds" else 1
            raise ValueError(
                f"{name} is {count + least - 1}; expected at least {least}."
            )


def _thinned(table: Table, max_rows: int, key) -> Table:
    if max_rows < FEWEST:
        raise ValueError(f"max_rows is {max_rows}; expected at least {FEWEST}.")
    if len(table.y) <= max_rows:
        return table
    rng = numpy_rng(key)
    rows = np.sort(rng.choice(len(table.y), max_rows, replace=False))
    note = f"{max_rows} of {len(table.y)} rows, drawn at random, are used."
    error = None if table.error is None else table.error[rows]
    return dataclasses.replace(
        table,
        x=table.x[rows],
        y=table.y[rows],
        error=error,
        all_rows=len(table.y),
        notes=(*table.notes, note),
    )


def _final(data: Standard, widths: WidthCurve, restarts: int, key):
    """Fit the chosen model to all samples."""
    everything = np.ones(len(data.y), bool)
    if widths.width == 0:
        return linear_fit(data, everything, simple_features(widths.name))
    fitted = best_networks(
        widths.width,
        data,
        everything[None],
        restarts=widths.folds * restarts,
        polish=widths.exact,
        key=key,
    )
    return member(fitted.models, 0)
