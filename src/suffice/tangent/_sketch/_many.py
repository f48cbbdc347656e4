"""The ranks of an ensemble of small models at once."""

import dataclasses
import math
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from suffice._core import (
    Inputs,
    Model,
    NumericalRank,
    partition,
    require_float64,
    Result,
)
from suffice._core.literature import bases
from suffice.tangent._precision._kinks import jumping_rows

from ._engine import KHATRI_RAO
from ._jax_engine import JaxEngine
from ._probes import Probes
from ._sketched_kinks import COLUMNS
from ._sketched_rank import (
    balanced,
    decide,
    decide_all,
    sketch_of_full_rank,
    with_spare,
)

_MEMORY = 2**20  # float64 values held at once: 8 MB, which stay in the cache
_NOTHING = NumericalRank(0, None, 0.0, 0.0, 0.0, np.zeros(0))


@dataclasses.dataclass(frozen=True)
class Ranks(Result):
    """The ranks of many models on the same samples.

    Attributes:
        values: One rank per model; a lower bound where it is not confident.
        confident: For each model, whether the singular values decide its rank.
        last_kept: Smallest kept singular value over the largest, per model.
        first_dropped: Largest dropped singular value over the largest, per model.
        method: How the columns were obtained.
    """

    grounds = bases.TANGENT

    values: Int[np.ndarray, " models"]
    confident: Bool[np.ndarray, " models"]
    last_kept: Float[np.ndarray, " models"]
    first_dropped: Float[np.ndarray, " models"]
    method: str

    def headline(self) -> str:
        """The ranks in one sentence."""
        ranks, counts = np.unique(self.values[self.confident], return_counts=True)
        listed = ", ".join(f"{r} ({c})" for r, c in zip(ranks, counts, strict=True))
        doubtful = int((~self.confident).sum())
        end = f"; {doubtful} undecided." if doubtful else "."
        return f"{len(self.values)} models have ranks (how many): {listed or '-'}{end}"


