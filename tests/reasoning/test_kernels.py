"""Matching kernels, buffers and the networks that reason serially."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from handmade import (
    two_layers,
)
from solvers import SOLVERS, TASK

from suffice.models import OrthogonalNoise, Transformer
from suffice.papers.matching._wired import wired
from suffice.reasoning import (
    as_view,
    ChainTask,
    head_scores,
    information_flow,
    knock_out,
    matching,
    matching_kernel,
)
from suffice.reasoning._analyses._loss import answers
from suffice.reasoning._analyses._matching import (
    positional_matching,
    serial_path,
)
from suffice.reasoning._analyses._view import Activations, Head


@pytest.mark.parametrize("copies", [True, False])
@pytest.mark.parametrize("matches", [True, False])
def test_a_kernel_matches_where_one_layer_copies_and_the_next_compares(copies, matches):
    model = two_layers(copies, matches)
    found = matching(model, [(0, 0), (1, 0)], jnp.arange(60), key=jax.random.key(0))
    for which in (found.trained, found.random):
        if copies and matches:
            assert which.top == 1
            assert which.score > 0.99
            assert which.margin > 5
        else:  # sixty tokens: chance is 1/60
            assert which.top < 0.2
            assert which.score < 0.2
            assert abs(which.margin) < 1
    assert (found.cosine > 0.999) == (copies and matches)
    assert abs(positional_matching(model, 8) - 1) < 1e-6
    blind = eqx.tree_at(
        lambda m: m.blocks[0].attention.q, model, replace_fn=jnp.zeros_like
    )
    even = np.mean([1 / (i + 1) for i in (1, 3, 5, 7)])
    np.testing.assert_allclose(positional_matching(blind, 8), even)


@pytest.mark.parametrize(
    "steps",
    [
        1,
        pytest.param(2, marks=pytest.mark.slow),
        pytest.param(3, marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_the_chain_network_reasons_serially(steps):
    model = wired(512, steps)
    task = ChainTask(steps=steps, pairs=4, tokens=(20, 61))
    for group in task.groups:
        batch = task.batch(jax.random.key(steps), 512, group)
        said = answers(model, batch.tokens)
        assert jnp.mean(said == batch.label) >= (0.99 if steps < 3 else 0.97)
    found = head_scores(model, batch).induction
    assert found.shape == (steps + 1, 1, steps)
    for layer in range(steps + 1):
        for hop in range(steps):
            right = found[layer, 0, hop] > 0.9
            assert right == (layer == hop + 1), (layer, hop)
    for layer in range(1, steps + 1):
        path = serial_path(layer)
        kernel = matching(model, path, jnp.arange(20, 61), key=jax.random.key(0))
        assert kernel.trained.top == kernel.random.top == 1
        got = matching_kernel(model, path)[:512, :512]
        np.testing.assert_allclose(got, explicit_kernel(512, layer), atol=1e-9)
    assert positional_matching(model, 9) > 0.999


def explicit_kernel(dim, layer):
    """From the matrices of the noise alone, on the channels of tokens."""
    noise = OrthogonalNoise(None, "serial", fixed=(1.0, 1.0))
    z = [np.asarray(noise.outputs(i, dim)[1]) for i in range(4)]
    kernel = 60 * (z[layer - 1].T @ z[0] if layer > 1 else z[0]) @ z[0].T
    return kernel if layer == 1 else z[layer - 1] @ kernel


@pytest.mark.parametrize(
    ("dim", "variant", "low", "high"),
    [(64, "serial", 0.4, 0.85), (256, "identity", 0, 0.05), (256, "random", 0, 0.3)],
)
def test_buffers_must_be_wide_and_of_the_right_kind(dim, variant, low, high):
    """The recalled form takes the first step, and the second to any of four slots."""
    task = ChainTask(steps=2, pairs=4, tokens=(20, 61))
    batch = task.batch(jax.random.key(0), 512)
    said = answers(wired(dim, 2, variant=variant), batch.tokens)
    assert low <= jnp.mean(said == batch.label) <= high


@dataclasses.dataclass(frozen=True)
class Mine:
    """A user's transformer: NumPy arrays by name, and its own forward pass."""

    arrays: dict

    layers = 2
    heads = 1

    @property
    def embed(self):
        return jnp.asarray(self.arrays["embed"])

    @property
    def positions(self):
        return jnp.asarray(self.arrays["positions"])

    def normalised(self, layer):
        return False

    def head(self, layer, head):
        return Head(*(jnp.asarray(w) for w in self.arrays[layer]))

    def run(self, tokens, cut=None):
        x = self.arrays["embed"][tokens] + self.arrays["positions"]
        ahead = np.triu(np.ones(x.shape[1:2] * 2, bool), 1)
        seen = []
        for layer in range(2):
            q, k, v, o = self.arrays[layer]
            scores = (x @ q) @ (x @ k).transpose(0, 2, 1) / q.shape[1] ** 0.5
            hidden = ahead if cut is None else ahead | np.asarray(cut[layer])
            scores = np.exp(np.where(hidden, -np.inf, scores - scores.max()) / 1)
            scores = scores / scores.sum(-1, keepdims=True)
            value = x @ v
            x = x + scores @ value @ o
            seen.append((scores[:, None], value[:, None], x))
        logits = x[:, -1] @ self.arrays["unembed"] + self.arrays["bias"]
        return Activations(
            *map(jnp.asarray, (logits, *map(np.stack, zip(*seen, strict=True))))
        )


