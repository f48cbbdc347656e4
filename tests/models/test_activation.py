"""Every field of every record of an activation against the function, and in balls."""

import dataclasses
import functools
import math

import flint
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import ACTIVATION_NAMES
from suffice.models import Activation, activation, ACTIVATIONS, Piece, polynomial

NAMES = sorted(ACTIVATIONS)
GRID = np.linspace(-6, 6, 24_001)  # holds 0, and is symmetric
WIDE = np.linspace(-40, 40, 80_001)


def test_the_names_that_are_known_without_jax_are_those_of_the_records():
    assert list(ACTIVATION_NAMES) == NAMES


@functools.cache  # compiled once for all fields and tests
def compiled(function, order):
    for _ in range(order):
        function = jax.grad(function)
    return jax.jit(jax.vmap(function))


def derivative(record, order, z):
    return np.asarray(compiled(record.function, order)(jnp.asarray(z)))


def values(record, z=GRID):
    return derivative(record, 0, z)


def close(a, b, size=None):
    size = 1 + np.abs(b) if size is None else size
    return bool(np.all(np.abs(a - b) <= 1e-13 * size))


def mirror(record):
    right, left = values(record), values(record, -GRID)
    return right + left, right - left


def parity_is_right(record):
    total, difference = mirror(record)
    size = 1 + np.abs(values(record)) + np.abs(values(record, -GRID))
    odd = close(total, 2 * total.mean() / 2, size)
    tilt = (difference @ GRID) / (GRID @ GRID)
    even = close(difference, tilt * GRID, size)
    if record.parity is None:
        return not odd and not even
    return odd if record.parity == "odd" else even


def centre_is_right(record):
    total, _ = mirror(record)
    expected = total.mean() / 2 if record.parity == "odd" else 0.0
    return abs(record.centre - expected) < 1e-13 * (1 + abs(total).max())


def tilt_is_right(record):
    _, difference = mirror(record)
    expected = (difference @ GRID) / (GRID @ GRID) if record.parity == "even" else 0.0
    return abs(record.tilt - expected) < 1e-13


def phase_is_right(record):
    s, slope = values(record), derivative(record, 1, GRID)
    moved = values(record, GRID + 0.5)
    scaled = close(moved, math.exp(0.5) * s)
    turned = close(moved, math.cos(0.5) * s + math.sin(0.5) * slope)
    return record.phase == ("scale" if scaled else "angle" if turned else "bias")


def pieces_are_right(record):
    if record.pieces is None:
        return True
    s = values(record)
    return all(
        close(s[side], p.constant + p.slope * z + p.exponential * np.exp(z))
        for p, side in zip(record.pieces, (GRID < 0, GRID > 0), strict=True)
        for z in [GRID[side]]
    )


def kinks_are_right(record):
    step = 1e-7
    before, after = (derivative(record, 1, GRID + side) for side in (-step, step))
    steep = np.abs(after - before) > 1e-4 * (1 + np.abs(after))
    return tuple(GRID[steep]) == record.kinks


def coefficients_are_right(record):
    if record.coefficients:
        expected = np.polynomial.polynomial.polyval(GRID, record.coefficients)
        return close(values(record), expected)
    fit = np.polynomial.Chebyshev.fit(GRID, values(record), 6)
    return not np.allclose(fit(GRID), values(record), rtol=1e-6)


def zeros_are_right(record):
    if record.zeros is None:
        return True
    s = values(record)
    turns = GRID[1:][np.sign(s[1:]) != np.sign(s[:-1])]
    there = all(abs(values(record, np.array([z]))[0]) < 1e-15 for z in record.zeros)
    near = all(
        np.abs(np.subtract(record.zeros, z)).min(initial=1) < 1e-3 for z in turns
    )
    return there and near and (record.zeros != () or np.abs(s).min() > 0)


def suprema_are_right(record):
    for order, bound in enumerate(record.suprema):
        top = np.abs(derivative(record, order, WIDE)).max()
        if math.isfinite(bound) and not top <= bound * (1 + 1e-12) <= 1.03 * top:
            return False
        if record.coefficients or (order == 2 and record.kinks):
            continue
        bounded = top < 1.1 * np.abs(derivative(record, order, WIDE / 4)).max()
        if not math.isfinite(bound) and bounded:
            return False
    return True


def independence_is_right(record):
    """The rank of four neurons in the plane with their slopes, on 400 points."""
    rng = np.random.default_rng(3)
    x, w = rng.uniform(-3, 3, (400, 2)), rng.uniform(-1.5, 1.5, (4, 2))
    z = x @ w.T
    slopes = derivative(record, 1, z.ravel()).reshape(z.shape)
    functions = [values(record, z.ravel()).reshape(z.shape)]
    functions += [slopes * x[:, [t]] for t in range(2)]
    matrix = np.concatenate(functions, axis=1)
    spectrum = np.linalg.svd(matrix / np.linalg.norm(matrix, axis=0))[1]
    rank = int(np.sum(spectrum > 1e-9 * spectrum[0]))
    return record.independent == (rank == 12 - 4 * record.homogeneous)


def balls_are_right(record):
    """Value and two derivatives of a power series in balls against JAX."""
    if record.balls is None:
        return True
    points = np.linspace(-3, 3, 25)
    jets = np.stack([derivative(record, k, points) for k in range(3)])
    before = flint.ctx.prec, flint.ctx.cap
    flint.ctx.prec, flint.ctx.cap = 200, 3
    try:
        for z, jet in zip(points, jets.T, strict=True):
            series = record.balls(flint.arb_series([flint.arb(z), 1], prec=3))
            exact = series[0], series[1], 2 * series[2]
            if any(float(ball.rad()) > 1e-50 for ball in exact):
                return False
            if not np.allclose([float(b.mid()) for b in exact], jet, 1e-13, 1e-13):
                return False
            if not abs(record.balls(flint.arb(z)) - exact[0]) < 1e-50:
                return False
    finally:
        flint.ctx.prec, flint.ctx.cap = before
    return True


