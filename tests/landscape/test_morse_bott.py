"""Global minima on samples: separated or not, by theorem and by trying."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from suffice.landscape import local_recovery, morse_bott
from suffice.models import TwoLayer

W, FREE = np.array([[0.8, -0.5]]), np.array([[0.3, 1.1], [-0.9, 0.4]])
ACTIVATIONS = ["tanh", "sigmoid", "softplus", "gelu"]


def network(a, w, name="tanh"):
    return TwoLayer(jnp.asarray(np.vstack(w)), jnp.asarray(a, float), activation=name)


def top(name="tanh"):
    return network([1.3, 0, 0], [W, FREE], name)


def pair(name="tanh"):
    return network([1.3, 0.7, -0.7], [W, FREE[:1], FREE[:1]], name)


def condensed(name="tanh", a=(0.4, 0.5, 0.4)):
    return network(a, [W, W, W], name)


@pytest.fixture
def x():
    return 1.5 * np.random.default_rng(0).standard_normal((12, 2))


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(("point", "size"), [(top, 5), (pair, 6)])
def test_morse_bott_points_separate_exactly_at_their_codimension(x, name, point, size):
    """Also at equality, where arXiv:2309.00508, Theorem 5.4 says the opposite."""
    below, at = (
        morse_bott(point(name), x[: size - 1]),
        morse_bott(point(name), x[:size]),
    )
    assert at.codimension == at.rank == at.rank_s == size
    assert (at.holds, at.separation, at.rate) == (True, "separated", "exponential")
    assert at.zeros == at.dimension
    assert (below.holds, below.separation) == (True, "not separated")
    assert below.zeros == 9 - (size - 1) > at.dimension
    assert at.slowest > 0


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_condensed_points_separate_by_certificate_below_their_codimension(x, name):
    found = morse_bott(condensed(name), x[:6])
    assert (found.codimension, found.rank) == (7, 3)
    assert (found.holds, found.separation, found.rate) == (False, "separated", "t^-2")
    assert "certificate, proved" in found.why
    assert morse_bott(condensed(name), x[:3]).separation == "not separated"


def test_tied_samples_count_once(x):
    """Four distinct samples, with copies and mirror images."""
    few = np.vstack([x[:4], x[:2], -x[1:3]])
    assert morse_bott(top(), few).samples == 4
    assert morse_bott(top(), few).separation == "not separated"
    assert morse_bott(top("gelu"), few).samples == 6  # z and -z: also what is linear


def test_mixed_signs_are_left_undecided(x):
    point = condensed(a=(2.0, -0.9, 0.2))
    assert morse_bott(point, x[:6]).separation == "undecided"
    assert "almost every point" in morse_bott(point, x[:8]).why


def test_where_branches_meet_the_zeros_are_no_manifold(x):
    point = network([1.3, 0, 0], [W, W, FREE[:1]])
    assert "several branches" in morse_bott(point, x[:8]).why
    dead = network([1.3, 0, 0], [W, np.zeros((1, 2)), FREE[:1]])
    assert morse_bott(dead, x[:8]).separation == "undecided"


def test_relu_counts_a_scale_less_for_every_neuron(x):
    point = network([1.3, 0, 0], [W, FREE], "relu")
    found = morse_bott(point, x)
    assert found.rank == found.codimension == 4
    assert found.rank_s == 4


@pytest.mark.parametrize(
    ("point", "n", "low", "high"),
    [
        (top, 4, 0, 0),
        (top, 6, 18, 20),
        (condensed, 3, 0, 0),
        (condensed, 6, 19, 20),
    ],
)
def test_trying_agrees_with_the_theorems(x, point, n, low, high):
    found = local_recovery(point(), x[:n], key=jax.random.key(n))
    assert found.reached >= 19
    assert low <= found.recovered <= high
    assert found.interval[0] <= found.recovered / found.reached <= found.interval[1]


def test_separation_is_of_the_branch_not_of_the_loss(x):
    """Negative control: with mixed signs the same samples do not separate."""
    mixed = local_recovery(condensed(a=(2.0, -0.9, 0.2)), x[:4], key=jax.random.key(0))
    assert mixed.recovered == 0


def test_labels_are_checked(x):
    y = np.asarray(jax.vmap(top())(jnp.asarray(x)))
    assert morse_bott(top(), x, y).separation == "separated"
    with pytest.raises(ValueError, match=r"misses a label by 0\.1, so it is no global"):
        morse_bott(top(), x, y + 0.1)
    with pytest.raises(ValueError, match="y holds 11 labels and x 12 samples"):
        morse_bott(top(), x, y[:-1])


def test_points_without_a_branch_are_refused(x):
    with pytest.raises(ValueError, match="intrinsic width is 0"):
        morse_bott(network([1.0, -1.0], [W, W]), x)
    with pytest.raises(ValueError, match="channel to infinity"):
        morse_bott(network([1e6, -1e6 + 1], [W, W + 1e-6]), x, tolerance=1e-4)
    broken = network([1.0, 1.0], [W, W * np.nan])
    for question in (morse_bott, lambda *a: local_recovery(*a, key=jax.random.key(0))):
        with pytest.raises(ValueError, match="that are not finite"):
            question(broken, x)
    with pytest.raises(ValueError, match="radius is 0"):
        local_recovery(top(), x, radius=0.0, key=jax.random.key(0))
