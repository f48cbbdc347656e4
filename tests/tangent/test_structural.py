"""Exact ranks of two-layer networks by structure, against tables and float twins."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from written_networks import net

from suffice.models import Activation, ACTIVATIONS
from suffice.tangent import NotExact, numerical_rank, structural_rank

SMOOTH = ["tanh", "sigmoid", "elu", "softplus", "gelu", "silu", "sin", "cos", "erf"]


SMOOTH += ["gaussian", "arctan", "poly:0,1,0,1"]


def generic(rng, k, d, outputs=None):
    """Weights of a generic network and its two kinds of biases."""
    head = () if outputs is None else (outputs,)
    w, a = rng.standard_normal((k, d)), rng.standard_normal((*head, k))
    return w, a, rng.standard_normal(k), rng.standard_normal(head)


def three(w, a, b, c, activation):
    """Ranks without bias, with input bias, with input and output bias."""
    choices = ((None, None), (b, None), (b, c))
    nets = (net(w, a, *choice, activation) for choice in choices)
    return tuple(structural_rank(model).value for model in nets)


@pytest.mark.theory
@pytest.mark.parametrize(
    ("names", "ranks"),
    [
        (SMOOTH, (15, 18, 19)),
        (["relu", "leaky-relu"], (12, 15, 16)),
        (["exp"], (15, 15, 16)),
        (["square"], (9, 12, 13)),
        (["cube"], (12, 15, 16)),
    ],
    ids=lambda v: v[0] if isinstance(v, list) else "",
)
def test_generic_networks_of_every_activation(names, ranks):
    """Three neurons in four dimensions: no bias, input bias, output bias."""
    for name in names:
        assert three(*generic(np.random.default_rng(0), 3, 4), name) == ranks, name


@pytest.mark.theory
@pytest.mark.parametrize(
    ("names", "ranks"),
    [
        (["tanh", "gaussian", "sin"], (4, 5, 6)),
        (["sigmoid"], (5, 6, 6)),
        (["softplus", "gelu", "silu"], (7, 9, 9)),
        (["relu"], (6, 8, 8)),
        (["exp"], (8, 8, 9)),
        (["elu"], (8, 10, 11)),
    ],
    ids=lambda v: v[0] if isinstance(v, list) else "",
)
def test_a_pair_of_opposite_neurons(names, ranks):
    """Each identity of an activation under z -> -z, in three dimensions."""
    w, a, b, c = generic(np.random.default_rng(1), 1, 3)
    w, a, b = np.concatenate([w, -w]), np.array([1.3, 0.4]), np.concatenate([b, -b])
    for name in names:
        assert three(w, a, b, c, name) == ranks, name


@pytest.mark.theory
@pytest.mark.parametrize(
    ("names", "rank"),
    [
        (["tanh", "sigmoid", "softplus", "gelu", "gaussian", "elu"], 15),
        (["relu"], 12),
        (["exp"], 4),
        (["sin", "cos"], 8),
    ],
    ids=lambda v: v[0] if isinstance(v, list) else "",
)
def test_one_weight_with_three_biases(names, rank):
    w, a, b, _ = generic(np.random.default_rng(2), 3, 3)
    for name in names:
        model = net(np.tile(w[:1], (3, 1)), a, b, activation=name)
        assert structural_rank(model).value == rank, name


@pytest.mark.theory
@pytest.mark.parametrize(
    ("k", "d", "outputs", "tanh", "relu"),
    [
        (2, 3, 2, (10, 12, 14), (8, 10)),
        (2, 3, 4, (14, 16, 20), (12, 14)),
        (3, 2, 3, (15, 18, 21), (12, 15)),
    ],
)
def test_several_outputs(k, d, outputs, tanh, relu):
    parts = generic(np.random.default_rng(3), k, d, outputs)
    assert three(*parts, "tanh") == tanh
    assert three(*parts, "relu")[:2] == relu


@pytest.mark.theory
def test_a_constant_target_needs_a_constant_neuron():
    """O = 1 + d for a nonzero constant; 9 = 4 + 5 beside one more neuron (d = 3)."""
    w, b = np.zeros((1, 3)), np.array([0.7])
    assert structural_rank(net(w, [1.0], b)).value == 4
    both = net(np.array([[0.0, 0, 0], [1, 2, 3]]), [1.0, 2.0], np.array([0.7, 0.1]))
    assert structural_rank(both).value == 9
    # Without bias tanh(0) = 0 and the neuron only adds x_t; a logistic one adds 1 too.
    assert structural_rank(net(w, [1.0])).value == 3
    assert structural_rank(net(w, [1.0], activation="sigmoid")).value == 4


@pytest.mark.theory
@pytest.mark.parametrize(
    ("both", "single", "ranks"),
    [(1, 2, (12, 16)), (2, 0, (9, 12)), (2, 1, (12, 16)), (3, 2, (18, 24))],
)
def test_relu_counts_rays(both, single, ranks):
    """h (2P + Q) - h max(P - 1, 0) with P lines carrying both rays, Q carrying one."""
    rng = np.random.default_rng(4)
    w, a, b, _ = generic(rng, both + single, 3)
    w = np.concatenate([w, -2 * w[:both], 0.5 * w[:1]])
    b = np.concatenate([b, -2 * b[:both], 0.5 * b[:1]])
    a = np.concatenate([a, rng.standard_normal(both + 1)])
    for h, bias, rank in ((3, None, ranks[0]), (4, b, ranks[1])):
        got = structural_rank(net(w, a, bias, activation="relu")).value
        assert got == rank == h * (2 * both + single) - h * max(both - 1, 0)


def test_a_relu_ray_without_output_weight_adds_one_function():
    w, a, _, _ = generic(np.random.default_rng(5), 3, 3)
    a[2] = 0
    assert structural_rank(net(w, a, activation="relu")).value == 2 * 3 + 1


def test_elu_neurons_on_one_plane_are_not_independent():
    """s(cz) - s'(cz) lies in span{1, H(z) z}, so a second one adds nothing beside 1."""
    w, _, b, _ = generic(np.random.default_rng(6), 1, 2)
    for copies, ranks in ((2, (8, 8)), (3, (11, 11))):
        scale = 2.0 ** np.arange(copies)[:, None]  # exact in floating point
        parts = scale * w, np.ones(copies), scale[:, 0] * b
        with_bias = structural_rank(net(*parts, activation="elu")).value
        with_both = structural_rank(net(*parts, np.array(1.0), "elu")).value
        assert (with_bias, with_both) == ranks
        x = np.random.default_rng(7).standard_normal((400, 2)) * 4
        assert numerical_rank(float_jacobian(parts, x, "elu")).value == ranks[0]
    # On different planes the count is generic.
    other = net(*generic(np.random.default_rng(8), 3, 2), activation="elu")
    assert structural_rank(other).value == 3 * 4 + 1


