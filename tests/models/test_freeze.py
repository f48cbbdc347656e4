"""Only what is trained counts as a parameter."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from suffice._core import count_parameters, evaluate
from suffice.models import check_model, DeepNetwork, freeze, RealSpace, TwoLayer
from suffice.samples import guarantee, optimistic_sample_size
from suffice.tangent import jacobian, tangent_rank

KEY = jax.random.key(0)
X = np.random.default_rng(0).standard_normal((9, 3))


def normalised(variables, x):
    """A flax-like model: parameters and batch statistics in one dictionary."""
    mean, scale = variables["batch_stats"]["mean"], variables["batch_stats"]["scale"]
    hidden = jnp.tanh(variables["params"]["w"] @ ((x - mean) / scale))
    return variables["params"]["a"] @ hidden


VARIABLES = {
    "params": {"w": jax.random.normal(KEY, (2, 3)), "a": jnp.array([1.0, -2.0])},
    "batch_stats": {"mean": jnp.ones(3), "scale": 2 * jnp.ones(3)},
}


def test_batch_statistics_do_not_count():
    model = Partial(normalised, VARIABLES)
    frozen = freeze(model, lambda m: m.args[0]["batch_stats"])
    assert (count_parameters(model), count_parameters(frozen)) == (14, 8)
    np.testing.assert_array_equal(evaluate(frozen, X), evaluate(model, X))
    whole = jacobian(model, X)  # the keys of a dictionary are sorted
    np.testing.assert_allclose(jacobian(frozen, X), whole[:, 6:], rtol=1e-12)
    assert tangent_rank(frozen, domain=RealSpace(3)).value == 8
    size = optimistic_sample_size(frozen, domain=RealSpace(3))
    assert (size.value, size.parameters) == (8, 8)
    assert guarantee(frozen, X).rank == 8
    assert check_model(frozen, X).ok


def test_the_state_of_an_equinox_layer_does_not_count():
    norm, state = eqx.nn.make_with_state(eqx.nn.BatchNorm)(3, "batch", mode="ema")
    norm = eqx.nn.inference_mode(norm)
    _, state = jax.vmap(
        eqx.nn.inference_mode(norm, value=False),
        axis_name="batch",
        in_axes=(0, None),
        out_axes=(0, None),
    )(jnp.asarray(X), state)
    model = Partial(lambda norm, state, x: norm(x, state)[0], norm, state)
    frozen = freeze(model, lambda m: m.args[1])
    assert count_parameters(frozen) == 6 < count_parameters(model)
    assert tangent_rank(frozen, domain=RealSpace(3)).value == 6


def test_the_domain_stays():
    model = TwoLayer.normal(2, 3, key=KEY, bias=True)
    assert freeze(model, lambda m: (m.w, m.b)).domain == RealSpace(3)
    with pytest.raises(ValueError, match="pass domain="):
        tangent_rank(
            freeze(Partial(normalised, VARIABLES), lambda m: m.args[0]["batch_stats"])
        )


def test_a_frozen_layer_is_no_free_layer():
    model = DeepNetwork.normal((2, 3, 3, 1), key=KEY)
    frozen = freeze(model, lambda m: m.weights[0])
    assert tangent_rank(frozen).value == count_parameters(model) - 6


@pytest.mark.parametrize("where", [lambda m: m.activation, lambda m: m.c, lambda m: 1])
def test_what_is_no_array_of_the_model_is_refused(where):
    with pytest.raises(ValueError, match="where"):
        freeze(TwoLayer.normal(2, 3, key=KEY), where)
