"""One small training, from stream to matching."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from suffice.models import Transformer
from suffice.reasoning import ChainTask, last_loss, Stream
from suffice.reasoning._analyses._loss import answers, last_logits
from suffice.training import learn, stack

TASK = ChainTask(steps=1, pairs=4, tokens=(20, 61))


def small(key, rate=0.8, width=64, hidden=128):
    model = Transformer.normal(
        TASK.vocab, TASK.length, 2, width, hidden=hidden, rate=rate, key=key
    )
    return jax.tree.map(
        lambda a: a.astype(jnp.float32) if eqx.is_inexact_array(a) else a, model
    )


@pytest.mark.slow
def test_the_loss_is_that_of_the_last_position(key):
    rng = np.random.default_rng(0)
    model = jax.tree.map(  # by NumPy, whose normal is not compiled
        lambda leaf: jnp.asarray(rng.standard_normal(leaf.shape), leaf.dtype),
        eqx.filter_eval_shape(lambda: small(key, width=8, hidden=16)),
    )
    batch = TASK.batch(key, 5)
    logits = jax.vmap(model)(batch.tokens)[:, -1]
    assert jnp.allclose(last_logits(model, batch.tokens), logits, atol=1e-5)
    assert jnp.allclose(
        last_logits(lambda t: model(t), batch.tokens), logits, atol=1e-5
    )
    want = -jax.nn.log_softmax(logits)[jnp.arange(5), batch.label].mean()
    assert jnp.allclose(last_loss(model, batch), want, atol=1e-5)
    assert (answers(model, batch.tokens) == logits.argmax(1)).all()


@pytest.mark.slow
def test_one_hop_is_learnt_and_generalises_to_unseen_pairs(key):
    test = TASK.batch(key, 1000, "test")

    def measure(model):
        return jnp.mean(answers(model, test.tokens) == test.label)

    rule = optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.adamw(
            optax.warmup_cosine_decay_schedule(0.0, 1e-3, 25, 500, 5e-5),
            weight_decay=0.01,
        ),
    )
    run = learn(
        stack([small(key)]), Stream(TASK, 256), loss=last_loss, optimizer=rule,
        steps=500, measure=measure,
    )  # fmt: skip
    assert run.measured[0, 0] < 0.1
    assert run.measured[0, -1] > 0.95
