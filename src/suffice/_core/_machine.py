"""The processor, and the folder of programs that were compiled for it."""

import hashlib
import os
import platform
from pathlib import Path


def processor() -> str:
    """The name of the processor, on which the last digits of a number may depend."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def compiled_folder() -> str | None:
    """The folder in which this user keeps compiled programs for this processor.

    None if the user has no home or may not write there. JAX names each program by its
    version, so that another version compiles anew.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    host = hashlib.blake2b(processor().encode(), digest_size=4).hexdigest()
    folder = Path(cache, "suffice", f"jax-{host}")
    if not folder.is_absolute():
        return None
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return str(folder) if os.access(there, os.W_OK | os.X_OK) else None
