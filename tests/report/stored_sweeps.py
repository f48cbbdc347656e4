"""Stores of sweeps as they are opened, without any training."""

import dataclasses
import json

import numpy as np
import xarray

import suffice.recovery as rec
from suffice.architectures import TwoLayerSpec
from suffice.report._figures._sweep_view import study_of, views
from suffice.sweeps._plain import to_plain
from suffice.training import Outcome

STUDY = rec.Study(
    model=TwoLayerSpec(width=2, inputs=1, bias=True),
    target=rec.NamedFunction("tanh(x+1)"),
    samples=rec.Random(size=4),
)
SIZES, FIELDS = (
    (2, 3, 4, 6, 8),
    {
        "size": "samples.size",
        "scale": "initialisation.scale",
        "width": "model.width",
        "key": "key",
    },
)


def results(status=2, study=STUDY, **axes):
    """A store as it is opened: from five samples on, half of the runs recover."""
    axes = {"size": SIZES} | axes
    dims = (*axes, "seed")
    shape = (*map(len, axes.values()), 4)
    size = np.array(SIZES).reshape(-1, *(1,) * (len(shape) - 1))
    good = (size >= 5) & (np.arange(4) < 2)
    outcome = np.broadcast_to(
        np.where(good, Outcome.recovered, Outcome.fitted), shape
    ).copy()
    outcome[..., 3] = Outcome.out_of_steps
    error = np.where(outcome == Outcome.recovered, 1e-9, 0.5)
    data = {
        "outcome": (dims, outcome.astype(np.uint8), {"sampling": study.sampling}),
        "test_error": (dims, error),
        "status": (dims, np.broadcast_to(status, shape).copy()),
    }
    coords = {k: (k, list(v), {"field": FIELDS[k]}) for k, v in axes.items()}
    plain = dataclasses.replace(
        study, grid={FIELDS[k]: tuple(v) for k, v in axes.items()}
    )
    about = {
        "class": '"suffice.recovery._study:Study"',
        "study": json.dumps(to_plain(plain)),
        "versions": '{"suffice": "0"}',
    }
    return xarray.Dataset(data, coords | {"seed": np.arange(4)}, about)


def pictures(data):
    return views(rec.summary(data), study_of(data))
