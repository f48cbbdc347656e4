"""MNIST, read from files on this machine; nothing is downloaded."""

import dataclasses
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from suffice._core import read_arrays

from ._idx import read_idx

LICENCE = "CC BY-SA 3.0, Y. LeCun and C. Cortes"
# MD5 of the values, so that the checksum does not depend on the compression.
_FILES = {
    "x_train": ("train-images", "idx3", "6510e85a72c3e9475c492d559d3770d2"),
    "y_train": ("train-labels", "idx1", "e86ee40d66677c011a9abda399ec8c4d"),
    "x_test": ("t10k-images", "idx3", "240610fa99e73bfa49df8e7fc24d3206"),
    "y_test": ("t10k-labels", "idx1", "073c3904dfbd3e141ff8aa01cfde6b15"),
}
_LAYOUTS = ("", "mnist", "MNIST/raw")
_NPZ = "mnist.npz"


@dataclasses.dataclass(frozen=True, eq=False)
class Mnist:
    """Handwritten digits: pixels from 0 to 255 and their classes.

    Attributes:
        x_train: 60000 training images.
        y_train: Classes of the training images, 0 to 9.
        x_test: 10000 test images.
        y_test: Classes of the test images, 0 to 9.
        source: File or folder from which they were read.
        licence: Licence of the data.
    """

    x_train: UInt8[np.ndarray, "train 28 28"]
    y_train: UInt8[np.ndarray, " train"]
    x_test: UInt8[np.ndarray, "test 28 28"]
    y_test: UInt8[np.ndarray, " test"]
    source: str
    licence: str = LICENCE


def load_mnist(path: str | Path | None = None) -> Mnist:
    """Find MNIST on this machine, check it, and read it.

    The data are searched in this order: `path`; the folder in the environment variable
    `SUFFICE_DATA`; the cache folder of the platform; the folder `data`, which is usual
    with torchvision; the `mnist.npz` of keras. A folder may hold the four idx files,
    compressed or not, directly or in `mnist` or `MNIST/raw`; or it may hold an
    `mnist.npz`. Nothing is ever downloaded.

    Args:
        path: A folder, or an npz file in the layout of keras, which is then the only
            place that is searched; None searches all places.

    Returns:
        Training and test images with their classes.

    Raises:
        ValueError: The data are not found, or they are not MNIST.

    Examples:
        >>> try:
        ...     sf.spectra.load_mnist("downloads")
        ... except ValueError as error:
        ...     print(error)
        MNIST is not on this machine; looked in
          downloads
        Get the four files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz,
        t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz, e.g. by
        torchvision.datasets.MNIST('data', download=True), and pass their folder as path
        or set SUFFICE_DATA to it.
    """
    places = [Path(path)] if path is not None else list(_places())
    for place in places:
        if place.is_file() or (place / _NPZ).is_file():
            file = place if place.is_file() else place / _NPZ
            return _checked(_read_npz(file), file)
        for layout in _LAYOUTS:
            if paths := _complete(place / layout):
                arrays = {name: read_idx(file) for name, file in paths.items()}
                return _checked(arrays, place / layout)
    where = "".join(f"\n  {place}" for place in places)
    raise ValueError(
        f"MNIST is not on this machine; looked in{where}\n"
        "Get the four files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
        "t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz, e.g. by "
        "torchvision.datasets.MNIST('data', download=True), and pass their folder as "
        "path or set SUFFICE_DATA to it."
    )


def _places() -> Iterator[Path]:
    if folder := os.environ.get("SUFFICE_DATA"):
        yield Path(folder)
    yield _cache()
    yield Path("data")
    keras = os.environ.get("KERAS_HOME")
    yield (Path(keras) if keras else Path.home() / ".keras") / "datasets"


def _cache() -> Path:
    """Return the cache folder of the platform."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "suffice"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home()) / "suffice" / "Cache"
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "suffice"


def _complete(folder: Path) -> dict[str, Path] | None:
    """Return the paths of the four files in a folder; None if one is missing."""
    paths = {}
    for name, (stem, kind, _) in _FILES.items():
        names = (f"{stem}{dot}{kind}-ubyte{end}" for dot in "-." for end in (".gz", ""))
        existing = [folder / n for n in names if (folder / n).is_file()]
        if not existing:
            return None
        paths[name] = existing[0]
    return paths


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        arrays = read_arrays(path)
        return {name: arrays[name] for name in _FILES}
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"{path} is not the mnist.npz of keras ({type(error).__name__}: {error})."
        ) from None


def _checked(arrays: dict[str, np.ndarray], source: Path) -> Mnist:
    for name, (*_, digest) in _FILES.items():
        values = np.ascontiguousarray(arrays[name])
        if hashlib.md5(values.tobytes(), usedforsecurity=False).hexdigest() != digest:
            raise ValueError(
                f"{name} in {source} is not that of MNIST: its {values.shape} values "
                "have another checksum; fetch the file again."
            )
    x_train, y_train, x_test, y_test = (arrays[name] for name in _FILES)
    return Mnist(x_train, y_train, x_test, y_test, str(source))
