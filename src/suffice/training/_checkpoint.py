"""Checkpoint files: the arrays of a run with its fingerprint, written atomically."""

import hashlib
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from suffice._core import Damaged, read_sealed, write_sealed


def fingerprint(compiled: Any, *arguments: Any) -> str:
    """A digest of the program that a function of `equinox.filter_jit` runs.

    It covers the operations, the constants, and the arrays among the arguments. So it
    tells two functions of one name apart, and is the same in every process under one
    version of JAX.
    """
    digest = hashlib.sha256(compiled.lower(*arguments).as_text().encode())
    for leaf in jax.tree.leaves(eqx.filter(arguments, eqx.is_array)):
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            leaf = jax.random.key_data(leaf)
        array = np.asarray(leaf)
        digest.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def write_checkpoint(path: Path, digest: str, tree: Any) -> None:
    """Write the arrays of a pytree together with the digest of their run."""
    leaves = enumerate(jax.tree.leaves(tree))
    arrays = {f"leaf{i}": np.asarray(leaf) for i, leaf in leaves}
    write_sealed(path, {"run": digest, "jax": jax.__version__}, arrays)


def read_checkpoint(path: Path, digest: str, like: Any) -> Any:
    """Read the arrays that `write_checkpoint` wrote, in the structure of `like`.

    Raises:
        ValueError: The file belongs to another run, is damaged, or is no checkpoint.
    """
    leaves, structure = jax.tree.flatten(like)
    try:
        about, arrays = read_sealed(path)
        held, version = about["run"], about["jax"]
    except (Damaged, KeyError) as error:
        raise ValueError(
            f"checkpoint {path} is not the file of a run, or it is damaged; name "
            "another file, or remove this one to start anew."
        ) from error
    if version != jax.__version__:
        raise ValueError(
            f"checkpoint {path} was written under JAX {version}, this is JAX "
            f"{jax.__version__}, whose last digits may differ; install that version, "
            "or remove the file to start anew."
        )
    if held != digest or len(arrays) != len(leaves):
        raise ValueError(
            f"checkpoint {path} belongs to a run with other models, data, loss, "
            "optimiser, measurements or steps; name another file, or remove this one "
            "to start anew."
        )
    return jax.tree.unflatten(structure, arrays.values())
