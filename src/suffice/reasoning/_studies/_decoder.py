"""The architecture of a transformer, and the recipe that trains it."""

import dataclasses
import functools
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from suffice._core import check_size, partition
from suffice.models import OrthogonalNoise, Transformer
from suffice.sweeps import value_seed


@dataclasses.dataclass(frozen=True)
class Noise:
    """Orthogonal noise whose strengths are equal in all layers at the start.

    Attributes:
        variant: `identity`, `random` or `serial`, as in `models.OrthogonalNoise`.
        alpha: Strength of the noise in the scores.
        beta: Strength of the noise in the outputs.
        learnable: Whether training changes the strengths.
        seed: Seed of the matrices, which also depend on the key of a study. All members
            of a study share them.

    Examples:
        >>> noise = sf.reasoning.Noise("identity", alpha=0.5).build(layers=2, heads=1)
        >>> strength, matrix = noise.scores(layer=0, width=2)
        >>> (float(strength[0]) * matrix).tolist()
        [[0.5, 0.0], [0.0, 0.5]]
    """

    variant: Literal["identity", "random", "serial"] = "serial"
    alpha: float = 0.5
    beta: float = 0.5
    learnable: bool = True
    seed: int = 0

    def under(self, key: int) -> "Noise":
        """Return the noise with matrices that depend on the key of a study."""
        return dataclasses.replace(self, seed=value_seed(key, "noise", self.seed))

    def build(self, layers: int, heads: int) -> OrthogonalNoise:
        """Return the matrices and their strengths for a transformer."""
        if not self.learnable:
            fixed = (self.alpha, self.beta)
            return OrthogonalNoise(None, self.variant, fixed, self.seed)
        return OrthogonalNoise.learnable(
            self.variant,
            layers,
            heads,
            alpha=self.alpha,
            beta=self.beta,
            seed=self.seed,
        )


@dataclasses.dataclass(frozen=True)
class Decoder:
    """A decoder-only transformer; vocabulary and length come from the task.

    Attributes:
        layers: Number of layers.
        width: Dimension of the residual stream.
        hidden: Number of neurons of each perceptron; None takes four times the width.
        rate: Rate γ of the initialisation `N(0, d_in^(-2γ))`; a larger rate starts
            smaller.
        heads: Number of heads of each layer.
        key_dim: Width of queries, keys and values; None takes `width // heads`.
        norm: Where the residual stream is normalised: `post`, `pre` or `none`.
        activation: Name of the activation of the perceptrons.
        noise: Fixed matrices added to the bilinear forms of attention, or None.

    Examples:
        >>> decoder = sf.reasoning.Decoder(layers=2, width=8)
        >>> members = decoder.build(vocab=7, length=5, seeds=np.arange(3), key=0)
        >>> members.embed.shape, members.embed.dtype.name  # three transformers
        ((3, 7, 8), 'float32')
    """

    layers: int = 2
    width: int = 32
    hidden: int | None = None
    rate: float = 0.8
    heads: int = 1
    key_dim: int | None = None
    norm: Literal["post", "pre", "none"] = "post"
    activation: str = "relu"
    noise: Noise | None = None

    def build(self, vocab: int, length: int, seeds: np.ndarray, key: int) -> Any:
        """Return the ensemble in float32, one member per value of the seed."""
        width, hidden = self.width, self.hidden or 4 * self.width
        layer = width * (4 * (self.key_dim or width) * self.heads + 2 * hidden)
        check_size(
            len(seeds) * (self.layers * layer + (2 * vocab + length) * width),
            f"{len(seeds)} transformers with {self.layers} layers, width {width} and "
            f"{hidden} neurons in each perceptron",
            "take smaller sizes",
        )
        numbers = [value_seed(key, "initialisation", int(seed)) for seed in seeds]
        noise = self.noise and self.noise.under(key)
        unrated = dataclasses.replace(self, rate=0.0, noise=noise)  # rate is traced
        draw = eqx.Partial(_draw, unrated, vocab, length)
        return _draw_all(draw, jnp.asarray(numbers), jnp.asarray(self.rate))


def _draw(decoder: Decoder, vocab: int, length: int, number: Any, rate: Any):
    model = Transformer.normal(
        vocab,
        length,
        decoder.layers,
        decoder.width,
        rate=rate,
        key=jax.random.key(number),
        heads=decoder.heads,
        key_dim=decoder.key_dim,
        hidden=4 * decoder.width if decoder.hidden is None else decoder.hidden,
        norm=decoder.norm,
        activation=decoder.activation,
        noise=decoder.noise and decoder.noise.build(decoder.layers, decoder.heads),
    )
    params, rest = partition(model)
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), params)
    return eqx.combine(single, rest)


@eqx.filter_jit
def _draw_all(draw, numbers, rate):
    return eqx.filter_vmap(lambda number: draw(number, rate))(numbers)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """AdamW on fresh sequences, with warm-up, cosine decay and clipped gradients.

    The learning rate rises linearly from `floor` times its peak to the peak during the
    first part `warm_up` of the steps, and falls back along a cosine.

    Attributes:
        learning_rate: Largest learning rate.
        steps: Number of steps.
        batch: Number of sequences per step.
        warm_up: Share of the steps in which the learning rate rises, 0 to 1.
        floor: Smallest learning rate, as a share of the largest, 0 to 1.
        weight_decay: Decoupled weight decay, as in AdamW.
        clip: Largest norm of a gradient.

    Source:
        The schedule of arXiv:2405.05409, appendix C.

    Examples:
        >>> recipe = sf.reasoning.Recipe(0.01, floor=0.5, weight_decay=0.0)
        >>> theta, gradient = jnp.zeros(1), jnp.array([-3.0])
        >>> first = recipe.optimizer.init(theta)
        >>> step, _ = recipe.optimizer.update(gradient, first, theta)
        >>> step.round(6).tolist()  # Adam steps by the rate: half of the peak
        [0.005]
    """

    learning_rate: float = 1e-3
    steps: int = 1500
    batch: int = 256
    warm_up: float = 0.05
    floor: float = 0.05
    weight_decay: float = 0.01
    clip: float = 1.0

    def __post_init__(self):
        if self.steps < 1 or self.batch < 1:
            raise ValueError(
                f"steps is {self.steps} and batch is {self.batch}; expected at least 1."
            )
        if not (0 <= self.warm_up <= 1 and 0 <= self.floor <= 1):
            raise ValueError(
                f"warm_up is {self.warm_up} and floor is {self.floor}; expected shares "
                "between 0 and 1."
            )

    @property
    def optimizer(self) -> optax.GradientTransformation:
        """The optimiser; equal recipes share one object, so that JAX compiles once."""
        return _optimizer(self)


@functools.lru_cache(maxsize=64)
def _optimizer(recipe: Recipe) -> optax.GradientTransformation:
    low = recipe.floor * recipe.learning_rate
    schedule = optax.warmup_cosine_decay_schedule(
        init_value=low,
        peak_value=recipe.learning_rate,
        warmup_steps=round(recipe.warm_up * recipe.steps),
        decay_steps=recipe.steps,
        end_value=low,
    )
    return optax.chain(
        optax.clip_by_global_norm(recipe.clip),
        optax.adamw(schedule, weight_decay=recipe.weight_decay),
    )