def float_jacobian(parts, x, activation, output_bias=False):
    """An independent twin: tangent functions written out, with no JAX model."""
    w, a, b = parts
    a = np.atleast_2d(a)
    function = ACTIVATIONS[activation].function
    z = np.zeros((512, 4))
    z[: len(x), : len(w)] = x @ w.T + (0 if b is None else b)
    values, slopes = jax.jvp(function, (jnp.asarray(z),), (jnp.ones(z.shape),))
    values, slopes = (np.asarray(v)[: len(x), : len(w)] for v in (values, slopes))
    slopes = slopes[..., None] * np.append(x, np.ones((len(x), 1)), 1)[:, None]
    slopes = slopes if b is not None else slopes[..., :-1]
    eye = np.eye(len(a))
    blocks = [
        np.einsum("ni,oc->noic", values, eye),
        np.einsum("nit,oi->noit", slopes, a),
        np.broadcast_to(eye, (len(x), *eye.shape)) if output_bias else eye[None, :, :0],
    ]
    rows = len(x) * len(a)
    return np.concatenate(
        [np.broadcast_to(v, (len(x), *v.shape[1:])).reshape(rows, -1) for v in blocks],
        1,
    )


DEGENERATE = ["tanh", "sigmoid", "softplus", "gelu", "relu", "elu", "gaussian"]


DEGENERATE += ["sin", "exp", "square"]


