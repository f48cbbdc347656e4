"""Sets whose forecasts cannot tell, and trainings whose verdict follows from how they
were made."""

import dataclasses

import numpy as np
from sklearn.datasets import load_digits

Sets = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def split(x, y, n) -> Sets:
    """The first samples for training, the others for testing."""
    x = x.astype(np.float32)
    return (x[:n], y[:n]), (x[n:], y[n:])


def random_labels(seed: int) -> tuple[Sets, int]:
    """Inputs of four kinds with classes drawn at random."""
    rng = np.random.default_rng(seed)
    classes, n, tests = ((2, 100, 200), (5, 60, 100), (10, 100, 300), (3, 80, 100))[
        seed % 4
    ]
    images = rng.permutation(load_digits().data / 16)[: n + tests]
    inputs = (8, 20, 64, 40)[seed % 4]
    x = images if inputs == 64 else rng.standard_normal((n + tests, inputs))
    return split(x, rng.integers(classes, size=n + tests), n), classes


def addition(p: int, share: float = 0.8) -> tuple[Sets, int]:
    """The table of `a + b` modulo a prime, in one-hot pairs."""
    a, b = np.divmod(np.random.default_rng(p).permutation(p * p), p)
    x = np.concatenate([np.eye(p)[a], np.eye(p)[b]], axis=1)
    return split(x, (a + b) % p, int(share * p * p)), p


def digits(n: int = 300) -> tuple[Sets, int]:
    """Handwritten digits."""
    found = load_digits()
    order = np.random.default_rng(n).permutation(len(found.data))[: n + 600]
    return split(found.data[order] / 16, found.target[order], n), 10


@dataclasses.dataclass(frozen=True)
class Training:
    """A training and the words that its construction allows.

    Attributes:
        name: What is learned.
        sets: Training and test set, with the number of classes.
        framework: `optax` or `torch`.
        loss: `squared` or `cross-entropy`.
        right: Words of a verdict that are right.
        scale: Factor of the initial parameters.
        decay: Weight decay of AdamW.
        rate: Learning rate of AdamW.
        steps: Number of full batches.
        hidden: Widths of the hidden layers.
    """

    name: str
    sets: tuple[Sets, int]
    framework: str
    loss: str
    right: tuple[str, ...]
    scale: float = 1.0
    decay: float = 0.0
    rate: float = 1e-3
    steps: int = 2000
    hidden: tuple[int, ...] = (50, 50)


LATE = ("delayed", "both")
LARGE = {"scale": 5.0, "steps": 10_000, "hidden": (100, 100)}
SUM = {"decay": 1.0, "rate": 3e-3, "steps": 6000, "hidden": (128,)}
TRAININGS = (
    Training("digits", digits(), "optax", "squared", ("none",)),
    Training("digits", digits(), "torch", "cross-entropy", ("none", "ascent")),
    Training("random labels", random_labels(2), "torch", "squared", ("memorised",)),
    Training(
        "random labels", random_labels(1), "optax", "cross-entropy", ("memorised",)
    ),
    Training(
        "digits, large start", digits(200), "torch", "squared", ("memorised",), **LARGE
    ),
    Training(
        "digits, large start, decay", digits(200), "optax", "squared", LATE,
        decay=0.1, **LARGE,
    ),
    Training("a + b mod 23", addition(23), "optax", "cross-entropy", LATE, **SUM),
    Training("a + b mod 23", addition(23), "torch", "cross-entropy", LATE, **SUM),
)  # fmt: skip
