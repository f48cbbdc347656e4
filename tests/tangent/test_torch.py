"""Torch modules have the tangent spaces of their twins in JAX."""

import subprocess
import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import count_parameters, evaluate
from suffice.models import check_model, RealSpace
from suffice.samples import guarantee
from suffice.tangent import (
    from_torch,
    jacobian,
    prefix_ranks,
    samples_needed,
    sketch,
    sketched_rank,
    tangent_rank,
)
from suffice.tangent._sketch._jax_engine import engine_for

torch = pytest.importorskip("torch")
nn = torch.nn


def normal(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def twins(sizes=(4, 6, 3), seed=0):
    """An `nn.Sequential` and an `eqx.nn.MLP` with the same weights."""
    torch.manual_seed(seed)
    a, h, b = sizes
    module = nn.Sequential(
        nn.Linear(a, h), nn.Tanh(), nn.Linear(h, h), nn.Tanh(), nn.Linear(h, b)
    ).double()
    mlp = eqx.nn.MLP(a, b, h, 2, activation=jnp.tanh, key=jax.random.key(0))
    layers = [module[0], module[2], module[4]]
    mlp = eqx.tree_at(
        lambda m: [v for layer in m.layers for v in (layer.weight, layer.bias)],
        mlp,
        [jnp.asarray(p.detach().numpy()) for x in layers for p in x.parameters()],
    )
    return module, mlp


def assert_explicit(model, x, key, columns=7):
    y = sketch(model, x, columns, key=key)
    engine = engine_for(model, x)
    omega = np.concatenate(
        [
            np.einsum("kr,kc->rck", u, v).reshape(-1, columns)
            for u, v in engine.probes(key).take(columns)
        ]
    )
    want = jacobian(model, x) @ omega
    assert y.shape == want.shape
    assert np.abs(y - want).max() < 1e-12 * np.abs(want).max()
    return y


def test_sequential_and_mlp_have_the_same_tangent_space(key):
    module, mlp = twins()
    model, x = from_torch(module), normal(1, 40, 4)
    assert np.allclose(evaluate(model, x), evaluate(mlp, x), atol=1e-14)
    assert np.allclose(jacobian(model, x), jacobian(mlp, x), atol=1e-13)
    assert count_parameters(model) == count_parameters(mlp) == 93
    ours, theirs = sketched_rank(model, x), sketched_rank(mlp, x)
    assert (ours.value, ours.status, ours.method) == (93, "measured", theirs.method)
    assert theirs.value == 93
    assert prefix_ranks(model, x).tolist() == prefix_ranks(mlp, x).tolist()
    assert samples_needed(model, x) == samples_needed(mlp, x)


def test_no_weight_is_copied_and_none_is_changed(key):
    module, _ = twins()
    before = {name: value.clone() for name, value in module.named_parameters()}
    model = from_torch(module)
    for name, value in module.named_parameters():
        assert model.parameters()[name].data_ptr() == value.data_ptr()
    sketch(model, normal(1, 9, 4), 5, key=key)
    for name, value in module.named_parameters():
        assert torch.equal(value, before[name])
        assert value.grad is None


def test_a_module_in_single_precision_is_evaluated_in_double(key):
    module, _ = twins()
    exact = from_torch(module.float().double())
    single = from_torch(module.float())
    x = normal(1, 9, 4)
    assert np.allclose(jacobian(single, x), jacobian(exact, x), rtol=0, atol=1e-15)
    assert next(module.parameters()).dtype == torch.float32
    coarse = from_torch(module, dtype=torch.float32)
    found = sketched_rank(coarse, normal(1, 40, 4))
    assert found.status == "at least"
    assert "float64" in found.note


class Tied(nn.Module):
    """Look-up, a layer used twice, raw parameters, and the look-up table transposed."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 4, padding_idx=2)
        self.layer = nn.Linear(4, 4)
        self.raw = nn.Parameter(torch.randn(4, 4))
        self.gain = nn.Parameter(torch.randn(4))

    def forward(self, tokens):
        h = torch.tanh(self.layer(torch.tanh(self.layer(self.table(tokens)))))
        return (h * self.gain @ self.raw @ self.table.weight.T).sum(1)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, dropout=0.0)
        self.layer, self.out = layer.eval(), nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.layer(x).mean(1))


class Sorted(nn.Module):
    """Looks at its input in Python, which torch cannot batch."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 3))

    def forward(self, x):
        flat = self.weight.flatten()
        return torch.stack(
            [torch.sin(flat[int(row[0] > 0) : 4]).sum() * row.sum() for row in x]
        )


def test_tied_raw_and_looked_up_parameters(key):
    torch.manual_seed(0)
    tokens = np.random.default_rng(0).integers(0, 7, (9, 5))
    y = assert_explicit(from_torch(Tied()), tokens, key)
    assert (y.engine, y.note) == ("Khatri-Rao sketch", None)


@pytest.mark.parametrize("shape", [(9, 5, 4), (5, 5, 4)], ids=["n", "n = time"])
def test_an_attention_block_and_what_is_not_tapped(shape, key):
    torch.manual_seed(0)
    y = assert_explicit(from_torch(Attention()), normal(1, *shape), key)
    assert y.engine == "Khatri-Rao sketch"
    assert "2 of 14 parameter arrays (64 parameters)" in y.note


def test_a_convolution(key):
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(12, 2)
    )
    y = assert_explicit(from_torch(module), normal(1, 9, 1, 4, 4), key)
    assert "1 of 4 parameter arrays (27 parameters)" in y.note


