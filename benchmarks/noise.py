"""Planted noise: how often it lies within the interval that an audit gives.

    python benchmarks/noise.py --tables 100

Random laws of one to three inputs (linear, curved, saturating, periodic, networks) with
5 to 40 % noise, 25 to 120 rows, half of them with repeated measurements.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import argparse
from typing import NamedTuple

import jax
import numpy as np
from _audit.widths import chosen_widths

from suffice.auditing import NoiseEstimate, Table
from suffice.auditing._audit import _final
from suffice.auditing._noise import noise_of
from suffice.auditing._standard import Standard

LAWS = {
    "linear": lambda x, c: x @ c,
    "curved": lambda x, c: (x @ c) ** 2 + x[:, 0],
    "saturating": lambda x, c: np.abs(c[0]) * (x[:, 0] + 1) / (1.2 + x[:, 0]),
    "periodic": lambda x, c: np.sin(2 * (x @ c)),
    "network": lambda x, c: np.tanh(x @ c + 0.3) - 0.6 * np.tanh(2 * x[:, 0] - 0.4),
}


class Planted(NamedTuple):
    """One table with its noise, and what is found."""

    law: str
    rows: int
    repeats: bool
    noise: float
    found: NoiseEstimate

    @property
    def inside(self) -> bool:
        """Whether the planted noise lies in the interval."""
        return self.found.low <= self.noise <= self.found.high


def planted(seed: int) -> tuple[str, float, Table, bool]:
    """Draw a law, its noise and a table."""
    rng = np.random.default_rng(seed)
    name = list(LAWS)[seed % len(LAWS)]
    dim, repeats = int(rng.integers(1, 4)), bool(seed // len(LAWS) % 2)
    rows = int(rng.integers(25, 121))
    x = rng.uniform(-1, 1, (rows // 3 if repeats else rows, dim))
    x = np.repeat(x, 3, axis=0) if repeats else x
    clean = LAWS[name](x, rng.normal(size=dim))
    noise = float(rng.choice([0.05, 0.15, 0.4]) * clean.std())
    y = clean + noise * rng.standard_normal(len(x))
    names = tuple(f"x{i}" for i in range(dim))
    return name, noise, Table(names, "y", x, y), repeats


def measured(seed: int) -> Planted:
    """Estimate the noise of one table as an audit does."""
    name, noise, table, repeats = planted(seed)
    data, key = Standard.of(table), jax.random.key(seed)
    widths = chosen_widths(data, key, folds=4, restarts=3, max_width=2)
    found = noise_of(_final(data, widths, 4, key), data, widths)
    return Planted(name, len(table.y), repeats, noise, found)


def main() -> None:
    """Print every table, and how many of them hold the noise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=100)
    jax.config.update("jax_enable_x64", True)
    found = []
    for seed in range(parser.parse_args().tables):
        found.append(each := measured(seed))
        e = each.found
        print(
            f"{each.law:<10} {each.rows:>4} rows {'repeats' if each.repeats else '':<8}"
            f"noise {each.noise:.3g} in [{e.low:.3g}, {e.high:.3g}]"
            f"{'' if each.inside else '  MISSED'}",
            flush=True,
        )
    for repeats in (False, True):
        some = [each for each in found if each.repeats == repeats]
        if not some:
            continue
        ends = [(each.found.low, each.found.high) for each in some]
        width = np.median([high / low if low else np.inf for low, high in ends])
        print(
            f"{'repeats' if repeats else 'no repeats'}: "
            f"{sum(each.inside for each in some)} of {len(some)} inside, median "
            f"high / low {width:.2f}"
        )


if __name__ == "__main__":
    main()
