"""Long cells that go on where they were stopped."""

import numpy as np
import pytest
import toy
from toy import Toy

from suffice.sweeps import (
    open_store,
    sweep,
)


def test_a_long_cell_goes_on_where_it_was_stopped(tmp_path):
    toy.STEPS.clear()
    study = toy.Slow(seeds=2, stop_at=(4, 7))
    for _ in range(2):
        with pytest.raises(toy.Interrupt):
            sweep(study, tmp_path / "s")
        assert len(list((tmp_path / "s" / "cells").iterdir())) == 1
    assert sweep(study, tmp_path / "s").done == 1
    assert list(range(10)) == toy.STEPS
    assert [p.suffix for p in (tmp_path / "s" / "cells").iterdir()] == [".cell"]
    fresh = Toy(seeds=2).run(np.arange(2))
    assert np.array_equal(open_store(tmp_path / "s")["mean"], fresh["mean"])


@pytest.mark.parametrize("content", ["", "rubbish"])
def test_a_checkpoint_that_does_not_fit_is_left_aside(tmp_path, content):
    toy.STEPS.clear()
    study = toy.Slow(seeds=2, stop_at=(4,))
    with pytest.raises(toy.Interrupt):
        sweep(study, tmp_path / "s")
    (kept,) = (tmp_path / "s" / "cells").iterdir()
    kept.write_text(content)
    assert sweep(study, tmp_path / "s").done == 1
    assert [0, 1, 2, 3, *range(10)] == toy.STEPS


def test_a_checkpoint_beside_a_finished_cell_is_removed(tmp_path):
    sweep(toy.Slow(seeds=2), tmp_path / "s")
    left = tmp_path / "s" / "cells" / "0000-000000.checkpoint"
    left.write_text("5")
    sweep(toy.Slow(seeds=2), tmp_path / "s")
    assert not left.exists()