def test_an_operation_that_torch_cannot_batch(key):
    torch.manual_seed(0)
    y = assert_explicit(from_torch(Sorted()), normal(1, 9, 3), key, columns=4)
    assert y.engine == "per-sample gradients"


def test_a_wrong_tap_is_caught_by_the_self_test(key, monkeypatch):
    from suffice.tangent._sketch import _torch_tap

    right = _torch_tap.Taps._product

    def wrong(self, x, weight, contracted, out):
        right(self, 1.001 * x, weight, contracted, out)

    monkeypatch.setattr(_torch_tap.Taps, "_product", wrong)
    module, _ = twins()
    y = assert_explicit(from_torch(module), normal(1, 9, 4), key)
    assert y.engine == "per-sample gradients"
    assert "self-test failed" in y.note


def test_frozen_parameters_do_not_count():
    module, _ = twins()
    module[0].requires_grad_(False)
    assert count_parameters(from_torch(module)) == 93 - 30
    assert jacobian(from_torch(module), normal(1, 3, 4)).shape == (9, 63)


def test_bad_modules_are_refused(key):
    with pytest.raises(ValueError, match=r"expected a torch\.nn\.Module"):
        from_torch(lambda x: x)
    with pytest.raises(ValueError, match="requires_grad_"):
        from_torch(nn.Linear(3, 2).requires_grad_(False))
    with pytest.raises(ValueError, match="n >= 1"):
        sketch(from_torch(nn.Linear(3, 2)), np.ones((0, 3)), 3, key=key)
    with pytest.raises(ValueError, match="returns tuple for"):
        sketch(from_torch(nn.LSTM(3, 2)), np.ones((4, 5, 3)), 3, key=key)


def test_importing_suffice_does_not_import_torch():
    code = "import suffice.tangent, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_bare_module_is_refused_with_the_remedy():
    module, x = nn.Linear(3, 1), np.ones((5, 3))
    for ask in (jacobian, sketched_rank, guarantee):
        with pytest.raises(ValueError, match=r"pass suffice\.from_torch\(module\)"):
            ask(module, x)
    for domain in (None, RealSpace(3)):
        with pytest.raises(ValueError, match=r"pass suffice\.from_torch\(module\)"):
            tangent_rank(module, domain=domain)
    assert "from_torch" in check_model(module, x).headline()
