"""Parameters with one function and different ranks: the least rank counts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from suffice._core import evaluate
from suffice.models import DeepNetwork, Points, RealSpace, TwoLayer
from suffice.reduction import reduce
from suffice.reduction._shared import mirrored
from suffice.samples import guarantee, optimistic_sample_size, plan
from suffice.tangent import jacobian

KEY = jax.random.key(0)
MIRRORS = np.concatenate([np.eye(3), -np.eye(3)])
SIX = MIRRORS @ [[1, 2, 0.25], [-1, -2, -0.25], [0.5, 1.5, 1]]
FOUR = np.array([[1, 0.5, 0.25], [-1, -0.5, -0.25], [-0.5, 1.25, -0.75]])
FOUR = np.vstack([FOUR, -FOUR[2]])


def network(v, a, activation, c=None):
    c = None if c is None else jnp.asarray(c)
    v = jnp.asarray(v)
    return TwoLayer(v[:, :-1], jnp.asarray(a), v[:, -1], c, activation)


def rank_at(model, x):
    """The rank at the given parameters, by NumPy alone."""
    rows = jacobian(model, x)
    size = np.linalg.norm(rows, axis=0)
    return np.linalg.matrix_rank(rows / np.where(size > 0, size, 1.0), rtol=1e-10)


@pytest.mark.parametrize(
    ("activation", "deep"),
    [
        ("softplus", True),
        pytest.param("softplus", False, marks=pytest.mark.slow),
        pytest.param("gelu", True, marks=pytest.mark.slow),
        pytest.param("gelu", False, marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_six_neurons_of_two_mirrored_directions(activation, deep):
    """A pair of neurons of its own for the linear part has rank 15."""
    target = network(SIX, [1, 0.5, 2, -1, 0.25, 3], activation, 0.5)
    if deep:
        target = DeepNetwork(
            (target.w, target.a), (target.b, target.c), target.activation
        )
    x = np.random.default_rng(0).standard_normal((12, 2))
    assert rank_at(target, x) == 11
    assert optimistic_sample_size(target).value == 11
    verdict = guarantee(target, x)
    assert (verdict.holds, verdict.rank) == (True, 11)
    assert plan(target, pool=np.random.default_rng(1).normal(size=(60, 2))).rank == 11


def test_two_directions_and_their_mirror_images():
    target = network(FOUR, [1, 0.5, -0.75, 1.5], "softplus")
    assert optimistic_sample_size(target).value == 11  # 2 (d + 2) + (d + 1)


@pytest.mark.parametrize("activation", ["softplus", "relu"])
def test_mirror_images_can_replace_a_pair_where_the_model_is_wide_enough(activation):
    rng = np.random.default_rng(3)
    v = rng.normal(size=(3, 3))
    pair = v.sum(axis=0)
    target = network([*v, pair, -pair], [1, 1, 1, 0.5, -0.5], activation)
    other = mirrored(reduce(target).model)
    assert isinstance(other, TwoLayer)
    assert other.width == 6
    x = rng.normal(size=(40, 2))
    np.testing.assert_allclose(evaluate(other, x), evaluate(target, x), atol=1e-12)
    neuron = 3 if activation == "relu" else 4
    sizes = [optimistic_sample_size(target, width=m).value for m in (5, 6)]
    assert sizes == [4 * neuron + 3, 3 * neuron + 3]


def drawn(rng, activation):
    """A network with neurons, mirror images, copies and pairs of the two."""
    atoms = rng.normal(size=(rng.integers(1, 4), 3))
    rows = atoms[rng.integers(0, len(atoms), 5)] * rng.choice([1, -1], (5, 1))
    c = rng.normal() if rng.random() < 0.5 else None
    return network(rows, rng.choice([-1.0, 0.5, 1.0, 2.0], 5), activation, c)


@pytest.mark.parametrize(
    ("activation", "draws"),
    [
        ("softplus", 1),
        *(
            pytest.param(name, 8, marks=pytest.mark.slow)
            for name in ("softplus", "sigmoid", "relu", "leaky-relu")
        ),
    ],
)
def test_the_given_parameters_never_do_better(activation, draws):
    """Against ranks at the given parameters by NumPy, for random mirrored networks."""
    rng = np.random.default_rng(5)
    for _ in range(draws):
        target = drawn(rng, activation)
        # At many scales, or samples miss regions of a rectified network.
        everywhere = rank_at(target, RealSpace(2).sample(KEY, 3000))
        size = optimistic_sample_size(target).value
        assert size is not None
        assert size <= everywhere
        x = rng.normal(size=(everywhere, 2))
        if rank_at(target, x) == everywhere:
            assert guarantee(target, x).holds


def law(p, x):
    return p[0] * jnp.exp(-p[1] * x[0]) + p[2]


class TestDomains:
    """A law of one's own says nothing of its inputs; those at hand do."""

    target = staticmethod(Partial(law, jnp.array([1.0, 2.0, 0.5])))
    x = np.linspace(0.0, 2.0, 5)[:, None]

    def test_of_given_inputs(self):
        verdict = guarantee(self.target, self.x)
        assert (verdict.holds, verdict.rank) == (True, 3)
        assert verdict.domain == "all real inputs of shape 1"
        assert plan(self.target, pool=self.x).needed == 3

    def test_of_the_size(self):
        size = optimistic_sample_size(self.target, domain=RealSpace(1))
        assert (size.value, size.status) == (3, "upper bound")
        two = Points(self.x[:2])
        assert optimistic_sample_size(self.target, domain=two).value == 2

    def test_where_none_can_be_guessed(self):
        with pytest.raises(ValueError, match="not one array of floats"):
            guarantee(self.target, np.arange(5)[:, None])
        with pytest.raises(ValueError, match="known on its own domain only"):
            optimistic_sample_size(
                TwoLayer.normal(2, 2, key=KEY), domain=Points(np.eye(2))
            )
