"""The difference between the spectra of training and test labels."""

from typing import NamedTuple

import numpy as np

from suffice.spectra._bases._arrays import as_inputs
from suffice.spectra._bases._directions import principal_directions
from suffice.spectra._bases._nudft import nudft

from ._sets import Labelled

WAVES = 20  # highest frequency, in periods over the range of the inputs


class LabelShift(NamedTuple):
    """Relative difference of the spectra of training and test labels.

    Attributes:
        distance: Norm of the difference over the norm of the training spectrum.
        low: Norm of the difference below the dominant test frequency (other than 0),
            over the norm of the test spectrum. It measures low frequencies that the
            training labels show and the test labels do not.
        floor: Root mean square of `low` for independent draws of both sets.
    """

    distance: float
    low: float
    floor: float


def label_shift(train: Labelled, test: Labelled) -> LabelShift:
    """Compare the spectra of labels, along the first principal direction.

    Frequencies are `0, ..., 20` periods over the range of the training inputs, which is
    `k = 0, ..., 20` for points of `[-π, π]`.

    Source:
        The spurious low frequencies of arXiv:2405.17479; derived and verified here.
    """
    points, others = as_inputs(train.x), as_inputs(test.x)
    if points.shape[1] > 1:
        line = principal_directions(points)
        points, others = line.project(points), line.project(others)
    span = float(np.ptp(points)) or 1.0
    k = 2 * np.pi / span * np.arange(WAVES + 1)
    train_spectrum, test_spectrum = nudft(points, train.y, k), nudft(others, test.y, k)
    lower = 1 + int(
        np.linalg.norm(test_spectrum[1:], axis=1).argmax()
    )  # without frequency 0
    noise = (train.y**2).mean(0).sum() / len(train.y)
    noise += (test.y**2).mean(0).sum() / len(test.y)
    size = np.linalg.norm(test_spectrum)
    return LabelShift(
        float(
            np.linalg.norm(train_spectrum - test_spectrum)
            / np.linalg.norm(train_spectrum)
        ),
        float(np.linalg.norm((train_spectrum - test_spectrum)[:lower]) / size),
        float(np.sqrt(lower * noise) / size),
    )