def many_ranks(models: Model, x: Inputs, *, key: Key[Array, ""] | None = None) -> Ranks:
    """The rank of each model of an ensemble on the same samples.

    It is much faster than calls of `sketched_rank` for many small models of one
    structure.

    Args:
        models: One pytree whose parameters have a leading axis of models, as made by
            `eqx.filter_vmap` over keys or by `ensemble`; other arrays are shared.
        x: `n` inputs stacked along the leading axis, shared by all models.
        key: Random key of the directions; None takes a fixed one.

    Returns:
        One rank per model, and whether float64 decides it.

    Raises:
        ValueError: JAX is in float32 mode; the parameters have no common leading axis;
            `x` has no samples; a model or its gradient is not finite at a sample.

    Source:
        Derived and verified here. The ranks come from singular values, since an
        unpivoted QR factorisation gave a wrong rank for one model in 256.

    Examples:
        >>> template = sf.TwoLayer.normal(width=2, inputs=2, key=jax.random.key(0))
        >>> models = sf.ensemble(template, 3, key=jax.random.key(1))
        >>> x = np.random.default_rng(0).standard_normal((10, 2))
        >>> sf.many_ranks(models, x).values.tolist()
        [6, 6, 6]
    """
    require_float64("A rank")
    key = jax.random.key(0) if key is None else key
    count = _count_models(models)
    params, rest = partition(models)
    models = eqx.combine(jax.tree.map(np.asarray, params), rest)  # sliced below
    engine = JaxEngine(_members(models, 0), x)
    if engine.name != KHATRI_RAO or engine.forward:
        evidence = [_alone(_members(models, i), x, key) for i in range(count)]
        return _collect(evidence, engine.name)
    probes = engine.probes(key)
    limit = min(engine.samples * engine.outputs, engine.parameters)
    columns = _guess(engine, _members(models, slice(0, 1)), probes, limit)
    most = max(1, _MEMORY // (engine.samples * (2 * engine.size + 2 * limit)))
    step = math.ceil(count / math.ceil(count / most))
    evidence = []
    for low in range(0, count, step):
        some = _members(models, slice(low, low + step))
        found = _decided(engine, engine.ensemble_flows(some), probes, columns, limit)
        for number in np.flatnonzero(_on_kinks(engine, some, probes)).tolist():
            found[number] = _alone(_members(some, number), x, key)
        evidence += found
    return _collect(evidence, engine.name)


def _members(models: Model, which: int | slice) -> Model:
    params, rest = partition(models)
    return eqx.combine(jax.tree.map(lambda leaf: leaf[which], params), rest)


def _count_models(models: Model) -> int:
    counts = {leaf.shape[:1] for leaf in jax.tree.leaves(partition(models)[0])}
    if len(counts) != 1 or counts & {(), (0,)}:
        raise ValueError(
            f"the parameters of models have leading axes {sorted(counts)}; expected "
            "one common axis, of one entry per model."
        )
    return counts.pop()[0]


def _alone(model: Model, x: Inputs, key: Key[Array, ""]) -> NumericalRank:
    return sketch_of_full_rank(model, x, None, key)[2]


def _on_kinks(engine: JaxEngine, models: Model, probes: Probes) -> np.ndarray:
    """Which of some models have no derivative at one of the samples."""
    count = len(jax.tree.leaves(partition(models)[0])[0])
    if not engine.pieces:
        return np.zeros(count, bool)

    def rows(near):
        y = _sketches(engine, engine.ensemble_flows(near), probes, COLUMNS)
        return y.reshape(-1, COLUMNS)

    jumps = jumping_rows(rows, models, engine.epsilon / 2, 0.0)
    return np.any(jumps.reshape(count, -1), axis=1)


def _guess(engine: JaxEngine, first: Model, probes: Probes, limit: int) -> int:
    """Columns that suffice for one model, and so probably for similar ones."""
    y = balanced(_sketches(engine, engine.ensemble_flows(first), probes, limit))
    return min(limit, with_spare(decide(y[0], engine.epsilon, limit).lower))


def _sketches(engine: JaxEngine, flows: Any, probes: Probes, columns: int):
    """The sketch of every model: `(models, n * outputs, columns)`."""
    count = len(jax.tree.leaves(flows)[0])
    merged = jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), flows)
    first, *others = (
        block
        for block in engine.contract(merged, probes.take(columns))
        if np.ndim(block)  # a block that is merged into another is the number 0
    )
    for block in others:
        first += block
    y = first.reshape(count, engine.samples * engine.outputs, columns)
    if not np.isfinite(y).all():
        bad = int(np.argmin(np.isfinite(y).all((1, 2))))
        raise ValueError(
            f"model {bad} of its batch or its gradient is not finite at a sample; "
            "evaluate the models where they are finite."
        )
    return y


def _decided(engine, flows, probes, columns: int, limit: int) -> list[NumericalRank]:
    """Decide the rank of every model; double the columns where they are too few."""
    count = len(jax.tree.leaves(flows)[0])
    pending, evidence = np.arange(count), [_NOTHING] * count
    while pending.size:
        y = balanced(_sketches(engine, flows, probes, columns))
        ranks = decide_all(y, engine.epsilon, limit)
        for model, rank in zip(pending, ranks, strict=True):
            evidence[model] = rank
        full = np.array([rank.lower > columns - 5 for rank in ranks])
        again = np.flatnonzero(full) if columns < limit else pending[:0]
        flows = jax.tree.map(lambda a, again=again: a[again], flows)
        pending, columns = pending[again], min(limit, 2 * columns)
    return evidence


def _collect(evidence: list[NumericalRank], method: str) -> Ranks:
    return Ranks(
        values=np.array([rank.lower for rank in evidence]),
        confident=np.array([rank.confident for rank in evidence]),
        last_kept=np.array([rank.last_kept for rank in evidence]),
        first_dropped=np.array([rank.first_dropped for rank in evidence]),
        method=method,
    )
