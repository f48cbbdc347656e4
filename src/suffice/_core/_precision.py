"""Whether the numbers are precise enough to decide a rank."""

import jax.numpy as jnp


def require_float64(purpose: str) -> None:
    """Refuse to go on in single precision.

    Args:
        purpose: What needs the precision, as the subject of a sentence.

    Raises:
        ValueError: JAX runs in its default float32 mode.
    """
    if jnp.result_type(float) != jnp.float64:
        raise ValueError(
            f"{purpose} needs float64 and JAX is in float32 mode; call "
            "jax.config.update('jax_enable_x64', True) at the start of the program."
        )
