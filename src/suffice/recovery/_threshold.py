"""A search for the sample size from which on training recovers."""

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

    The search is a bisection over the sample size with a sequential test at each size.
    It takes some dozens of runs where a grid takes thousands. A small fraction, such as
    0.05, gives the size from which on recovery has positive probability (the separation
    sample size); a large fraction, such as 0.95, gives the size from which on almost
    every run recovers. Use a `Study` on a grid for the fraction at all sizes.

    Seeds are counted from 0 at every size, so that equal calls compute equal runs. An
    undetermined run counts as a failure; allow more steps if there are many.

    Args:
        study: The study; its grid and its number of seeds are ignored.
        sizes: First and last sample size.
        fraction: The fraction of runs that should recover, between 0 and 1.
        error: Largest probability of a wrong answer, if recovery does not become
            rarer with more samples.
        batch: Number of runs that are computed together.
        limit: Largest number of runs per sample size; a size whose fraction is too
            close to `fraction` stays undecided.

    Returns:
        The last size that fails and the first size that succeeds.

    Raises:
        ValueError: Seeds share their samples, so that runs are not independent, or as
            in `suffice.sweeps.find_threshold`.

    Examples:
        >>> from suffice.architectures import LinearSpec
        >>> from suffice.recovery import Random, RandomNetwork
        >>> study = sf.Study(LinearSpec(inputs=3), RandomNetwork(), Random(size=3))
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
