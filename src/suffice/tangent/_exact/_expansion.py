"""The tangent functions of one neuron, in a basis of independent functions.

Write `z = w . x + b`. A neuron `a s(z)` contributes `s(z)`, `s'(z) x_t` and, with an
input bias, `s'(z)`. The identities of its activation express them through functions
that are independent for distinct neurons, with rational coefficients.
"""

import dataclasses
from collections.abc import Callable, Hashable
from typing import Any

import flint
import jax.numpy as jnp
import numpy as np

from suffice.models import Activation, ACTIVATIONS, TwoLayer

from ._gaussian_elimination import combine, Vector
from ._numbers import as_rational, balls, NotExact, precision
from ._rows import exact_parameters, trace_rows

Rationals = tuple[flint.fmpq, ...]
ONE = "1"


@dataclasses.dataclass(frozen=True)
class Expansion:
    """One neuron in the basis.

    Labels are pairs `(function, t)`: the function times `x_t`, or alone for None.

    Attributes:
        value: `s(z)`.
        slope: `s'(z) x_t` for a coordinate `t`, or `s'(z)` for None.
        scale: Both are known up to a common nonzero factor named by this; columns of
            neurons with different factors must not be summed.
    """

    value: Vector
    slope: Callable[[int | None], Vector]
    scale: Hashable = None


def expand(activation: Activation, w: Rationals, b: flint.fmpq, field) -> Expansion:
    """Expand one neuron.

    Args:
        activation: Of a kind other than `unknown`.
        w: Input weights.
        b: Input bias, zero when there is none.
        field: A `CircleField` for kind `sinusoidal`.
    """
    if not any(w) and activation.kind != "polynomial":
        return _constant(activation, b)
    if activation == ACTIVATIONS["elu"]:
        return _elu(w, b)
    return _KINDS[activation.kind](activation, w, b, field)


def _times(slope: Vector) -> Callable[[int | None], Vector]:
    return lambda t: {(name, t): v for (name, _), v in slope.items()}


def _name(*numbers: flint.fmpq) -> str:
    # A string keeps its hash, a tuple of rationals computes it at every look-up.
    return ",".join(map(str, numbers))


def _constant(activation: Activation, b: flint.fmpq) -> Expansion:
    value, slope = (
        {(ONE, None): flint.fmpq(1)} if known else {} for known in _at(activation, b)
    )
    return Expansion(value, _times(slope), ("constant", b))


def _at(activation: Activation, b: flint.fmpq) -> tuple[bool, bool]:
    """Whether `s(b)` and `s'(b)` differ from zero, decided by balls."""
    value, slope = jets(activation, b)
    for number in (value, slope):
        if number.contains(0) and not number.is_zero():
            raise NotExact(
                f"a neuron of weight zero and bias {b} sits so near a zero of "
                f"{activation.name} or of its derivative that 512 bits do not tell; "
                "absorb the constant neuron into a bias."
            )
    return not value.is_zero(), not slope.is_zero()


def jets(activation: Activation, b: flint.fmpq) -> tuple[flint.arb, flint.arb]:
    """The balls `s(b)` and `s'(b)` at 512 bits."""
    one = jnp.ones((1,))
    neuron = TwoLayer(jnp.zeros((1, 1)), one, one, activation=activation)
    rows = trace_rows(neuron, np.zeros((1, 1)), batch=1)
    ring = balls()
    with precision(512):
        theta = exact_parameters(neuron, ring, [0, 1, b])
        zero, one = ring.array(np.zeros((1, 1))), ring.array(np.ones((1, 1)))
        _, value, slope = rows(ring, theta, zero, one)[0]
    return value, slope


def sign_of(w: Rationals) -> int:
    """The sign of the first nonzero weight."""
    return 1 if next(v for v in w if v != 0) > 0 else -1


def _linear(w: Rationals, b: flint.fmpq) -> Vector:
    terms = {(ONE, t): v for t, v in enumerate(w)} | {(ONE, None): b}
    return {label: v for label, v in terms.items() if v != 0}


def _by_parity(value: Callable, slope: Callable) -> Callable[..., Expansion]:
    """The rule of a kind whose neurons are one when `(w, b)` agree up to sign.

    Args:
        value: `s(e z)` from the sign `e`, the function `s(z)` of the group, 1, the
            neuron's own linear function and the centre of the activation.
        slope: `s'(e z)` from the sign, `s'(z)` of the group, and 1.
    """

    def rule(activation, w, b, field):
        e = sign_of(w)
        group = _name(*(e * v for v in w), e * b)
        s = {(("s", group), None): flint.fmpq(1)}
        ds = {(("ds", group), None): flint.fmpq(1)}
        unit = {(ONE, None): flint.fmpq(1)}
        own = value(e, s, unit, _linear(w, b), as_rational(activation.centre))
        return Expansion(own, _times(slope(e, ds, unit)))

    return rule


