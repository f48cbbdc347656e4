"""Laws of two to five inputs that no default of the audit was chosen on."""

import dataclasses
from collections.abc import Callable

import numpy as np

from suffice.auditing import Region

BAND = 0.2  # how far the first two inputs may differ, in units of their ranges


@dataclasses.dataclass(frozen=True)
class Law:
    """A law and the ranges of its inputs, by name."""

    name: str
    function: Callable
    ranges: dict[str, tuple[float, float]]

    @property
    def inputs(self):
        return tuple(self.ranges)

    def __call__(self, x):
        return self.function(*x.T)

    def draw(self, count, band, rng):
        """Uniform inputs; in a band the first two depend on each other."""
        low, high = np.array(list(self.ranges.values())).T
        u = rng.random((count, len(low)))
        while band and (out := self.outside(low + u * (high - low))).any():
            u[out] = rng.random((int(out.sum()), len(low)))
        return low + u * (high - low)

    def outside(self, x):
        """Which inputs cannot be measured where the first two depend on each other."""
        low, high = np.array(list(self.ranges.values())).T
        u = (x - low) / (high - low)
        return np.abs(u[:, 0] - u[:, 1]) > BAND * (1 + 1e-9)

    def region(self, band):
        """What a user who knows the domain declares."""
        (a, (a0, a1)), (b, (b0, b1)), *_ = self.ranges.items()
        difference = f"{1 / (a1 - a0)} {a} - {1 / (b1 - b0)} {b}"
        middle = a0 / (a1 - a0) - b0 / (b1 - b0)
        within = f"{middle - BAND} <= {difference} <= {middle + BAND}"
        return Region(range=self.ranges, require=(within,) if band else ())


def _langmuir(p, q):
    return 2 * p / (1 + 2 * p + 0.7 * q)


def _vapour(temperature, share):
    return share * np.exp(11.0 - 3800 / temperature)


def _haldane(food, mass):
    return mass * food / (1 + food + food**2 / 8)


def _van_der_waals(temperature, volume, amount):
    repulsion = amount * 0.0831 * temperature / (volume - 0.1 * amount)
    return repulsion - 3.6 * (amount / volume) ** 2


def _oscillation(time, frequency, damping):
    return np.exp(-damping * time) * np.cos(frequency * time)


def _venturi(area, throat, pressure, density):
    return throat * np.sqrt(2 * pressure / density / (1 - (throat / area) ** 2))


def _otl(rb1, rb2, rf, rc1, rc2):
    """Midpoint voltage of a push-pull circuit with a gain of 150."""
    beta = 150.0
    vb1 = 12 * rb2 / (rb1 + rb2)
    load = beta * (rc2 + 9)
    return (
        (vb1 + 0.74) * load / (load + rf)
        + 11.35 * rf / (load + rf)
        + 0.74 * rf * load / ((load + rf) * rc1)
    )


def _piston(mass, surface, volume, spring, temperature):
    """Cycle time of a piston under atmospheric pressure."""
    pressure = 1e5
    a = pressure * surface + 19.62 * mass - spring * volume / surface
    gas = pressure * volume / 290 * temperature
    v = surface / (2 * spring) * (np.sqrt(a**2 + 4 * spring * gas) - a)
    return 2 * np.pi * np.sqrt(mass / (spring + surface**2 * gas / v**2))


LAWS = (
    Law("Langmuir", _langmuir, {"p": (0.0, 3.0), "q": (0.0, 5.0)}),
    Law(
        "resistors", lambda r, s: r * s / (r + s), {"r": (1.0, 10.0), "s": (1.0, 10.0)}
    ),
    Law("radiation", lambda t, u: t**4 - u**4, {"t": (2.0, 4.0), "u": (2.0, 4.0)}),
    Law("vapour", _vapour, {"temperature": (300.0, 370.0), "share": (0.05, 1.0)}),
    Law(
        "throw",
        lambda v, angle: v**2 * np.sin(2 * angle) / 9.81,
        {"v": (5.0, 20.0), "angle": (0.2, 1.4)},
    ),
    Law("Haldane", _haldane, {"food": (0.1, 10.0), "mass": (0.5, 3.0)}),
    Law(
        "van der Waals",
        _van_der_waals,
        {"temperature": (280.0, 400.0), "volume": (0.5, 2.0), "amount": (0.5, 1.5)},
    ),
    Law(
        "settling",
        lambda size, excess, viscosity: size**2 * excess / viscosity,
        {"size": (0.5, 2.0), "excess": (0.2, 2.0), "viscosity": (0.5, 2.0)},
    ),
    Law(
        "oscillation",
        _oscillation,
        {"time": (0.0, 4.0), "frequency": (0.5, 1.5), "damping": (0.1, 0.6)},
    ),
    Law(
        "pipe",
        lambda p, r, v, s: p * r**4 / (v * s),
        {"p": (1.0, 3.0), "r": (0.6, 1.2), "v": (0.8, 2.0), "s": (1.0, 3.0)},
    ),
    Law(
        "Venturi",
        _venturi,
        {
            "area": (2.0, 4.0),
            "throat": (0.5, 1.8),
            "pressure": (1.0, 5.0),
            "density": (0.7, 1.3),
        },
    ),
    Law(
        "circuit",
        _otl,
        {
            "rb1": (50.0, 150.0),
            "rb2": (25.0, 70.0),
            "rf": (0.5, 3.0),
            "rc1": (1.2, 2.5),
            "rc2": (0.25, 1.2),
        },
    ),
    Law(
        "piston",
        _piston,
        {
            "mass": (30.0, 60.0),
            "surface": (0.005, 0.02),
            "volume": (0.002, 0.01),
            "spring": (1000.0, 5000.0),
            "temperature": (290.0, 296.0),
        },
    ),
)
