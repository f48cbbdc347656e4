"""The transformer against a plain twin."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import count_parameters, partition
from suffice.models import (
    check_model,
    load_model,
    OrthogonalNoise,
    save_model,
    Transformer,
)

TOKENS = jnp.array([3, 1, 6, 0, 5, 2])
KINDS = {
    "post": {"heads": 2, "hidden": 12, "norm": "post"},
    "pre": {"hidden": 12, "norm": "pre", "bias": True, "activation": "gelu"},
    "none": {"heads": 2, "key_dim": 3, "value_dim": 5, "norm": "none"},
    "noisy": {
        "heads": 2,
        "hidden": 12,
        "noise": OrthogonalNoise.learnable("serial", 3, 2, alpha=1.3, beta=0.7),
    },
}


def small(key, kind, layers=3):
    model = Transformer.normal(7, 8, layers, 6, key=key, **KINDS[kind])
    params, rest = partition(model)  # no parameter is left at zero or one
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(key, len(leaves))
    moved = [
        leaf + 0.3 * jax.random.normal(k, leaf.shape)
        for leaf, k in zip(leaves, keys, strict=True)
    ]
    return eqx.combine(jax.tree.unflatten(tree, moved), rest)


def as_torch(torch, model):
    return jax.tree.map(
        lambda leaf: torch.tensor(np.asarray(leaf)), partition(model)[0]
    )


def reference(torch, model, tokens):
    """The same transformer with torch's own layers, head by head."""
    m, n, width = as_torch(torch, model), len(tokens), model.width

    def norm(layer, x):
        return torch.nn.functional.layer_norm(x, (width,), layer.gain, layer.shift)

    def linear(x, matrix, bias):
        return x @ matrix if bias is None else x @ matrix + bias

    def attention(layer, x):
        a, out = m.blocks[layer].attention, 0.0
        noise = model.noise
        for h in range(model.heads):
            q, k, v = (
                linear(x, w[h], None if b is None else b[h])
                for w, b in ((a.q, a.q_bias), (a.k, a.k_bias), (a.v, a.v_bias))
            )
            scores, value = q @ k.T, v @ a.o[h]
            if noise is not None:
                z = [torch.tensor(np.asarray(noise.outputs(i, 6)[1])) for i in range(3)]
                middle = [torch.zeros(6, 6), z[0], z[1].T @ z[0]][layer]
                alpha, beta = m.noise.strength[:, layer, h]
                scores = scores + alpha * x @ middle.to(x.dtype) @ x.T
                value = value + beta * x @ z[layer]
            ahead = torch.ones(n, n).triu(1).bool()
            scores = (scores / a.q.shape[-1] ** 0.5).masked_fill(ahead, -torch.inf)
            out = out + scores.softmax(-1) @ value
        return out if a.o_bias is None else out + a.o_bias

    def mlp(layer, x):
        p = m.blocks[layer].perceptron
        s = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}
        hidden = linear(x, p.up, p.up_bias)
        hidden = s[model.blocks[0].perceptron.activation.name](hidden)
        return linear(hidden, p.down, p.down_bias)

    x = m.embed[torch.tensor(np.asarray(tokens))] + m.positions[:n]
    for layer in range(model.layers):
        parts = [attention, mlp] if m.blocks[layer].perceptron else [attention]
        for which, part in enumerate(parts):
            if model.norm == "pre":
                x = x + part(layer, norm(m.blocks[layer].norms[which], x))
            else:
                x = x + part(layer, x)
            if model.norm == "post":
                x = norm(m.blocks[layer].norms[which], x)
    if model.norm == "pre":
        x = norm(m.final_norm, x)
    return (x @ m.unembed + m.unembed_bias).numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_those_of_torch(key, kind):
    torch = pytest.importorskip("torch")
    model = small(key, kind)
    want = reference(torch, model, TOKENS)
    np.testing.assert_allclose(model(TOKENS), want, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_position_alone_gives_the_same(key, kind):
    model = small(key, kind)
    full, last = eqx.filter_jit(lambda m, t: (m(t)[-1], m.last(t)))(model, TOKENS)
    np.testing.assert_allclose(last, full, rtol=0, atol=1e-13)


def test_the_single_head_model_of_the_paper_has_its_number_of_parameters(key):
    model = jax.eval_shape(
        lambda k: Transformer.normal(
            201, 20, 2, 400, key_dim=200, hidden=1200, rate=0.8, key=k
        ),
        key,
    )
    assert sum(leaf.size for leaf in jax.tree.leaves(model)) == 2_732_201


def test_the_future_is_not_seen(key):
    model = small(key, "post")
    other = TOKENS.at[4].set(0)
    full, changed = model(TOKENS), model(other)
    np.testing.assert_array_equal(full[:4], changed[:4])
    assert np.abs(full[4:] - changed[4:]).min() > 1e-6
    np.testing.assert_allclose(model(TOKENS[:4]), full[:4], atol=1e-13)


def test_standard_deviations_are_powers_of_the_fan_in(key):
    model = Transformer.normal(
        500, 400, 1, 64, heads=2, key_dim=50, value_dim=128, hidden=300, rate=0.8,
        key=key, norm="pre",
    )  # fmt: skip
    block = model.blocks[0]
    arrays = {
        64: [model.embed, model.positions, block.attention.q, block.perceptron.up],
        256: [block.attention.o],
        300: [block.perceptron.down],
    }
    for fan_in, drawn in arrays.items():
        for array in drawn:  # six standard errors
            assert abs(array.std() * fan_in**0.8 - 1) < 6 / (2 * array.size) ** 0.5
    np.testing.assert_array_equal(model.final_norm.gain, 1)


@pytest.mark.slow
def test_one_program_draws_an_ensemble_over_rates(key):
    def make(rate, k):
        return Transformer.normal(9, 5, 2, 8, hidden=16, rate=rate, key=k)

    models = eqx.filter_vmap(make)(jnp.array([0.3, 0.8]), jnp.stack([key, key]))
    ratio = models.blocks[1].attention.q[0] / models.blocks[1].attention.q[1]
    np.testing.assert_allclose(ratio, 8**0.5, rtol=1e-12)
    rates = {"embed": 0.3, "qk": 0.8, "vo": 0.3, "mlp": 0.3}
    mixed = Transformer.normal(9, 5, 2, 8, hidden=16, rate=rates, key=key)
    np.testing.assert_allclose(mixed.embed, models.embed[0])
    np.testing.assert_allclose(
        mixed.blocks[0].attention.k, models.blocks[0].attention.k[1]
    )


def test_shrinking_divides_what_writes_to_the_stream(key):
    plain, shrunk = (
        Transformer.normal(9, 5, 2, 8, hidden=16, key=key, shrink=shrink)
        for shrink in (False, True)
    )
    for part in (lambda b: b.attention.o, lambda b: b.perceptron.down):
        np.testing.assert_allclose(part(plain.blocks[1]), 2 * part(shrunk.blocks[1]))
    np.testing.assert_array_equal(
        plain.blocks[1].attention.v, shrunk.blocks[1].attention.v
    )


def test_every_intermediate_is_named_and_the_names_add_up(key):
    model = small(key, "pre")
    seen = model.intermediates(TOKENS)
    stream = seen["embed"] + seen["pos_embed"]
    for layer in range(3):
        at = {name: seen[f"blocks.{layer}.{name}"] for name in ("attn_out", "mlp_out")}
        np.testing.assert_allclose(seen[f"blocks.{layer}.resid_pre"], stream)
        stream = stream + at["attn_out"]
        np.testing.assert_allclose(seen[f"blocks.{layer}.resid_mid"], stream)
        stream = stream + at["mlp_out"]
        np.testing.assert_allclose(seen[f"blocks.{layer}.resid_post"], stream)
    np.testing.assert_array_equal(seen["logits"], model(TOKENS))
    pattern = seen["blocks.1.attn.pattern"]
    np.testing.assert_allclose(pattern.sum(-1), 1)
    np.testing.assert_array_equal(pattern, jnp.tril(pattern))
    parts = ["resid_pre", "attn_in", "attn.q", "attn.k", "attn.v", "attn.scores"]
    parts += ["attn.pattern", "attn.z", "attn_out", "resid_mid", "mlp_in", "mlp.pre"]
    parts += ["mlp.post", "mlp_out", "resid_post"]
    want = {f"blocks.{layer}.{part}" for layer in range(3) for part in parts}
    assert set(seen) == want | {"embed", "pos_embed", "final", "logits"}


def test_a_visit_knocks_out_an_edge_of_attention(key):
    """Without the edge 4 -> 1 in the first layer, token 1 reaches 4 by other ways only.

    In a single layer there are none.
    """
    model = small(key, "post", layers=1)

    def cut(name, value):
        if name == "blocks.0.attn.scores":
            return value.at[:, 4, 1].set(-jnp.inf)
        return value

    other = TOKENS.at[1].set(0)
    seen = model.intermediates(TOKENS, visit=cut)["blocks.0.attn.pattern"]
    np.testing.assert_array_equal(seen[:, 4, 1], 0)
    np.testing.assert_allclose(seen.sum(-1), 1)
    one, two = model(TOKENS, visit=cut), model(other, visit=cut)
    np.testing.assert_array_equal(one[4], two[4])
    assert np.abs(model(TOKENS)[4] - model(other)[4]).max() > 1e-3
    assert np.abs(one[5] - two[5]).max() > 1e-3


@pytest.mark.slow
def test_the_model_conforms(key):
    x = np.array([[3, 1, 6], [0, 0, 2]])
    found = check_model(Transformer.normal(7, 8, 1, 6, key=key, heads=2), x)
    assert found.ok, str(found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_transformer_is_loaded(key, tmp_path, kind):
    model = small(key, kind)
    loaded = load_model(save_model(model, tmp_path / "model"))
    assert jax.tree.structure(loaded) == jax.tree.structure(model)
    np.testing.assert_array_equal(loaded(TOKENS), model(TOKENS))


def test_fixed_noise_has_no_parameters(key):
    fixed = OrthogonalNoise(None, "random", fixed=(0.5, 0.5), seed=1)
    free = OrthogonalNoise.learnable("random", 2, 1, seed=1)
    models = [
        Transformer.normal(7, 8, 2, 6, key=key, noise=noise)
        for noise in (None, fixed, free)
    ]
    counts = [count_parameters(model) for model in models]
    assert (counts[1] - counts[0], counts[2] - counts[0]) == (0, 4)
    plain, one, two = (model(TOKENS) for model in models)
    np.testing.assert_allclose(one, two, atol=1e-14)
    assert np.abs(one - plain).max() > 1e-3


def test_noise_matrices_are_nearly_orthogonal_and_independent():
    noise = OrthogonalNoise(None, "serial", fixed=(1.0, 1.0))
    dim = 256
    z = [np.asarray(noise.outputs(layer, dim)[1]) for layer in range(3)]
    x = np.random.default_rng(0).standard_normal((2, dim)) / dim**0.5
    for i in range(3):
        for j in range(3):  # off-diagonal standard deviation sqrt(2 / d) = 0.088
            assert abs(x[0] @ z[i] @ z[j].T @ x[0] - (i == j)) < 0.5
            assert abs(x[0] @ z[i] @ z[j].T @ x[1]) < 0.5
    assert noise.scores(0, dim) is None
    np.testing.assert_allclose(noise.scores(1, dim)[1], z[0])
    np.testing.assert_allclose(noise.scores(2, dim)[1], z[1].T @ z[0])
    recalled = OrthogonalNoise(None, "random", fixed=(1.0, 1.0))
    assert recalled.scores(0, dim) is None
    np.testing.assert_allclose(recalled.scores(2, dim)[1], z[1])
    same = OrthogonalNoise(None, "identity", fixed=(1.0, 1.0))
    np.testing.assert_array_equal(same.scores(0, 3)[1], np.eye(3))
    np.testing.assert_array_equal(same.outputs(2, 3)[1], np.eye(3))


@pytest.mark.usefixtures("unchecked")
def test_impossible_transformers_are_refused(key):
    with pytest.raises(ValueError, match=r"sizes are \{'heads': 0\}"):
        Transformer.normal(7, 8, 2, 6, key=key, heads=0, key_dim=1)
    with pytest.raises(ValueError, match="norm is 'rms'; expected one of post"):
        Transformer.normal(7, 8, 2, 6, key=key, norm="rms")
    with pytest.raises(ValueError, match=r"rate has \['qk'\]"):
        Transformer.normal(7, 8, 2, 6, key=key, rate={"qk": 0.5})
    noise = OrthogonalNoise.learnable("serial", 3)
    with pytest.raises(ValueError, match=r"shape \(2, 3, 1\).*needs \(2, 2, 1\)"):
        Transformer.normal(7, 8, 2, 6, key=key, noise=noise)
    with pytest.raises(ValueError, match="variant is 'x'; expected one of identity"):
        OrthogonalNoise(None, "x")
