"""Networks of other libraries are the networks of this package that they compute."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import evaluate
from suffice.models import DeepNetwork, RealSpace
from suffice.models._shared import recognised, recognised_on

KEYS = jax.random.split(jax.random.key(0), 3)
X = np.random.default_rng(0).standard_normal((9, 2))


def chain(*functions):
    layers = []
    for key, function in zip(KEYS, functions, strict=False):
        layers += [eqx.nn.Linear(2, 2, key=key), eqx.nn.Lambda(function)]
    return eqx.nn.Sequential([*layers, eqx.nn.Linear(2, 1, key=KEYS[2])])


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (chain(jnp.tanh, jnp.tanh), "tanh"),
        (chain(jax.nn.gelu), "gelu-tanh"),
        (chain(jax.nn.leaky_relu), "leaky-relu:0.01"),
        (eqx.nn.MLP(2, "scalar", 3, 2, key=KEYS[0]), "relu"),
    ],
)
def test_of_equinox(model, name):
    network = recognised(model)
    assert isinstance(network, DeepNetwork)
    assert network.activation.name == name
    np.testing.assert_allclose(evaluate(network, X), evaluate(model, X), rtol=1e-12)


@pytest.mark.parametrize(
    "model",
    [
        chain(jnp.tanh, jax.nn.relu),
        chain(lambda z: z),
        eqx.nn.MLP(2, 1, 3, 2, final_activation=jnp.tanh, key=KEYS[0]),
        eqx.nn.MLP("scalar", 1, 3, 2, key=KEYS[0]),
        eqx.nn.MLP(2, 1, 3, 2, use_final_bias=False, key=KEYS[0]),
        eqx.nn.Linear(2, 1, key=KEYS[0]),
    ],
)
def test_other_equinox_modules_stay_what_they_are(model):
    assert recognised(model) is model


class TestTorch:
    torch = pytest.importorskip("torch")
    from_torch = staticmethod(pytest.importorskip("suffice.tangent").from_torch)

    def written(self):
        nn, F = self.torch.nn, self.torch.nn.functional

        class Network(nn.Module):
            def __init__(self):
                super().__init__()
                self.one, self.two = nn.Linear(2, 3), nn.Linear(3, 3)
                self.three = nn.Linear(3, 1)

            def forward(self, x):
                return self.three(F.relu(self.two(self.torch_relu(x)))).squeeze(-1)

            def torch_relu(self, x):
                return self.one(x).relu()

        return Network()

    def sequential(self, *middle):
        nn = self.torch.nn
        return nn.Sequential(nn.Linear(2, 3), *middle, nn.Linear(3, 2))

    def test_what_is_recognised_computes_the_same(self):
        nn = self.torch.nn
        modules = {
            "relu": self.written(),
            "tanh": self.sequential(nn.Tanh()),
            "gelu": self.sequential(nn.GELU()),
            "gelu-tanh": self.sequential(nn.GELU("tanh")),
            "leaky-relu:0.01": self.sequential(nn.LeakyReLU()),
            "silu": self.sequential(nn.SiLU(), nn.Dropout(), nn.Identity()).eval(),
        }
        for name, module in modules.items():
            model = self.from_torch(module)
            network = recognised(model)
            assert network.activation.name == name
            np.testing.assert_allclose(
                evaluate(network, X), evaluate(model, X), rtol=1e-9
            )

    def test_other_modules_stay_what_they_are(self):
        nn = self.torch.nn
        tied = nn.Linear(2, 2)
        for module in (
            self.sequential(nn.ELU(2.0)),
            self.sequential(nn.Softplus(beta=2.0)),
            self.sequential(nn.Tanh(), nn.Linear(3, 3), nn.ReLU()),
            self.sequential(nn.Tanh(), nn.Tanh()),
            nn.Sequential(nn.Linear(2, 3, bias=False), nn.Tanh(), nn.Linear(3, 1)),
            nn.Sequential(tied, nn.Tanh(), tied),
            nn.Sequential(nn.Linear(2, 2).requires_grad_(False), nn.Tanh(), tied),
            nn.Sequential(nn.Linear(2, 3), nn.Tanh()),
        ):
            model = self.from_torch(module)
            assert recognised(model) is model

    def test_inputs_of_another_shape_are_not_those_of_the_network(self):
        model = self.from_torch(self.sequential(self.torch.nn.Tanh()))
        assert isinstance(recognised_on(model, RealSpace(2)), DeepNetwork)
        assert recognised_on(model, RealSpace((5, 2))) is model
