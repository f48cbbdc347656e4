"""Saved models come back as they were, and damage is seen."""

import io
import json
import zipfile

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import (
    Activation,
    Attention,
    Convolution,
    DeepNetwork,
    Diagonal,
    from_gpt2,
    Linear,
    load_model,
    MatrixProduct,
    save_model,
    SquareDifference,
    SymmetricProduct,
    TwoLayer,
)


def gpt2(layers=2, width=4, vocab=7, length=5):
    """A checkpoint with the names and shapes of GPT-2, drawn at random."""
    rng = np.random.default_rng(0)
    state = {"wte.weight": rng.standard_normal((vocab, width))}
    state["wpe.weight"] = rng.standard_normal((length, width))
    linear = {"attn.c_attn": (1, 3), "attn.c_proj": (1, 1)}
    linear |= {"mlp.c_fc": (1, 4), "mlp.c_proj": (4, 1)}
    for layer in range(layers):
        for name, (a, b) in linear.items():
            shape = a * width, b * width
            state[f"h.{layer}.{name}.weight"] = rng.standard_normal(shape)
            state[f"h.{layer}.{name}.bias"] = rng.standard_normal(shape[1])
    for name in ("ln_f", *(f"h.{i}.ln_{j}" for i in range(layers) for j in (1, 2))):
        state[f"{name}.weight"] = rng.standard_normal(width)
        state[f"{name}.bias"] = rng.standard_normal(width)
    return state


MODELS = {
    "two-layer": lambda k: TwoLayer.normal(2, 3, key=k, bias=True, activation="gelu"),
    "outputs": lambda k: TwoLayer.normal(2, 3, key=k, outputs=2, output_bias=True),
    "poly": lambda k: TwoLayer.normal(2, 3, key=k, activation="poly:0,1,0,-2"),
    "deep": lambda k: DeepNetwork.normal((3, 2, 2, 1), key=k),
    "deep-nb": lambda k: DeepNetwork.normal((3, 2, 2), key=k, bias=False),
    "linear": lambda k: Linear.normal(3, key=k),
    "diagonal": lambda k: Diagonal.normal(3, 3, key=k),
    "squares": lambda k: SquareDifference.normal(3, key=k),
    "matrix": lambda k: MatrixProduct.normal((3, 2, 4), key=k),
    "symmetric": lambda k: SymmetricProduct.normal(3, 2, key=k, signed=True),
    "convolution": lambda k: Convolution.normal(2, (3, 3), 2, key=k, bias=True),
    "attention": lambda k: Attention.normal(4, 3, key=k, heads=2),
    "gpt-2": lambda k: from_gpt2(
        gpt2(), {"n_head": 2, "activation_function": "gelu_new"}
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_saved_is_loaded(key, tmp_path, name):
    model = MODELS[name](key)
    loaded = load_model(save_model(model, tmp_path / "model.npz"))
    assert jax.tree.structure(loaded) == jax.tree.structure(model)
    for old, new in zip(jax.tree.leaves(model), jax.tree.leaves(loaded), strict=True):
        np.testing.assert_array_equal(old, new)
    assert [path.name for path in tmp_path.iterdir()] == ["model.npz"]


def test_files_are_not_overwritten_by_accident(key, tmp_path):
    path = tmp_path / "model"
    one, two = (Diagonal.normal(2, key=k) for k in jax.random.split(key))
    save_model(one, path)
    with pytest.raises(FileExistsError, match="exists; choose another name"):
        save_model(two, path)
    np.testing.assert_array_equal(load_model(path).a, one.a)
    save_model(two, path, overwrite=True)
    np.testing.assert_array_equal(load_model(path).a, two.a)


@pytest.mark.usefixtures("unchecked")
def test_functions_of_your_own_cannot_be_saved(key, tmp_path):
    path = tmp_path / "model"
    mine = Activation("tanh", jnp.sin, parity="odd")  # the name of another function
    for model in (
        TwoLayer.normal(1, 2, key=key, activation=mine),
        TwoLayer.normal(1, 2, key=key, activation=jnp.sin),
        Linear.normal(2, key=key, features=jnp.sin),
    ):
        with pytest.raises(ValueError, match="cannot be saved"):
            save_model(model, path)
    with pytest.raises(ValueError, match="model is a dict; expected one of"):
        save_model({"a": 1}, path)
    assert not list(tmp_path.iterdir())


def rewritten(path, change):
    """The file at a path with its header changed."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].tobytes())
    change(header, arrays)
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    path.write_bytes(buffer.getvalue())


CHANGES = {
    "another class": (lambda h, a: h.update({"class": "Path"}), "holds a 'Path'"),
    "later version": (lambda h, a: h.update(version=2), "version 2"),
    "other format": (lambda h, a: h.update(format="x"), "format 'x'"),
    "missing array": (lambda h, a: a.pop("array0"), "describes no valid TwoLayer"),
    "extra field": (
        lambda h, a: h["fields"].update(z=None),
        "describes no valid TwoLayer",
    ),
    "code": (
        lambda h, a: h["fields"].update(activation={"eval": "1"}),
        "an entry 'eval' that this version cannot read",
    ),
    "unknown activation": (
        lambda h, a: h["fields"].update(activation={"activation": "x"}),
        "activation 'x' is not known",
    ),
    "wrong shape": (
        lambda h, a: a.update(array1=np.ones(7)),
        "describes no valid TwoLayer",
    ),
    "not finite": (
        lambda h, a: a.update(array0=np.full((2, 3), np.nan)),
        "array0 holds values that are not finite",
    ),
    "integers": (
        lambda h, a: a.update(array0=np.ones((2, 3), int)),
        "array0 holds values that are not finite",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_files_are_refused(key, tmp_path, name):
    path = save_model(TwoLayer.normal(2, 3, key=key), tmp_path / "model")
    change, message = CHANGES[name]
    rewritten(path, change)
    with pytest.raises(ValueError, match=message):
        load_model(path)


def test_other_files_are_refused(key, tmp_path):
    path = tmp_path / "file"
    with pytest.raises(FileNotFoundError, match="there is no model file"):
        load_model(path)
    whole = save_model(Diagonal.normal(2, key=key), tmp_path / "model").read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "hello")
    pickled = io.BytesIO()
    np.save(pickled, np.array([{"a": 1}], object), allow_pickle=True)
    arrays = io.BytesIO()
    np.savez(arrays, x=np.ones(3))
    for content in (
        b"",
        b"hello",
        whole[: len(whole) // 2],
        buffer.getvalue(),
        pickled.getvalue(),
        arrays.getvalue(),
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is not a model file") as caught:
            load_model(path)
        assert "(TableError)" not in str(caught.value) or not content
