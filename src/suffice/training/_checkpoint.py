"""Checkpoint files: the arrays of a run with its fingerprint, written atomically."""

import hashlib
import re
from pathlib import Path
from typing import Any

import jax
import numpy as np

from suffice._core import read_arrays, whole_file


def fingerprint(words: Any, arrays: Any) -> str:
    """A digest of the text form of an object and of every array of a pytree.

    Memory addresses in the text form of functions are ignored.
    """
    text = re.sub(r" at 0x[0-9a-f]+", "", repr(words))
    digest = hashlib.sha256(text.encode())
    for leaf in map(np.asarray, jax.tree.leaves(arrays)):
        digest.update(f"{leaf.dtype}{leaf.shape}".encode())
        digest.update(np.ascontiguousarray(leaf).tobytes())
    return digest.hexdigest()


def write_checkpoint(path: Path, digest: str, tree: Any) -> None:
    """Write the arrays of a pytree together with the digest of their run."""
    leaves = enumerate(jax.tree.leaves(tree))
    arrays: Any = {f"leaf{i}": np.asarray(leaf) for i, leaf in leaves}
    with whole_file(path) as file:
        np.savez(file, run=np.array(digest), **arrays)


def read_checkpoint(path: Path, digest: str, like: Any) -> Any:
    """Read the arrays that `write_checkpoint` wrote, in the structure of `like`.

    Raises:
        ValueError: The file belongs to another run, or is no checkpoint.
    """
    leaves, structure = jax.tree.flatten(like)
    try:
        archive = read_arrays(path)
        held = str(archive["run"])
        arrays = [archive[f"leaf{i}"] for i in range(len(archive) - 1)]
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"checkpoint {path} is not the file of a run ({error}); name another file."
        ) from None
    if held != digest or len(arrays) != len(leaves):
        raise ValueError(
            f"checkpoint {path} belongs to a run with other models, data or steps; "
            "name another file, or remove this one to start anew."
        )
    return jax.tree.unflatten(structure, arrays)
