"""Sample sizes that the theory predicts for a study."""

import dataclasses
from typing import Any

import numpy as np

import suffice.models as models
from suffice.landscape import Thresholds, thresholds
from suffice.sweeps import with_field

from ._study import Study


def theory_lines(study: Study, **point: Any) -> Thresholds:
    """Return the sample sizes that the theory predicts for the target of a study.

    If every seed has another target, the thresholds are those of seed 0, which are the
    same for almost every target. Use `empirical_threshold` to measure a threshold.

    Args:
        study: The study.
        point: Values of varied fields, with `__` for each dot: `model__width=20`.

    Raises:
        ValueError: The target is a plain function without known parameters, or the
            model cannot represent it.

    Examples:
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> study = sf.Study(LinearSpec(inputs=3), RandomNetwork(), Random(size=3))
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
