"""Transformers from checkpoints compute what the library computes, or are refused."""

import types

import jax.numpy as jnp
import numpy as np
import pytest
from checkpoints import (
    as_gpt2,
    as_transformer_lens,
    DIM,
    HEADS,
    logits,
    numbers,
    TOKENS,
    WIDTH,
)

from suffice.models import from_gpt2, from_transformer_lens

MADE = numbers()
NO_UNEMBED_BIAS = MADE | {"unembed": (MADE["unembed"][0], 0.0)}
GPT2 = {"n_head": HEADS, "activation_function": "gelu_new", "model_type": "gpt2"}
LENS = {"normalization_type": "LN", "act_fn": "gelu_new", "n_layers": 3}


def close(model, want):
    np.testing.assert_allclose(model(jnp.asarray(TOKENS)), want, rtol=0, atol=1e-10)


SCALES = {
    "by layer": (
        {"scale_attn_by_inverse_layer_idx": True},
        {"divisor": lambda layer: DIM**0.5 * (layer + 1)},
    ),
    "epsilon": ({"layer_norm_epsilon": 0.1, "eps": 0.1}, {"epsilon": 0.1}),
    "gelu": (
        {"activation_function": "gelu", "act_fn": "gelu"},
        {"activation": "gelu"},
    ),
    "relu": (
        {"activation_function": "relu", "act_fn": "relu"},
        {"activation": "relu"},
    ),
    "silu": (
        {"activation_function": "silu", "act_fn": "silu"},
        {"activation": "silu"},
    ),
    "no scale": (
        {"scale_attn_weights": False, "use_attn_scale": False},
        {"divisor": lambda layer: 1.0},
    ),
    "neither": (
        {
            "scale_attn_weights": False,
            "use_attn_scale": False,
            "scale_attn_by_inverse_layer_idx": True,
        },
        {"divisor": lambda layer: layer + 1.0},
    ),
}


def test_the_defaults_of_both_libraries():
    model = from_gpt2(as_gpt2(MADE), GPT2)
    close(model, logits(NO_UNEMBED_BIAS))
    assert (model.layers, model.heads, model.norm) == (3, HEADS, "pre")
    close(from_transformer_lens(as_transformer_lens(MADE), LENS), logits(MADE))


@pytest.mark.parametrize("name", SCALES)
def test_settings_are_computed_as_they_say(name):
    settings, options = SCALES[name]
    want = logits(MADE, **options)
    assert np.abs(want - logits(MADE)).max() > 1e-4  # a setting that matters
    bias = MADE["unembed"][1]
    close(from_gpt2(as_gpt2(MADE), GPT2 | settings), want - bias)
    model = from_transformer_lens(as_transformer_lens(MADE), LENS | settings)
    close(model, want)


def test_a_configuration_may_be_an_object():
    config = types.SimpleNamespace(**GPT2, layer_norm_epsilon=0.1)
    close(from_gpt2(as_gpt2(MADE), config), logits(NO_UNEMBED_BIAS, epsilon=0.1))
    config = types.SimpleNamespace(**LENS, attn_scale=3.0)
    model = from_transformer_lens(as_transformer_lens(MADE), config)
    close(model, logits(MADE, divisor=lambda layer: 3.0))


@pytest.mark.parametrize("biases", [True, False])
def test_nanogpt_stores_transposes_and_may_have_no_biases(biases):
    made = numbers(biases=biases)
    made = made | {"unembed": (made["unembed"][0], 0.0)}
    prefix = "_orig_mod.transformer."  # of a compiled module
    state = as_gpt2(made, transposed=True, biases=biases, prefix=prefix)
    config = {"n_layer": 3, "n_head": HEADS, "n_embd": WIDTH, "dropout": 0.1}
    model = from_gpt2(state, config | {"activation_function": "gelu"})
    close(model, logits(made, activation="gelu"))
    assert (model.blocks[0].norms[0].shift is not None) == biases
    with pytest.raises(ValueError, match=r"no activation_function, .*nanoGPT"):
        from_gpt2(state, config)


