"""A small GPT-2: its logits in NumPy, and its arrays as other libraries name them."""

import math

import numpy as np

LAYERS, HEADS, WIDTH, HIDDEN, VOCAB, LENGTH = 3, 4, 24, 96, 50, 16
DIM = WIDTH // HEADS
TOKENS = np.array([3, 10, 0, 5, 5, 49, 17])
ERF = np.vectorize(math.erf)
ACTIVATIONS = {
    "gelu_new": lambda z: (
        0.5 * z * (1 + np.tanh((2 / np.pi) ** 0.5 * (z + 0.044715 * z**3)))
    ),
    "gelu": lambda z: z * (1 + ERF(z / 2**0.5)) / 2,
    "relu": lambda z: np.maximum(z, 0),
    "silu": lambda z: z / (1 + np.exp(-z)),
}


def numbers(*, biases=True, seed=0):
    """A layer holds matrices of all heads side by side, and biases or zeros."""
    rng = np.random.default_rng(seed)

    def matrix(rows, columns):
        return rng.standard_normal((rows, columns)) / rows**0.5

    def bias(size):
        return biases * 0.3 * rng.standard_normal(size)

    def norm():
        return 1 + 0.3 * rng.standard_normal(WIDTH), bias(WIDTH)

    def layer():
        shapes = {n: (WIDTH, WIDTH) for n in "qkvo"}
        shapes |= {"up": (WIDTH, HIDDEN), "down": (HIDDEN, WIDTH)}
        made = {n: (2 * matrix(*s), bias(s[1])) for n, s in shapes.items()}
        return made | {"ln_1": norm(), "ln_2": norm()}

    return {
        "embed": rng.standard_normal((VOCAB, WIDTH)),
        "positions": rng.standard_normal((LENGTH, WIDTH)),
        "layers": [layer() for _ in range(LAYERS)],
        "ln_f": norm(),
        "unembed": (matrix(WIDTH, VOCAB), bias(VOCAB)),
    }


def logits(
    made,
    *,
    activation="gelu_new",
    epsilon=1e-5,
    divisor=lambda layer: DIM**0.5,
    norm=True,
    perceptrons=True,
):
    """The logits at every position, head by head and query by query."""

    def normalised(x, gain_and_shift):
        if not norm:
            return x
        gain, shift = gain_and_shift
        centred = x - x.mean(1, keepdims=True)
        spread = np.sqrt((centred**2).mean(1, keepdims=True) + epsilon)
        return centred / spread * gain + shift

    def affine(x, part):
        return x @ part[0] + part[1]

    x = made["embed"][TOKENS] + made["positions"][: len(TOKENS)]
    for number, layer in enumerate(made["layers"]):
        h = normalised(x, layer["ln_1"])
        q, k, v = (affine(h, layer[n]) for n in "qkv")
        mixed = np.zeros_like(x)
        for head in range(HEADS):
            at = slice(head * DIM, (head + 1) * DIM)
            for i in range(len(x)):
                scores = k[: i + 1, at] @ q[i, at] / divisor(number)
                weights = np.exp(scores - scores.max())
                mixed[i, at] = weights / weights.sum() @ v[: i + 1, at]
        x = x + affine(mixed, layer["o"])
        if perceptrons:
            h = affine(normalised(x, layer["ln_2"]), layer["up"])
            x = x + affine(ACTIVATIONS[activation](h), layer["down"])
    return affine(normalised(x, made["ln_f"]), made["unembed"])


def as_gpt2(made, *, transposed=False, biases=True, prefix="transformer."):
    """The names of Hugging Face; `(outputs, inputs)` if `transposed`, as in nanoGPT."""
    out = {}

    def put(name, weight, bias):
        is_matrix = weight.ndim == 2
        out[f"{prefix}{name}.weight"] = weight.T if transposed and is_matrix else weight
        if biases:
            out[f"{prefix}{name}.bias"] = bias

    for number, layer in enumerate(made["layers"]):
        place = f"h.{number}."
        joined = (np.concatenate([layer[n][i] for n in "qkv"], -1) for i in (0, 1))
        put(f"{place}attn.c_attn", *joined)
        put(f"{place}attn.c_proj", *layer["o"])
        put(f"{place}mlp.c_fc", *layer["up"])
        put(f"{place}mlp.c_proj", *layer["down"])
        put(f"{place}ln_1", *layer["ln_1"])
        put(f"{place}ln_2", *layer["ln_2"])
        out[f"{prefix}{place}attn.bias"] = np.tri(LENGTH, dtype=bool)  # the mask
    put("ln_f", *made["ln_f"])
    out[f"{prefix}wte.weight"] = made["embed"]
    out[f"{prefix}wpe.weight"] = made["positions"]
    head = prefix.replace("transformer.", "")
    return out | {f"{head}lm_head.weight": made["unembed"][0].T}


def as_transformer_lens(made, *, norm=True, perceptrons=True):
    """The names and shapes of TransformerLens."""
    out = {"embed.W_E": made["embed"], "pos_embed.W_pos": made["positions"]}
    out |= dict(zip(("unembed.W_U", "unembed.b_U"), made["unembed"], strict=True))
    norms = {"ln_final": made["ln_f"]}
    for number, layer in enumerate(made["layers"]):
        place = f"blocks.{number}."
        for name in "qkv":
            weight, bias = layer[name]
            split = weight.reshape(WIDTH, HEADS, DIM).transpose(1, 0, 2)
            out[f"{place}attn.W_{name.upper()}"] = split
            out[f"{place}attn.b_{name.upper()}"] = bias.reshape(HEADS, DIM)
        out[f"{place}attn.W_O"] = layer["o"][0].reshape(HEADS, DIM, WIDTH)
        out[f"{place}attn.b_O"] = layer["o"][1]
        out[f"{place}attn.mask"] = np.tri(LENGTH, dtype=bool)
        out[f"{place}attn.IGNORE"] = np.array(-np.inf)
        norms[f"{place}ln1"] = layer["ln_1"]
        if perceptrons:
            norms[f"{place}ln2"] = layer["ln_2"]
            for ours, theirs in (("up", "in"), ("down", "out")):
                out[f"{place}mlp.W_{theirs}"] = layer[ours][0]
                out[f"{place}mlp.b_{theirs}"] = layer[ours][1]
    for place, (gain, shift) in norms.items() if norm else ():
        out |= {f"{place}.w": gain, f"{place}.b": shift}
    return out
