"""The atoms of a hidden layer: its neurons up to the symmetries of the activation.

The layer `c + sum_i a_i s(w_i . x + b_i)` is written as

    constant + linear . (x, 1) + sum_i psi(alpha_i, v_i . (x, 1))

where `psi` is linear in `alpha_i` and `psi(alpha, -z) = psi(flip(alpha), z)`. Two
layers are the same function when constant, linear part and merged atoms agree.
"""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from suffice.models import Activation
from suffice.models._shared import Phase

from ._bounds import length


class Hidden(NamedTuple):
    """One hidden layer as NumPy arrays: `c + sum_i a_i s(w_i . x + b_i)`.

    Attributes:
        w: `(width, inputs)`.
        a: `(width, outputs)`.
        b: `(width,)` or None.
        c: `(outputs,)` or None.
    """

    w: np.ndarray
    a: np.ndarray
    b: np.ndarray | None
    c: np.ndarray | None

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return self.a.shape[1]


@dataclasses.dataclass(frozen=True)
class Chart:
    """The conversion of the neurons of an activation to atoms and back.

    Attributes:
        signed: Whether `v` and `-v` give the same atom.
        flip: Function that returns the new `alpha` when `v` changes its sign.
        tilt: The number in `s(z) - s(-z) = tilt * z`, or 0 if there is no such
            identity.
        centre: The number in `s(z) + s(-z) = 2 * centre`, or 0 if there is no such
            identity.
        homogeneous: Whether an atom depends only on the direction of `v`.
        phase: `bias` keeps the bias in `v`; `scale` and `angle` move it into `alpha`.
        complete: Whether distinct atoms are known to be independent functions.
    """

    signed: bool = False
    flip: Callable[[np.ndarray], np.ndarray] = np.positive
    tilt: float = 0.0
    centre: float = 0.0
    homogeneous: bool = False
    phase: Phase = "bias"
    complete: bool = True

    @property
    def rounded(self) -> bool:
        """Whether the conversion of a neuron to an atom has rounding errors."""
        return self.homogeneous or self.phase != "bias"


def chart(activation: Activation, bias: bool) -> Chart:
    """The chart of an activation, with or without an input bias.

    Source:
        The identities are listed in `suffice.models.Activation`.
    """
    complete = activation.independent
    if bias and activation.phase == "scale":
        return Chart(phase="scale", complete=complete)
    if bias and activation.phase == "angle":
        return Chart(True, _conjugate, phase="angle", complete=complete)
    return Chart(
        signed=activation.parity is not None,
        flip=np.negative if activation.parity == "odd" else np.positive,
        tilt=activation.tilt,
        centre=activation.centre,
        homogeneous=activation.homogeneous,
        complete=complete,
    )


def _conjugate(alpha):
    # Im(P e^{-iz}) = Im(-conj(P) e^{iz}); alpha holds (Re P, Im P) side by side.
    half = alpha.shape[-1] // 2
    return np.concatenate([-alpha[..., :half], alpha[..., half:]], axis=-1)


def vectors(hidden: Hidden) -> np.ndarray:
    """The weights that enter the activation, with the bias as the last column."""
    return hidden.w if hidden.b is None else np.column_stack([hidden.w, hidden.b])


def read(hidden: Hidden, plan: Chart, activation: Activation):
    """The vectors `v` and coefficients `alpha` of the neurons of a layer."""
    w, a, b = hidden.w, hidden.a, hidden.b
    if b is None:
        return _directions(w, a) if plan.homogeneous else (w, a)
    if plan.phase == "scale":
        return w, a * np.exp(b)[:, None]
    if plan.phase == "angle":
        turn = b + activation.angle
        cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
        return w, np.concatenate([a * cos, a * sin], axis=1)
    v = vectors(hidden)
    return _directions(v, a) if plan.homogeneous else (v, a)


def write(v: np.ndarray, alpha: np.ndarray, plan: Chart, activation: Activation, bias):
    """Neurons `(w, a, b)` that realise atoms, and the atom of each neuron.

    An atom with a phase and several outputs may need two neurons.
    """
    atom_of = np.arange(len(v))
    if plan.phase == "scale":
        return v, alpha, np.zeros(len(v)), atom_of
    if plan.phase == "angle":
        return _phasors(v, alpha, activation)
    if bias:
        return v[:, :-1], alpha, v[:, -1], atom_of
    return v, alpha, None, atom_of


def _directions(v, a):
    norm = length(v)[:, None]
    unit = _unit(a, norm)
    return v / norm * unit, a * (norm / unit)


def _unit(a, norm):
    """The norm of directions: one, unless weights then leave the range of float64."""
    loud = np.frexp(np.abs(a))[1] + np.frexp(norm)[1]
    loud = loud[(a != 0) & (norm > 0)]
    low, high = loud.min(initial=0), loud.max(initial=0)
    return 2.0**-400 if low < -900 else 2.0**400 if high > 900 else 1.0


def _phasors(v, alpha, activation):
    w, a, b, atom_of = [], [], [], []
    for atom, (vector, pair) in enumerate(zip(v, alpha, strict=True)):
        sine, cosine = np.split(pair, 2)
        left, size, right = np.linalg.svd(np.stack([sine, cosine]), full_matrices=False)
        for column in range(1 if len(size) < 2 or size[1] <= 1e-13 * size[0] else 2):
            atom_of.append(atom)
            w.append(vector)
            a.append(size[column] * right[column])
            turn = np.arctan2(left[1, column], left[0, column])
            b.append(turn - activation.angle)
    outputs = alpha.shape[1] // 2
    return (
        np.array(w).reshape(len(w), v.shape[1]),
        np.array(a).reshape(len(a), outputs),
        np.array(b),
        np.array(atom_of, int),
    )
