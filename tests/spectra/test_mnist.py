"""MNIST is found where it lies, checked, and never fetched."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from suffice.spectra import _mnist, load_mnist
from suffice.spectra._idx import read_idx


def idx(array):
    head = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


@pytest.fixture
def digits(monkeypatch, tmp_path):
    """A small MNIST with its own checksums, and a machine that has none of it."""
    rng = np.random.default_rng(0)
    shapes = {
        "x_train": (6, 28, 28),
        "y_train": (6,),
        "x_test": (4, 28, 28),
        "y_test": (4,),
    }
    arrays = {k: rng.integers(0, 9, s, np.uint8) for k, s in shapes.items()}
    files = {
        name: (*_mnist._FILES[name][:2], hashlib.md5(a.tobytes()).hexdigest())
        for name, a in arrays.items()
    }
    monkeypatch.setattr(_mnist, "_FILES", files)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("SUFFICE_DATA", "XDG_CACHE_HOME", "KERAS_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    return arrays


def write(folder, arrays, *, packed=True, dot="-"):
    folder.mkdir(parents=True)
    for name, array in arrays.items():
        stem, kind, _ = _mnist._FILES[name]
        raw = idx(array)
        file = folder / f"{stem}{dot}{kind}-ubyte{'.gz' * packed}"
        file.write_bytes(gzip.compress(raw) if packed else raw)
    return folder


@pytest.mark.parametrize(
    ("place", "options"),
    [
        ("given", {}),
        ("data/MNIST/raw", {"packed": False}),
        ("home/.cache/suffice/mnist", {"dot": "."}),
        ("env", {}),
    ],
)
def test_it_is_found_where_it_lies(digits, tmp_path, monkeypatch, place, options):
    folder = write(tmp_path / place, digits, **options)
    monkeypatch.setattr(_mnist.sys, "platform", "linux")
    if place == "env":
        monkeypatch.setenv("SUFFICE_DATA", str(folder))
    found = load_mnist(folder if place == "given" else None)
    for name, array in digits.items():
        np.testing.assert_array_equal(getattr(found, name), array)
    assert folder.samefile(found.source)
    assert "CC BY-SA 3.0" in found.licence


def test_the_file_of_keras_is_read(digits, tmp_path):
    folder = tmp_path / "home" / ".keras" / "datasets"
    folder.mkdir(parents=True)
    np.savez(folder / "mnist.npz", **digits)
    assert load_mnist().source.endswith("mnist.npz")
    assert load_mnist(folder / "mnist.npz").y_test.tolist() == digits["y_test"].tolist()
    np.savez(folder / "mnist.npz", x_train=digits["x_train"])
    with pytest.raises(ValueError, match=r"not the mnist.npz of keras \(KeyError"):
        load_mnist()


def test_the_given_folder_comes_first_and_alone(digits, tmp_path):
    write(tmp_path / "data", digits)
    load_mnist()
    with pytest.raises(ValueError, match="looked in\n  nothing\nGet the four files"):
        load_mnist("nothing")


def test_nowhere_says_where_it_looked_and_what_to_do(digits):
    with pytest.raises(ValueError, match="not on this machine") as error:
        load_mnist()
    for part in ("suffice", "data", "datasets", "SUFFICE_DATA", "torchvision"):
        assert part in str(error.value)


def test_a_flipped_bit_is_seen(digits, tmp_path):
    digits["x_test"][0, 0, 0] ^= 1
    folder = write(tmp_path / "given", digits)
    with pytest.raises(ValueError, match=r"x_test in .* is not that of MNIST"):
        load_mnist(folder)


def test_idx_files(tmp_path):
    path, array = tmp_path / "a", np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    path.write_bytes(idx(array))
    np.testing.assert_array_equal(read_idx(path), array)
    for raw, reason in (
        (idx(array)[:-1], "holds 23 values; its header says"),
        (idx(array)[:9], "ends inside its header"),
        (b"\x00\x00\x0d\x01" + bytes(8), "no idx file of unsigned bytes"),
        (b"\x1f\x8b" + bytes(9), "cannot be read"),
    ):
        path.write_bytes(raw)
        with pytest.raises(ValueError, match=reason):
            read_idx(path)
    with pytest.raises(ValueError, match="cannot be read"):
        read_idx(tmp_path / "none")


def test_the_real_one_where_it_is():
    try:
        found = load_mnist()
    except ValueError:
        pytest.skip("MNIST is not on this machine; set SUFFICE_DATA to its folder")
    assert found.x_train.shape == (60000, 28, 28)
    assert np.bincount(found.y_test)[[0, 1, 9]].tolist() == [980, 1135, 1009]
