"""Targets for which a smaller parameter exists, or a smaller one does not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import (
    Attention,
    Convolution,
    DeepNetwork,
    Diagonal,
    MatrixProduct,
    SymmetricProduct,
    TwoLayer,
)
from suffice.samples import optimistic_sample_size, stratification, two_layer_size
from suffice.tangent import tangent_rank

KEY = jax.random.key(7)


def zero(activation, *, bias=False, output_bias=False, outputs=None):
    model = TwoLayer.normal(
        2,
        2,
        key=KEY,
        outputs=outputs,
        bias=bias,
        output_bias=output_bias,
        activation=activation,
    )
    c = None if model.c is None else 0 * model.c
    return TwoLayer(model.w, 0 * model.a, model.b, c, model.activation)


class TestZero:
    """The zero function: output weights move it wherever neurons are never silent."""

    @pytest.mark.parametrize("name", ["tanh", "silu", "relu", "sin", "square"])
    def test_neurons_silent_at_zero_cost_nothing(self, name):
        size = optimistic_sample_size(zero(name, outputs=3))
        assert (size.value, size.status) == (0, "exact")

    @pytest.mark.parametrize("name", ["sigmoid", "softplus", "gaussian", "exp", "cos"])
    def test_others_cost_one_sample_for_each_output(self, name):
        size = optimistic_sample_size(zero(name, outputs=3))
        assert (size.value, size.status) == (3, "exact")

    def test_a_bias_can_silence_a_cosine(self):
        assert optimistic_sample_size(zero("cos", bias=True)).status == "upper bound"

    def test_an_output_bias_is_all_that_moves(self):
        size = optimistic_sample_size(zero("cos", bias=True, output_bias=True))
        assert (size.value, size.status) == (1, "exact")

    @pytest.mark.parametrize(
        ("name", "bias", "value"),
        [("tanh", False, 0), ("tanh", True, 1), ("sigmoid", False, 1)],
    )
    def test_of_a_deep_network(self, name, bias, value):
        model = DeepNetwork.normal((2, 3, 2, 1), key=KEY, bias=bias, activation=name)
        weights = (*model.weights[:-1], 0 * model.weights[-1])
        biases = None
        if model.biases is not None:
            biases = (*model.biases[:-1], 0 * model.biases[-1])
        size = optimistic_sample_size(DeepNetwork(weights, biases, model.activation))
        assert (size.value, size.status) == (value, "exact")

    @pytest.mark.parametrize(("name", "value"), [("tanh", 0), ("sigmoid", 1)])
    def test_of_a_convolution(self, name, value):
        model = Convolution.normal(2, 4, 2, key=KEY, activation=name)
        target = Convolution(model.kernel, 0 * model.a, None, model.activation)
        size = optimistic_sample_size(target)
        assert (size.value, size.status) == (value, "exact")


class TestLinearParametrisations:
    """With one layer or factor every direction is a tangent, whatever the target."""

    def test_one_diagonal_layer(self):
        target = Diagonal(jnp.array([[1.0, 0.0, 0.0]]))
        assert optimistic_sample_size(target).value == tangent_rank(target).value == 3
        assert stratification(target).sizes == (3,)

    def test_one_factor(self):
        target = MatrixProduct((jnp.diag(jnp.array([1.0, 0.0, 0.0])),))
        assert optimistic_sample_size(target).value == tangent_rank(target).value == 9
        assert stratification(target).sizes == (9,)


class TestMatrices:
    """The rank of a matrix is that of its numbers, within their precision."""

    def test_single_precision_is_known(self):
        rng = np.random.default_rng(0)
        matrix = rng.normal(size=(4, 1)) @ rng.normal(size=(1, 4))
        assert optimistic_sample_size(matrix.astype(np.float32)).value == 7

    def test_a_row_of_rounding_errors_is_undecided(self):
        matrix = np.outer([0.0, 1.0, 1.0], [1.0, 2.0, 3.0])
        matrix[0] = [1e-17, -2e-17, 1e-17]
        assert optimistic_sample_size(matrix).status == "undecided"

    def test_a_negative_eigenvalue_is_no_square(self):
        model = SymmetricProduct(jnp.ones((2, 2)))
        with pytest.raises(ValueError, match="negative eigenvalue"):
            optimistic_sample_size(np.diag([1.0, -1.0]), model=model)

    @pytest.mark.usefixtures("unchecked")
    @pytest.mark.parametrize("target", [np.ones((2, 2)) * 1j, [[1.0]], None])
    def test_other_things_are_refused(self, target):
        with pytest.raises(ValueError, match="target"):
            optimistic_sample_size(target)


class TestAttention:
    """Never above the rank at hand."""

    def test_one_token_attends_to_itself(self):
        target = Attention.normal(3, 1, key=KEY, key_dim=2, value_dim=2)
        size = optimistic_sample_size(target)
        assert size.value == tangent_rank(target).value == 8
        assert size.status == "exact"

    @pytest.mark.slow
    def test_heads_that_attend_alike_are_an_upper_bound(self):
        two = Attention.normal(3, 3, key=KEY, heads=2, key_dim=2, value_dim=1)
        q, k = (jnp.stack([part[0]] * 2) for part in (two.q, two.k))
        size = optimistic_sample_size(Attention(q, k, two.v, two.o, 3))
        assert (size.value, size.status) == (24, "upper bound")

    def test_a_narrower_model_is_refused(self):
        target = Attention.normal(3, 2, key=KEY, key_dim=2)
        with pytest.raises(ValueError, match="key_dim"):
            optimistic_sample_size(
                target, model=Attention.normal(3, 2, key=KEY, key_dim=1)
            )


class TestConstants:
    """A constant that no bias carries costs least as a mirror image."""

    def test_a_logistic_pair(self):
        w, a = jnp.array([[1.5, 0.5], [-1.5, -0.5]]), jnp.array([0.5, -0.25])
        pair = TwoLayer(w, a, activation="sigmoid")
        # s, s' x_1, s' x_2 and the constant
        assert optimistic_sample_size(pair).value == tangent_rank(pair).value == 4

    def test_a_logistic_neuron_and_a_constant(self):
        w, a = jnp.array([[1.5, 0.5], [0.0, 0.0]]), jnp.array([0.5, -0.25])
        target = TwoLayer(w, a, activation="sigmoid")
        assert tangent_rank(target).value == 6
        assert optimistic_sample_size(target).value == 4

    @pytest.mark.parametrize("name", ["sigmoid", "softplus", "gelu", "relu"])
    def test_never_above_the_rank_of_the_target(self, name):
        w = jnp.array([[-0.75], [0.75], [0.0]])
        a, b = jnp.array([2.0, 1.0, 1.5]), jnp.array([-0.5, 0.5, 0.25])
        target = TwoLayer(w, a, b, activation=name)
        size = optimistic_sample_size(target)
        assert size.value is not None
        assert size.value <= (tangent_rank(target).value or 0)


class TestStrata:
    """Sizes that targets of each stratum attain."""

    @pytest.mark.slow
    def test_of_convolutions_that_are_not_odd(self):
        model = Convolution.normal(2, 4, 2, key=KEY, activation="relu")
        assert stratification(model).sizes == (0, 4, 8)
        for k in (1, 2):
            target = Convolution.normal(k, 4, 2, key=KEY, activation="relu")
            assert optimistic_sample_size(target).value == 4 * k

    def test_of_a_constant_gaussian(self):
        model = TwoLayer.normal(1, 2, key=KEY, bias=True, activation="gaussian")
        target = TwoLayer(
            jnp.zeros((1, 2)), jnp.ones(1), jnp.ones(1), activation="gaussian"
        )
        size = optimistic_sample_size(target).value
        names = {s.targets: s.size for s in stratification(model).strata}
        assert names["0 neurons and a constant"] == size == 1

    def test_of_deep_relu_networks_are_bounds(self):
        model = DeepNetwork.normal((2, 2, 2, 1), key=KEY, bias=True, activation="relu")
        strata = stratification(model).strata
        assert {s.status for s in strata} == {"upper bound"}
        assert strata[-1].size == 15 - 4  # one scale for each hidden neuron
        assert strata[-1].size >= (tangent_rank(model).value or 0)

    def test_one_input_has_two_rays(self):
        model = TwoLayer.normal(9, 1, key=KEY, activation="relu")
        assert stratification(model).sizes == (0, 1, 2)
        assert two_layer_size(model.activation, 9, 1) == tangent_rank(model).value == 2


def test_almost_every_target_is_not_every_target():
    target = DeepNetwork.normal((2, 2, 1), key=KEY)
    assert "almost every" in optimistic_sample_size(target).headline()


@pytest.mark.parametrize("width", [0, 2.0, "2"])
def test_a_width_is_a_positive_integer(width):
    with pytest.raises((ValueError, TypeError)):
        optimistic_sample_size(np.eye(2), width=width)


def test_a_width_where_there_is_none_is_refused():
    with pytest.raises(ValueError, match="no width"):
        optimistic_sample_size(Diagonal.normal(3, key=KEY), width=3)
