"""The entries whose observation lowers the noise most."""

import numpy as np

from suffice.completion._determined._field import Floats
from suffice.completion._entries._mask import Mask

from ._offer import Offer
from ._stability import (
    covariance_and_kernel,
    DENSE_UNKNOWNS,
    generic_or_given,
    variances,
)


def noisiest(
    mask: Mask, rank: int, offer: Offer, count: int, factors, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the entries of a determined matrix where noise is amplified most.

    After each pick the variances are updated as if the entry had been observed. With
    costs, the entry with the largest variance per cost is chosen.

    Raises:
        ValueError: There are more than 3000 unknowns.
    """
    m, n = mask.shape
    if rank * (m + n) > DENSE_UNKNOWNS:
        raise ValueError(
            f"count asks for {count} picks beyond the deficit with {rank * (m + n)} "
            f"unknowns, more than {DENSE_UNKNOWNS}; leave count out, or choose entries "
            "where stability_map is large."
        )
    field = Floats(rng)
    a, b = generic_or_given(factors, mask, rank, field)
    covariance, _ = covariance_and_kernel(mask, a, b)
    usable = np.ones((m, n), bool) & offer.block(slice(None))
    usable[mask.rows, mask.columns] = False
    price = np.ones((m, n)) if offer.costs is None else np.maximum(offer.costs, 1e-300)
    picks = []
    while len(picks) < min(count, int(usable.sum()) + len(picks)):
        squared = np.where(usable, variances(covariance, a, b) / price, -1.0)
        i, j = (int(v) for v in np.unravel_index(squared.argmax(), squared.shape))
        picks.append((i, j))
        usable[i, j] = False
        row = np.zeros((m + n, rank))
        row[i], row[m + j] = b[j], a[i]
        pulled = covariance @ row.ravel()
        covariance -= np.outer(pulled, pulled) / (1 + row.ravel() @ pulled)
    chosen = np.array(picks, np.int64).reshape(-1, 2)
    return chosen[:, 0], chosen[:, 1]
