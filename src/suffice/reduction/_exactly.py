"""Sums of neurons in integers: what cancels exactly, and not only up to rounding.

Floats are dyadic rationals, so that sums of products of weights have exact values. At
tolerance zero only what vanishes in them may be left out.
"""

import dataclasses
import math
from collections.abc import Sequence
from fractions import Fraction

import flint
import numpy as np


def integers(array: np.ndarray) -> tuple[np.ndarray, int]:
    """Integers and an exponent `e`, so that the array is the integers times `2^e`."""
    mantissa, exponent = np.frexp(np.asarray(array, float))
    numbers = (mantissa * 2.0**53).astype(np.int64).astype(object)
    used = exponent[mantissa != 0]
    low = int(used.min()) if used.size else 0
    shift = np.where(mantissa != 0, exponent - low, 0).astype(object)
    return numbers * 2**shift, low - 53


def fractions(array: np.ndarray) -> np.ndarray:
    """The same numbers as fractions."""
    return np.array([Fraction(n) for n in array.ravel().tolist()], object).reshape(
        array.shape
    )


def ray(row: np.ndarray, *, signed: bool) -> tuple[int, ...]:
    """The direction of a vector of floats as coprime integers, possibly up to sign."""
    numbers = integers(row)[0].tolist()
    divisor = math.gcd(*numbers) or 1
    if signed and next((n for n in numbers if n), 1) < 0:
        divisor = -divisor
    return tuple(n // divisor for n in numbers)


@dataclasses.dataclass(frozen=True)
class Remainder:
    """What is left of a layer when its neurons are written as atoms with signs.

        left(σ) = unit · Σᵢ (1 - σₜ εᵢ) aᵢ vᵢ + constant,   εᵢ vᵢ in the direction of t

    where atom `t` holds neuron `i`; a neuron without an atom counts with `σₜ = 0`.

    Attributes:
        a: Output weights of the neurons, `(neurons, outputs)`.
        v: Their vectors `(neurons, d)`; ones for a constant remainder.
        signs: The sign `ε` of each neuron.
        atom_of: The atom of each neuron, or -1.
        unit: Half of the tilt of the activation, or its centre.
        constant: A further remainder `(outputs, d)`.
        helpers: Vectors of which multiples can be added, `(helpers, d)`.
    """

    a: np.ndarray
    v: np.ndarray
    signs: np.ndarray
    atom_of: np.ndarray
    unit: float
    constant: np.ndarray
    helpers: np.ndarray

    def left(self, signs: np.ndarray) -> np.ndarray:
        """The remainder for the given signs of the atoms, as fractions."""
        chosen = np.append(signs, 0.0)[self.atom_of]  # the last is for no atom
        factor = (1 - chosen * self.signs).astype(int)
        moving = np.flatnonzero(factor)
        (a, low), (v, high) = integers(self.a[moving]), integers(self.v[moving])
        total = (a * factor[moving, None].astype(object)).T @ v
        scale = Fraction(2) ** (low + high) * Fraction(self.unit)
        rows = zip(np.atleast_2d(total).tolist(), self.constant.tolist(), strict=True)
        return np.array(
            [[n * scale + Fraction(c) for n, c in zip(*r, strict=True)] for r in rows],
            object,
        ).reshape(self.constant.shape)

    def rank(self, signs: np.ndarray, used: Sequence[int]) -> int:
        """The rank of the remainder modulo some of the helpers."""
        basis = [[Fraction(n) for n in self.helpers[k].tolist()] for k in used]
        return _rank([*basis, *self.left(signs).tolist()]) - _rank(basis)


def _rank(rows: list[list[Fraction]]) -> int:
    if not rows or not rows[0]:
        return 0
    return flint.fmpq_mat(
        [[flint.fmpq(n.numerator, n.denominator) for n in row] for row in rows]
    ).rank()
