"""One network in three libraries: the same rank, guarantee and plan."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import DeepNetwork, RealSpace
from suffice.samples import guarantee, optimistic_sample_size, plan
from suffice.tangent import from_torch, tangent_rank

POOL = np.random.default_rng(3).normal(size=(120, 3))


def mlp():
    return eqx.nn.MLP(3, 1, 4, 2, activation=jnp.tanh, key=jax.random.key(2))


def own():
    layers = mlp().layers
    return DeepNetwork(
        tuple(layer.weight for layer in layers), tuple(layer.bias for layer in layers)
    )


def torch_twin():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    module = nn.Sequential(
        nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1)
    ).double()
    with torch.no_grad():
        for theirs, ours in zip(module[::2], mlp().layers, strict=True):
            theirs.weight.copy_(torch.from_numpy(np.array(ours.weight)))
            theirs.bias.copy_(torch.from_numpy(np.array(ours.bias)))
    return from_torch(module)


@pytest.mark.parametrize("twin", [own, torch_twin])
def test_rank_guarantee_and_plan_agree(twin):
    ours, theirs = mlp(), twin()
    domain = RealSpace(3)
    ranks = [tangent_rank(model, domain=domain) for model in (ours, theirs)]
    assert ranks[0].value == ranks[1].value == 41
    plans = [plan(model, pool=POOL, domain=domain) for model in (ours, theirs)]
    np.testing.assert_array_equal(plans[0].order, plans[1].order)
    for n in (30, 60):
        one, two = (
            guarantee(model, POOL[:n], pool=POOL, domain=domain)
            for model in (ours, theirs)
        )
        assert (one.holds, one.rank_s) == (two.holds, two.rank_s)
        assert two.kappa == pytest.approx(one.kappa, rel=1e-5)


def test_an_equinox_network_is_reduced_like_a_deep_network():
    size = optimistic_sample_size(mlp())
    assert (size.value, size.status) == (41, "exact for almost every target")
    assert size.reduced == "widths (3, 4, 4, 1), tanh"


def test_a_model_without_known_reduction_gets_an_upper_bound():
    model = eqx.nn.MLP(
        3, 1, 4, 2, jnp.tanh, final_activation=jnp.sin, key=jax.random.key(2)
    )
    size = optimistic_sample_size(model)
    assert (size.value, size.status) == (41, "upper bound")
    with pytest.raises(ValueError, match="no meaning for a MLP"):
        optimistic_sample_size(model, width=3)


def test_a_torch_network_is_reduced_like_a_deep_network():
    size = optimistic_sample_size(torch_twin())
    assert (size.value, size.status) == (41, "exact for almost every target")
    assert size.reduced == "widths (3, 4, 4, 1), tanh"


def test_a_torch_network_of_rectifiers_has_an_exact_rank():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 1)
    )
    layers = [layer.double() for layer in module[::2]]
    network = DeepNetwork(
        tuple(jnp.asarray(layer.weight.detach().numpy()) for layer in layers),
        tuple(jnp.asarray(layer.bias.detach().numpy()) for layer in layers),
        "relu",
    )
    rank = tangent_rank(from_torch(module))
    assert rank.status == "exact"
    assert rank.value == tangent_rank(network).value


class TestRectifiersOfYourOwn:
    """Two dense layers in float32, as flax writes them: the rank is 21 to 25."""

    @pytest.fixture
    def dense(self):
        rng = np.random.default_rng(1)
        shapes = {"k0": (4, 4), "b0": (4,), "k1": (4, 1), "b1": (1,)}
        parts = {k: jnp.asarray(rng.normal(size=s)) for k, s in shapes.items()}

        def model(p, x):
            low = {k: v.astype(jnp.float32) for k, v in p.items()}
            h = jax.nn.relu(x.astype(jnp.float32) @ low["k0"] + low["b0"])
            return (h @ low["k1"] + low["b1"])[0]

        return jax.tree_util.Partial(model, parts)

    @pytest.mark.slow
    def test_too_few_samples_for_the_lower_bound_do_not_suffice(self, dense):
        x = np.random.default_rng(0).normal(size=(15, 4))
        verdict = guarantee(dense, x)
        assert (verdict.holds, verdict.rank, verdict.status) == (False, 21, "at least")
        assert verdict.rank_s <= 15
        assert "of its at least 21 tangent directions" in verdict.headline()

    def test_samples_that_show_the_lower_bound_leave_it_open(self, dense):
        x = np.random.default_rng(0).normal(size=(60, 4))
        verdict = guarantee(dense, x)
        assert (verdict.holds, verdict.rank_s, verdict.rank) == (None, 21, 21)
        assert "Write a ReLU network as a DeepNetwork" in verdict.headline()

    def test_samples_that_show_the_upper_bound_suffice(self):
        model = jax.tree_util.Partial(
            lambda p, x: p[0] * x[0] + jax.nn.relu(p[1] * x[0] - 2e3), jnp.ones(2)
        )
        assert tangent_rank(model, domain=RealSpace(1)).value is None
        verdict = guarantee(model, np.array([[1.0], [2.1e3], [3e3]]))
        assert (verdict.holds, verdict.rank_s, verdict.rank) == (True, 2, 2)

    def test_samples_on_a_kink_do_not_count(self):
        model = jax.tree_util.Partial(
            lambda p, x: p[0] * x[0] + p[1] * jnp.abs(x[0] - p[2]), jnp.ones(3)
        )
        pool = np.linspace(-3.05, 3.05, 40)[:, None]
        assert (
            guarantee(model, np.array([[1.0], [-2.0], [3.0]]), pool=pool).holds is None
        )
        assert guarantee(model, np.array([[2.0], [-2.0], [3.0]]), pool=pool).holds
