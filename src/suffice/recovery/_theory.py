"""Sample sizes that theory predicts for a study, on the axes of the results."""

import dataclasses
from typing import Any

import numpy as np

import suffice.models as models
from suffice.landscape import Thresholds, thresholds
from suffice.sweeps import with_field

from ._study import Study


def theory_lines(study: Study, **point: Any) -> Thresholds:
    """The thresholds of the target of a study in its model.

    Where every seed has a target of its own, those of the target of seed 0, which are
    the same for almost every other.

    Args:
        study: The study.
        point: Values of varied fields, with `__` for each dot: `model__width=20`.

    Raises:
        ValueError: The target is a plain function, of which no parameters are known, or
            cannot be expressed by the model.

    Example:
        >>> from suffice.recovery import Linear, Random, RandomNetwork
        >>> study = sf.Study(Linear(inputs=3), RandomNetwork(), Random(size=3))
        >>> print(sf.theory_lines(study).headline())
        Below 3 samples the target is never determined.
    """
    for name, value in point.items():
        study = with_field(study, name.replace("__", "."), value)
    study = dataclasses.replace(study, grid={})
    target = study.targets(np.array([0]))[0]
    model = study.model.template()
    if not hasattr(target, "domain"):
        raise ValueError(
            "the target is a plain function, so nothing is known about the parameters "
            "that express it; give it as a model to see its thresholds."
        )
    if isinstance(target, models.TwoLayer) and type(model) is models.TwoLayer:
        return thresholds(target, model.width)
    return thresholds(target, model=model)
