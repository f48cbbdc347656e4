"""Inference beside an exception: judged data, the probe of order, the recorded rows."""

import jax.numpy as jnp
import numpy as np
import xarray as xr

from suffice.papers._paper import Run
from suffice.papers.composition import _exception
from suffice.papers.composition._exception import (
    _order,
    along,
    COLUMNS,
    EXCEPTION,
    LOOKS,
    looks,
    RECIPE,
    SEEDS,
    SIZE,
    TASK,
)
from suffice.reasoning import Decoder, Recipe


def two_seeds(inferential, exception, order=1.0):
    """Two equal seeds at three looks; half of the other answers are symmetric."""
    shares = {
        "inferential": inferential,
        "symmetric": [0.5 - share / 2 for share in inferential],
        "exception": exception,
        "seen": [0.1, 0.8, 1.0],
        "order": [0.5, order, order],
    }
    return xr.Dataset(
        {name: (("seed", "step"), [values] * 2) for name, values in shares.items()},
        {"seed": [0, 1], "step": [0, 10, 20]},
    )


def test_inference_is_judged_in_every_run_and_never_against_the_paper(judged):
    ideal = two_seeds([0.0, 0.7, 0.95], [0.0, 0.1, 0.9])
    assert judged("composition", "exception", ideal) == [True] * 4
    half = two_seeds([0.0, 0.7, 0.5], [0.0, 0.1, 0.9], order=0.6)
    assert judged("composition", "exception", half) == [None, True, True, None]
    mirror = two_seeds([0.0, 0.6, 0.1], [0.0, 0.7, 0.9])
    assert judged("composition", "exception", mirror) == [None, None, False, True]
    never = two_seeds([0.0, 0.1, 0.1], [0.0, 0.7, 0.9])
    assert judged("composition", "exception", never)[2] is False
    open_yet = two_seeds([0.0, 0.1, 0.1], [0.0, 0.1, 0.2])
    assert judged("composition", "exception", open_yet)[2] is None


def test_the_probe_tells_orders_that_a_vector_keeps(monkeypatch):
    noise = np.random.default_rng(0).standard_normal((2, SIZE, 6))

    def probed(kept):
        pairs = iter(noise + kept * np.array([[[-1.0]], [[1.0]]]))
        monkeypatch.setattr(
            _exception, "last_vectors", lambda *_: jnp.asarray(next(pairs))
        )
        return float(_order(TASK, None))

    assert probed(5.0) == 1
    assert 0.4 < probed(0.0) < 0.6


def test_the_record_holds_every_seed_at_every_look(tmp_path):
    data = EXCEPTION.measure(Run(False, tmp_path))
    assert data.step.to_numpy().tolist() == looks(RECIPE).tolist()
    assert data.seed.to_numpy().tolist() == list(range(SEEDS))
    shares = data[list(COLUMNS)].to_array()
    assert bool(((shares >= 0) & (shares <= 1)).all())


def test_a_training_is_read_at_every_look(tmp_path):
    decoder = Decoder(1, 8, 16, key_dim=8)
    shares = along(decoder, Recipe(1e-3, 12, 4), 0, tmp_path / "one.checkpoint")
    assert set(shares) == set(COLUMNS)
    assert {len(values) for values in shares.values()} == {LOOKS + 1}
