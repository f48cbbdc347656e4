# %% [markdown]
# # Grokking, and the circuit behind it
# A network learns `(a + b) mod 23` from four fifths of the table. It fits them in about
# a hundred steps, and adds the other pairs right ten times later, by waves.

# %%
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from suffice.models import DeepNetwork
from suffice.report import circuit_page, write_page
from suffice.spectra import forecast, modular_circuit, Recorder
from suffice.training import learn, log_steps, Minibatches, stack

jax.config.update("jax_enable_x64", True)
p = 23
a, b = np.divmod(np.random.default_rng(0).permutation(p * p), p)
x = np.concatenate([np.eye(p)[a], np.eye(p)[b]], axis=1).astype(np.float32)
y = (a + b) % p
n = int(0.8 * p * p)
train, test = (x[:n], y[:n]), (x[n:], y[n:])
model = DeepNetwork.uniform((2 * p, 128, p), key=jax.random.key(0), activation="relu")

# %% [markdown]
# **Before training.** The tangent kernel does not add: features have to be learned, and
# the forecast says that it cannot tell.

# %%
rates = {"weight_decay": 1.0, "learning_rate": 3e-3}
print(said := forecast(model, train, test, **rates))
assert said.verdict == "undecided"

# %% [markdown]
# **Training** in single precision, by AdamW on the cross-entropy of the whole set.


# %%
def cross_entropy(network, batch):
    logits, classes = jax.vmap(network)(batch[0]), batch[1]
    return optax.softmax_cross_entropy_with_integer_labels(logits, classes).mean()


recorder = Recorder(task="classification", loss="cross-entropy", train=train, test=test)
single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), model)
run = learn(
    stack([single]),
    Minibatches(*train),
    loss=cross_entropy,
    optimizer=optax.adamw(3e-3, weight_decay=1.0),
    steps=8_000,
    at=log_steps(8_000, 24),
    measure=recorder.measure,
)
recorder.take(run)
record = recorder.record()
print(verdict := record.verdict())
assert verdict.word[0] in ("delayed", "both")
assert verdict.delay[0] > 5

# %% [markdown]
# **The circuit.** Most of the logits has become a function of `a + b - c`. Every neuron
# is a wave of one frequency on the group, though all frequencies together are in use.

# %%
weights = run.models.weights[0][0]
circuit = modular_circuit(record, embeddings=weights.T)
start = modular_circuit(record, embeddings=model.weights[0].T)
print(circuit)
print(f"purity of the neurons: {start.purity:.2f} at the start, {circuit.purity:.2f}")
assert start.purity < 0.4 < 0.7 < circuit.purity

fitted = np.searchsorted(record.steps, verdict.fit_step[0])
assert circuit.explained[fitted] < 0.3 < 0.6 < circuit.explained[-1]
page = circuit_page(circuit, verdict, source="a ReLU network of width 128")
print(write_page(page, Path(tempfile.mkdtemp()) / "circuit.html"))
