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
