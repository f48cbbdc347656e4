"""Sketched columns equal J Omega for every way in which a model uses its weights."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.models import DeepNetwork, TwoLayer
from suffice.tangent import sketch
from suffice.tangent._jacobian import jacobian
from suffice.tangent._sketch._jax_engine import engine_for

COLUMNS = 9


def normal(seed, *shape):
    return jnp.asarray(np.random.default_rng(seed).standard_normal(shape))


class Function(eqx.Module):
    """A function of some arrays, as a model."""

    arrays: tuple[jax.Array, ...]
    function: object = eqx.field(static=True)

    def __call__(self, x):
        return self.function(self.arrays, x)


def omega(model, x, key, columns=COLUMNS):
    engine = engine_for(model, x)
    parts = [
        np.stack(
            [
                np.ravel(leaf.as_array(np.outer(a, b)))
                for a, b in zip(u, v, strict=True)
            ],
            axis=1,
        )
        for leaf, (u, v) in zip(
            engine._tap.leaves, engine.probes(key).take(columns), strict=True
        )
    ]
    return np.concatenate(parts)


def routes(model, x):
    return [leaf.route for leaf in engine_for(model, x)._tap.leaves]


def assert_explicit(model, x, key):
    y = sketch(model, x, COLUMNS, key=key)
    want = jacobian(model, x) @ omega(model, x, key)
    assert y.shape == want.shape
    assert y.dtype == np.float64
    assert np.abs(y - want).max() < 1e-12 * np.abs(want).max()
    return y


def attend(arrays, tokens):
    table, q, k, v, out = arrays
    h = table[tokens]  # (time, dim)
    scores = jnp.einsum("td,de,se->ts", h @ q, jnp.eye(4), h @ k)
    mixed = jax.nn.softmax(scores, axis=-1) @ (h @ v)
    return jnp.tanh(mixed @ out)[-1] @ table.T  # tied: looked up, then multiplied


def scanned(arrays, x):
    def layer(h, w):
        return jnp.tanh(w @ h), None

    return arrays[1] @ jax.lax.scan(layer, x, arrays[0])[0]


MODELS = {
    "tied": (lambda w, x: w[0] @ jnp.tanh(w[0] @ jnp.tanh(w[0] @ x)), [(4, 4)], 1),
    "transposed": (lambda w, x: w[0].T @ jnp.tanh(w[0] @ x), [(7, 4)], 1),
    "heads": (
        lambda w, x: jnp.einsum(
            "hk,hkd->d", jnp.tanh(jnp.einsum("d,hdk->hk", x, w[0])), w[1]
        ),
        [(2, 4, 3), (2, 3, 5)],
        2,
    ),
    "product of weights": (
        lambda w, x: jnp.tanh(w[0] @ w[1] @ x),
        [(2, 3), (3, 4)],
        2,
    ),
    "columns looked up": (
        lambda w, x: jnp.sin(w[0][:, jnp.int32(3 * x[0] ** 2) % 5]) @ w[1],
        [(3, 5), (3,)],
        2,
    ),
    "vmapped over positions": (
        lambda w, x: jax.vmap(lambda z: jnp.tanh(w[0] @ z))(x.reshape(2, 2)).ravel(),
        [(5, 2)],
        1,
    ),
    "checkpointed": (
        lambda w, x: w[1] @ jax.checkpoint(lambda z: jax.nn.relu(w[0] @ z))(x),
        [(6, 4), (6,)],
        2,
    ),
}


@pytest.fixture
def always_tap(monkeypatch):
    """Tap small weights too, whose gradients are cheaper to form."""
    from suffice.tangent._sketch import _jax_engine, _tap

    monkeypatch.setattr(_tap, "_cheaper", lambda leaf, uses: True)
    monkeypatch.setattr(_jax_engine, "_TAPS", {})


@pytest.mark.parametrize("name", MODELS)
def test_tapped_columns_are_j_omega(name, key, always_tap):
    function, shapes, tapped = MODELS[name]
    model = Function(tuple(normal(i, *s) for i, s in enumerate(shapes)), function)
    x = np.random.default_rng(5).standard_normal((6, 4))
    y = assert_explicit(model, x, key)
    assert y.engine == "Khatri-Rao sketch"
    assert routes(model, x).count("tap") == tapped


@pytest.mark.parametrize(
    "build",
    [
        lambda key: TwoLayer.normal(3, 4, key=key, bias=True, output_bias=True),
        lambda key: TwoLayer.normal(3, 4, key=key, outputs=2, activation="relu"),
        lambda key: DeepNetwork.normal((4, 5, 6, 3), key=key),
        lambda key: eqx.nn.MLP(4, 2, 7, 2, key=key),
        lambda key: eqx.nn.Sequential(
            [
                eqx.nn.Linear(4, 6, key=key),
                eqx.nn.LayerNorm(6),
                eqx.nn.Lambda(jnp.tanh),
            ]
        ),
    ],
    ids=["two-layer", "two-layer outputs", "deep", "eqx.nn.MLP", "layer norm"],
)
def test_network_columns_are_j_omega(build, key):
    model = build(key)
    y = assert_explicit(model, np.random.default_rng(5).standard_normal((6, 4)), key)
    assert (y.engine, y.note) == ("Khatri-Rao sketch", None)


def test_attention_with_a_tied_embedding(key, always_tap):
    shapes = [(5, 4), (4, 4), (4, 4), (4, 4), (4, 4)]
    model = Function(tuple(normal(i, *s) for i, s in enumerate(shapes)), attend)
    tokens = np.random.default_rng(0).integers(0, 5, (7, 3))
    y = assert_explicit(model, tokens, key)
    assert y.engine == "Khatri-Rao sketch"
    assert routes(model, tokens) == ["tap"] * 5


def test_attention_of_equinox(key):
    class Block(eqx.Module):
        attention: eqx.nn.MultiheadAttention

        def __call__(self, x):
            return self.attention(x, x, x).sum(0)

    block = Block(eqx.nn.MultiheadAttention(2, 4, use_key_bias=True, key=key))
    y = assert_explicit(block, np.random.default_rng(0).standard_normal((4, 3, 4)), key)
    assert y.engine == "Khatri-Rao sketch"


def test_weights_inside_a_loop_go_by_gradients_and_the_result_says_so(key):
    model = Function((normal(0, 3, 4, 4), normal(1, 2, 4)), scanned)
    x = np.random.default_rng(5).standard_normal((6, 4))
    y = assert_explicit(model, x, key)
    assert routes(model, x) == ["gradient", "tap"]
    assert y.note == "1 of 2 parameter arrays (48 parameters) by per-sample gradients"


def test_raw_parameters_count(key):
    model = Function(
        (normal(0, 3, 4), normal(1, 3), normal(2)),
        lambda w, x: jnp.sin(w[0] * w[2]) @ x + jnp.exp(w[1]),
    )
    x = np.random.default_rng(5).standard_normal((6, 4))
    y = assert_explicit(model, x, key)
    assert routes(model, x) == ["gradient"] * 3
    assert "12 parameters" in y.note


def test_a_large_array_of_other_use_goes_by_forward_mode(key, monkeypatch):
    monkeypatch.setattr("suffice.tangent._sketch._tap._LARGE", 10)
    model = Function(
        (normal(0, 3, 4), normal(1, 3)), lambda w, x: w[1] @ jnp.tanh(jnp.sin(w[0]) @ x)
    )
    x = np.random.default_rng(5).standard_normal((6, 4))
    y = assert_explicit(model, x, key)
    assert routes(model, x) == ["forward", "tap"]
    assert y.engine == "Khatri-Rao sketch"
    assert y.note == "1 of 2 parameter arrays (12 parameters) by forward mode"


def test_a_model_without_reverse_mode_falls_back_and_says_why(key):
    def repeated(w, x):
        steps = jnp.int32(jnp.abs(x[0])) + 2
        return jax.lax.fori_loop(0, steps, lambda _, h: jnp.tanh(w[0] @ h), x)[0]

    model = Function((normal(0, 4, 4),), repeated)
    x = np.random.default_rng(5).standard_normal((6, 4))
    y = sketch(model, x, COLUMNS, key=key)
    forward = jax.vmap(
        lambda one: jax.jacfwd(lambda w: repeated((w,), one))(model.arrays[0]).ravel()
    )(x)
    assert np.allclose(y, forward @ omega(model, x, key), rtol=1e-12, atol=1e-12)
    assert y.engine == "JVP sketch"
    assert "everse-mode" in y.note


def test_a_wrong_tap_is_caught_by_the_self_test(key, monkeypatch, always_tap):
    from suffice.tangent._sketch import _uses

    def wrong(place, equation, operand, name):
        use = _uses._product(place, equation, operand, name)
        return dataclasses.replace(use, incoming=use.incoming[::-1])

    monkeypatch.setitem(_uses._READERS, "dot_general", wrong)
    model = Function((normal(0, 2, 2),), lambda w, x: jnp.tanh(x @ w[0]).sum(0))
    x = np.random.default_rng(5).standard_normal((6, 2, 2))
    y = assert_explicit(model, x, key)
    assert y.engine == "JVP sketch"
    assert "self-test" in y.note


def test_an_author_derivative_is_respected(key):
    """Straight-through rounding: its gradient is one, not the zero of `round`."""

    @jax.custom_vjp
    def rounded(z):
        return jnp.round(z)

    rounded.defvjp(lambda z: (jnp.round(z), None), lambda _, g: (g,))
    model = Function(
        (normal(0, 3, 4), normal(1, 3)), lambda w, x: w[1] @ rounded(w[0] @ x)
    )
    x = np.random.default_rng(5).standard_normal((6, 4))
    y = assert_explicit(model, x, key)
    assert y.engine == "Khatri-Rao sketch"


def test_single_precision_parameters_are_cast_up(key):
    double = TwoLayer.normal(3, 4, key=key)
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), double)
    back = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), single)
    x = np.random.default_rng(5).standard_normal((6, 4))
    assert np.array_equal(sketch(single, x, 5, key=key), sketch(back, x, 5, key=key))


def test_batches_and_more_columns_change_nothing(key):
    model = TwoLayer.normal(3, 4, key=key)
    x = np.random.default_rng(5).standard_normal((301, 4))  # two batches, one padded
    y = sketch(model, x, 12, key=key)
    assert np.array_equal(y[:, :5], sketch(model, x, 5, key=key))
    want = jacobian(model, x) @ omega(model, x, key, 12)
    assert np.abs(y - want).max() < 1e-12 * np.abs(want).max()


def test_bad_arguments_are_refused(key):
    model = TwoLayer.normal(3, 4, key=key)
    x = np.ones((6, 4))
    with pytest.raises(ValueError, match="columns is 0"):
        sketch(model, x, 0, key=key)
    with pytest.raises(ValueError, match="n >= 1"):
        sketch(model, x[:0], 3, key=key)
    x[3] = np.nan
    with pytest.raises(ValueError, match="not finite at sample 3"):
        sketch(model, x, 3, key=key)
    with pytest.raises(ValueError, match="int64; a tangent space"):
        sketch(Function((normal(0, 2),), lambda w, x: jnp.int64(3)), x, 3, key=key)
