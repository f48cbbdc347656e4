"""Fixed matrices added to what attention reads and writes: orthogonal noise."""

from typing import get_args, Literal

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Variant = Literal["identity", "random", "serial"]


class OrthogonalNoise(eqx.Module):
    """Extra terms of the bilinear forms of attention, with scalar strengths.

        W^qk(l) = (W_Q W_Kᵀ + α_l Q_l) / √dk        W^vo(l) = W_V W_O + β_l V_l

    | variant | Q_l | V_l |
    |---|---|---|
    | `identity` | I | I |
    | `random` | Z^(l-1), nothing at l = 0 | Z^(l) |
    | `serial` | Z^(0) at l = 1, Z^(l-1)ᵀ Z^(0) at l ≥ 2, nothing at l = 0 | Z^(l) |

    The entries of `Z^(l)` are drawn once from `N(0, 1/D)`; they follow from `seed` and
    are no parameters, so neither gradients nor weight decay touch them, and all members
    of an ensemble share them. Because `Z Zᵀ` is nearly the identity, `serial` makes
    every matching kernel of a serial reasoner start near a multiple of the identity;
    the other two do not.

    Attributes:
        strength: `(2, layers, heads)`, the α and the β that training may change; None
            when they are `fixed`.
        variant: The row of the table above.
        fixed: α and β of every layer and head, when there is no `strength`.
        seed: Random seed of the matrices `Z^(l)`.

    Source:
        The identity and the random matrices: arXiv:2405.15302. `serial` is the algebra
        that serial matching asks for, derived and verified here.
    """

    strength: Float[Array, "2 layers heads"] | None
    variant: str = eqx.field(static=True)
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
        variant: str,
        layers: int,
        heads: int = 1,
        *,
        alpha: float = 0.5,
        beta: float = 0.5,
        seed: int = 0,
    ) -> "OrthogonalNoise":
        """Strengths that training changes, equal in all layers and heads at the start.

        Args:
            variant: Which matrices are added.
            layers: Number of layers of the transformer.
            heads: Number of its heads.
            alpha: Strength in the scores at the start.
            beta: Strength in the outputs at the start.
            seed: Random seed of the matrices.
        """
        rows = [jnp.full((layers, heads), start) for start in (alpha, beta)]
        return cls(jnp.stack(rows), variant, seed=seed)

    def scores(self, layer: int, width: int) -> tuple[Array, Array] | None:
        """Strength per head `(heads or 1,)` and matrix `Q_l`, None if it is absent."""
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
