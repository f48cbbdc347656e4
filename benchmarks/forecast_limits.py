"""What forecasts and verdicts must not get wrong: `python forecast_limits.py`.

Forecasts of 16 sets of random labels and of modular addition for four primes, each with
the verdict on its training; then eight trainings, by optax and by torch, whose verdict
follows from how they were made. One thread; float32 trainings, float64 kernels.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import platform
import sys
import time

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402
import torch  # noqa: E402
from _limit_cases import addition, random_labels, Training, TRAININGS  # noqa: E402
from _measure import from_command_line, write_table  # noqa: E402

from suffice.models import DeepNetwork  # noqa: E402
from suffice.spectra import forecast, Recorder  # noqa: E402
from suffice.training import learn, log_steps, Minibatches, stack  # noqa: E402

PER_DECADE = 24
BEARS_OUT = {
    "none": ("none", "ascent"),
    "initial-function memorisation": ("memorised", "delayed", "both"),
    "label aliasing": ("ascent", "both", "overfits", "memorised"),
    "undecided": (),
}


def main(quick: bool = False, write: bool = False) -> int:
    """Run all of it, in some minutes.

    Args:
        quick: Two sets and two trainings.
        write: Put the tables in README.
    """
    torch.set_num_threads(1)
    start = time.process_time()
    sets = [(f"random labels {k}", random_labels(k)) for k in range(16)]
    sets += [(f"a + b mod {p}", addition(p)) for p in (11, 13, 17, 23)]
    some = slice(2 if quick else None)
    said = [_foretold(k, *pair) for k, pair in enumerate(sets[some])]
    seen = [_judged(training) for training in TRAININGS[some]]
    lines = _lines(said, seen, time.process_time() - start)
    print("\n".join(lines))
    if write and not quick:
        write_table("forecast limits", lines)
    return 0


def _foretold(k, name, labelled):
    """A forecast, and the verdict on the training that follows."""
    sum_of_two = name.startswith("a + b")
    training = Training(
        name,
        labelled,
        "optax",
        "cross-entropy" if sum_of_two else "squared",
        (),
        scale=1.0 if sum_of_two else (0.5, 1.0, 3.0, 6.0)[k // 4],
        decay=1.0 if sum_of_two else 0.0,
        rate=3e-3,
        steps=8000 if sum_of_two else 3000,
        hidden=(128,) if sum_of_two else (50, 50),
    )
    rates = {"weight_decay": training.decay, "learning_rate": training.rate}
    found = forecast(_network(training), *labelled[0], **rates)
    word = str(_record(training).verdict().word[0])
    decided = found.verdict != "undecided"
    wrong = decided and word not in BEARS_OUT[found.verdict]
    print(name, found.verdict, word, file=sys.stderr, flush=True)
    return name, f"{training.scale:g}", found.verdict, word, "yes" if wrong else "no"


def _judged(training):
    """The verdict on a training whose right words are known."""
    start = time.process_time()
    verdict = _record(training).verdict()
    word = str(verdict.word[0])
    row = (
        training.name,
        training.framework,
        training.loss,
        word,
        str(verdict.reason[0]),
        "yes" if word in training.right else "no",
        f"{time.process_time() - start:.0f}",
    )
    print(*row, file=sys.stderr, flush=True)
    return row


def _network(training):
    """A network as torch starts it, times the scale."""
    train, classes = training.sets[0][0], training.sets[1]
    widths = (train[0].shape[1], *training.hidden, classes)
    return DeepNetwork.uniform(
        widths, training.scale, key=jax.random.key(0), activation="relu"
    )


def _record(training):
    """The record of a training, which a recorder took in either framework."""
    train, test = training.sets[0]
    recorder = Recorder(
        task="classification", loss=training.loss, train=train, test=test
    )
    run = {"optax": _by_optax, "torch": _by_torch}[training.framework]
    run(training, recorder)
    return recorder.record()


def _by_optax(training, recorder):
    def loss(network, batch):
        logits, labels = jax.vmap(network)(batch[0]), batch[1]
        if training.loss == "squared":
            wanted = jax.nn.one_hot(labels, logits.shape[1], dtype=logits.dtype)
            return jnp.mean((logits - wanted) ** 2)
        losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
        return losses.mean()

    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), _network(training))
    run = learn(
        stack([single]),
        Minibatches(*training.sets[0][0]),
        loss=loss,
        optimizer=optax.adamw(training.rate, weight_decay=training.decay),
        steps=training.steps,
        at=log_steps(training.steps, PER_DECADE),
        measure=recorder.measure,
    )
    recorder.take(run)


def _by_torch(training, recorder):
    torch.manual_seed(0)
    (x, labels), (x_test, _) = training.sets[0]
    x, x_test, labels = map(torch.as_tensor, (x, x_test, labels))
    network = _torch_network(training)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=training.rate, weight_decay=training.decay
    )
    watched = set(log_steps(training.steps, PER_DECADE).tolist())
    target = torch.eye(training.sets[1])[labels]
    for step in range(training.steps + 1):
        if step in watched:
            recorder.add(step, train=network(x), test=network(x_test))
        logits = network(x)
        if training.loss == "squared":
            loss = ((logits - target) ** 2).mean()
        else:
            loss = torch.nn.functional.cross_entropy(logits, labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def _torch_network(training):
    """The same network in torch, with the initial parameters of ours."""
    layers = []
    ours = _network(training)
    for weight, bias in zip(ours.weights, ours.biases, strict=True):
        layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(np.asarray(weight, np.float32)))
            layer.bias.copy_(torch.tensor(np.asarray(bias, np.float32)))
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def _lines(said, seen, seconds):
    versions = f"jax {jax.__version__}, torch {torch.__version__}"
    wrong, right = (sum(row[k] == "yes" for row in rows) for k, rows in
                    ((4, said), (5, seen)))  # fmt: skip
    return [
        f"{versions}, Python {platform.python_version()}, {platform.machine()}, one "
        f"thread, {seconds / 60:.0f} minutes of CPU: {wrong} of {len(said)} forecasts "
        f"confident and wrong, {right} of {len(seen)} verdicts right.",
        "",
        "| set | scale | forecast | verdict on its training | confident and wrong |",
        "|---|---|---|---|---|",
        *("| " + " | ".join(row) + " |" for row in said),
        "",
        "| training | by | loss | verdict | reason | right | CPU s |",
        "|---|---|---|---|---|---|---|",
        *("| " + " | ".join(row) + " |" for row in seen),
    ]


if __name__ == "__main__":
    from_command_line(main, __doc__)
