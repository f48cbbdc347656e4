"""A study whose step limit was raised has the bits of one that had it at once."""

import dataclasses

import numpy as np
import pytest
from small_studies import NEURON

from suffice.sweeps import open_store, sweep
from suffice.training import (
    AdaptiveDescent,
    GradientDescent,
    GradientFlow,
    Optax,
    Outcome,
)

METHODS = [
    pytest.param(GradientFlow(), (30, 60), id="flow"),
    *(
        pytest.param(method, limits, id=name, marks=pytest.mark.slow)
        for name, method, limits in (
            ("descent", GradientDescent(0.1, loss_tolerance=1e-2), (150, 600)),
            ("adaptive", AdaptiveDescent(loss_tolerance=1e-6), (150, 900)),
            ("adam", Optax(learning_rate=0.05, loss_tolerance=1e-3), (70, 300)),
            ("sgd", Optax("sgd", 0.1, batch_size=2, loss_tolerance=1e-3), (100, 500)),
        )
    ),
]


@pytest.mark.parametrize(("method", "limits"), METHODS)
def test_a_raised_limit_gives_the_bits_of_a_larger_one(tmp_path, method, limits):
    """Runs that recovered at the limit, or were cut inside a block, go on, too."""

    def swept(most, store):
        study = dataclasses.replace(
            NEURON,
            method=dataclasses.replace(method, max_steps=most),
            grid={"samples.size": (3, 4)},
            recover=1e-2,
            seeds=9,
            block=5,
        )
        sweep(study, tmp_path / store)
        return open_store(tmp_path / store)

    before, after = (swept(most, "s") for most in limits)
    assert after.identical(swept(limits[1], "whole"))
    cut = before["steps"] >= limits[0]
    assert 0 < cut.sum() < cut.size
    assert (before["outcome"] == Outcome.out_of_steps).sum() <= cut.sum()
    for name in ("steps", "loss", "test_error"):
        assert np.array_equal(before[name].where(~cut), after[name].where(~cut), True)
    assert reached_further(after, before)


def reached_further(after, before):
    return (after["steps"] >= before["steps"]).all() and after["steps"].sum() > (
        before["steps"].sum()
    )
