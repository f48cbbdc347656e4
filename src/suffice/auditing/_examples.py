"""Example tables: patients, an enzyme with repeats, and a law without noise."""

from typing import Any

import numpy as np
import sklearn.datasets

from ._table import Table

MOMENTS = np.array([1.3, 0.7])
AXES = np.array([[0.9, 0.3, -0.2], [-0.4, 0.5, 0.8]])
PINNING = np.array([0.25, -0.4])
DOSES = (0.02, 0.06, 0.11, 0.22, 0.56, 1.1)
RATES = (
    *(76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200),
    *(67, 51, 84, 86, 98, 115, 131, 124, 144, 158, 160),
)


def diabetes() -> Table:
    """Return the disease progression of 442 patients with ten measurements of each.

    Source:
        Efron, Hastie, Johnstone and Tibshirani 2004, as bundled with scikit-learn,
        in the original units.

    Examples:
        >>> sf.auditing.diabetes().x.shape
        (442, 10)
    """
    data: Any = sklearn.datasets.load_diabetes(scaled=False)
    names = tuple(data.feature_names)
    return Table(names, "progression", data.data, data.target, (), "diabetes")


def puromycin() -> Table:
    """Return 23 initial rates of an enzyme reaction at six doses of the substrate.

    Every dose was measured twice with an enzyme treated with puromycin, and twice with
    an untreated one (once at the largest dose): the repeats tell the noise.

    Returns:
        The table, with the decimal logarithm of the concentration in parts per million
        and the treatment (1 or 0) as inputs, and the rate in counts per minute squared
        as target.

    Source:
        M. A. Treloar 1974, as printed in Bates and Watts, Nonlinear Regression Analysis
        and Its Applications (1988), table A1.3.

    Examples:
        >>> table = sf.auditing.puromycin()
        >>> table.inputs, table.x.shape
        (('log_concentration', 'treated'), (23, 2))
    """
    x = np.column_stack(
        [np.tile(np.repeat(np.log10(DOSES), 2), 2), np.repeat([1.0, 0.0], 12)]
    )
    names = ("log_concentration", "treated")
    return Table(names, "rate", x[:23], np.array(RATES, float), (), "puromycin")


def magnet(samples: int = 40, seed: int = 0) -> Table:
    r"""Return the magnetisation of a magnet with two Ising moments, without noise.

        M(h) = m₁ tanh(g₁ · h + p₁) + m₂ tanh(g₂ · h + p₂)

    A two-level moment `m_i` responds to the field along its easy axis `g_i` only, in
    units of temperature, and to the pinning `p_i` by a neighbour. The law is a tanh
    network of width 2, so its optimistic sample size is 2 (3 + 2) + 1 = 11.

    Args:
        samples: Number of random fields at which the magnetisation is measured.
        seed: Random seed of the fields.

    Returns:
        The table, with three field components in [-3, 3] as inputs.

    Examples:
        >>> sf.auditing.magnet(samples=12).x.shape
        (12, 3)
    """
    field = np.random.default_rng(seed).uniform(-3, 3, (samples, 3))
    magnetisation = np.tanh(field @ AXES.T + PINNING) @ MOMENTS
    names = ("field_x", "field_y", "field_z")
    return Table(names, "magnetisation", field, magnetisation, (), "magnet")
