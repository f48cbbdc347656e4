"""Sweeps of papers: the numbers do not depend on the processes that compute them."""

import dataclasses

import numpy as np

from suffice.papers._paper import Run
from suffice.papers._transformers import swept
from suffice.reasoning import ChainStudy, ChainTask, Decoder, Recipe

CHAIN = ChainTask(pairs=2, tokens=(20, 31))
MODEL = Decoder(2, 8, 8, key_dim=4)
GRID = {"model.rate": (0.5, 0.8)}
STUDY = ChainStudy(CHAIN, MODEL, Recipe(1e-3, 64, 8), GRID, 2, evaluated=20, block=2)


def test_workers_and_this_process_compute_the_same_numbers(tmp_path):
    said = []
    runs = [
        Run(False, tmp_path, workers, lambda *words: said.append(words[-1]))
        for workers in (0, 2)
    ]
    here, there = (swept(r, STUDY, tmp_path / str(r.workers), "rates") for r in runs)
    assert here.drop_attrs().identical(there.drop_attrs())
    assert said[-1] == "experiments: 2 of 2 rates trained"
    other = swept(runs[0], dataclasses.replace(STUDY, key=1), tmp_path / "other", "")
    assert not np.array_equal(here["outside"], other["outside"])
