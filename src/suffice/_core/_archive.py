"""Archives of arrays with a header and a seal: numbers and names, but no code."""

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import ArrayLike

from ._arrays import read_arrays
from ._files import check_output, whole_file
from ._reading import exists
from ._sealed import digest


@dataclasses.dataclass(frozen=True)
class ArchiveKind:
    """What an archive holds.

    Attributes:
        format: Name of the kind, which its header repeats.
        version: The version that is written and read.
        writer: What writes it, in words.
    """

    format: str
    version: int
    writer: str

    def write(
        self,
        path: str | os.PathLike[str],
        header: Mapping[str, Any],
        arrays: Mapping[str, ArrayLike],
        *,
        overwrite: bool,
    ) -> Path:
        """Write an `.npz` archive, completely or not at all.

        Args:
            path: Path of the file, which is used without adding a suffix.
            header: What JSON can hold.
            arrays: Numbers by name.
            overwrite: Whether an existing file may be replaced.

        Raises:
            FileExistsError: The file exists and `overwrite` is False.
        """
        path = check_output(Path(path), replace=overwrite)
        said = {"format": self.format, "version": self.version, **header}
        body = json.dumps(said, allow_nan=False).encode()
        numbers = {name: np.asarray(array, float) for name, array in arrays.items()}
        parts = {"header": body, "seal": _seal(body, numbers).encode()}
        text = {name: np.frombuffer(part, np.uint8) for name, part in parts.items()}
        with whole_file(path, replace=overwrite) as file:
            np.savez(file, allow_pickle=False, **text, **numbers)
        return path

    def read(
        self, path: str | os.PathLike[str]
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The header and the arrays of an archive, which is as it was written.

        Raises:
            ValueError: The file is of another kind or version, or it is damaged.
            FileNotFoundError: There is no such file.
        """
        try:
            header, arrays, sealed = _opened(Path(path))
            if header.pop("format") != self.format:
                raise ValueError("it is of another kind.")
            version = header.pop("version")
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            raise ValueError(
                f"{path} holds no law; expected a file that {self.writer} wrote."
            ) from None
        if version != self.version:
            raise ValueError(
                f"{path} has version {version!r}; this suffice reads version "
                f"{self.version}."
            )
        if not sealed:
            raise damaged(path)
        return header, arrays

    def wrote(self, path: str | os.PathLike[str]) -> bool:
        """Whether a file is an archive of this kind, of whatever version."""
        try:
            return _opened(Path(path))[0].get("format") == self.format
        except (AttributeError, KeyError, OSError, ValueError, RecursionError):
            return False


def damaged(path: str | os.PathLike[str]) -> ValueError:
    """The error that says that an archive does not hold what was written."""
    return ValueError(
        f"{path} is damaged: it does not hold what was written; save it again."
    )


def _opened(path: Path) -> tuple[Any, dict[str, np.ndarray], bool]:
    """The header, the arrays, and whether the seal is right."""
    if not exists(path):
        raise FileNotFoundError(f"there is no file {path}; check the path.")
    arrays = read_arrays(path)
    body, seal = (arrays.pop(name).tobytes() for name in ("header", "seal"))
    return json.loads(body), arrays, _seal(body, arrays).encode() == seal


def _seal(body: bytes, arrays: Mapping[str, np.ndarray]) -> str:
    parts = [f"{name} {a.dtype} {a.shape}".encode() for name, a in arrays.items()]
    content = b"".join(a.tobytes() for a in arrays.values())
    return digest(body + b"".join(parts) + content)
