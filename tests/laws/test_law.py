"""A plain function becomes a model, or one sentence says why not."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import suffice as sf
from suffice.auditing import Region


def michaelis(conc, vmax=200, km=0.1, *, kind="plain", offset=None):
    return vmax * conc / (km + conc)


def test_arguments_are_inputs_parameters_and_options():
    law = sf.law(michaelis, inputs=["conc"])
    assert law.parameters == {"vmax": 200.0, "km": 0.1}
    assert law.inputs == ("conc",)
    assert law.fixed == (("kind", "plain"), ("offset", None))
    assert sf.law(michaelis).inputs == ("conc",)
    assert float(law(jnp.array([0.1]))) == 100.0
    assert "vmax * conc" in law.text
    assert law.note is None


def test_a_law_is_a_model():
    law = sf.law(michaelis, start={"vmax": 2.0})
    assert sf.check_model(law, np.linspace(0.1, 1, 9)[:, None]).ok
    assert [leaf.shape for leaf in jax.tree.leaves(law)] == [(2,)]
    assert sf.tangent_rank(law, domain=sf.Points(np.ones((5, 1)))).value == 1
    assert law.at(km=0.2).parameters == {"vmax": 2.0, "km": 0.2}
    assert eqx.filter_jit(law)(jnp.array([0.1])).shape == ()


def test_fixed_parameters_do_not_vary():
    assert sf.law(michaelis, fixed=["km"]).names == ("vmax",)
    held = sf.law(michaelis, fixed={"km": 0.3})
    assert float(held(jnp.array([0.3]))) == 100.0
    with pytest.raises(ValueError, match="no free parameter; expected at least one"):
        sf.law(michaelis, fixed=["km", "vmax"])


def test_inputs_may_stand_anywhere_and_be_several():
    def mixed(vmax=2.0, s=1.0, ki=2.0, i=0.0):
        return vmax * s / (1 + s + i / ki)

    law = sf.law(mixed, inputs=["s", "i"])
    assert law.names == ("vmax", "ki")
    assert float(law(jnp.array([1.0, 2.0]))) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "body",
    [
        lambda x, a=2.0, b=0.5: a * np.exp(-b * x),
        lambda x, a=2.0, b=0.5: a * math.exp(-b * x),
        lambda x, a=2.0, b=0.5: a * float(np.exp(-float(b) * float(x))),
    ],
    ids=["numpy", "math", "opaque"],
)
def test_numpy_and_differences_give_the_derivatives_of_jax(body):
    exact = sf.law(lambda x, a=2.0, b=0.5: a * jnp.exp(-b * x))
    x = np.linspace(0.1, 4, 20)[:, None]
    law = sf.law(body)
    np.testing.assert_allclose(
        sf.jacobian(law, x), sf.jacobian(exact, x), rtol=1e-9, atol=1e-11
    )


def test_a_helper_written_with_numpy_is_traced_too():
    law = sf.law(uses_a_helper)
    assert law.note is None
    assert float(law(jnp.array([1.0]))) == pytest.approx(2 * np.exp(-0.5))


def decay(x, b):
    return np.exp(-b * x)


def uses_a_helper(x, a=2.0, b=0.5):
    return a * decay(x, b)


def opaque(x, a=2.0, b=3.0, c=0.5):
    return a * b * float(np.exp(-float(c) * float(x)))


def test_differences_do_not_raise_a_rank():
    law = sf.law(opaque)
    assert "finite differences" in law.note
    found = sf.identify(law)
    assert found.rank.value == 2
    assert [c.text for c in found.combinations] == ["a*b"]
    assert found.rank.status == "measured"


def test_differences_of_steep_laws_do_not_raise_a_rank():
    def steep(x, a=2.0, k=3.0, m=4.0):
        return a * math.exp(-float(k + m) * float(x)) * float(str(1.0))

    found = sf.identify(sf.law(steep))
    assert found.rank.lower == 2
    assert found.rank.value in (2, None)


def branching(x, a=1.0):
    return a * x if x > 0 else 0.0


def several(x, *more, a=1.0):
    return a * x


def vector(x, a=(1.0, 2.0)):
    return a[0] * x


def complex_start(x, a=1j):
    return a * x


def complex_value(x, a=1.0):
    return a * x * 1j


def nan_start(x, a=float("nan")):
    return a * x


def nothing(x, a=1.0):
    return None


def no_default(conc, vmax, km=0.1):
    return vmax * conc / (km + conc)


@pytest.mark.parametrize(
    ("function", "inputs", "said"),
    [
        (branching, None, "branches on a number .*jnp.where"),
        (several, None, "takes any number of arguments .* a name of its own"),
        (vector, None, "a of vector is an array of 2 numbers; expected one real"),
        (complex_start, None, "a of complex_start is a complex number; expected one"),
        (complex_value, None, "returns complex numbers; expected real"),
        (nan_start, None, "starts at nan; expected a finite number"),
        (nothing, None, "nothing cannot be evaluated"),
        (
            no_default,
            ["conc"],
            r"'vmax', which is neither an input \(conc\) nor a .*km",
        ),
        (no_default, ["dose"], "arguments conc, vmax, km, and no input 'dose'"),
        (3.0, None, "expected a function of inputs and parameters"),
    ],
)
def test_what_is_no_law_is_refused_in_one_sentence(function, inputs, said):
    with pytest.raises(ValueError, match=said):
        sf.law(function, inputs=inputs)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"fixed": ["kn"]},
            "fixed names 'kn', which is no free parameter.*They are vmax, km",
        ),
        ({"positive": ["conc"]}, "positive names 'conc'"),
        ({"bounds": {"km": (2.0, 1.0)}}, "expected the smaller number first"),
        ({"bounds": {"km": (1.0, 2.0)}}, "starts at 0.1, outside its bounds 1 and 2"),
        ({"start": {"k": 1.0}}, "and no parameter 'k'"),
    ],
)
def test_wrong_options_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        sf.law(michaelis, **options)


def test_a_law_that_is_not_finite_names_the_input():
    def pole(x, a=1.0):
        return a * jnp.log(x - 1)

    with pytest.raises(
        ValueError, match=r"not finite at \d+ of 60 inputs, such as x ="
    ):
        sf.identify(pole)
    assert sf.identify(pole, region=Region(range={"x": (2.0, 3.0)})).whole


def test_wrong_ranges_are_refused():
    with pytest.raises(ValueError, match="range names 'dose', which is no input"):
        sf.identify(michaelis, region=Region(range={"dose": (0.0, 1.0)}))
    with pytest.raises(ValueError, match="range of 'conc' is 2 to 1"):
        sf.identify(michaelis, region=Region(range={"conc": (2.0, 1.0)}))


def test_a_loop_of_unknown_length_is_a_law():
    """An implicit equation by Newton's method has the derivatives of its solution."""

    def voltage(current, r=0.5, v0=1.0):  # current = exp(v / v0) - 1 + v / r
        def step(state):
            v, _ = state
            miss = jnp.exp(v / v0) - 1 + v / r - current
            return v - miss / (jnp.exp(v / v0) / v0 + 1 / r), jnp.abs(miss)

        start = (jnp.zeros(()), jnp.ones(()))
        return jax.lax.while_loop(lambda state: state[1] > 1e-13, step, start)[0]

    law = sf.law(voltage)
    x = np.linspace(0.5, 4, 7)[:, None]
    v = np.asarray(jax.vmap(law)(x))
    slope = np.exp(v) + 2.0
    by_hand = np.stack([v * 4.0 / slope, v * np.exp(v) / slope], axis=1)
    np.testing.assert_allclose(sf.jacobian(law, x), by_hand, rtol=1e-9)
    assert sf.identify(law).whole


def test_a_law_with_a_rule_for_backwards_only_is_differentiated_backwards():
    @jax.custom_vjp
    def squared(a):
        return a**2

    squared.defvjp(lambda a: (a**2, a), lambda a, g: (2 * a * g,))
    law = sf.law(lambda x, a=3.0: squared(a) * x)
    assert law.derivative is jax.jacrev
    np.testing.assert_allclose(sf.jacobian(law, np.array([[2.0]])), [[12.0]])
