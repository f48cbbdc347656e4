"""A check that JAX computes in double precision."""

import jax.numpy as jnp


def require_float64(purpose: str) -> None:
    """Check that JAX is in float64 mode.

    Args:
        purpose: The computation that needs it, as the subject of a sentence.

    Raises:
        ValueError: JAX is in its default float32 mode.
    """
    if jnp.result_type(float) != jnp.float64:
        raise ValueError(
            f"{purpose} needs float64 and JAX is in float32 mode; call "
            "jax.config.update('jax_enable_x64', True) at the start of the program."
        )
