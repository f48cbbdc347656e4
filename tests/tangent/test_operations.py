"""Operations of JAX: those of every model are known, any other is refused by its name.

Another version of JAX may trace the same model with other operations. The first test
then lists at once what is missing, with the models that need it.
"""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import Primitive
from slow_cases import slow

from suffice import models
from suffice._core import called_program, is_gaussian, jumps, live_equations, ravel
from suffice.models import (
    ACTIVATIONS,
    Attention,
    Convolution,
    DeepNetwork,
    Diagonal,
    Linear,
    MatrixProduct,
    SquareDifference,
    SymmetricProduct,
    Transformer,
    TwoLayer,
)
from suffice.tangent import jacobian, NotExact
from suffice.tangent._exact._interpreter import evaluate_exactly
from suffice.tangent._exact._numbers import balls, precision
from suffice.tangent._exact._primitives import MOVES, RULES
from suffice.tangent._exact._rows import exact_parameters, trace_rows

KEY = jax.random.key(8)
LANGUAGE = {"vocab": 3, "length": 2, "layers": 1, "width": 2, "bias": True, "key": KEY}
LAYERS = {
    "two layers": TwoLayer.normal(2, 2, outputs=2, bias=True, key=KEY),
    "deep": DeepNetwork.normal((2, 3, 2), scalar=False, key=KEY),
    "matrix product": MatrixProduct.normal((2, 2, 3), key=KEY),
    "symmetric product": SymmetricProduct.normal(3, 2, signed=True, key=KEY),
    "linear": Linear.normal(2, key=KEY),
    "diagonal": Diagonal.normal(2, layers=3, key=KEY),
    "square difference": SquareDifference.normal(2, key=KEY),
    "convolution": Convolution.normal(1, (4, 3), 2, bias=True, key=KEY),
    "without sharing": Convolution.normal(2, 3, 2, shared=False, key=KEY),
    "attention": Attention.normal(2, 2, heads=2, key=KEY),
    "transformer, pre": Transformer.normal(**LANGUAGE, norm="pre", activation="gelu"),
}
SLOW_LAYERS = {
    "transformer, post": Transformer.normal(**LANGUAGE, activation="gelu-tanh"),
    "transformer, none": Transformer.normal(**LANGUAGE, norm="none", heads=2),
}
NEURONS = {
    name: TwoLayer.normal(2, 1, bias=True, activation=name, key=KEY)
    for name in ACTIVATIONS
}
KNOWN = {*MOVES, *RULES, *balls().functions, "scan", "cond"}
UNKNOWN = Primitive("operation_of_next_year")
UNKNOWN.def_abstract_eval(lambda value, **params: value)


def inputs_of(model):
    if isinstance(model, Transformer):
        return np.array([[0, 2], [1, 1]])
    return model.domain.sample(KEY, 2)


def steps(jaxpr):
    """The equations that the interpreter evaluates."""
    for eqn in live_equations(jaxpr):
        if (called := called_program(eqn)) is not None and not is_gaussian(eqn):
            yield from steps(called[0])
        elif not is_gaussian(eqn):
            yield eqn


def on_floats(eqn):
    variables = (*eqn.invars, *eqn.outvars)
    return any(jnp.issubdtype(v.aval.dtype, jnp.inexact) for v in variables)


def test_every_operation_of_every_model_is_known():
    missing = {
        (eqn.primitive.name, name)
        for name, model in (NEURONS | LAYERS | SLOW_LAYERS).items()
        for eqn in steps(trace_rows(model, inputs_of(model), batch=2).program.jaxpr)
        if on_floats(eqn) and eqn.primitive.name not in KNOWN
    }
    assert not missing


def test_every_kind_of_model_is_tried():
    kinds = {kind for _, kind in inspect.getmembers(models) if hasattr(kind, "normal")}
    assert {type(model) for model in LAYERS.values()} == kinds


@pytest.mark.parametrize("name", [*LAYERS, *slow(*SLOW_LAYERS)])
def test_a_row_of_balls_of_every_layer_is_a_row_of_floats(name):
    model, ring = (LAYERS | SLOW_LAYERS)[name], balls()
    x = inputs_of(model)
    floats = jacobian(model, x)
    u = np.random.default_rng(0).integers(-5, 6, (len(x), len(floats) // len(x)))
    exact = x if x.dtype.kind in "biu" else ring.array(x)
    rows = trace_rows(model, x, batch=len(x))
    with precision(80):
        theta = exact_parameters(model, ring, None)
        got = rows(ring, theta, exact, ring.array(u.astype(object)))
    want = np.einsum("nc,ncp->np", u, floats.reshape(*u.shape, -1))
    np.testing.assert_allclose(got.astype(float), want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_program_of_an_activation_shows_whether_it_has_pieces(name):
    model = NEURONS[name]
    theta, rebuild = ravel(model)
    program = jax.make_jaxpr(lambda v, x: rebuild(v)(x))(theta, np.ones(1))
    assert any(True for _ in jumps(program.jaxpr)) == bool(model.activation.pieces)


@pytest.mark.parametrize("inside", [False, True])
def test_an_unknown_operation_is_refused_by_its_name(inside):
    """A program inside does not tell what the operation does with it."""
    body = {"jaxpr": jax.make_jaxpr(jnp.sin)(1.0)} if inside else {}
    program = jax.make_jaxpr(lambda v: 2 * UNKNOWN.bind(v, **body))(1.0)
    with pytest.raises(NotExact, match=r"'operation_of_next_year'.*numerical rank"):
        evaluate_exactly(program, balls(), balls().array(1.0))
