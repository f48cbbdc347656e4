"""The forecasts and the trainings they are of: each is made once and kept."""

import json
import time

import jax
import jax.numpy as jnp
import numpy as np
from _forecast_cases import PER_DECADE

from suffice.spectra import forecast
from suffice.training import (
    learn,
    log_steps,
    mean_squared_error,
    Minibatches,
    stack,
)

NAMES = ("accuracy", "accuracy_test", "loss", "loss_test")


def predicted(case, store):
    """The forecast of a case as a dictionary; it sees no training."""
    kept = _place(case, store).with_suffix(".json")
    if not kept.exists():
        start = time.process_time()
        rates = {"weight_decay": case.decay, "learning_rate": case.rate}
        found = forecast(case.model(), *case.data(), **rates).to_dict()
        found["cpu_s"] = time.process_time() - start
        _write(kept, lambda file: file.write(json.dumps(found).encode()))
    return json.loads(kept.read_text())


def observed(case, store):
    """Losses and accuracies on both sets at logarithmic steps, as arrays."""
    place = _place(case, store)
    kept = place.with_suffix(".npz")
    if not kept.exists():
        found = _train(case, place.with_suffix(".checkpoint"))
        _write(kept, lambda file: np.savez(file, **found))
    with np.load(kept) as file:
        return dict(file)


def _train(case, checkpoint):
    sets = case.data()
    start = time.process_time()
    found = learn(
        stack([case.model()]),
        Minibatches(*sets[0], case.batch),
        loss=mean_squared_error,
        optimizer=case.optimizer,
        steps=case.steps,
        at=log_steps(case.steps, PER_DECADE),
        measure=lambda model: [_scores(model, *pair) for pair in sets],
        seed=case.seed,
        checkpoint=checkpoint,
    )
    checkpoint.unlink()
    (loss, accuracy), (loss_test, accuracy_test) = found.measured
    arrays = (accuracy, accuracy_test, loss, loss_test)
    scores = {name: a[0] for name, a in zip(NAMES, arrays, strict=True)}
    return scores | {"at": found.at, "cpu_s": time.process_time() - start}


def _scores(model, x, y):
    values = jax.vmap(model)(x)
    if y.shape[1] == 1:
        right = jnp.sign(values) == jnp.sign(y)
    else:
        right = values.argmax(1) == y.argmax(1)
    return jnp.mean((values - y) ** 2), jnp.mean(right)


def _place(case, store):
    store.mkdir(parents=True, exist_ok=True)
    name = f"{case.task} {case.name}"
    return store / "".join(c if c.isalnum() else "-" for c in name)


def _write(path, write):
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        write(file)
    part.replace(path)
