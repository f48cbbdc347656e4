"""Model ranks at real points, and two tables of the paper that are wrong."""

import itertools
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from suffice.models import Convolution, MatrixProduct
from suffice.papers._paper import Experiment, Run
from suffice.papers._sample_size._convolutions import at_points, NAMES, rank_at
from suffice.report._shared import Claim
from suffice.tangent import jacobian, numerical_rank

KEY = jax.random.key(4)
PRINTED = {"no sharing": 23, "fully connected": 38}
SHAPES = {"matrices": (4, 4, 4), "deep": (3, 5, 5, 4)}


def _idle() -> Convolution:
    """Two kernels of size 3 on six inputs; three output weights vanish."""
    model = Convolution.normal(2, (6,), (3,), key=KEY)
    mask = jnp.array([[1.0, 0, 1, 0], [1, 1, 0, 1]])
    return Convolution(model.kernel, model.a * mask)


def _of_rank(shape: tuple[int, ...], rank: int) -> MatrixProduct:
    """Random factors whose partial products all have one rank: the least rank there."""
    rng, last = np.random.default_rng(rank), len(shape) - 2
    factors = []
    for place, (rows, columns) in enumerate(itertools.pairwise(shape)):
        factor = rng.standard_normal((rows, columns))
        if place > 0:
            factor[rank:] = 0
        if place < last:
            factor[:, rank:] = 0
        factors.append(jnp.asarray(factor))
    return MatrixProduct(tuple(factors))


def _ranks(shape: tuple[int, ...]) -> list[int]:
    """Measured ranks of the tangent functions on all entries, for every matrix rank."""
    entries = np.argwhere(np.ones((shape[0], shape[-1]), bool))
    return [
        numerical_rank(np.asarray(jacobian(_of_rank(shape, r), entries))).lower
        for r in range(min(shape) + 1)
    ]


def _measure_strata(run: Run) -> xr.Dataset:
    run.tell("ranks of tangent functions at random points")
    least = [rank_at(model) for model in at_points(_idle())[1:]]
    ranks = {name: (name, _ranks(shape)) for name, shape in SHAPES.items()}
    return xr.Dataset({**ranks, "least": ("architecture", least)})


def _judge_strata(data: xr.Dataset) -> Iterator[Claim]:
    for name, statement, source, expected in (
        (
            "matrices",
            "Model ranks of 4 x 4 matrices of rank 0 to 4, in W = A B.",
            "Table 1: 2rd - r^2",
            [0, 7, 12, 15, 16],
        ),
        (
            "deep",
            "The model rank of a 3 x 4 matrix of rank 0 to 3 is the same in a product "
            "of three factors.",
            "derived and verified here: r (rows + columns - r)",
            [0, 6, 10, 12],
        ),
    ):
        got = [int(v) for v in data[name].to_numpy()]
        yield Claim(
            statement,
            source,
            str(expected),
            f"{got}, measured at random factors",
            got == expected,
            kind="paper" if name == "matrices" else "derived",
            covers=("strat-rank", "strat-lower"),
        )
    least = [int(v) for v in data["least"].to_numpy()]
    for name, value in zip(NAMES[1:], least, strict=True):
        yield Claim(
            "Model rank in the network "
            f"{'without sharing' if name == 'no sharing' else 'that is ' + name} of a "
            "convolution whose output weights vanish at three positions (d = 6, s = 3, "
            "two kernels).",
            "Tables 4 and 8",
            str(PRINTED[name]),
            f"at most {value}, measured at a point with this function",
            value >= PRINTED[name],
            "The printed formula is the rank at a point that keeps neurons of zero "
            "output weight. The later arXiv:2406.18035, Theorem 7, has the formula "
            f"without them, which gives {value}.",
            covers=("strat-lower",),
        )


STRATA = Experiment(
    "model-ranks",
    "Model ranks",
    "Ranks of the tangent functions at points of parameter space, by singular values; "
    "nothing is trained.",
    _measure_strata,
    _judge_strata,
)
