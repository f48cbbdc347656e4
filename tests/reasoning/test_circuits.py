"""Circuits on chains, wired by hand into any layers of four, are named rightly."""

import itertools

import jax
import numpy as np
import pytest
from handmade import wired

from suffice.reasoning import ChainTask, explain, head_scores

LAYERS, DIM, COUNT, PAIRS = 4, 42, 21, 4
TOKENS = (20, 20 + COUNT)
LENGTH = 2 * PAIRS + 1
# Blocks of channels: tokens, their copies, what each step found, positions.
TOKEN, COPY, FIRST, SECOND = (slice(n * DIM, (n + 1) * DIM) for n in range(4))
PLACE = slice(4 * DIM, 4 * DIM + LENGTH)
WIDTH = 4 * DIM + LENGTH
SHARP = 100.0
PAIRS_OF_LAYERS, THREE_LAYERS = (
    [*itertools.combinations(range(LAYERS), n)] for n in (2, 3)
)
ONE_STEP, TWO_STEPS = (ChainTask(steps=n, pairs=PAIRS, tokens=TOKENS) for n in (1, 2))


def idle():
    return {name: np.zeros((WIDTH, WIDTH)) for name in "qkvo"}


def copying():
    """The second token of each pair reads the first, and keeps it as a copy."""
    layer = idle()
    previous = np.eye(LENGTH, k=-1)
    previous[::2] = 0  # only second tokens ask
    layer["q"][PLACE, PLACE] = SHARP * WIDTH**0.5 * previous
    layer["k"][PLACE, PLACE] = np.eye(LENGTH)
    layer["v"][TOKEN, TOKEN] = layer["o"][TOKEN, COPY] = np.eye(DIM)
    return layer


def asking(form, found=FIRST, asked=TOKEN):
    """The last position asks, by a form, which second token has a copy of its own."""
    layer = idle()
    layer["q"][asked, COPY] = SHARP * WIDTH**0.5 * form
    layer["k"][COPY, COPY] = np.eye(DIM)
    layer["q"][PLACE.stop - 1, PLACE.start] = 2 * SHARP * WIDTH**0.5
    layer["k"][PLACE.start + 1 : PLACE.stop : 2, PLACE.start] = 1
    layer["v"][TOKEN, TOKEN] = layer["o"][TOKEN, found] = np.eye(DIM)
    return layer


def network(layers, answer=FIRST):
    embed, positions = np.zeros((TOKENS[1], WIDTH)), np.zeros((LENGTH, WIDTH))
    embed[TOKENS[0] :, TOKEN] = X
    positions[:, PLACE] = np.eye(LENGTH)
    unembed = np.zeros((WIDTH, TOKENS[1]))
    unembed[answer, TOKENS[0] :] = X.T
    stack = [layers.get(number, idle()) for number in range(LAYERS)]
    return wired(embed, positions, stack, unembed)


RNG = np.random.default_rng(0)
X = np.linalg.qr(RNG.standard_normal((DIM, DIM)))[0][:COUNT]
BESIDE = np.eye(DIM) - X.T @ X  # where no token of the task is
TABLE = X.T @ X + 5 * BESIDE @ RNG.standard_normal((DIM, DIM)) @ BESIDE


def circuit(name, low, high):
    """A network with a circuit in two layers, and all others idle."""
    return network(
        {
            "induction": {low: copying(), high: asking(np.eye(DIM))},
            "memorising": {low: copying(), high: asking(TABLE)},
            "copy": {low: copying(), high: asking(np.zeros((DIM, DIM)))},
            "none": {high: asking(np.eye(DIM))},
        }[name]
    )


@pytest.mark.parametrize("pair", PAIRS_OF_LAYERS)
@pytest.mark.parametrize("name", ["induction", "memorising", "copy", "none"])
def test_circuits_are_named_in_every_pair_of_layers(name, pair):
    found = explain(circuit(name, *pair), ONE_STEP, size=50)
    assert found.circuit == name
    if name in ("induction", "memorising"):
        assert found.path == tuple((layer, 0) for layer in pair)
        assert found.verdict == "generalising"
        assert min(found.attention_outside) > 0.99
    else:
        assert found.verdict == "unfit"
    if name != "none":
        assert found.scores.previous[pair[0], 0] > 0.99


@pytest.mark.parametrize("layers", THREE_LAYERS)
def test_two_steps_are_found_in_any_three_layers(layers):
    copies, first, second = layers
    form = np.eye(DIM)
    model = network(
        {
            copies: copying(),
            first: asking(form),
            second: asking(form, SECOND, FIRST),
        },
        SECOND,
    )
    found = explain(model, TWO_STEPS, size=50)
    assert (found.verdict, found.circuit) == ("generalising", "induction")
    assert found.path == tuple((layer, 0) for layer in layers)


def test_an_idle_network_has_no_circuit():
    found = explain(network({}), ONE_STEP, size=50)
    assert (found.verdict, found.circuit) == ("unfit", "none")
    assert found.headline().endswith("no head copies previous tokens.")


@pytest.mark.slow
def test_a_pair_that_is_found_by_position_is_another_circuit():
    task = ChainTask(steps=1, pairs=1, tokens=TOKENS)
    by_place = asking(np.zeros((DIM, DIM)))
    by_place["q"][PLACE.start + 2] = by_place["q"][PLACE.stop - 1]
    model = network({1: copying(), 3: by_place})
    found = explain(model, task, size=50)
    assert (found.verdict, found.circuit) == ("generalising", "other")
    assert found.path == ((1, 0), (3, 0))


def test_scores_of_even_attention():
    model = circuit("induction", 0, 2)
    scores = head_scores(model, ONE_STEP.batch(jax.random.key(0), 20))
    even = np.mean([1 / (i + 1) for i in (1, 3, 5, 7)])
    got = scores.previous[[0, 1, 3], 0]  # layer 2 attends by tokens
    np.testing.assert_allclose(got, [1, even, even], atol=1e-6)
    want = [1 / LENGTH, 1 / LENGTH, 1, 1 / LENGTH]
    np.testing.assert_allclose(scores.induction[:, 0, 0], want, atol=1e-6)
