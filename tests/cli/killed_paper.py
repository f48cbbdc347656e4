"""`suffice` with one more paper, whose experiments are two sweeps and a table."""

import dataclasses
import sys
import time
import types

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from toy import Toy

from suffice.cli import main
from suffice.papers import Paper, PAPERS, Publication
from suffice.papers._paper import Experiment
from suffice.report._pages._claim import Claim
from suffice.sweeps import open_store, sweep

STUDY = Toy(grid={"scale": tuple(map(float, range(1, 9)))}, seeds=4, sleep=0.05)


def swept(key):
    def measure(run):
        store = run.folder / "toy"
        sweep(dataclasses.replace(STUDY, key=key), store)
        return open_store(store)[["mean"]].drop_attrs()

    return measure


def table(run):
    time.sleep(0.2)
    return xr.Dataset({"mean": ("n", np.arange(3.0))})


def judge(data):
    total = float(data["mean"].sum())
    yield Claim("Means are finite.", "Fig. 1", "finite", f"{total}", np.isfinite(total))


def draw(data):
    figure = Figure()
    figure.subplots().plot(data["mean"].values.ravel())
    return figure


if __name__ == "__main__":
    module = types.ModuleType("suffice.papers.toy")
    experiments = [
        Experiment(name, name, "Caption.", measure, judge, draw)
        for name, measure in (("one", swept(1)), ("two", swept(2)), ("last", table))
    ]
    module.PAPER = Paper(Publication("0000.00000", "A toy", "toy"), tuple(experiments))
    sys.modules[module.__name__] = module
    PAPERS["toy"] = "for the tests"
    sys.exit(main(sys.argv[1:]))
