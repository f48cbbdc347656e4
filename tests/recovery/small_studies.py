"""Small studies that several tests run."""

import numpy as np

import suffice.recovery as rec
from suffice.architectures import (
    MatrixSpec,
    TwoLayerSpec,
)

SEEDS = np.arange(8)


NEURON = rec.Study(
    model=TwoLayerSpec(width=2, inputs=1, bias=True),
    target=rec.NamedFunction("tanh(x+1)"),
    samples=rec.Random(size=4),
)


RANK_ONE = ((1.0, 2.0), (3.0, 6.0), (-1.0, -2.0))


ENTRIES = rec.Study(
    model=MatrixSpec((3, 2), rank=2),
    target=rec.Matrix(RANK_ONE),
    samples=rec.Planned(size=4),
    initialisation=rec.Normal(1e-4),
    recover=1e-4,  # exact only in the limit of small scales
)