def _none(activation, w, b, field) -> Expansion:
    group = _name(*w, b)
    value = {(("s", group), None): flint.fmpq(1)}
    slope = {(("ds", group), None): flint.fmpq(1)}
    return Expansion(value, _times(slope))


_odd = _by_parity(
    lambda e, s, unit, z, c: combine((e, s)), lambda e, ds, unit: combine((1, ds))
)
_even = _by_parity(
    lambda e, s, unit, z, c: combine((1, s)), lambda e, ds, unit: combine((e, ds))
)
_sig = _by_parity(
    lambda e, s, unit, z, c: combine((e, s), ((1 - e) * c, unit)),
    lambda e, ds, unit: combine((1, ds)),
)
_lin = _by_parity(
    lambda e, s, unit, z, c: combine((1, s), ((1 - e) // 2, z)),
    lambda e, ds, unit: combine((e, ds), ((1 - e) // 2, unit)),
)


def _ray(w: Rationals, b: flint.fmpq) -> tuple[int, Hashable]:
    """On which side of which hyperplane a neuron is active."""
    first = next(v for v in w if v != 0)
    return (1 if first > 0 else -1), _name(*(v / first for v in w), b / first)


def _active(e: int, plane: Hashable) -> Vector:
    """The indicator of `z > 0` through that of the positive side of the plane."""
    step, unit = {(("H", plane), None): flint.fmpq(1)}, {(ONE, None): flint.fmpq(1)}
    return step if e > 0 else combine((1, unit), (-1, step))


def _times_linear(indicator: Vector, w: Rationals, b: flint.fmpq) -> Vector:
    terms = [
        (c, {(name, t): flint.fmpq(1)})
        for (name, _), v in indicator.items()
        for t, c in ((t, v * c) for t, c in [*enumerate(w), (None, b)])
    ]
    return combine(*terms)


def _relu(activation, w, b, field) -> Expansion:
    e, plane = _ray(w, b)
    leak, on = as_rational(activation.leak), _active(e, plane)
    unit = {(ONE, None): flint.fmpq(1)}
    slope = combine((leak, unit), (1 - leak, on))
    return Expansion(_times_linear(slope, w, b), _times(slope))


def _elu(w: Rationals, b: flint.fmpq) -> Expansion:
    """ELU is `e^z - 1` on one side of a plane and `z` on the other.

    Neurons on one plane with several scales are *not* independent together with their
    slopes: `s(cz) - s'(cz)` lies in the span of 1 and the two sides of `z`.
    """
    e, plane = _ray(w, b)
    on, unit = _active(e, plane), {(ONE, None): flint.fmpq(1)}
    below = {(("exp below", _name(*w, b)), None): flint.fmpq(1)}
    slope = combine((1, below), (1, on))
    value = combine((1, below), (-1, unit), (1, on), (1, _times_linear(on, w, b)))
    return Expansion(value, _times(slope))


def _exponential(activation, w, b, field) -> Expansion:
    value = {(("exp", _name(*w)), None): flint.fmpq(1)}
    return Expansion(value, _times(value), ("exp", b))


def _sinusoidal(activation, w, b, field) -> Expansion:
    e = sign_of(w)
    line = _name(*(e * v for v in w))
    sin, cos = ({((name, line), None): 1} for name in ("sin", "cos"))
    sin_b, cos_b = field.point(b)
    sine = combine((e * cos_b, sin), (sin_b, cos))
    cosine = combine((cos_b, cos), (-e * sin_b, sin))
    at_sin, at_cos = field.mixture
    value = combine((at_sin, sine), (at_cos, cosine))
    slope = combine((at_sin, cosine), (-at_cos, sine))
    return Expansion(value, _times(slope))


def _polynomial(activation, w, b, field) -> Expansion:
    names = tuple(f"x{t}" for t in range(len(w)))
    context = flint.fmpq_mpoly_ctx.get(names, flint.Ordering.lex)
    x = context.gens()
    z = sum((c * v for c, v in zip(w, x, strict=True)), context.constant(b))
    powers = [context.constant(1)]
    for _ in activation.coefficients[1:]:
        powers.append(powers[-1] * z)
    c = activation.coefficients
    value = sum((c[k] * p for k, p in enumerate(powers)), context.constant(0))
    slope = sum(
        (k * c[k] * powers[k - 1] for k in range(1, len(c))), context.constant(0)
    )
    return Expansion(
        _monomials(value),
        lambda t: _monomials(slope if t is None else slope * x[t]),
    )


def _monomials(polynomial: Any) -> Vector:
    # The constant is the same function for every activation: an output bias adds it.
    return {
        (exponents if any(exponents) else ONE, None): value
        for exponents, value in polynomial.to_dict().items()
    }


_KINDS: dict[str, Callable[..., Expansion]] = {
    "none": _none,
    "odd": _odd,
    "even": _even,
    "sig": _sig,
    "lin": _lin,
    "relu": _relu,
    "exponential": _exponential,
    "sinusoidal": _sinusoidal,
    "polynomial": _polynomial,
}