def test_a_missing_head_is_the_embedding():
    state = as_gpt2(MADE)
    del state["lm_head.weight"]
    close(from_gpt2(state, GPT2), logits(MADE | {"unembed": (MADE["embed"].T, 0.0)}))
    with pytest.raises(ValueError, match=r"tie_word_embeddings False .* lm_head"):
        from_gpt2(state, GPT2 | {"tie_word_embeddings": False})


def folded(made):
    """The same function with gains and shifts inside the next matrices."""

    def into(norm, part):
        (gain, shift), (weight, bias) = norm, part
        return gain[:, None] * weight, bias + shift @ weight

    layers = [
        layer
        | {n: into(layer["ln_1"], layer[n]) for n in "qkv"}
        | {"up": into(layer["ln_2"], layer["up"])}
        for layer in made["layers"]
    ]
    return made | {"layers": layers, "unembed": into(made["ln_f"], made["unembed"])}


def test_every_normalisation_of_transformer_lens():
    bare = as_transformer_lens(folded(MADE), norm=False)
    pre = LENS | {"normalization_type": "LNPre"}
    close(from_transformer_lens(bare, pre), logits(MADE))
    none = LENS | {"normalization_type": None}
    model = from_transformer_lens(as_transformer_lens(MADE, norm=False), none)
    close(model, logits(MADE, norm=False))
    assert model.norm == "none"
    with pytest.raises(ValueError, match=r"no normalization_type, .*model\.cfg"):
        from_transformer_lens(bare, {"act_fn": "gelu"})
    with pytest.raises(ValueError, match=r"no array 'blocks\.0\.ln1\.w'"):
        from_transformer_lens(bare, LENS)
    for kind in ("LNPre", None):
        with pytest.raises(ValueError, match=r"arrays that a Transformer does not use"):
            from_transformer_lens(
                as_transformer_lens(MADE), LENS | {"normalization_type": kind}
            )
    with pytest.raises(ValueError, match="'RMS', which a Transformer does not compute"):
        from_transformer_lens(bare, LENS | {"normalization_type": "RMS"})


@pytest.mark.parametrize("norm", [True, False])
def test_models_of_attention_only(norm):
    state = as_transformer_lens(MADE, perceptrons=False, norm=norm)
    config = {"normalization_type": "LN" if norm else None, "attn_only": True}
    model = from_transformer_lens(state, config)
    close(model, logits(MADE, perceptrons=False, norm=norm))
    with pytest.raises(ValueError, match=r"no array 'blocks\.0\.mlp\.W_in'"):
        from_transformer_lens(state, config | {"attn_only": False, "act_fn": "relu"})


def test_other_outputs_than_tokens():
    weight, bias = (part[..., :-1] for part in MADE["unembed"])
    state = as_transformer_lens(MADE | {"unembed": (weight, bias)})
    close(from_transformer_lens(state, LENS), logits(MADE)[:, :-1])


@pytest.mark.slow
def test_tensors_of_16_bits():
    torch = pytest.importorskip("torch")
    state = as_gpt2(MADE)
    for kind in (torch.bfloat16, torch.float16):
        half = {n: torch.nn.Parameter(torch.tensor(a).to(kind), False)
                for n, a in state.items() if a.dtype != bool}  # fmt: skip
        exact = {n: t.double().numpy() for n, t in half.items()}
        want = from_gpt2(exact, GPT2)(jnp.asarray(TOKENS))
        got = from_gpt2(half, GPT2)
        assert got.embed.dtype == jnp.float32
        gap = np.abs(got(jnp.asarray(TOKENS)) - want).max()
        assert gap < 1e-5 * np.abs(want).max()
        narrow = {n: jnp.asarray(a, str(kind)[6:]) for n, a in exact.items()}
        again = from_gpt2(narrow, GPT2)(jnp.asarray(TOKENS))
        np.testing.assert_array_equal(again, got(jnp.asarray(TOKENS)))


LENS_REFUSED = {
    "positional_embedding_type": "rotary",
    "attention_dir": "bidirectional",
    "use_local_attn": True,
    "n_key_value_heads": 2,
    "parallel_attn_mlp": True,
    "gated_mlp": True,
    "act_fn": "solu_ln",
    "attn_scores_soft_cap": 30.0,
}


