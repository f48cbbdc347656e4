"""The trainings that `forecast.py` predicts and then makes: none fitted its rules."""

import dataclasses
import math

import jax.numpy as jnp
import numpy as np
import optax
from sklearn.datasets import load_digits

from suffice.models import DeepNetwork

PER_DECADE = 32  # records of a run: times are known to 7 %


@dataclasses.dataclass(frozen=True)
class Case:
    """One configuration.

    Attributes:
        name: Unique, and the name of its files.
        task: `1-D`, `parity`, `digits` or `digits with weight decay`.
        points: Arguments of the task's data.
        widths: Of the network.
        activation: Of the network.
        scale: Factor of all initial parameters.
        seed: Of points and parameters.
        steps: Of the training.
        rate: Learning rate of Adam, or of SGD.
        decay: Decoupled weight decay.
        batch: Samples of a mini-batch, or None for all.
        sgd: Whether the optimiser is plain SGD.
    """

    name: str
    task: str
    points: dict
    widths: tuple[int, ...]
    activation: str
    seed: int
    steps: int
    rate: float
    scale: float = 1.0
    decay: float = 0.0
    batch: int | None = None
    sgd: bool = False

    @property
    def classifies(self):
        return self.task != "1-D"

    @property
    def optimizer(self):
        if self.sgd:
            return optax.sgd(self.rate)
        return optax.adamw(self.rate, weight_decay=self.decay)

    def data(self):
        """Train and test sets, each `(x, y)` in float32."""
        make = DATA[self.task.split()[0]]
        sets = make(np.random.default_rng(self.seed), **self.points)
        return [tuple(jnp.asarray(a, jnp.float32) for a in pair) for pair in sets]

    def model(self):
        """Every parameter uniform within `scale / sqrt(fan_in)`, in float32."""
        rng = np.random.default_rng([self.seed, 1])
        weights, biases = [], []
        for layer, fan_in in enumerate(self.widths[:-1]):
            bound = self.scale / math.sqrt(fan_in)
            rows = self.widths[layer + 1]
            weights.append(rng.uniform(-bound, bound, (rows, fan_in)))
            biases.append(rng.uniform(-bound, bound, rows))
        as_jax = [
            tuple(jnp.asarray(a, jnp.float32) for a in some)
            for some in (weights, biases)
        ]
        return DeepNetwork(*as_jax, self.activation)


