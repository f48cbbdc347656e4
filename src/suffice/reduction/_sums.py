"""The sums of the weights of equal neurons, and whether they vanish exactly."""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from suffice.models import Activation

from ._atoms import Chart, Hidden, vectors
from ._bounds import length
from ._exactly import integers

_ROUNDING = 64 * np.finfo(float).eps


def exact_sum(rows: np.ndarray) -> np.ndarray:
    """The sum of rows, rounded once: zero only where the sum is zero."""
    return np.array([math.fsum(column) for column in rows.T])


class Sums(NamedTuple):
    """The neurons of a layer, whose sums over groups of equal vectors are wanted.

    Attributes:
        hidden: The neurons.
        plan: Their chart.
        activation: Their activation.
        v: Their vectors, turned to the sign of the group.
        weights: Their coefficients, for these vectors.
        signs: The signs by which they were turned.
    """

    hidden: Hidden
    plan: Chart
    activation: Activation
    v: np.ndarray
    weights: np.ndarray
    signs: np.ndarray

    def weight(self, group: np.ndarray) -> tuple[np.ndarray, bool, bool]:
        """The coefficients of a group, whether they vanish, and whether they are noise.

        Floats say what vanishes where the coefficients are the output weights. Those of
        parallel vectors are compared in integers. Exponentials of different numbers are
        independent (Lindemann and Weierstrass), so that those of equal biases have to
        cancel.
        """
        weight, size = exact_sum(self.weights[group]), self.weights[group]
        if self.plan.homogeneous and len(group) > 1:
            weight = self._along(group)
        if self.plan.phase == "bias":
            return weight, not weight.any(), False
        noise = _ROUNDING * np.abs(size).sum(axis=0)
        return weight, self._cancels(group), bool((np.abs(weight) <= noise).all())

    def _along(self, group: np.ndarray) -> np.ndarray:
        """The coefficients of parallel vectors, relative to the first of them."""
        rows = vectors(self.hidden)[group]
        (v, _), (a, low) = integers(rows), integers(self.hidden.a[group])
        place = int(np.argmax(np.abs(rows[0])))
        turned = v[:, place] * self.signs[group].astype(int).astype(object)
        total = (a.T @ turned).tolist()
        whole = [Fraction(n, int(turned[0])) * Fraction(2) ** low for n in total]
        factor = float(length(rows[0]) / length(self.v[group[0]]))
        return np.array([float(n) for n in whole]) * factor

    def _cancels(self, group: np.ndarray) -> bool:
        sign, b = self.signs[group], self.hidden.b
        if b is None:
            return not exact_sum(self.weights[group]).any()
        a = self.hidden.a[group]
        if self.plan.phase == "angle" and self.activation.angle == 0:
            a = a * sign[:, None]
        keys = (b[group] * sign + 0.0).tolist()
        return not any(
            exact_sum(a[[k == key for k in keys]]).any() for key in set(keys)
        )