@pytest.mark.parametrize("name", LENS_REFUSED)
def test_other_settings_of_transformer_lens_are_refused(name):
    value = LENS_REFUSED[name]
    with pytest.raises(ValueError, match=f"config has {name} {value!r}"):
        from_transformer_lens(as_transformer_lens(MADE), LENS | {name: value})


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"n_head": 5}, "n_head 5; expected a whole number that divides the width 24"),
        ({"n_layer": 2}, "n_layer 2 and the arrays of state have 3"),
        ({"model_type": "gpt_bigcode"}, "model_type 'gpt_bigcode', which"),
        ({"activation_function": "quick_gelu"}, "'quick_gelu'; expected one of gelu"),
    ],
)
def test_other_settings_of_gpt2_are_refused(config, words):
    with pytest.raises(ValueError, match=words):
        from_gpt2(as_gpt2(MADE), GPT2 | config)


def test_other_checkpoints_are_refused():
    state = as_gpt2(MADE)
    with pytest.raises(ValueError, match=r"config has no n_head, .*model\.config"):
        from_gpt2(state, HEADS)
    with pytest.raises(ValueError, match=r"no array 'embed.W_E'; it has \d+"):
        from_transformer_lens(state, LENS)
    with pytest.raises(ValueError, match=r"no array 'h\.1\.mlp\.c_fc\.bias'"):
        from_gpt2({n: a for n, a in state.items() if "1.mlp.c_fc.b" not in n}, GPT2)
    more = state | {"transformer.h.0.crossattention.c_attn.weight": np.ones((3, 3))}
    with pytest.raises(ValueError, match=r"1 arrays that a Transformer does not use"):
        from_gpt2(more, GPT2)
    coded = state | {"transformer.wte.weight": np.ones((50, WIDTH), np.int8)}
    with pytest.raises(ValueError, match=r"type int8 at 'wte\.weight'"):
        from_gpt2(coded, GPT2)
    odd = state | {"transformer.h.0.attn.c_attn.weight": np.ones((WIDTH, 30))}
    with pytest.raises(ValueError, match=r"shape \(24, 30\); expected \(24, 72\)"):
        from_gpt2(odd, GPT2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_head", float(HEADS)),
        ("n_head", str(HEADS)),
        ("layer_norm_epsilon", "1e-5"),
        ("layer_norm_epsilon", -1.0),
        ("scale_attn_weights", "False"),
        ("scale_attn_by_inverse_layer_idx", 0),
    ],
)
def test_settings_of_gpt2_of_another_type_are_refused(name, value):
    with pytest.raises(ValueError, match=f"config has {name} {value!r}; expected"):
        from_gpt2(as_gpt2(MADE), GPT2 | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("eps", "1e-5"),
        ("attn_scale", 0.0),
        ("attn_only", "no"),
        ("use_attn_scale", None),
        ("n_heads", HEADS + 1),
        ("final_rms", True),
    ],
)
def test_settings_of_transformer_lens_that_cannot_be_computed_are_refused(name, value):
    with pytest.raises(ValueError, match=f"config has {name} "):
        from_transformer_lens(as_transformer_lens(MADE), LENS | {name: value})


MASKS = ".attn.bias", ".attn.masked_bias", ".attn.mask", ".attn.IGNORE"


def one_longer(array):
    return np.concatenate([array, array[-1:]])


@pytest.mark.parametrize(
    ("read", "state", "config", "free"),
    [
        (from_gpt2, as_gpt2(MADE), GPT2, ("wpe.weight", "lm_head.weight")),
        (from_transformer_lens, as_transformer_lens(MADE), LENS, ("pos_embed.W_pos",)),
    ],
)
def test_arrays_that_do_not_fit_each_other_are_named(read, state, config, free):
    """Every array but masks and those whose number of rows is free."""
    tried = 0
    for name, array in state.items():
        if name.endswith((*free, "wte.weight", "W_E", *MASKS)) or np.ndim(array) > 2:
            continue
        with pytest.raises(ValueError, match=r"of shape \(.*expected|and the arrays"):
            read(state | {name: one_longer(array)}, config)
        tried += 1
    assert tried > 30
