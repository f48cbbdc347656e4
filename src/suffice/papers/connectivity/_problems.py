"""Random completion problems of the three classes, and what training makes of them."""

from collections.abc import Sequence

import jax
import numpy as np
import xarray as xr

from suffice.completion import (
    Connectivity,
    factorisation_flow,
    minimum_nuclear_norm,
    predict_bias,
)

CLASSES = {
    Connectivity.connected: "connected",
    Connectivity.disconnected_complete: "complete components",
    Connectivity.disconnected: "other disconnected",
}
RANK_THRESHOLD = 1e-3  # relative to the largest singular value, as in the library
SAME_NORM = 1e-6  # relative excess below which a nuclear norm is the least
STEPS = 6000


def matrix(size: int, rank: int, rng: np.random.Generator) -> np.ndarray:
    """A random square matrix with singular values between d/2 and 3d/2."""
    u, v = (np.linalg.qr(rng.standard_normal((size, rank)))[0] for _ in range(2))
    return u * rng.uniform(1.0, 3.0, rank) * size / 2 @ v.T


def random_mask(size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """A mask with `count` observed entries at random places."""
    mask = np.zeros(size * size, bool)
    mask[rng.permutation(size * size)[:count]] = True
    return mask.reshape(size, size)


def block_mask(
    size: int, blocks: int, holes: int, rng: np.random.Generator
) -> np.ndarray:
    """Full blocks that share no row and no column, with `holes` entries left out."""
    cuts = [
        np.sort(rng.choice(np.arange(1, size), blocks - 1, replace=False))
        for _ in range(2)
    ]
    label = [np.searchsorted(cut, np.arange(size), side="right") for cut in cuts]
    mask = np.equal.outer(rng.permutation(label[0]), rng.permutation(label[1]))
    observed = np.argwhere(mask)
    mask[tuple(observed[rng.permutation(len(observed))[:holes]].T)] = False
    return mask


def trained(
    problems: Sequence[tuple[np.ndarray, np.ndarray, int]],
    scales: Sequence[float],
    *,
    max_steps: int = STEPS,
) -> xr.Dataset:
    """Train every problem from every scale, and compare with what is least.

    Args:
        problems: Mask, matrix and rank of each; masks without any class are left out.
        scales: Standard deviations of the initial factors.
        max_steps: Limit on the steps; what has not converged by then is left out of
            every comparison.
    """
    kept, kinds, least = [], [], []
    for mask, target, rank in problems:
        prediction = predict_bias(mask, rank=rank)
        if prediction.connectivity in CLASSES:
            kept.append((mask, target))
            kinds.append(CLASSES[prediction.connectivity])
            least.append(
                (rank, prediction.minimum_rank, prediction.rank, int(mask.sum()))
            )
    masks, targets = (np.stack(part) for part in zip(*kept, strict=True))
    flow = factorisation_flow(
        targets, masks, scales=scales, key=jax.random.key(5), max_steps=max_steps
    )
    norms = minimum_nuclear_norm(targets, masks, tolerance=1e-9)
    runs = ("problem", "scale")
    target_rank, minimum, predicted, observed = np.array(least).T
    return xr.Dataset(
        {
            "class": ("problem", kinds),
            "target_rank": ("problem", target_rank),
            "minimum_rank": ("problem", minimum),
            "predicted_rank": ("problem", predicted),
            "observed": ("problem", observed),
            "minimum_norm": ("problem", norms.lower),
            "norm_gap": ("problem", norms.gap),
            "converged": (runs, flow.converged[..., 0]),
            "rank": (runs, flow.rank[..., 0]),
            "norm": (runs, flow.nuclear_norm[..., 0]),
        },
        {"scale": list(scales)},
    )


def excess(data: xr.Dataset) -> xr.DataArray:
    """Nuclear norm above the least possible, relatively."""
    return data["norm"] / data["minimum_norm"] - 1


def shares(data: xr.Dataset, kind: str, scale: float) -> dict[str, tuple[int, int]]:
    """How many runs of a class have the least rank, the least norm, the sum of ranks.

    Returns:
        For each the count and the number of runs that converged.
    """
    one = data.sel(scale=scale)
    use = ((one["class"] == kind) & one["converged"]).to_numpy()
    total = int(use.sum())
    facts = {
        "rank": one["rank"] == one["minimum_rank"],
        "norm": excess(data).sel(scale=scale) < SAME_NORM,
        "sum": one["rank"] == one["predicted_rank"],
    }
    return {
        name: (int((fact.to_numpy() & use).sum()), total)
        for name, fact in facts.items()
    }
