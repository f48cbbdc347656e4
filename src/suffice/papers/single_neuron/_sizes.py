"""Table 1: optimistic and separation sample sizes, by formula and by rank."""

from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
import xarray as xr

from suffice._core import evaluate, plural
from suffice.landscape._shared import branch_codimension
from suffice.models import TwoLayer
from suffice.papers._paper import decided, Experiment, Run
from suffice.report._shared import Claim
from suffice.samples import optimistic_sample_size
from suffice.tangent import tangent_rank

from ._setting import target

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


def _outside(inputs: int) -> tuple[float, float]:
    """How far the point at the origin is from the target, and from Q1 and Q2."""
    point = _branches(inputs)["at the origin"]
    x = np.random.default_rng(3).standard_normal((200, inputs))
    error = np.abs(evaluate(point, x).ravel() - target(x)).max()
    merged = float(jnp.linalg.norm(point.w[0] - point.w[1]))
    return float(error), min(merged, float(jnp.abs(point.a[1])))


def _measure(run: Run) -> xr.Dataset:
    run.tell("sample sizes by formula, ranks at points of all branches")
    rows, outside = [], []
    for inputs in DIMS:
        best = decided(optimistic_sample_size(_single(inputs), width=2).value)
        codims = [
            branch_codimension(r, width=2, intrinsic=1, weights=inputs + 1)
            for r in (2, 1)
        ]
        ranks = [decided(tangent_rank(m).value) for m in _branches(inputs).values()]
        rows.append([best, *codims, 2 * (inputs + 2), *ranks])
        outside.append(_outside(inputs))
    names = ["optimistic", "silent", "merged", "parameters"]
    names += [f"rank {name}" for name in _branches(1)]
    return xr.Dataset(
        {
            "size": (("inputs", "quantity"), np.array(rows)),
            "outside": (("inputs", "which"), np.array(outside)),
        },
        {"inputs": list(DIMS), "quantity": names, "which": ["error", "distance"]},
    )


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    for inputs, expected in ((1, [3, 4, 5, 6]), (3, [5, 6, 9, 10])):
        row = data["size"].sel(inputs=inputs)
        got, ranks = [int(v) for v in row[:4]], [int(v) for v in row[4:]]
        where = f"{plural(inputs, 'input')} with bias"
        yield Claim(
            f"Optimistic sample size, and separation of Q2 (silent neuron), {where}.",
            "Table 1",
            f"{expected[0]} and {expected[1]}",
            f"{ranks[0]} and {ranks[1]}: ranks of the tangent functions at points of "
            "Q1 and of Q2",
            ranks[:2] == expected[:2],
            covers=("neuron-align", "neuron-fewer"),
        )
        yield Claim(
            f"Optimistic size, separation of Q2 and of Q1, and parameters, {where}.",
            "Table 1",
            str(expected),
            f"{got} by the formulas",
            got == expected,
            kind="check",
        )
        yield _third(data["outside"].sel(inputs=inputs), where, ranks[2])


def _third(outside: xr.DataArray, where: str, rank: int) -> Claim:
    """Whether a point that expresses the target lies on neither branch."""
    error, distance = (float(v) for v in outside)
    return Claim(
        f"Every pair of neurons that expresses the target lies on Q1 or Q2, {where}.",
        "Sec. 3.2, read as a list of all branches",
        "no other point",
        f"the pair with its second neuron at the origin and output weight 0.6 differs "
        f"from the target by at most {error:.0e}, and from Q1 and Q2 by {distance:.1f}",
        not (error < 1e-12 and distance > 0.1),
        f"tanh(0) = 0 adds the branch w_2 = 0 with any a_2, of rank {rank}; it "
        "explains failures near ratio 0 at n = 6, 7, 8 in Fig. 9.",
        kind="reading",
    )


SIZES = Experiment(
    "table-1",
    "Sample sizes of a single neuron",
    "Ranks at points of the branches; nothing is trained.",
    _measure,
    _judge,
)
