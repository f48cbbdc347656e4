"""Laws that enter as lmfit models and sympy expressions."""

import jax.numpy as jnp
import pytest
from tables import treated

import suffice as sf
from suffice.laws import fit_law


def exponential(x, amplitude=2.0, decay=0.5):
    return amplitude * jnp.exp(-x / decay)


def test_a_sympy_expression_is_a_law():
    sympy = pytest.importorskip("sympy")
    conc, vmax, km = sympy.symbols("conc vmax km")
    start = {"vmax": 200.0, "km": 0.1}
    law = sf.law(vmax * conc / (km + conc), inputs=["conc"], start=start)
    assert law.parameters == {"km": 0.1, "vmax": 200.0}
    fit = fit_law(law, treated, "rate", starts=2)
    assert fit["km"].value == pytest.approx(0.0641213, abs=1e-6)
    a, b = sympy.symbols("a b")
    product = sf.law(a * b * conc, inputs="conc", start={"a": 1.0, "b": 2.0})
    assert [str(c) for c in sf.identify(product).combinations] == ["a*b"]
    with pytest.raises(ValueError, match="nor a parameter with a starting value"):
        sf.law(vmax * conc, inputs=["conc"])


def test_an_lmfit_model_is_a_law():
    lmfit = pytest.importorskip("lmfit")
    model = lmfit.Model(exponential)
    model.set_param_hint("decay", min=0.01, max=5.0)
    model.set_param_hint("amplitude", vary=False)
    law = sf.law(model)
    assert law.inputs == ("x",)
    assert law.parameters == {"decay": 0.5}
    assert law.bounds == ((0.01, 5.0),)
    assert dict(law.fixed) == {"amplitude": 2.0}
    assert law.note is None


def test_a_composite_lmfit_model_is_a_law():
    lmfit = pytest.importorskip("lmfit")
    both = lmfit.Model(exponential, prefix="fast_") + lmfit.models.ConstantModel()
    law = sf.law(both, start={"c": 0.3})
    assert set(law.names) == {"fast_amplitude", "fast_decay", "c"}
    expected = 2 * jnp.exp(-2.0) + 0.3
    assert float(law(jnp.array([1.0]))) == pytest.approx(float(expected))
    assert sf.identify(law).rank.value == 3
