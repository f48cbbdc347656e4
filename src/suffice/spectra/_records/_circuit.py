"""The circuit of modular addition: waves on the group in logits and embeddings."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from suffice._core import Hidden, Numbers, Result
from suffice._core.literature import bases
from suffice.spectra._bases._arrays import as_float64

from ._criterion import Criterion
from ._record import SpectralRecord

MOST = 0.9  # part of what all frequencies explain that the key frequencies hold


@dataclasses.dataclass(frozen=True, eq=False)
class ModularCircuit(Result):
    """How far a network computes `(a + b) mod p` by waves, and by which.

    The circuit of modular addition turns `a` and `b` into waves of a few frequencies on
    the group, and the logit of `c` into a sum of `cos(2π k (a + b - c) / p)`. Each
    of the frequencies `1, ..., p // 2` has a share of the logits, which are centred
    over the classes.

    Attributes:
        order: The modulus `p`.
        steps: The steps of the record.
        frequencies: The values of `k`.
        share: Part of the mean square of the logits, from 0 to 1, that
            `cos(2π k (a + b - c) / p)` explains (step, frequency).
        logit_power: At the last step, the part of the variance of the logits along `a`
            and along `b` at each frequency.
        embedding_power: The same of the embeddings of `a` and `b`; None where they were
            not given.
        purity: The part of the power of a column of the embeddings at its own strongest
            frequency, in the median over columns; None where they were not given. A
            column belongs to one neuron of a first layer. Near 1 every neuron is a wave
            of one frequency, even where the network uses them all.
        key: The fewest frequencies that hold nine tenths of what all explain at the
            last step; none where all explain less than half of the logits.

    Source:
        Nanda et al. 2023, arXiv:2301.05217, for a transformer.
    """

    grounds = bases.CIRCUIT

    order: int
    steps: Int[np.ndarray, " step"]
    frequencies: Int[np.ndarray, " frequency"]
    share: Hidden[Float[np.ndarray, "step frequency"]]
    logit_power: Hidden[Float[np.ndarray, "2 frequency"]]
    embedding_power: Hidden[Float[np.ndarray, "2 frequency"] | None]
    purity: float | None
    key: tuple[int, ...]

    @property
    def explained(self) -> Float[np.ndarray, " step"]:
        """The share of the logits that all frequencies explain, at each step."""
        return self.share.sum(1)

    def headline(self) -> str:
        """Return the key frequencies and their share."""
        part = f"{100 * self.explained[-1]:.3g} % of the logits"
        if not self.key:
            return f"No circuit of waves: functions of a + b - c are {part}."
        waves = ", ".join(map(str, self.key))
        return f"Waves of frequency {waves} of {self.order}: a + b - c explains {part}."

    def shown(self) -> dict[str, Any]:
        """Return what the key frequencies hold."""
        rows: dict[str, Any] = {
            "explained_at_first": self.explained[0],
            "explained_at_last": self.explained[-1],
        }
        powers = {"logits": self.logit_power, "embeddings": self.embedding_power}
        for name, power in powers.items():
            if self.key and power is not None:
                held = power[:, np.array(self.key) - 1].sum(1)
                rows[f"{name}_at_key_frequencies"] = "a {:.3g}, b {:.3g}".format(*held)
        return rows | {"purity": self.purity}

    def derived(self) -> dict[str, Any]:
        """Return the shares, which are not among the fields of the printed result."""
        power = self.embedding_power
        return {
            "share": self.share.tolist(),
            "logit_power": self.logit_power.tolist(),
            "embedding_power": None if power is None else power.tolist(),
        }


def modular_circuit(
    record: SpectralRecord, *, run: int = 0, embeddings: Numbers | None = None
) -> ModularCircuit:
    """Return the share of waves in the logits of a network that adds modulo `p`.

    Its growth shows, before the test accuracy does, that a network on the way to
    generalising builds the circuit.

    Args:
        record: Outputs for all `p` classes on sets that hold all pairs `(a, b)`
            together. Inputs are rows `(a, b)` of numbers from 0 to `p - 1`, or the
            one-hot vectors of `a` and `b` side by side.
        run: Number of the run.
        embeddings: Rows `(2 p, dim)` that stand for the values of `a`, then those of
            `b`: for a network on one-hot inputs the transposed weights of its first
            layer.

    Raises:
        ValueError: Inputs are not pairs of residues, a pair is missing, the run is not
            in the record, an output is not finite, or the embeddings have another
            shape.

    Source:
        arXiv:2301.05217; shares derived and verified here.

    Examples:
        >>> p = 5
        >>> x = np.array([(a, b) for a in range(p) for b in range(p)])
        >>> angle = 2 * np.pi * (x.sum(1)[:, None] - np.arange(p)) / p
        >>> y = x.sum(1) % p
        >>> recorder = sf.spectra.Recorder(
        ...     task="classification",
        ...     loss="cross-entropy",
        ...     train=(x[::2], y[::2]),
        ...     test=(x[1::2], y[1::2]),
        ... )
        >>> recorder.add(0, train=np.cos(angle)[::2], test=np.cos(angle)[1::2])
        >>> print(sf.spectra.modular_circuit(recorder.record()).headline())
        Waves of frequency 1 of 5: a + b - c explains 100 % of the logits.
    """
    logits, pairs = _table(record, run)
    p = logits.shape[-1]
    shares = np.stack([_shares(values, pairs) for values in logits])
    last = np.empty((p, p, p))
    last[pairs[:, 0], pairs[:, 1]] = logits[-1]
    rows = None if embeddings is None else _rows(embeddings, p)
    return ModularCircuit(
        order=p,
        steps=record.steps,
        frequencies=np.arange(1, p // 2 + 1),
        share=shares,
        logit_power=np.stack([_power(last), _power(last.swapaxes(0, 1))]),
        embedding_power=None if rows is None else np.stack([_power(r) for r in rows]),
        purity=None if rows is None else _purity(rows),
        key=_key(shares[-1]),
    )


def _table(record, run):
    """Return centred logits (step, pair, class) of all pairs, and the pairs."""
    data = record.data
    if run not in data["run"].values:
        known = ", ".join(map(str, data["run"].values))
        raise ValueError(f"run is {run}; the record has {known}.")
    outputs = data["output"].sel(run=run).values
    pairs = _pairs(data["input"].values, outputs.shape[-1])
    different, first = np.unique(pairs, axis=0, return_index=True)
    missing = outputs.shape[-1] ** 2 - len(different)
    if missing:
        raise ValueError(
            f"{missing} of {outputs.shape[-1] ** 2} pairs (a, b) are in no set; give "
            "the recorder one more set that holds them."
        )
    outputs = outputs[:, first]
    if not np.isfinite(outputs).all():
        raise ValueError("outputs are not finite; stop where training diverged.")
    return outputs - outputs.mean(-1, keepdims=True), different


def _pairs(x, p):
    if x.shape[1] == 2 * p:
        halves = x.reshape(len(x), 2, p)
        if np.isin(x, (0, 1)).all() and (halves.sum(-1) == 1).all():
            return halves.argmax(-1)
    if x.shape[1] == 2 and np.isin(x, np.arange(p)).all():
        return x.astype(int)
    raise ValueError(
        f"inputs have shape {x.shape} and outputs {p} classes; expected rows (a, b) of "
        f"numbers from 0 to {p - 1}, or one-hot vectors of both, (n, {2 * p})."
    )


def _shares(logits, pairs):
    """Return the share of every frequency in centred logits (pair, class)."""
    p = logits.shape[-1]
    distance = np.arange(p)
    classes = (pairs.sum(1)[:, None] - distance) % p
    mean = np.take_along_axis(logits, classes, 1).mean(0)  # over a + b - c = distance
    waves = np.cos(2 * np.pi * np.outer(np.arange(1, p // 2 + 1), distance) / p)
    energy = (waves @ mean) ** 2 / (p * (waves**2).sum(1))
    total = (logits**2).mean()
    return energy / total if total > 0 else np.zeros_like(energy)


def _waves(values):
    """Return the power along the first axis (frequency, rest), without frequency 0."""
    p = len(values)
    power = np.abs(np.fft.rfft(values.reshape(p, -1), axis=0)[1:]) ** 2
    if p % 2 == 0:
        power[-1] /= 2  # the other frequencies stand for two terms each
    return power


def _power(values):
    """Return the part of the variance along the first axis at each frequency."""
    power = _waves(values).sum(1)
    return power / power.sum() if power.sum() > 0 else power


def _purity(rows):
    power = _waves(rows[0]) + _waves(rows[1])
    power = power[:, power.sum(0) > 0]
    if not power.size:
        return None
    return float(np.median(power.max(0) / power.sum(0)))


def _rows(embeddings, p):
    """Return the embeddings of all `a` and of all `b`, `(2, p, dim)`."""
    rows = as_float64(embeddings, "embeddings")
    if rows.ndim != 2 or len(rows) != 2 * p:
        raise ValueError(
            f"embeddings have shape {rows.shape}; expected ({2 * p}, dim): the rows of "
            "all a, then those of all b."
        )
    return rows.reshape(2, p, -1)


def _key(shares):
    if shares.sum() < Criterion.half:
        return ()
    order = np.argsort(-shares)
    count = 1 + np.searchsorted(np.cumsum(shares[order]), MOST * shares.sum())
    return tuple(sorted((order[:count] + 1).tolist()))
