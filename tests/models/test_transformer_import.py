"""Checkpoints of other libraries, played by tiny torch modules with their names."""

import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import from_gpt2, from_transformer_lens

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional
WIDTH, HEADS, VOCAB, LENGTH = 8, 2, 11, 7
TOKENS = [3, 10, 0, 5, 5]


class Conv1D(nn.Module):
    """Hugging Face's linear layer, whose weight is `(inputs, outputs)`."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) / 2)
        self.bias = nn.Parameter(torch.randn(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Gpt2Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_attn = Conv1D(WIDTH, 3 * WIDTH)
        self.c_proj = Conv1D(WIDTH, WIDTH)

    def forward(self, x):
        parts = self.c_attn(x).split(WIDTH, dim=-1)
        q, k, v = (p.view(len(x), HEADS, -1).transpose(0, 1) for p in parts)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(mixed.transpose(0, 1).reshape(len(x), WIDTH))


class Gpt2Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_fc, self.c_proj = Conv1D(WIDTH, 12), Conv1D(12, WIDTH)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Gpt2Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attn, self.mlp = Gpt2Attention(), Gpt2Mlp()

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        body = nn.Module()
        body.wte, body.wpe = nn.Embedding(VOCAB, WIDTH), nn.Embedding(LENGTH, WIDTH)
        body.h = nn.ModuleList([Gpt2Block() for _ in range(2)])
        body.ln_f = nn.LayerNorm(WIDTH)
        self.transformer = body
        self.lm_head = nn.Linear(WIDTH, VOCAB, bias=False)

    def forward(self, tokens):
        body = self.transformer
        x = body.wte(tokens) + body.wpe.weight[: len(tokens)]
        for block in body.h:
            x = block(x)
        return self.lm_head(body.ln_f(x))


@pytest.fixture
def gpt2():
    torch.manual_seed(0)
    model = Gpt2().double()
    with torch.no_grad():
        for parameter in model.parameters():  # gains and shifts too
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def test_gpt2_gives_the_same_logits(gpt2):
    want = gpt2(torch.tensor(TOKENS)).detach().numpy()
    model = from_gpt2(gpt2.state_dict(), HEADS)
    np.testing.assert_allclose(model(jnp.array(TOKENS)), want, rtol=0, atol=1e-12)
    assert (model.layers, model.heads, model.norm) == (2, 2, "pre")


def test_a_missing_head_is_the_embedding(gpt2):
    gpt2.lm_head.weight = gpt2.transformer.wte.weight
    state = {n: v.numpy() for n, v in gpt2.transformer.state_dict().items()}
    want = gpt2(torch.tensor(TOKENS)).detach().numpy()
    model = from_gpt2(state, HEADS)
    np.testing.assert_allclose(model(jnp.array(TOKENS)), want, rtol=0, atol=1e-12)


def as_transformer_lens(state):
    """The same numbers under the names and shapes of TransformerLens."""
    s = {n.removeprefix("transformer."): v.numpy() for n, v in state.items()}
    out = {"embed.W_E": s["wte.weight"], "pos_embed.W_pos": s["wpe.weight"]}
    out |= {"ln_final.w": s["ln_f.weight"], "ln_final.b": s["ln_f.bias"]}
    out |= {"unembed.W_U": s["lm_head.weight"].T, "unembed.b_U": np.zeros(VOCAB)}
    for layer in range(2):
        old, new = f"h.{layer}.", f"blocks.{layer}."
        weights = np.split(s[old + "attn.c_attn.weight"], 3, axis=1)
        biases = np.split(s[old + "attn.c_attn.bias"], 3)
        for name, weight, bias in zip("QKV", weights, biases, strict=True):
            by_head = weight.reshape(WIDTH, HEADS, -1).transpose(1, 0, 2)
            out[f"{new}attn.W_{name}"] = by_head
            out[f"{new}attn.b_{name}"] = bias.reshape(HEADS, -1)
        flat = s[old + "attn.c_proj.weight"]
        out[new + "attn.W_O"] = flat.reshape(HEADS, -1, WIDTH)
        out[new + "attn.b_O"] = s[old + "attn.c_proj.bias"]
        for a, b in (("c_fc", "in"), ("c_proj", "out")):
            out[f"{new}mlp.W_{b}"] = s[f"{old}mlp.{a}.weight"]
            out[f"{new}mlp.b_{b}"] = s[f"{old}mlp.{a}.bias"]
        for which in (1, 2):
            out[f"{new}ln{which}.w"] = s[f"{old}ln_{which}.weight"]
            out[f"{new}ln{which}.b"] = s[f"{old}ln_{which}.bias"]
    return out


def test_transformer_lens_gives_the_same_logits(gpt2):
    want = gpt2(torch.tensor(TOKENS)).detach().numpy()
    state = as_transformer_lens(gpt2.state_dict())
    model = from_transformer_lens(state)
    np.testing.assert_allclose(model(jnp.array(TOKENS)), want, rtol=0, atol=1e-12)
    bare = {n: v for n, v in state.items() if not n.startswith("blocks.0.ln1")}
    gain, shift = state["blocks.0.ln1.w"], state["blocks.0.ln1.b"]
    for name in "QKV":  # folded, as its processing does
        weight = bare[f"blocks.0.attn.W_{name}"]
        bare[f"blocks.0.attn.W_{name}"] = gain[:, None] * weight
        bare[f"blocks.0.attn.b_{name}"] = bare[f"blocks.0.attn.b_{name}"] + (
            shift @ weight
        )
    folded = from_transformer_lens(bare)
    np.testing.assert_allclose(folded(jnp.array(TOKENS)), want, rtol=0, atol=1e-12)


def test_other_checkpoints_are_refused(gpt2):
    with pytest.raises(ValueError, match="heads is 3; expected a divisor of the width"):
        from_gpt2(gpt2.state_dict(), 3)
    with pytest.raises(ValueError, match=r"no array 'embed.W_E'; it has \d+"):
        from_transformer_lens(gpt2.state_dict())