@pytest.mark.parametrize("name", DEGENERATE)
def test_random_degenerate_networks_match_their_singular_values(name):
    """Repeated, opposite, scaled, zero and dead neurons, up to three outputs."""
    rng = np.random.default_rng(9)
    confident = 0
    for _ in range(24):
        d, k, outputs = (int(v) for v in rng.integers(1, 4, 3))
        w, a, b, c = generic(rng, k, d, outputs)
        a *= rng.random(a.shape) < 0.8
        for i in range(k):
            j, e = rng.integers(0, k), rng.choice([-2.0, -1.0, 0.0, 0.5, 1.0])
            if rng.random() < 0.6:
                w[i], b[i] = e * w[j], e * b[j] if rng.random() < 0.7 else b[i]
        bias, output_bias = rng.random(2) < 0.5
        parts = w, a, b if bias else None
        x = np.exp(rng.uniform(-2, 1.5, (200, 1))) * rng.standard_normal((200, d))
        x = np.clip(x, -4, 4) if name == "exp" else x
        near = [rng.standard_normal((40, d)) - v * s for v, s in kinks(w, b, bias)]
        matrix = float_jacobian(parts, np.concatenate([x, *near]), name, output_bias)
        measured = numerical_rank(matrix)
        model = net(*parts, c if output_bias else None, name)
        if measured.confident:
            rank = structural_rank(model)
            assert rank.lower == measured.value
            assert (rank.value is None) == rests_on_kink(model)
            confident += 1
    assert confident > 20


def rests_on_kink(model):
    """Whether a ReLU neuron that is used has zero weights and bias: no derivative."""
    idle = ~np.asarray(model.w).any(1)
    idle &= True if model.b is None else np.asarray(model.b) == 0
    used = np.atleast_2d(model.a).any(0)
    return model.activation.name == "relu" and bool((idle & used).any())


def kinks(w, b, bias):
    """A point on the plane of each neuron, so that both sides are sampled."""
    return [(v, s * bias / (v @ v)) for v, s in zip(w, b, strict=True) if v.any()]


def test_equality_is_exact():
    """A split into 0.3 and 0.7 keeps the weights; a weight off by one ulp does not."""
    w, a, _, _ = generic(np.random.default_rng(13), 1, 3)
    w, a = np.concatenate([w, w]), np.array([0.3, 0.7])
    assert structural_rank(net(w, a)).value == 4
    w[1, 0] = np.nextafter(w[1, 0], 9)
    assert structural_rank(net(w, a)).value == 8


def test_given_rationals():
    third = Fraction(1, 3)
    model = net(np.ones((2, 1)), [1.0, 1.0], activation="sin")
    same = structural_rank(model, parameters=[third, -third, 1, 1])
    apart = structural_rank(model, parameters=[third, float(third), 1, 1])
    assert (same.value, apart.value) == (2, 4)


def test_a_wide_network_is_quick_and_exact():
    rng = np.random.default_rng(14)
    w, _, b, _ = generic(rng, 4, 5)
    copies = rng.integers(0, 4, 300)
    model = net(w[copies], rng.standard_normal(300), b[copies])
    got = structural_rank(model)
    assert (got.value, got.status, got.parameters) == (4 * 7, "exact", 2100)
    assert "exact, by structure" in got.headline()


def test_refusals():
    with pytest.raises(ValueError, match="no declared identities"):
        structural_rank(net(np.ones((1, 1)), [1.0], activation=jnp.tanh))
    with pytest.raises(ValueError, match="tying has length 3, expected 2"):
        structural_rank(net(np.ones((1, 1)), [1.0]), tying=np.arange(3))
    tied = net(np.ones((2, 1)), [1.0, 1.0], np.array([0.0, 1.0]), activation="exp")
    with pytest.raises(NotExact, match="transcendental"):
        structural_rank(tied, tying=np.array([0, 0, 1, 2, 3, 4]))


def test_what_a_declared_activation_assumes_is_said():
    own = Activation(
        "mine", lambda z: z / jnp.sqrt(1 + z**2), parity="odd", independent=True
    )
    got = structural_rank(net(np.ones((2, 1)), [1.0, 2.0], activation=own))
    assert got.value == 2
    assert got.note is not None
    assert "s(-z) = -s(z)" in got.note
    assert structural_rank(net(np.ones((2, 1)), [1.0, 2.0])).note is None
