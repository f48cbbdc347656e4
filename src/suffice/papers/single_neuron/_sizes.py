"""Table 1: optimistic and separation sample sizes, by formula and by rank."""

from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
import xarray as xr

from suffice.landscape._shared import branch_codimension
from suffice.models import TwoLayer
from suffice.papers._paper import decided, Experiment, Run
from suffice.report._shared import Claim
from suffice.samples import optimistic_sample_size
from suffice.tangent import tangent_rank

DIMS = (1, 3)  # inputs; D is one more, for the bias


def _single(inputs: int) -> TwoLayer:
    return TwoLayer(jnp.ones((1, inputs)), jnp.ones(1), jnp.ones(1))


def _branches(inputs: int) -> dict[str, TwoLayer]:
    """A point of every branch of two neurons that express one."""
    one = jnp.ones(inputs)
    other = jnp.linspace(-0.7, 1.3, inputs) if inputs > 1 else jnp.array([-0.7])
    pairs = {
        "merged": (one, 1.0, jnp.array([0.3, 0.7])),
        "silent": (other, 0.4, jnp.array([1.0, 0.0])),
        "at the origin": (0 * one, 0.0, jnp.array([1.0, 0.6])),
    }
    return {
        name: TwoLayer(jnp.stack([one, w]), a, jnp.array([1.0, b]))
        for name, (w, b, a) in pairs.items()
    }


def _measure(run: Run) -> xr.Dataset:
    run.tell("sample sizes by formula, ranks at points of all branches")
    rows = []
    for inputs in DIMS:
        best = decided(optimistic_sample_size(_single(inputs), width=2).value)
        codims = [
            branch_codimension(r, width=2, intrinsic=1, weights=inputs + 1)
            for r in (2, 1)
        ]
        ranks = [decided(tangent_rank(m).value) for m in _branches(inputs).values()]
        rows.append([best, *codims, 2 * (inputs + 2), *ranks])
    names = ["optimistic", "silent", "merged", "parameters"]
    names += [f"rank {name}" for name in _branches(1)]
    return xr.Dataset(
        {"size": (("inputs", "quantity"), np.array(rows))},
        {"inputs": list(DIMS), "quantity": names},
    )


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    for inputs, expected in ((1, [3, 4, 5, 6]), (3, [5, 6, 9, 10])):
        row = data["size"].sel(inputs=inputs)
        got = [int(v) for v in row[:4]]
        yield Claim(
            f"Optimistic size, separation of Q2 and of Q1, and parameters for {inputs} "
            "input(s) with bias.",
            "Table 1",
            str(expected),
            str(got),
            got == expected,
        )
        big = inputs + 1
        ranks = [int(v) for v in row[4:]]
        yield Claim(
            f"Branches of the target set for {inputs} input(s).",
            "Sec. 3.2: Q1 (merged) and Q2 (silent)",
            "two branches",
            f"three, with tangent ranks {ranks}",
            False,
            f"tanh(0) = 0 adds the branch w_2 = 0 with any a_2, of rank 2D + 1 = "
            f"{2 * big + 1}; it explains failures near ratio 0 at n = 6, 7, 8 in "
            "Fig. 9.",
        )


SIZES = Experiment(
    "table-1",
    "Sample sizes of a single neuron",
    "Computed exactly, without training.",
    _measure,
    _judge,
)
