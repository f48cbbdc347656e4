"""Kept pieces of an audit: what a disk has done to them is computed again."""

import numpy as np

from suffice.auditing._memory import Memory


def test_a_piece_that_was_cut_off_anywhere_is_computed_again(tmp_path):
    calls, memory = [], Memory(tmp_path / "kept", np.arange(3.0))

    def compute():
        calls.append(1)
        return np.linspace(0.0, 1.0, 7), np.arange(4)

    first = memory.recall("a piece", compute)
    (path,) = (tmp_path / "kept").iterdir()
    whole = path.read_bytes()
    memory.recall("a piece", compute)
    assert len(calls) == 1
    for cut in np.random.default_rng(0).integers(0, len(whole), 8):
        path.write_bytes(whole[:cut])
        again = memory.recall("a piece", compute)
        assert all(map(np.array_equal, first, again))
        assert path.read_bytes() == whole
    assert len(calls) == 9
    memory.forget()
    assert not (tmp_path / "kept").exists()
