"""The sample size from which on training recovers, found with few runs."""

import dataclasses

import numpy as np

from suffice.sweeps import find_threshold, SuccessThreshold, with_field
from suffice.training import Outcome

from ._study import Study


def empirical_threshold(
    study: Study,
    sizes: tuple[int, int],
    *,
    fraction: float = 0.5,
    error: float = 0.05,
    batch: int = 32,
    limit: int = 512,
) -> SuccessThreshold:
    """Find the smallest sample size at which a fraction of the runs recovers.

    Bisection over the sample size with a sequential test at each: some dozens of runs
    where a grid takes thousands. With a small fraction, say 0.05, it finds where
    recovery begins to have positive probability (the separation sample size); with a
    large one, say 0.95, where almost every run recovers.

    Seeds are counted from 0 at every size, so that the same call makes the same runs.
    An undetermined run counts as a failure: where there are many, allow more steps.

    Args:
        study: The study; its grid and its number of seeds are left aside.
        sizes: First and last sample size.
        fraction: To be reached.
        error: Probability of a wrong answer, at most, if recovery does not become
            rarer with more samples.
        batch: Runs computed together.
        limit: Runs per sample size, at most; a size whose fraction is too close to the
            wanted one stays undecided.

    Raises:
        ValueError: Seeds share their samples, so that runs are not independent; or see
            `suffice.sweeps.find_threshold`.

    Example:
        >>> from suffice.recovery import Linear, Random, RandomNetwork
        >>> study = sf.Study(Linear(inputs=3), RandomNetwork(), Random(size=3))
        >>> sf.empirical_threshold(study, sizes=(1, 4), batch=16).high
        3
    """
    share = getattr(study.samples, "share", 1)
    if share != 1:
        raise ValueError(
            f"samples.share is {share}: runs that share their samples are not "
            "independent, and the test would count them as if they were. Set it to 1."
        )
    plain = dataclasses.replace(study, grid={})

    def trial(size: int, seeds: np.ndarray) -> np.ndarray:
        columns = with_field(plain, "samples.size", int(size)).run(seeds)
        return columns["outcome"] == Outcome.recovered

    return find_threshold(
        trial, sizes, q=fraction, error=error, batch=batch, limit=limit
    )
