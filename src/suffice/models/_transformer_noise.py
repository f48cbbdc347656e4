"""Orthogonal noise: fixed matrices that are added to the products of attention."""

from typing import get_args, Literal

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Variant = Literal["identity", "random", "serial"]


class OrthogonalNoise(eqx.Module):
    """Additional terms in the bilinear forms of attention, with scalar strengths.

        W^qk(l) = (W_Q W_Kᵀ + α_l Q_l) / √dk        W^vo(l) = W_V W_O + β_l V_l

    | variant | Q_l | V_l |
    |---|---|---|
    | `identity` | I | I |
    | `random` | Z^(l-1), zero at l = 0 | Z^(l) |
    | `serial` | Z^(0) at l = 1, Z^(l-1)ᵀ Z^(0) at l ≥ 2, zero at l = 0 | Z^(l) |

    The entries of `Z^(l)` are drawn from `N(0, 1/D)` and determined by `seed`. They are
    not parameters, so gradients and weight decay do not change them, and all members of
    an ensemble have the same. Since `Z Zᵀ` is nearly the identity, with `serial` every
    matching kernel of a serial reasoner is initially close to a multiple of the
    identity; with the other variants it is not.

    Attributes:
        strength: The trainable α and β, of shape `(2, layers, heads)`; None if they are
            `fixed`.
        variant: A row of the table above.
        fixed: α and β of every layer and head, used if `strength` is None.
        seed: Random seed of the matrices `Z^(l)`.

    Source:
        `identity` and `random`: arXiv:2405.15302. `serial` follows from the algebra of
        serial matching; derived and verified here.

    Examples:
        >>> noise = sf.models.OrthogonalNoise.learnable("identity", layers=2, alpha=0.5)
        >>> strength, matrix = noise.scores(layer=1, width=2)
        >>> (float(strength[0]) * matrix).tolist()
        [[0.5, 0.0], [0.0, 0.5]]
    """

    strength: Float[Array, "2 layers heads"] | None
    variant: Variant = eqx.field(static=True)
    fixed: tuple[float, float] = eqx.field(static=True, default=(0.0, 0.0))
    seed: int = eqx.field(static=True, default=0)

    def __check_init__(self):
        if self.variant not in get_args(Variant):
            raise ValueError(
                f"variant is {self.variant!r}; expected one of "
                f"{', '.join(get_args(Variant))}."
            )

    @classmethod
    def learnable(
        cls,
        variant: Variant,
        layers: int,
        heads: int = 1,
        *,
        alpha: float = 0.5,
        beta: float = 0.5,
        seed: int = 0,
    ) -> "OrthogonalNoise":
        """Noise with trainable strengths that are equal in all layers and heads.

        Args:
            variant: A row of the table above.
            layers: Number of layers of the transformer.
            heads: Number of heads of each layer.
            alpha: Initial strength in the scores.
            beta: Initial strength in the outputs.
            seed: Random seed of the matrices.
        """
        rows = [jnp.full((layers, heads), start) for start in (alpha, beta)]
        return cls(jnp.stack(rows), variant, seed=seed)

    def scores(self, layer: int, width: int) -> tuple[Array, Array] | None:
        """Strength per head `(heads or 1,)` and matrix `Q_l`; None if it is zero."""
        if self.variant == "identity":
            return self._strength(0, layer), jnp.eye(width)
        if layer == 0:
            return None
        z = _draw(self.seed, layer - 1, width)
        if self.variant == "serial":
            first = _draw(self.seed, 0, width)
            z = first if layer == 1 else z.T @ first
        return self._strength(0, layer), jnp.asarray(z)

    def outputs(self, layer: int, width: int) -> tuple[Array, Array]:
        """Strength per head `(heads or 1,)` and matrix `V_l`."""
        identity = self.variant == "identity"
        z = np.eye(width) if identity else _draw(self.seed, layer, width)
        return self._strength(1, layer), jnp.asarray(z)

    def _strength(self, which, layer):
        if self.strength is None:
            return jnp.asarray(self.fixed)[which : which + 1]
        return self.strength[which, layer]


def _draw(seed, layer, width):
    rng = np.random.default_rng([seed, layer])
    return rng.standard_normal((width, width)) / width**0.5
