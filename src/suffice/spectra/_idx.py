"""The idx format of MNIST and its relatives."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

_BYTES = 8  # the code of unsigned bytes, the only type that is read here


def read_idx(path: str | Path) -> UInt8[np.ndarray, "..."]:
    """Read an idx file of unsigned bytes, compressed by gzip or not.

    Args:
        path: Path of the file. Its bytes are two zeros, the code of the type, the
            number of axes, their sizes as big-endian 32-bit numbers, and the values.

    Raises:
        ValueError: The file is missing or of another type, or its length differs from
            that in its header.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} cannot be read: {error}.") from None
    if raw[:3] != bytes((0, 0, _BYTES)) or len(raw) < 4:
        raise ValueError(f"{path} is no idx file of unsigned bytes.")
    axes = raw[3]
    start = 4 + 4 * axes
    if len(raw) < start:
        raise ValueError(f"{path} ends inside its header; fetch the file again.")
    shape = struct.unpack(f">{axes}I", raw[4:start])
    if len(raw) - start != math.prod(shape):
        raise ValueError(
            f"{path} holds {len(raw) - start} values; its header says {shape}."
        )
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)
