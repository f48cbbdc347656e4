"""Given inputs at which a model has no derivative, against integer arithmetic."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from suffice.models import DeepNetwork, Points, RealSpace
from suffice.tangent import (
    certified_lower,
    from_torch,
    generic_rank,
    many_ranks,
    prefix_ranks,
    RankUndecided,
    sampled_rank,
    sketched_rank,
    tangent_rank,
)
from suffice.tangent._exact._ring import NotExact
from suffice.tangent._precision._kinks import on_kinks
from suffice.tangent._sketch._sketched_kinks import sketched_kinks


def relu(p, x):
    return p["a"] @ jax.nn.relu(p["w"] @ x + p["b"])


def absolute(p, x):
    return p["a"] @ jnp.abs(p["w"] @ x + p["b"])


def chosen(p, x):
    z = p["w"] @ x + p["b"]
    return p["a"] @ jnp.where(z > 0, z, 0.1 * z)


def largest(p, x):
    return p["a"][0] * jnp.max(p["w"] @ x + p["b"])


FORMS = [relu, absolute, chosen]


def of(function, w, a, b=None):
    w, a = np.array(w, float), np.array(a, float)
    b = np.zeros(len(w)) if b is None else np.array(b, float)
    return Partial(function, {"w": jnp.array(w), "a": jnp.array(a), "b": jnp.array(b)})


W = [[1.0, -1.0], [0.5, 2.0]]
X = np.array([[1.0, 1.0], [2.0, 1.0], [0.0, 0.0], [4.0, -1.0], [1.0, 3.0]])


@pytest.mark.parametrize("function", FORMS)
@pytest.mark.parametrize("scale", [1.0, 1e-120, 1e120])
def test_inputs_on_a_kink_are_found_at_any_scale(function, scale):
    """Both neurons receive zero at the third input, one at the first and the fourth."""
    model = of(function, np.array(W) * scale, [1.0, 2.0])
    assert on_kinks(model, X).tolist() == [True, False, True, True, False]


@pytest.mark.parametrize("function", FORMS)
def test_a_kink_behind_a_zero_weight_is_seen_where_it_matters(function):
    """The output weight 0 hides the jump of the slope of the first neuron."""
    model = of(function, W, [0.0, 2.0])
    assert on_kinks(model, X).tolist() == [False, False, True, True, False]


def test_a_kink_is_where_the_largest_two_meet():
    model = of(largest, W, [1.0, 1.0])
    x = np.array([[6.0, 1.0], [1.0, 1.0]])  # 5 and 5; 0 and 2.5
    assert on_kinks(model, x).tolist() == [True, False]


def test_smooth_models_and_rounding_have_no_kinks():
    smooth = Partial(lambda p, x: jnp.tanh(p @ x), jnp.array([1.0, -1.0]))
    assert not on_kinks(smooth, X).any()

    def normalised(p, x):  # the bias only adds rounding errors
        h = p["w"] @ x + p["b"][0]
        h = h - h.mean()
        return p["a"] @ jax.nn.relu(h / jnp.sqrt(h @ h + 1e-3) + 0.1)

    x = np.random.default_rng(0).normal(size=(40, 2))
    assert not on_kinks(of(normalised, W, [1.0, 2.0], [0.3, 0.0]), x).any()


@pytest.mark.parametrize("function", FORMS)
def test_only_bounds_are_said_of_inputs_on_a_kink(function):
    model = of(function, W, [1.0, 2.0])
    for rank in (tangent_rank, sampled_rank):
        kwargs = {"key": jax.random.key(0)} if rank is sampled_rank else {}
        found = rank(model, domain=Points(X), **kwargs)
        assert found.value is None
        assert (found.lower, found.upper) == (2, 5)
        assert "3 of 5 inputs lie on a kink" in found.note


def test_no_input_is_left():
    model = of(relu, W, [1.0, 2.0])
    found = tangent_rank(model, domain=Points(X[[0, 2]]))
    assert (found.value, found.lower, found.upper) == (None, 0, 2)


def test_a_model_without_a_derivative_on_a_whole_region_has_no_rank():
    """The neuron receives zero at every input."""
    model, key = of(largest, np.zeros((2, 2)), [1.0, 1.0]), jax.random.key(0)
    found = tangent_rank(model, domain=RealSpace(2))
    assert (found.value, found.lower, found.status) == (None, 0, "undecided")
    with pytest.raises(NotExact, match="16 of 16 inputs lie on a kink"):
        certified_lower(model, domain=RealSpace(2), key=key)


@pytest.mark.parametrize("written", ["plain", "torch"])
def test_sketches_find_the_same_kinks(written):
    """At random integers and at any scale, against all columns."""
    rng = np.random.default_rng(11)
    met = 0
    for scale in (1.0, 1e-120, 1e120):
        w, b, a = integers(rng, 3, 2), integers(rng, 3), integers(rng, 3)
        x = integers(rng, 8, 2)
        model = WRITTEN[written](scale * w, scale * b, a)
        kinks = sketched_kinks(model, x)
        np.testing.assert_array_equal(kinks, on_kinks(model, x))
        met += kinks.sum()
    assert met


def test_a_sketch_leaves_inputs_on_a_kink_out():
    model = of(relu, W, [1.0, 2.0], [0.25, 0.25])
    x = np.concatenate([X + 0.1, [[-0.25, 0.0]]])  # the last one is on a kink
    found, without = sketched_rank(model, x), sketched_rank(model, x[:-1])
    assert without.value == without.lower == found.lower
    assert (found.value, found.status) == (None, "at least")
    assert "1 of 6 inputs lie on a kink" in found.note
    with pytest.raises(RankUndecided, match="1 of 6 inputs lie on a kink"):
        prefix_ranks(model, x)
    known = prefix_ranks(model, x, strict=False)
    np.testing.assert_array_equal(known[:-1], prefix_ranks(model, x[:-1]))
    other = of(relu, W, [1.0, 2.0], [0.3, 0.2])
    models = jax.tree.map(lambda *v: jnp.stack(v), model, other)
    many = many_ranks(models, x)
    assert many.confident.tolist() == [False, True]


def test_proofs_refuse_inputs_on_a_kink():
    model, key = of(relu, W, [1.0, 2.0]), jax.random.key(0)
    with pytest.raises(NotExact, match="3 of 5 inputs lie on a kink"):
        certified_lower(model, x=X, key=key)
    with pytest.raises(NotExact, match="3 of 5 inputs lie on a kink"):
        generic_rank(model, x=X, key=key, parameters="given")


def integers(rng, *shape):
    return rng.integers(-2, 3, shape).astype(float)


@pytest.mark.parametrize("written", ["plain", "float32", "torch"])
def test_bounds_agree_with_integer_arithmetic(written):
    """The same network as a `DeepNetwork` gets its rank at the inputs in integers."""
    rng = np.random.default_rng(5)
    met = 0
    for case in range(2):
        w, b, a = integers(rng, 3, 2), integers(rng, 3), integers(rng, 3)
        x = integers(rng, 8, 2)
        known = tangent_rank(network(w, b, a), domain=Points(x))
        found = tangent_rank(WRITTEN[written](w, b, a), domain=Points(x))
        assert found.lower == known.lower, case
        assert found.upper >= known.upper, case
        assert (found.value is None) == (known.value is None), case
        met += known.value is None
    assert met


def network(w, b, a):
    weights, biases = (w, a), (b, 0.0)
    parts = (tuple(map(jnp.array, part)) for part in (weights, biases))
    return DeepNetwork(*parts, "relu")


class Inside(eqx.Module):
    w: jax.Array
    b: jax.Array
    a: jax.Array
    c: jax.Array

    def __call__(self, x):
        w, b, a, c, x = (
            v.astype(jnp.float32) for v in (self.w, self.b, self.a, self.c, x)
        )
        return a @ jax.nn.relu(w @ x + b) + c


def inside(w, b, a):
    return Inside(*(jnp.array(v) for v in (w, b, a, 0.0)))


def plain(w, b, a):
    def model(p, x):
        return relu(p, x) + p["c"]

    parts = {"w": w, "b": b, "a": a, "c": 0.0}
    return Partial(model, {name: jnp.array(value) for name, value in parts.items()})


def in_torch(w, b, a):
    torch = pytest.importorskip("torch")

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            parts = {"w": w, "b": b, "a": a, "c": 0.0}
            for name, value in parts.items():
                tensor = torch.tensor(value, dtype=torch.float64)
                self.register_parameter(name, torch.nn.Parameter(tensor))

        def forward(self, x):
            return torch.relu(x @ self.w.T + self.b) @ self.a + self.c

    return from_torch(Net())


WRITTEN = {"plain": plain, "float32": inside, "torch": in_torch}
