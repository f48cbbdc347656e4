"""The tangent functions of one neuron, in a basis of independent functions.

Let `z = w . x + b`. The tangent functions of a neuron `a s(z)` are `s(z)`, `s'(z) x_t`
and, with an input bias, `s'(z)`. The identities of the activation express them, with
rational coefficients, through functions that are independent for distinct neurons.
"""

import dataclasses
from collections.abc import Callable, Hashable
from typing import Any

import flint
import jax.numpy as jnp
import numpy as np

from suffice.models import Activation, Piece, TwoLayer

from ._gaussian_elimination import combine, Vector
from ._numbers import as_rational, balls, precision
from ._ring import NotExact
from ._rows import exact_parameters, trace_rows

Rationals = tuple[flint.fmpq, ...]
ONE = "1"


@dataclasses.dataclass(frozen=True)
class Expansion:
    """One neuron in the basis.

    Labels are pairs `(function, t)`: the function times `x_t`, or alone for None.

    Attributes:
        value: The vector of `s(z)`.
        slope: The vector of `s'(z) x_t` for a coordinate `t`, or of `s'(z)` for None.
        scale: Label of a nonzero factor that is common to both vectors and omitted.
            Columns of neurons with different factors must not be summed.
    """

    value: Vector
    slope: Callable[[int | None], Vector]
    scale: Hashable = None


SILENT = Expansion({}, lambda t: {})
"""A neuron that adds nothing."""


def expand(activation: Activation, w: Rationals, b: flint.fmpq, field) -> Expansion:
    """Expand one neuron in the basis.

    Args:
        activation: An activation with `dependences_known`.
        w: Input weights.
        b: Input bias; zero where there is none.
        field: A `CircleField`, for an activation with phase `angle` only.
    """
    if activation.coefficients:
        return _polynomial(activation, w, b)
    if not any(w):
        return _constant(activation, b)
    if activation.phase == "scale":
        return _exponential(w, b)
    if activation.phase == "angle":
        return _sinusoidal(w, b, field)
    if activation.pieces is not None:
        return _piecewise(activation.pieces, w, b)
    return _alone(w, b) if activation.parity is None else _up_to_sign(activation, w, b)


def _times(slope: Vector) -> Callable[[int | None], Vector]:
    return lambda t: {(name, t): v for (name, _), v in slope.items()}


def _name(*numbers: flint.fmpq) -> str:
    # Unlike a tuple of rationals, a string stores its hash.
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
                f"a neuron has zero weights and bias {b}, so near to a zero of "
                f"{activation.name} or of its derivative that 512 bits do not decide; "
                "absorb the constant neuron into a bias."
            )
    return not value.is_zero(), not slope.is_zero()


def jets(activation: Activation, b: flint.fmpq) -> tuple[flint.arb, flint.arb]:
    """Balls that contain `s(b)` and `s'(b)`, at 512 bits."""
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


def _alone(w: Rationals, b: flint.fmpq) -> Expansion:
    """A neuron whose functions depend only on those of neurons with equal weights."""
    group = _name(*w, b)
    value = {(("s", group), None): flint.fmpq(1)}
    slope = {(("ds", group), None): flint.fmpq(1)}
    return Expansion(value, _times(slope))


def _up_to_sign(activation: Activation, w: Rationals, b: flint.fmpq) -> Expansion:
    """A neuron that equals its mirror image up to sign and an affine function."""
    e = sign_of(w)
    group = _name(*(e * v for v in w), e * b)
    unit = {(ONE, None): flint.fmpq(1)}
    s, ds = ({((name, group), None): flint.fmpq(1)} for name in ("s", "ds"))
    turned, half = (e, 1) if activation.parity == "odd" else (1, e), (1 - e) // 2
    level, tilt = as_rational(2 * activation.centre), as_rational(activation.tilt)
    value = combine((turned[0], s), (half * level, unit), (half * tilt, _linear(w, b)))
    return Expansion(value, _times(combine((turned[1], ds), (half * tilt, unit))))


def _ray(w: Rationals, b: flint.fmpq) -> tuple[int, Hashable]:
    """The hyperplane of a neuron, and the side on which it is active."""
    first = next(v for v in w if v != 0)
    return (1 if first > 0 else -1), _name(*(v / first for v in w), b / first)


def _active(e: int, plane: Hashable) -> Vector:
    """The indicator of `z > 0`, in terms of the positive side of the hyperplane."""
    step, unit = {(("H", plane), None): flint.fmpq(1)}, {(ONE, None): flint.fmpq(1)}
    return step if e > 0 else combine((1, unit), (-1, step))


def _times_linear(indicator: Vector, w: Rationals, b: flint.fmpq) -> Vector:
    terms = [
        (c, {(name, t): flint.fmpq(1)})
        for (name, _), v in indicator.items()
        for t, c in ((t, v * c) for t, c in [*enumerate(w), (None, b)])
    ]
    return combine(*terms)


def _piecewise(pieces: tuple[Piece, Piece], w: Rationals, b: flint.fmpq) -> Expansion:
    """A neuron with different formulas on the two sides of its hyperplane.

    ELU neurons with one hyperplane and different scales are *dependent* together with
    their slopes: `s(cz) - s'(cz)` is in the span of 1 and the two sides of `z`.
    """
    e, plane = _ray(w, b)
    value, slope = [], []
    for piece, side, name in zip(pieces, (-e, e), ("below", "above"), strict=True):
        on = _active(side, plane)
        power = {((f"exp {name}", _name(*w, b)), None): flint.fmpq(1)}
        c, p, q = map(as_rational, dataclasses.astuple(piece))
        value += [(c, on), (p, _times_linear(on, w, b)), (q, power)]
        slope += [(p, on), (q, power)]
    return Expansion(combine(*value), _times(combine(*slope)))


def _exponential(w: Rationals, b: flint.fmpq) -> Expansion:
    value = {(("exp", _name(*w)), None): flint.fmpq(1)}
    return Expansion(value, _times(value), ("exp", b))


def _sinusoidal(w: Rationals, b: flint.fmpq, field) -> Expansion:
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


def _polynomial(activation: Activation, w: Rationals, b: flint.fmpq) -> Expansion:
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
    # The constant has one label for all neurons, since an output bias adds it too.
    return {
        (exponents if any(exponents) else ONE, None): value
        for exponents, value in polynomial.to_dict().items()
    }
