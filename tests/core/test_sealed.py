"""Files that vouch for their content."""

import os
import random

import jax.numpy as jnp
import numpy as np
import pytest

from suffice._core import Damaged, read_about, read_sealed, write_sealed

ARRAYS = {
    "a": np.arange(6.0).reshape(2, 3),
    "none": np.zeros((0, 2), np.int32),
    "one": np.array(np.nan),
    "flags": np.array([True, False]),
}


@pytest.fixture
def path(tmp_path):
    write_sealed(tmp_path / "f", {"name": 'Ω "}', "n": 1}, ARRAYS)
    return tmp_path / "f"


def test_what_is_read_is_what_was_written(path):
    about, arrays = read_sealed(path)
    assert (about["name"], about["n"]) == ('Ω "}', 1)
    assert read_about(path) == about
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)
    arrays["a"][0] = 1.0  # the caller's own


def test_types_of_jax_survive(tmp_path):
    write_sealed(tmp_path / "f", {}, {"x": np.asarray(jnp.ones(3, jnp.bfloat16))})
    assert read_sealed(tmp_path / "f")[1]["x"].dtype == jnp.bfloat16


def test_every_flipped_bit_and_every_missing_or_added_byte_is_noticed(path):
    whole, rng = path.read_bytes(), random.Random(0)
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        with pytest.raises(Damaged, match="f is damaged"):
            read_sealed(path)
    for other in (*(whole[:n] for n in range(len(whole))), whole + b"\0"):
        path.write_bytes(other)
        with pytest.raises(Damaged, match="f is damaged"):
            read_sealed(path)


def test_damage_of_the_table_is_noticed_without_the_arrays(path):
    whole = path.read_bytes()
    for bit in random.Random(0).sample(range(8 * whole.index(b"\n") + 8), 200):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with pytest.raises(Damaged):
            read_about(path)


@pytest.mark.parametrize(
    "listed",
    [
        [["a", "float64", [10**15]]],
        [["a", "float64", [-1]]],
        [["a", "float64", [2**70]]],
        [["a", "object", [1]]],
        [["a", "float64", "x"]],
        [["a", "float64", [2**40, "x"]]],
        [["a", "float64", [2**40, [0]]]],
        [["a"]],
        "arrays",
        None,
        [["a", "float64", []]],
        [["a", "nonsense", [1]]],
    ],
)
def test_a_hostile_list_of_arrays_is_refused_before_memory_is_taken(
    tmp_path, monkeypatch, listed
):
    from suffice._core import _sealed

    real = _sealed.json.dumps
    monkeypatch.setattr(
        _sealed.json, "dumps", lambda table, **k: real(table | {"arrays": listed}, **k)
    )
    write_sealed(tmp_path / "f", {}, {"a": np.zeros(0)})
    with pytest.raises(Damaged, match="lists no such arrays"):
        read_sealed(tmp_path / "f")


def test_pipes_links_and_folders_are_not_opened(path, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "link", "folder"):
        with pytest.raises(Damaged, match=f"{name} is damaged: it is no regular file"):
            read_about(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        read_about(tmp_path / "nothing")
