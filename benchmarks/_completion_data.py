"""Real matrices, masked and completed: is the error where the map says?"""

import gzip
from pathlib import Path

import jax
import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from suffice.completion import complete


def volcano(folder):
    frame = pd.read_csv(Path(folder) / "datasets_volcano.csv", index_col=0)
    return frame.to_numpy(float)


def genes(folder):
    frame = pd.read_csv(Path(folder) / "dslabs_tissue_gene_expression.csv", index_col=0)
    return frame.select_dtypes("number").to_numpy(float)


def digits(folder, count=150):
    """The first images of MNIST's test set, one per row; pixels that are ever inked."""
    with gzip.open(Path(folder) / "t10k-images-idx3-ubyte.gz") as file:
        raw = np.frombuffer(file.read(16 + 784 * count), np.uint8, offset=16)
    images = raw.reshape(count, 784) / 255.0
    return images[:, (images > 0).mean(0) > 0.05]


# How to read it, rank, and the mean share that is kept.
DATA = {
    "volcano": (volcano, 3, 0.2),
    "gene expression": (genes, 3, 0.15),
    "MNIST digits": (digits, 4, 0.3),
}


def dropout(shape, share, rng):
    """Some rows and columns are observed much more often than others."""
    odds = np.outer(rng.uniform(0.2, 1, shape[0]) ** 2, rng.uniform(0.2, 1, shape[1]))
    return rng.random(shape) < np.minimum(1.0, share * odds / odds.mean())


def stability_lines(name, folder):
    """One line of the table for one matrix without a ridge, and one with the best."""
    read, rank, share = DATA[name]
    truth = read(folder)
    mask = dropout(truth.shape, share, np.random.default_rng(5))
    matrix = np.where(mask, truth, np.nan)
    key = jax.random.key(0)
    for ridge in (0.0, "auto"):
        found = complete(matrix, rank=rank, fill="all", ridge=ridge, starts=1, key=key)
        seen = f"{mask.mean():.0%} of {truth.shape[0]} x {truth.shape[1]}"
        amp = found.stability().amplification
        error = np.abs(found.values - truth)
        yield (name, seen, rank, f"{found.ridge:.3g}", *_measured(found, amp, error))


def _measured(found, amp, error):
    rows = [
        (amp[i, where], error[i, where])
        for i, where in enumerate(found.determined & np.isfinite(amp))
        if where.any()
    ]
    rho, low, high = correlation(rows)
    order = np.argsort(np.concatenate([a for a, _ in rows]))
    ordered = np.concatenate([e for _, e in rows])[order]
    quarter = len(order) // 4
    best, worst = np.median(ordered[:quarter]), np.median(ordered[-quarter:])
    open_ = error[~found.observed & ~found.determined]
    ratio = f"{np.median(open_) / np.median(ordered):.2g}x" if open_.size else "none"
    return f"{rho:.2f} ({low:.2f} to {high:.2f})", f"{best:.2g}, {worst:.2g}", ratio


def correlation(rows, resamples=200):
    """Rank correlation of map and error; the interval resamples whole rows."""
    rng = np.random.default_rng(0)

    def one(some):
        pairs = [np.concatenate(side) for side in zip(*some, strict=True)]
        return spearmanr(*pairs).statistic

    drawn = [
        one([rows[i] for i in rng.integers(len(rows), size=len(rows))])
        for _ in range(resamples)
    ]
    return one(rows), *np.quantile(drawn, [0.025, 0.975])