CHECKS = {
    "parity": parity_is_right,
    "centre": centre_is_right,
    "tilt": tilt_is_right,
    "phase": phase_is_right,
    "pieces": pieces_are_right,
    "kinks": kinks_are_right,
    "coefficients": coefficients_are_right,
    "zeros": zeros_are_right,
    "suprema": suprema_are_right,
    "independent": independence_is_right,
    "balls": balls_are_right,
}


def wrong(record):
    return {field for field, check in CHECKS.items() if not check(record)}


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_true_of_the_function(name):
    assert not wrong(ACTIVATIONS[name])


def test_every_field_is_checked():
    fields = {field.name for field in dataclasses.fields(Activation)}
    assert fields - {"name", "function"} == set(CHECKS) - {"kinks"}


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("tanh", "parity", "even"),
        ("tanh", "parity", None),
        ("sigmoid", "centre", 0.4),
        ("softplus", "tilt", 0.9),
        ("gelu", "tilt", 0.0),
        ("tanh", "phase", "angle"),
        ("exp", "phase", "bias"),
        ("sin", "phase", "bias"),
        ("elu", "pieces", (Piece(-1.0, 0.1, 1.0), Piece(slope=1.0))),
        ("relu", "kinks", None),
        ("cube", "coefficients", (0, 0, 1)),
        ("square", "coefficients", ()),
        ("silu", "zeros", ()),
        ("gaussian", "zeros", (0.0,)),
        ("sigmoid", "zeros", (-1.0,)),
        ("erf", "suprema", (1.0, 1.0, 0.9681)),
        ("erf", "suprema", (1.0, 2.0, 0.9681)),
        ("gaussian", "suprema", (math.inf, 0.8578, 2.0)),
        ("square", "independent", True),
        ("arctan", "independent", False),
        ("gelu", "balls", ACTIVATIONS["gelu-tanh"].balls),
        ("tanh", "balls", ACTIVATIONS["erf"].balls),
    ],
)
def test_a_record_with_a_wrong_field_is_caught(name, field, value):
    change = {"pieces": value} if field == "kinks" else {field: value}
    assert field in wrong(dataclasses.replace(ACTIVATIONS[name], **change))


@pytest.mark.parametrize("name", NAMES)
def test_bounds_hold_up_to_any_reach(name):
    record = ACTIVATIONS[name]
    for reach in (0.0, 0.5, 3.0):
        z = np.linspace(-reach, reach, 2001)
        for order, bound in enumerate(record.bounds(reach)):
            top = np.abs(derivative(record, order, z)).max()
            assert top <= bound * (1 + 1e-12)
            if record.coefficients or record.phase == "scale":
                assert bound == pytest.approx(top)


@pytest.mark.parametrize("name", NAMES)
def test_what_follows_from_the_fields(name):
    record, z = ACTIVATIONS[name], GRID[GRID > 0]
    assert record.value_at_zero == values(record, np.zeros(1))[0]
    if not record.kinks:
        step = 1e-7
        low, high = values(record, np.array([-step, step]))
        assert record.slope_at_zero == pytest.approx(
            (high - low) / (2 * step), abs=1e-7
        )
    assert record.homogeneous == close(
        values(record, 2 * GRID), 2 * values(record)
    ) or (name == "identity")
    if record.straight is not None:
        inside = z if record.straight == (0.0, math.inf) else -z
        assert np.ptp(derivative(record, 1, inside)) == 0
        assert derivative(record, 1, inside)[0] != 0
    if record.phase == "angle":
        r = math.hypot(record.value_at_zero, record.slope_at_zero)
        assert close(values(record), r * np.sin(GRID + record.angle))
    if record.mirrors(False):
        assert close(values(record, -GRID), record.multiple(-1.0) * values(record))
    if record.quadratic:
        assert close(values(record), values(record, np.ones(1)) * GRID**2)


def test_what_mirror_neurons_leave():
    left = {name: ACTIVATIONS[name].leftover for name in NAMES}
    assert {name for name, kind in left.items() if kind == "constant"} == {"sigmoid"}
    assert {name for name, kind in left.items() if kind == "linear"} == {
        *("softplus", "silu", "gelu", "gelu-tanh", "relu", "leaky-relu")
    }
    assert ACTIVATIONS["sigmoid"].mirrors(True)
    assert not ACTIVATIONS["sigmoid"].mirrors(False)
    assert not ACTIVATIONS["gelu"].mirrors(True)


def test_polynomials_are_the_same_by_any_name():
    square = activation("poly:0,0,3,0")
    assert square.coefficients == (0, 0, 3)
    assert square.quadratic
    assert not activation("poly:1,0,1").quadratic
    assert [activation(f"poly:{c}").parity for c in ("0,2,0,1", "1,0,2", "1,1")] == [
        "odd",
        "even",
        None,
    ]
    assert polynomial().coefficients == (0,)


def test_of_a_function_alone_nothing_is_assumed():
    mine = activation(jnp.tanh)
    assert mine.identities == "no declared identities"
    assert not mine.dependences_known
    assert mine.parity is None
    assert mine.zeros is None
    assert mine.bounds(1.0) == (math.inf,) * 3


def test_a_centre_or_a_tilt_without_its_parity_is_refused():
    with pytest.raises(ValueError, match="a centre needs parity 'odd'"):
        Activation("mine", jnp.tanh, centre=0.5)
    with pytest.raises(ValueError, match="a tilt needs parity 'even'"):
        Activation("mine", jnp.tanh, parity="odd", tilt=1.0)
