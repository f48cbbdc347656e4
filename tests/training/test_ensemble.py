"""Ensembles of models of one architecture."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import DeepNetwork, TwoLayer
from suffice.training import ensemble, member, stack


def test_members_have_the_law_that_was_asked_for(key):
    template = TwoLayer.normal(50, 40, key=key, bias=True, output_bias=True)
    drawn = ensemble(template, 30, scale=0.3, key=key)
    assert drawn.w.shape == (30, 50, 40)
    assert drawn.c.shape == (30,)
    assert np.std(drawn.w) == pytest.approx(0.3, rel=0.02)
    fan_in = ensemble(template, 30, key=key)
    assert np.std(fan_in.w) == pytest.approx(40**-0.5, rel=0.02)
    assert np.std(fan_in.a) == pytest.approx(50**-0.5, rel=0.1)


def test_equal_keys_equal_draws_and_other_keys_others(key):
    template = TwoLayer.normal(2, 3, key=key)
    one, two = (ensemble(template, 2, key=key) for _ in range(2))
    other = ensemble(template, 2, key=jax.random.key(1))
    np.testing.assert_array_equal(one.w, two.w)
    assert not np.array_equal(one.w, other.w)
    assert not np.array_equal(one.w[0], one.w[1])


def test_member_undoes_stack(key):
    nets = [DeepNetwork.normal((2, 3, 1), key=k) for k in jax.random.split(key, 3)]
    np.testing.assert_array_equal(member(stack(nets), 1).weights[0], nets[1].weights[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"runs": 0}, "runs is 0"),
        ({"runs": 1, "scale": -1.0}, "scale is -1.0"),
        ({"runs": 1, "scale": np.nan}, "scale is nan"),
    ],
)
def test_bad_arguments_are_refused(key, arguments, message):
    with pytest.raises(ValueError, match=message):
        ensemble(TwoLayer.normal(2, 3, key=key), **arguments, key=key)


def test_a_function_without_parameters_is_no_template(key):
    with pytest.raises(ValueError, match="no parameters"):
        ensemble(jnp.tanh, 3, key=key)
