"""Optimistic sample sizes of two-layer networks: arXiv:2406.18035, Theorem 5, and the
other activations, biases and outputs, derived and verified here."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import TwoLayer
from suffice.samples import optimistic_sample_size, stratification
from suffice.tangent import structural_rank, tangent_rank

pytestmark = pytest.mark.theory

INDEPENDENT = [
    "tanh",
    "erf",
    "arctan",
    "sigmoid",
    "softplus",
    "gelu",
    "silu",
    "gaussian",
]
WITH_ELU = [*INDEPENDENT, "elu"]
# activation -> generic rank at d = 4, k = 3: no bias, input bias, input and output bias
GENERIC = {name: (15, 18, 19) for name in [*WITH_ELU, "sin", "cos"]} | {
    "relu": (12, 15, 16),
    "leaky-relu": (12, 15, 16),
    "exp": (15, 15, 16),
    "square": (9, 12, 13),
    "cube": (12, 15, 16),
    "poly:0,1,0,1": (15, 18, 19),
}
BIASES = [(False, False), (True, False), (True, True)]


@pytest.mark.parametrize("name", GENERIC)
def test_generic_neurons(key, name):
    for (bias, output_bias), value in zip(BIASES, GENERIC[name], strict=True):
        target = TwoLayer.normal(
            3, 4, key=key, bias=bias, output_bias=output_bias, activation=name
        )
        assert structural_rank(target).value == value, (bias, output_bias)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("width", "dim"), [(1, 1), (2, 3), (3, 5)])
def test_tanh_needs_k_times_inputs_plus_one_in_any_width(key, width, dim, bias):
    target = TwoLayer.normal(width, dim, key=key, bias=bias)
    for model_width in (width, 100):
        size = optimistic_sample_size(target, width=model_width)
        assert (size.value, size.status) == (width * (dim + 1 + bias), "exact")


def test_a_wide_parameter_of_a_narrow_target_costs_no_more(key):
    narrow = TwoLayer.normal(2, 3, key=key)
    a, w = narrow.a, narrow.w
    wide = TwoLayer(
        w=jnp.concatenate([w, w[:1], -w[1:], jnp.zeros((1, 3)), w[:1] + 1]),
        a=jnp.array([a[0] / 2, a[1] / 4, a[0] / 2, -3 * a[1] / 4, 7.0, 0.0]),
    )
    x = jax.random.normal(key, (9, 3))
    np.testing.assert_allclose(jax.vmap(wide)(x), jax.vmap(narrow)(x), atol=1e-14)
    assert optimistic_sample_size(wide).value == 2 * 4


def test_a_model_too_narrow_is_refused(key):
    target = TwoLayer.normal(3, 2, key=key)
    with pytest.raises(ValueError, match="width is 2, but the target needs 3 neurons"):
        optimistic_sample_size(target, width=2)


@pytest.mark.parametrize(
    ("outputs", "bias", "output_bias", "value"),
    [
        (2, False, False, 10),
        (2, True, False, 12),
        (2, True, True, 14),
        (4, False, False, 14),
        (4, True, False, 16),
        (4, True, True, 20),
    ],
)
def test_several_outputs(key, outputs, bias, output_bias, value):
    target = TwoLayer.normal(
        2, 3, key=key, outputs=outputs, bias=bias, output_bias=output_bias
    )
    assert structural_rank(target).value == value
    relu = TwoLayer.normal(2, 3, key=key, outputs=outputs, bias=bias, activation="relu")
    assert structural_rank(relu).value == 2 * (outputs + 2 + bias)


def test_three_outputs_three_neurons(key):
    sizes = [(False, False, 15), (True, False, 18), (True, True, 21)]
    for bias, output_bias, value in sizes:
        target = TwoLayer.normal(
            3, 2, key=key, outputs=3, bias=bias, output_bias=output_bias
        )
        assert structural_rank(target).value == value


@pytest.mark.parametrize(
    ("width", "dim", "outputs"), [(1, 3, 5), (2, 3, 2), (2, 4, 3), (3, 2, 2)]
)
def test_number_of_vector_samples(key, width, dim, outputs):
    """k + ceil(k d / min(k, C)): more than the scalars divided by the outputs."""
    target = TwoLayer.normal(width, dim, key=key, outputs=outputs)
    size = optimistic_sample_size(target)
    assert size.value == width * (dim + outputs)
    assert size.vector_samples == width + -(-width * dim // min(width, outputs))


def pair(name, bias, output_bias):
    w = jnp.array([[0.5, -1.25, 0.75]])
    b = jnp.array([0.375])
    return TwoLayer(
        w=jnp.concatenate([w, -w]),
        a=jnp.array([1.0, 0.625]),
        b=jnp.concatenate([b, -b]) if bias else None,
        c=jnp.array(0.5) if output_bias else None,
        activation=name,
    )


PAIRS = {
    "tanh": (4, 5, 6),
    "sigmoid": (5, 6, 6),
    "softplus": (7, 9, 9),
    "gelu": (7, 9, 9),
    "silu": (7, 9, 9),
    "relu": (6, 8, 8),
    "exp": (8, 8, 9),
    "elu": (8, 10, 11),
    "gaussian": (4, 5, 6),
    "sin": (4, 5, 6),
}


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_of_opposite_neurons(name):
    for (bias, output_bias), value in zip(BIASES, PAIRS[name], strict=True):
        assert structural_rank(pair(name, bias, output_bias)).value == value


@pytest.mark.parametrize(
    ("name", "value"),
    [(n, 15) for n in ("tanh", "sigmoid", "softplus", "gelu", "gaussian", "elu")]
    + [("relu", 12), ("exp", 4), ("sin", 8), ("cos", 8)],
)
def test_one_weight_with_three_biases(name, value):
    model = TwoLayer(
        w=jnp.tile(jnp.array([[0.5, -1.25, 0.75]]), (3, 1)),
        a=jnp.array([1.0, -0.5, 0.75]),
        b=jnp.array([0.25, -1.5, 2.0]),
        activation=name,
    )
    assert structural_rank(model).value == value


def test_a_constant_needs_a_neuron_of_its_own():
    constant = TwoLayer(jnp.zeros((1, 3)), jnp.array([2.0]), jnp.array([0.5]))
    assert structural_rank(constant).value == 4
    both = TwoLayer(
        jnp.array([[0.0, 0.0, 0.0], [1.0, 0.5, -0.25]]),
        jnp.array([2.0, 1.0]),
        jnp.array([0.5, 0.75]),
    )
    assert optimistic_sample_size(both).value == 9


@pytest.mark.parametrize(
    ("both", "single", "nb", "ib"),
    [(1, 2, 12, 16), (2, 0, 9, 12), (2, 1, 12, 16), (3, 2, 18, 24)],
)
def test_rays_of_relu_neurons(key, both, single, nb, ib):
    """h (2 P + Q) - h max(P - 1, 0) with h = d or d + 1."""
    for bias, value in ((False, nb), (True, ib)):
        base = TwoLayer.normal(both + single, 3, key=key, bias=bias, activation="relu")
        w = jnp.concatenate([base.w, -2 * base.w[:both]])
        b = jnp.concatenate([base.b, -2 * base.b[:both]]) if bias else None
        a = jnp.arange(1.0, len(w) + 1)
        assert structural_rank(TwoLayer(w, a, b, activation="relu")).value == value


@pytest.mark.parametrize(("dim", "width"), [(2, 3), (3, 2), (4, 4), (4, 6), (5, 5)])
def test_quadratic_neurons_are_symmetric_matrices(key, dim, width):
    k = min(width, dim)
    target = TwoLayer.normal(width, dim, key=key, activation="square")
    size = optimistic_sample_size(target)
    assert (size.value, size.status) == (k * dim - k * (k - 1) // 2, "exact")


def test_strata_of_one_target_neuron_in_two():
    """Rank 3 where both neurons are live, 4 where one is idle: arXiv:2309.00508."""
    w, b, a = jnp.array([[0.75]]), jnp.array([0.5]), 1.5
    live = TwoLayer(
        jnp.tile(w, (2, 1)), jnp.array([0.5, 1.0]), jnp.tile(b, 2)
    )  # one parameter is free: codimension 5 of 6
    idle = TwoLayer(
        jnp.concatenate([w, jnp.array([[-0.25]])]),
        jnp.array([a, 0.0]),
        jnp.concatenate([b, jnp.array([2.0])]),
    )  # two parameters are free: codimension 4 of 6
    assert structural_rank(live).value == 3
    assert structural_rank(idle).value == 4
    assert optimistic_sample_size(live).value == optimistic_sample_size(idle).value == 3


def test_rank_below_the_domain_of_the_inputs(key):
    """min(k (d + 1), 2^(d - 1)) on a cube, k (q + 1) on a subspace of dimension q."""
    from suffice.models import Points, Sphere

    d = 4
    cube = np.array(np.meshgrid(*[[-1.0, 1.0]] * d)).reshape(d, -1).T
    target = TwoLayer.normal(3, d, key=key)
    assert tangent_rank(target, domain=Points(cube)).value == min(
        3 * (d + 1), 2 ** (d - 1)
    )
    plane = np.random.default_rng(0).normal(size=(60, 2)) @ np.eye(2, d)
    assert tangent_rank(target, domain=Points(2 * plane)).value == 3 * 3
    three = TwoLayer.normal(2, 3, key=key)
    assert tangent_rank(three, domain=Sphere(3)).value == 2 * 4


def test_stratification_of_tanh_with_input_bias():
    table = stratification(TwoLayer.normal(2, 3, key=jax.random.key(0), bias=True))
    assert table.sizes == (0, 4, 5, 9, 10)
    assert [s.targets for s in table.strata][2:4] == [
        "1 neuron",
        "1 neuron and a constant",
    ]
    assert {s.status for s in table.strata} == {"exact"}
