"""Seven masks: what of the rest they determine runs from nothing to everything."""

import csv
from pathlib import Path

import numpy as np

SIZE, RANK = 20, 2


def random_mask(share, seed):
    rng = np.random.default_rng(seed)
    return rng.random((SIZE, SIZE)) < share


def two_blocks(links):
    half = SIZE // 2
    mask = np.zeros((SIZE, SIZE), bool)
    mask[:half, :half] = mask[half:, half:] = True
    rng = np.random.default_rng(1)
    at = rng.choice(half * half, links, replace=False)
    mask[at // half, half + at % half] = True
    return mask


def band(width=3):
    i = np.arange(SIZE)
    return np.abs(i[:, None] - i) <= width


def power_law():
    """A few full rows and columns, many with hardly an entry."""
    rng = np.random.default_rng(2)
    weight = 1.0 / np.arange(1, SIZE + 1) ** 0.7
    return rng.random((SIZE, SIZE)) < np.outer(weight, weight) * 1.2


def small_masks():
    return {
        "random 50 %": random_mask(0.5, 3),
        "random 25 %": random_mask(0.25, 4),
        "two blocks": two_blocks(0),
        "two blocks + 4 links": two_blocks(RANK**2),
        "band": band(),
        "power law": power_law(),
    }


def inst_eval(folder):
    """Which lecturer was rated by which student."""
    with (Path(folder) / "lme4_InstEval.csv").open() as file:
        pairs = [(row["s"], row["d"]) for row in csv.DictReader(file)]
    s, d = zip(*pairs, strict=True)
    rows, columns = (np.unique(side, return_inverse=True)[1] for side in (s, d))
    mask = np.zeros((rows.max() + 1, columns.max() + 1), bool)
    mask[rows, columns] = True
    return mask


def planted(shape, rank=RANK, seed=0):
    """A matrix of the rank whose entries have mean square about one."""
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(shape[0], rank)), rng.normal(size=(rank, shape[1]))
    return left @ right / np.sqrt(rank)
