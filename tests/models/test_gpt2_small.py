"""A checkpoint with the shapes of GPT-2 small, in single precision as it is shared."""

import checkpoints
import jax.numpy as jnp
import numpy as np

from suffice.models import from_gpt2

SMALL = {"LAYERS": 12, "HEADS": 12, "WIDTH": 768, "HIDDEN": 3072, "DIM": 64}
SMALL |= {"VOCAB": 50257, "LENGTH": 1024, "TOKENS": np.array([50256, 464, 3797, 3332])}


def test_logits_at_the_shapes_of_gpt2_small(monkeypatch):
    for name, value in SMALL.items():
        monkeypatch.setattr(checkpoints, name, value)
    made = checkpoints.numbers()
    made["unembed"] = (made["embed"].T, 0.0)
    state = {k: np.asarray(v, np.float32) for k, v in checkpoints.as_gpt2(made).items()}
    model = from_gpt2(state, {"n_head": 12, "activation_function": "gelu_new"})
    rounded = checkpoints.logits(_single(made))
    found = model(jnp.asarray(SMALL["TOKENS"]))
    np.testing.assert_allclose(found, rounded, rtol=0, atol=1e-5 * abs(rounded).max())


def _single(made):
    """The same numbers after rounding to single precision, as float64."""
    if isinstance(made, dict):
        return {name: _single(part) for name, part in made.items()}
    if isinstance(made, (list, tuple)):
        return type(made)(map(_single, made))
    return np.float64(np.float32(made))
