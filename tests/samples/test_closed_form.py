"""Closed forms against exact ranks of random parameters."""

import jax
import pytest

from suffice.models import ACTIVATIONS, TwoLayer
from suffice.samples import (
    attention_size,
    deep_size,
    matrix_size,
    neuron_size,
    symmetric_size,
    tensor_size,
    two_layer_size,
)
from suffice.tangent import structural_rank


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@pytest.mark.parametrize("shape", [(1, 2, 1), (3, 4, 1), (2, 3, 2), (4, 1, 1)], ids=str)
def test_two_layer_size_is_the_exact_rank(name, shape):
    width, dim, outputs = shape
    for bias, output_bias in [(False, False), (True, False), (True, True)]:
        model = TwoLayer.normal(
            width,
            dim,
            key=jax.random.key(0),
            outputs=None if outputs == 1 else outputs,
            bias=bias,
            output_bias=output_bias,
            activation=name,
        )
        size = two_layer_size(
            model.activation,
            width,
            dim,
            outputs=outputs,
            bias=bias,
            output_bias=output_bias,
        )
        if size is not None:
            assert structural_rank(model).value == size


def test_there_is_no_formula_for_polynomials_that_saturate():
    assert neuron_size(ACTIVATIONS["cube"], 3) is None
    assert two_layer_size(ACTIVATIONS["cube"], 2, 3) is None


def test_matrices():
    assert [matrix_size(4, 4, r) for r in range(5)] == [0, 7, 12, 15, 16]
    assert [symmetric_size(3, r) for r in range(4)] == [0, 3, 5, 6]


def test_networks_attention_and_tensors():
    assert deep_size((2, 2, 2, 1), bias=True) == 15
    assert deep_size((2, 2, 2, 1), bias=False) == 10
    assert attention_size(4, [(1, 1), (2, 2), (3, 0)]) == 38
    assert tensor_size((3, 3, 3), 2) == 14
    assert tensor_size((2, 2, 2, 2), 4) == 16
