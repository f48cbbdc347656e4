"""The three problems: one neuron is learned by 2, 20 and 100."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from suffice.models import TwoLayer
from suffice.training import ensemble


@dataclasses.dataclass(frozen=True)
class FlowProblem:
    """A two-layer tanh network with bias, trained on a single neuron's values.

    Attributes:
        name: As in the table.
        width: Hidden neurons.
        inputs: Input dimension without the bias.
        n: Samples.
        scale: Standard deviation of the initialisation.
        runs: Members of the ensemble.
        few: How many of them the slow methods train.
        budget: Iterations that gradient descent may take.
        rate: Its learning rate; None for 0.95 / curvature at the solution.
        bars: What the prototype reached, by the name of the line.
    """

    name: str
    width: int
    inputs: int
    n: int
    scale: float
    runs: int
    few: int
    budget: int
    rate: float | None
    bars: dict

    @property
    def parameters(self):
        return self.width * (self.inputs + 2)

    def data(self):
        rng = np.random.default_rng(0)
        x = rng.standard_normal((self.runs, self.n, self.inputs))
        if self.inputs == 1:  # as in the paper, evenly spaced and the same for all
            x = np.tile(np.linspace(-2, 2, self.n)[:, None], (self.runs, 1, 1))
        template = TwoLayer.normal(
            self.width, self.inputs, 1.0, key=jax.random.key(0), bias=True
        )
        start = ensemble(template, self.runs, scale=self.scale, key=jax.random.key(1))
        return start, x, target(x)

    def few_data(self):
        start, x, y = self.data()
        part = jax.tree.map(lambda leaf: leaf[: self.few], start)
        return part, x[: self.few], y[: self.few]

    def points(self):
        rng = np.random.default_rng(1)
        return jnp.asarray(rng.standard_normal((200, self.inputs)))


def target(x):
    return np.tanh(x.sum(axis=-1) / x.shape[-1] ** 0.5 + 1)


def functions(models, points):
    """Values of every member at the points, `(runs, points)`."""
    return np.asarray(jax.jit(jax.vmap(lambda m: jax.vmap(m)(points)))(models))


def deviation(values, reference):
    """Root mean square difference of the members' functions."""
    return np.sqrt(np.mean((values - reference) ** 2, axis=1))


PROBLEMS = (
    FlowProblem(
        *("P1", 2, 1, 4, 1e-3, 2048, 512, 200_000, 0.5),
        dict(ms=0.22, loop=4e4, vmap=280, jax=9, equal=270, stiff=4),
    ),
    FlowProblem(
        *("P2", 20, 4, 12, 0.1, 128, 16, 150_000, None),
        dict(ms=1.08, loop=2e4, vmap=380, jax=60, equal=6000, stiff=100),
    ),
    FlowProblem(
        *("P3", 100, 19, 40, 0.1, 16, 4, 60_000, None),
        dict(ms=10.0, loop=300, vmap=95, jax=25, equal=1000),
    ),
)