def wave(rng, *, target, points, n, towards=(1,), last=math.pi):
    """`sum a sin(k x)` on points of (-pi, last], against 1000 equispaced ones."""

    def function(x):
        return sum(a * np.sin(k * x) for k, a in target)

    fine = np.linspace(-math.pi, math.pi, 10_000, endpoint=False)
    if points == "grid":
        x = -math.pi + 2 * math.pi * np.arange(n) / n
    elif points == "jitter":
        x = -math.pi + 2 * math.pi * (np.arange(n) + rng.uniform(0, 0.8, n)) / n
    elif points == "iid":
        x = rng.uniform(-math.pi, last, n)
    else:  # where the target meets slower waves, as arXiv:2405.17479 chooses them
        share = n * 2 // 5
        near = [np.argsort(np.abs(np.sin(k * fine) - function(fine))) for k in towards]
        chosen = np.concatenate([part[: share // len(near)] for part in near])
        rest = np.setdiff1d(np.arange(len(fine)), chosen)
        chosen = [*chosen, *rng.choice(rest, n - len(set(chosen)), replace=False)]
        x = np.unique(fine[np.asarray(chosen)])
    test = np.linspace(-math.pi, math.pi, 1000)
    return (x[:, None], function(x)[:, None]), (test[:, None], function(test)[:, None])


def parity(rng, *, inputs, subset, share):
    """A product of `subset` coordinates of the cube; other vertices are the test."""
    x = 1.0 - 2.0 * ((np.arange(2**inputs)[:, None] >> np.arange(inputs)) & 1)
    y = x[:, :subset].prod(1, keepdims=True)
    order = rng.permutation(len(x))
    cut = int(share * len(x))
    return tuple((x[part], y[part]) for part in (order[:cut], order[cut:]))


def digits(rng, *, n):
    """Handwritten digits, 8 x 8, one-hot labels; those not drawn are the test."""
    found = load_digits()
    x, y = found.data / 16.0, np.eye(10)[found.target]
    order = rng.permutation(len(x))
    return tuple((x[part], y[part]) for part in (order[:n], order[n:]))


DATA = {"1-D": wave, "parity": parity, "digits": digits}

ONE = (1, 200, 200, 200, 100, 1)
TEN = (64, 200, 200, 10)


def _waves():
    # (target, points, activation, seed); nothing here is sin 6x on 65 points
    rows = {
        "sin4 near sin1, n=50": ({4: 1}, ("near", 50, (1,)), "sin", 100),
        "sin5 near sin2, n=60": ({5: 1}, ("near", 60, (2,)), "sin", 101),
        "sin8 near sin1 and sin3, n=80": ({8: 1}, ("near", 80, (1, 3)), "sin", 102),
        "sin7 near sin1, n=120": ({7: 1}, ("near", 120, (1,)), "sin", 103),
        "sin5 near sin1, tanh, n=60": ({5: 1}, ("near", 60, (1,)), "tanh", 104),
        "sin4 near sin1, relu, n=60": ({4: 1}, ("near", 60, (1,)), "relu", 105),
        "sin4 grid, n=40": ({4: 1}, ("grid", 40), "sin", 106),
        "sin5 grid, n=50": ({5: 1}, ("grid", 50), "sin", 107),
        "sin4 grid, tanh, n=50": ({4: 1}, ("grid", 50), "tanh", 108),
        "sin1+sin4 grid, n=60": ({1: 1, 4: 1}, ("grid", 60), "sin", 109),
        "sin6 jitter, n=60": ({6: 1}, ("jitter", 60), "sin", 110),
        "sin3 jitter, relu, n=60": ({3: 1}, ("jitter", 60), "relu", 111),
        "sin5 iid, n=40": ({5: 1}, ("iid", 40), "sin", 112),
        "sin5 iid, n=120": ({5: 1}, ("iid", 120), "sin", 113),
        "sin4 iid, tanh, n=50": ({4: 1}, ("iid", 50), "tanh", 114),
        "sin1+sin5 iid, n=60": ({1: 1, 5: 1}, ("iid", 60), "sin", 115),
        "sin3 iid, relu, n=60": ({3: 1}, ("iid", 60), "relu", 116),
        "sin7 iid, n=60": ({7: 1}, ("iid", 60), "sin", 117),
    }
    for name, (target, (points, n, *towards), activation, seed) in rows.items():
        where = {"target": tuple(target.items()), "points": points, "n": n}
        where |= {"towards": towards[0]} if towards else {}
        yield Case(name, "1-D", where, ONE, activation, seed, 6000, 2e-5)


def _parities():
    rows = ((8, 8, 0.5), (9, 9, 0.6), (10, 3, 0.3), (10, 5, 0.5), (9, 2, 0.4))
    for seed, (inputs, subset, share) in enumerate((*rows, (10, 1, 0.2)), 200):
        where = {"inputs": inputs, "subset": subset, "share": share}
        name = f"({inputs}, {subset}), p={share:g}"
        yield Case(name, "parity", where, (inputs, 1000, 1), "relu", seed, 4000, 2e-4)


def _digits():
    rows = (
        (200, 5, 300, {}),
        (400, 6, 301, {}),
        (500, 8, 302, {}),
        (800, 3.5, 303, {}),
        (600, 4.5, 304, {}),
        (150, 2, 305, {}),
        (250, 3, 306, {"activation": "tanh"}),
        (300, 1.5, 307, {"sgd": True, "rate": 0.02, "steps": 8000}),
    )
    for n, scale, seed, more in rows:
        fixed = {"activation": "relu", "rate": 1e-3, "steps": 5000} | more
        kind = ", SGD" * ("sgd" in more) + ", tanh" * ("activation" in more)
        yield Case(
            name=f"n={n}, α={scale:g}{kind}",
            task="digits",
            points={"n": n},
            widths=TEN,
            seed=seed,
            scale=scale,
            batch=100,
            **fixed,
        )


def _decays():
    rows = (
        (200, 6, 0.2, 400, {}),
        (200, 8, 0.25, 401, {}),
        (300, 9, 0.3, 402, {}),
        (300, 5, 0.1, 403, {}),
        (400, 7, 0.2, 404, {}),
        (400, 8, 0.15, 405, {}),
        (500, 6, 0.15, 406, {}),
        (500, 9, 0.2, 407, {}),
        (800, 8, 0.1, 408, {}),
        (800, 10, 0.3, 409, {}),
        (250, 7, 0.4, 410, {}),
        (600, 7, 0.1, 411, {}),
        (400, 7, 0.2, 412, {"rate": 5e-4}),
        (300, 7, 0.2, 413, {"widths": (64, 100, 100, 100, 10)}),
        (300, 6, 0.2, 414, {"activation": "tanh"}),
    )
    for n, scale, decay, seed, more in rows:
        fixed = {"activation": "relu", "rate": 1e-3, "widths": TEN} | more
        steps = int(2.2 * math.log(scale / 2.5) / (fixed["rate"] * decay)) + 3000
        kind = "".join(
            ", " + ("-".join(map(str, v)) if k == "widths" else f"{k} {v}")
            for k, v in more.items()
        )
        yield Case(
            name=f"n={n}, α={scale:g}, γ={decay:g}{kind}",
            task="digits with weight decay",
            points={"n": n},
            seed=seed,
            steps=steps,
            scale=scale,
            decay=decay,
            batch=100,
            **fixed,
        )


CASES = tuple([*_decays(), *_waves(), *_parities(), *_digits()])