@pytest.mark.slow
def test_a_transformer_of_your_own_needs_a_view_only():
    model, _ = SOLVERS["symmetric"]
    arrays = {
        layer: [np.asarray(getattr(block.attention, name)[0]) for name in "qkvo"]
        for layer, block in enumerate(model.blocks)
    }
    arrays |= {n: np.asarray(getattr(model, n)) for n in ("embed", "positions")}
    arrays |= {
        "unembed": np.asarray(model.unembed),
        "bias": np.asarray(model.unembed_bias),
    }
    mine = Mine(arrays)
    small = TASK.batch(jax.random.key(2), 32)
    for analysis in (information_flow, knock_out):
        for one, two in zip(
            jax.tree.leaves(analysis(mine, small)),
            jax.tree.leaves(analysis(model, small)),
            strict=True,
        ):
            np.testing.assert_allclose(one, two, atol=1e-9)
    got, want = (matching_kernel(m, serial_path(1)) for m in (mine, model))
    np.testing.assert_allclose(got, want)
    with pytest.raises(ValueError, match=r"model is a dict; expected a suffice.models"):
        as_view(arrays)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_gains_and_noise_are_folded_into_the_weights_of_a_head(key, norm):
    noise = OrthogonalNoise.learnable("serial", 2, 2, alpha=0.7, beta=0.3)
    model = Transformer.normal(
        9, 5, 2, 6, heads=2, hidden=8, norm=norm, key=key, noise=noise
    )
    below = 1 if norm == "pre" else 0  # whose norms stand before layer 1
    gains = [jnp.arange(1.0, 7.0), jnp.linspace(0.5, 2, 6)]
    model = eqx.tree_at(lambda m: [n.gain for n in m.blocks[below].norms], model, gains)
    gain = gains[0] if norm == "pre" else gains[0] * gains[1]
    part, view = model.blocks[1].attention, as_view(model)
    assert (view.normalised(0), view.normalised(1)) == (norm == "pre", True)
    head = view.head(1, 1)
    z0, z1 = (noise.outputs(layer, 6)[1] for layer in (0, 1))
    form = part.q[1] @ part.k[1].T + 0.7 * z0
    np.testing.assert_allclose(
        head.qk, gain[:, None] * form * gain[None] / 3**0.5, atol=1e-12
    )
    np.testing.assert_allclose(
        head.vo, gain[:, None] * (part.v[1] @ part.o[1] + 0.3 * z1), atol=1e-12
    )
    if norm == "pre":  # shifts are zero, so the form reads what has no gain yet
        seen = model.intermediates(jnp.array([1, 4, 2, 8, 0]))
        plain = seen["blocks.1.attn_in"] / gain[None]
        below = np.tri(5, dtype=bool)
        want = seen["blocks.1.attn.scores"][1][below]
        got = (plain @ head.qk @ plain.T)[below]
        np.testing.assert_allclose(got, want, atol=1e-10)


@pytest.mark.parametrize(
    "layers",
    [(0, 1), (0, 1, 2), (0, 2, 3), (0, 3), (1, 3), (2, 3), (1, 2, 3), (0, 1, 3)],
)
def test_kernels_know_every_gain_that_vectors_pass(key, layers):
    """Two vectors are carried up by hand, without means and deviations."""
    model = Transformer.normal(9, 5, 4, 6, hidden=8, norm="post", key=key)
    rng = np.random.default_rng(layers)
    gains = [jnp.asarray(rng.uniform(0.2, 3, 6)) for _ in range(8)]
    model = eqx.tree_at(
        lambda m: [n.gain for b in m.blocks for n in b.norms], model, gains
    )
    attention = [
        {n: np.asarray(getattr(b.attention, n)[0]) for n in "qkvo"}
        for b in model.blocks
    ]

    def passes(x, block):
        return x * np.asarray(gains[2 * block] * gains[2 * block + 1])

    def moved(x, block):
        return x @ attention[block]["v"] @ attention[block]["o"]

    copies, *between, layer = layers
    asked = offered = np.eye(6)
    for block in range(layer):
        asked = moved(asked, block) if block in between[-1:] else asked
        offered = moved(offered, block) if block == copies else offered
        asked, offered = passes(asked, block), passes(offered, block)
    top = attention[layer]
    want = (asked @ top["q"]) @ (offered @ top["k"]).T / 6**0.5
    np.testing.assert_allclose(
        matching_kernel(model, [(n, 0) for n in layers]), want, rtol=1e-10
    )
