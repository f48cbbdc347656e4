"""Behaviour on unseen pairs: decided by what differs, on every pair, mixtures named."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from handmade import inferential, OFFSETS

from suffice.reasoning import AnchorTask, explain
from suffice.reasoning._analyses._unseen import behaviour, unseen_pair

SINGLE = np.array([0, *OFFSETS.values()])
COMPOSED = SINGLE[:, None] + SINGLE
EXCEPTION = AnchorTask.exception()


def answering(even, odd=None):
    """A model that adds what a table says of the anchors, for even and odd keys."""
    tables = jnp.stack([jnp.asarray(even), jnp.asarray(even if odd is None else odd)])

    def model(sequence):
        first = jnp.argmax(sequence < 5)
        key, a, b = sequence[first - 1], sequence[first], sequence[first + 1]
        answer = key + tables[key % 2, a, b]
        return jnp.tile(jax.nn.one_hot(answer, 201), (len(sequence), 1))

    return model


def told(shift, pair=(4, 3)):
    """Composed answers, but for one pair."""
    table = COMPOSED.copy()
    table[pair] = shift
    return table


def ask(model, task, pair=(4, 3), worst=1.0):
    key = jax.random.key(0)
    return unseen_pair(model, task, pair, worst=worst, key=key, size=200)


@pytest.mark.parametrize(
    ("model", "verdict"),
    [
        (answering(COMPOSED), "inferential"),
        (answering(told(-6)), "symmetric"),
        (answering(told(3)), "memorising"),
        (answering(COMPOSED, told(-6)), "mixed"),
    ],
)
def test_answers_are_named_by_their_rule(model, verdict):
    found = ask(model, EXCEPTION)
    assert found.verdict == verdict
    assert found.labelled
    assert ask(model, EXCEPTION, worst=0.5).verdict == "unfit"


def test_a_mirror_that_follows_the_rule_decides_nothing():
    task = AnchorTask(OFFSETS, unseen=[(4, 3)])
    found = ask(answering(COMPOSED), task)
    assert found.verdict == "undecided"
    assert "override" in found.headline()
    both = AnchorTask.both_masked()  # whose mirror nobody could have learned
    assert ask(answering(COMPOSED), both).verdict == "inferential"
    alike = answering(np.where(COMPOSED == -10, 3, COMPOSED))
    assert ask(alike, both).verdict == "symmetric"
    assert ask(answering(told(3)), both).verdict == "memorising"


def test_a_pair_that_is_its_own_mirror_decides_nothing():
    task = AnchorTask(OFFSETS, unseen=[(3, 3)])
    found = ask(answering(COMPOSED), task, (3, 3))
    assert (found.verdict, found.reason) == (
        "undecided",
        "its mirror is the pair itself",
    )


def test_keys_on_which_both_rules_agree_do_not_count():
    own = {(3, 4): lambda x: np.where(x % 2, x - 10, x - 6)}
    task = AnchorTask(OFFSETS, unseen=[(4, 3)], override=own)
    found = ask(answering(told(-6), COMPOSED), task)  # like its mirror throughout
    assert found.verdict == "symmetric"
    assert (found.rates.inferential, found.rates.symmetric) == (0, 1)


def test_all_unseen_pairs_count():
    task = AnchorTask(
        OFFSETS, unseen=[(4, 3), (2, 1), (1, 1)], override={(3, 4): -6, (1, 2): 0}
    )
    model = answering(told(0, (2, 1)))  # composes (4, 3) and mirrors (2, 1)
    found = [ask(model, task, pair) for pair in task.unseen]
    verdicts = [pair.verdict for pair in found]
    assert verdicts == ["inferential", "symmetric", "undecided"]
    assert behaviour(1.0, found) == "mixed"
    assert behaviour(1.0, found[::2]) == "inferential"
    assert behaviour(1.0, found[2:]) == "undecided"
    assert behaviour(0.8, found) == "unfit"


@pytest.mark.slow
def test_explain_says_what_it_does_not_decide():
    network = inferential()
    lone = explain(network, AnchorTask(OFFSETS, unseen=[(4, 3)]), size=100)
    assert (lone.verdict, lone.mechanism) == ("undecided", "inferential")
    assert lone.headline().startswith(
        "Undecided: (4, 3) is undecided, since its mirror"
    )
    task = AnchorTask(OFFSETS, unseen=[(3, 4), (4, 3), (3, 3)])
    found = explain(network, task, size=100)
    assert found.verdict == "inferential"
    assert (
        "(3, 3) is undecided, since its mirror is the pair itself" in found.headline()
    )
    assert "(4, 3) as its mirror" in found.shown()
