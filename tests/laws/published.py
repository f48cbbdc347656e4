"""Laws whose determined combinations are known, as people write them."""

import jax
import jax.numpy as jnp


def doubled(x, a=2.0, b=3.0):
    return a * b * x


def enzyme(s, kcat=10.0, e0=0.5, km=0.8):
    return kcat * e0 * s / (km + s)


def resistors(x, r1=3.0, r2=5.0):
    return x * (1 / r1 + 1 / r2)


def radius(x, a=3.0, b=4.0):
    return jnp.sqrt(a**2 + b**2) * x


def difference(t, a=2.0, k1=0.9, k2=0.3):
    return a * jnp.exp(-(k1 - k2) * t)


def channels(t, a=2.0, k1=0.5, k2=0.3):
    return a * jnp.exp(-(k1 + k2) * t)


def compartment(t, f=0.7, v=20.0, ka=1.7, ke=0.2, dose=True):
    return 100 * dose * f * ka / (v * (ka - ke)) * (jnp.exp(-ke * t) - jnp.exp(-ka * t))


def arrhenius(x, a=2.0, c=0.7, e=1.3):
    return a * jnp.exp(c - e / x)


def squared(x, a=2.0, b=3.0, c=0.7, d=1.9):
    return a * b**2 * jnp.exp(-c * x / d)


def wave(t, a=2.0, b=3.0, w=1.3, p=0.4, q=0.9):
    return a * b * jnp.sin(w * t + p + q)


def growth(t, r=0.8, s=0.7, k=9.0, n0=0.5):
    return s * k * n0 / (n0 + (k - n0) * jnp.exp(-r * t))


def inhibited(s, i, vm=2.0, km=1.5, ki=2.0):
    return vm * s / (km * (1 + i / ki) + s)


def uninhibited(s, vm=2.0, km=1.5, ki=2.0):
    return inhibited(s, 0.0, vm, km, ki)


def at_one_dose(s, vm=2.0, km=1.5, ki=2.0):
    return inhibited(s, 2.0, vm, km, ki)


def power(x, c=2.0, a=1.5, b=0.7):
    return c * (a * x) ** b


def bracket(x, a=2.0, b=3.0, c=0.7, d=1.9):
    return a * (b + c) * x + d


def bracket_decay(x, a=2.0, b=3.0, c=0.7, d=1.9, k=0.4):
    return a * (b + c) * d * jnp.exp(-k * x)


def two_exponentials(t, a=1.0, k=2.0, b=0.6, m=0.4):
    return a * jnp.exp(-k * t) + b * jnp.exp(-m * t)


def logistic(x, top=3.0, bottom=0.4, slope=2.0, centre=0.3):
    return bottom + (top - bottom) / (1 + jnp.exp(-slope * (x - centre)))


def unused(x, a=2.0, b=3.0, u=5.0):
    return a * x + b * x


def epidemic(t, beta=0.6, gamma=0.3, s0=1.0, i0=0.05, rho=0.4):
    """The susceptible-infected-recovered model by 40 steps of Runge and Kutta."""
    h = t / 40

    def rate(y):
        new = beta * y[0] * y[1]
        return jnp.stack([-new, new - gamma * y[1]])

    def step(y, _):
        k1 = rate(y)
        k2 = rate(y + h / 2 * k1)
        k3 = rate(y + h / 2 * k2)
        k4 = rate(y + h * k3)
        return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

    end, _ = jax.lax.scan(step, jnp.stack([s0, i0]), None, length=40)
    return rho * end[1]


# law, rank, parameters that are determined, combinations
TABLE = [
    (doubled, 1, (), ("a*b",)),
    (enzyme, 2, ("km",), ("kcat*e0",)),
    (resistors, 1, (), ("1/r1+1/r2",)),
    (radius, 1, (), ("a^2+b^2",)),
    (difference, 2, ("a",), ("k1-k2",)),
    (channels, 2, ("a",), ("k1+k2",)),
    (compartment, 3, ("ka", "ke"), ("f/v",)),
    (arrhenius, 2, ("e",), ("a*exp(c)",)),
    (squared, 2, (), ("a*b^2", "c/d")),
    (wave, 3, ("w",), ("a*b", "p+q")),
    (growth, 3, ("r",), ("s*n0", "k/n0")),
    (uninhibited, 2, ("vm", "km"), ()),
    (at_one_dose, 2, ("vm",), ("one combination of km and ki",)),
    (inhibited, 3, ("vm", "km", "ki"), ()),
    (power, 2, ("b",), ("c*a^b",)),
    (bracket, 2, ("d",), ("a*(b+c)",)),
    (bracket_decay, 2, ("k",), ("a*d*(b+c)",)),
    (two_exponentials, 4, ("a", "k", "b", "m"), ()),
    (logistic, 4, ("top", "bottom", "slope", "centre"), ()),
    (unused, 1, (), ("a+b",)),
    (epidemic, 4, ("gamma",), ("beta/rho", "s0*rho", "i0*rho")),
]
