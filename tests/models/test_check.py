"""A check of a model finds each defect and names its remedy."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from suffice.models import (
    Attention,
    check_model,
    Convolution,
    Diagonal,
    Linear,
    MatrixProduct,
    RealSpace,
    TwoLayer,
)
from suffice.samples import guarantee, optimistic_sample_size
from suffice.tangent import tangent_rank

X = np.random.default_rng(0).standard_normal((3, 2))
A = jnp.array([0.7, -1.2])


@pytest.mark.parametrize(
    "build",
    [
        lambda k: Linear.normal(3, key=k, outputs=2),
        lambda k: Diagonal.normal(3, 3, key=k),
        lambda k: MatrixProduct.normal((3, 2, 4), key=k),
        lambda k: Convolution.normal(2, (3, 3), 2, key=k, shared=False, bias=True),
        lambda k: Attention.normal(3, 3, key=k),
    ],
)
def test_the_models_of_the_package_conform(key, build):
    found = check_model(build(key))
    assert found.ok, str(found)
    assert found.headline() == "The model conforms: 7 checks hold."


def test_other_peoples_models_conform(key):
    mlp = eqx.nn.MLP(2, 1, 4, 2, activation=jnp.tanh, key=key)
    assert check_model(mlp, X).ok
    assert check_model(Partial(lambda a, x: jnp.tanh(a @ x), A), X).ok


def test_parameters_of_lower_precision_are_taken_in_float64(key):
    single = Partial(lambda a, x: jnp.tanh(a @ x), A.astype("float32"))
    found = check_model(single, X)
    assert found.ok, str(found)
    assert "some in float32: taken in float64" in found.findings[0].detail
    assert tangent_rank(single, domain=RealSpace(2), key=key).value == 2


def test_a_domain_is_found_where_ranks_find_it(key):
    mlp = eqx.nn.MLP(2, 1, 4, 2, activation=jnp.tanh, key=key)
    assert check_model(mlp).ok
    assert tangent_rank(mlp, key=key).value


class Floats(eqx.Module):
    a: jax.Array
    scale: float

    def __call__(self, x):
        return self.scale * (self.a @ x)


class Noise:
    """A fresh random number at each call."""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __call__(self, a, x):
        return a @ x * self.rng.uniform()


def branch(a, x):
    return a @ x if x[0] > 0 else -(a @ x)


BROKEN = {
    "a closure hides the parameters": (lambda x: A @ x, "parameters"),
    "a Python float": (Floats(A, 2.0), "no hidden parameters"),
    "output in single precision": (
        Partial(lambda a, x: (a @ x).astype("float32"), A),
        "real finite output",
    ),
    "complex parameters": (Partial(lambda a, x: (a @ x).real, 1j * A), "parameters"),
    "complex output": (Partial(lambda a, x: 1j * (a @ x), A), "real finite output"),
    "integer output": (
        Partial(lambda a, x: jnp.sign(a @ x).astype(int), A),
        "real finite output",
    ),
    "not finite": (Partial(lambda a, x: jnp.log(-(a @ a)), A), "real finite output"),
    "wants a batch": (
        Partial(lambda a, x: (x @ a).sum(axis=1), A),
        "real finite output",
    ),
    "random": (Partial(Noise(), A), "same output twice"),
    "branches on values": (Partial(branch, A), "batches"),
    "stopped gradient": (
        Partial(lambda a, x: jax.lax.stop_gradient(a) @ x, A),
        "derivative",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_defect_is_named_with_a_remedy(name):
    model, check = BROKEN[name]
    found = check_model(model, X)
    failed = [finding for finding in found.findings if not finding.ok]
    assert [finding.name for finding in failed] == [check]
    assert failed[0].remedy
    assert failed[0].remedy in found.headline()
    assert not found.to_dict()["ok"]


def test_a_wrong_custom_derivative_is_found():
    @jax.custom_jvp
    def square(z):
        return z**2

    square.defjvp(lambda p, t: (p[0] ** 2, 2.001 * p[0] * t[0]))
    assert not check_model(Partial(lambda a, x: square(a @ x), A), X).ok


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (lambda p, x: p @ x, "no parameters"),
        (Partial(lambda a, x: (a @ x).real, 1j * A), "complex parameters"),
        (
            Partial(lambda a, x: a @ x[:1], A),
            r"inputs of shape \(2,\), which",
        ),
    ],
)
def test_a_function_that_cannot_be_called_on_one_input_is_refused(model, said):
    with pytest.raises(ValueError, match=said):
        tangent_rank(model, domain=RealSpace(2))


def test_there_must_be_inputs(key):
    with pytest.raises(ValueError, match="has no attribute `domain`"):
        check_model(Partial(lambda a, x: a @ x, A))
    with pytest.raises(ValueError, match="x holds no input"):
        check_model(TwoLayer.normal(1, 2, key=key), np.zeros((0, 2)))


class Stateful(eqx.Module):
    """Draws a random factor outside of JAX, at every call."""

    a: jax.Array
    rng: np.random.Generator = eqx.field(static=True)

    def __call__(self, x):
        shape = jax.ShapeDtypeStruct((), float)
        factor = jax.pure_callback(self.rng.random, shape, vmap_method="sequential")
        return jax.lax.stop_gradient(factor) * self.a @ x


def test_a_model_with_a_state_has_no_rank():
    model = Stateful(jnp.ones(2), np.random.default_rng(0))
    for ask in (tangent_rank, optimistic_sample_size):
        with pytest.raises(ValueError, match="two calls on one input differ"):
            ask(model, domain=RealSpace(2))
    with pytest.raises(ValueError, match="no function of one input"):
        guarantee(model, np.random.default_rng(0).normal(size=(5, 2)))
