"""Model ranks in closed form, and two tables of the papers that are wrong."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from suffice.models import Convolution, MatrixProduct, TwoLayer
from suffice.papers._paper import decided, Experiment, Run
from suffice.report._shared import Claim
from suffice.samples import optimistic_sample_size, stratification
from suffice.tangent import tangent_rank

KEY = jax.random.key(4)
MNIST = {"shared convolution": 685, "no sharing": 6760, "fully connected": 530660}
PAIRS = {"no sharing": (23, 20), "fully connected": (38, 35)}


def _two_kernels(zeros: bool) -> Convolution:
    """Two kernels of size 3 on six inputs; three output weights vanish if asked."""
    model = Convolution.normal(2, (6,), (3,), key=KEY)
    if not zeros:
        return model
    mask = jnp.array([[1.0, 0, 1, 0], [1, 1, 0, 1]])
    return Convolution(model.kernel, model.a * mask)


def _shifted() -> Convolution:
    """Two kernels, one of which is a shift of the other."""
    model = Convolution.normal(2, (6,), (3,), key=KEY)
    kernel = jnp.array([[0.7, -1.3, 0.0], [0.0, 0.7, -1.3]])
    return Convolution(kernel, model.a)


def _wide(name: str, width: int, inputs: tuple[int, ...], size: tuple[int, ...]):
    if name == "fully connected":
        positions = np.prod([d + 1 - s for d, s in zip(inputs, size, strict=True)])
        return TwoLayer.normal(width * int(positions), int(np.prod(inputs)), key=KEY)
    shared = name == "shared convolution"
    return Convolution.normal(width, inputs, size, key=KEY, shared=shared)


def _measure_strata(run: Run) -> xr.Dataset:
    run.tell("closed forms and exact ranks")
    matrices = stratification(MatrixProduct.normal((4, 4, 4), key=KEY)).sizes
    deep = stratification(MatrixProduct.normal((3, 5, 5, 4), key=KEY)).sizes
    kernel = Convolution.normal(1, (28, 28), (3, 3), key=KEY)
    mnist = [
        optimistic_sample_size(kernel, model=_wide(name, 1, (28, 28), (3, 3))).value
        for name in MNIST
    ]
    target = _two_kernels(zeros=True)
    kept = [decided(tangent_rank(target.untied()).value), _kept_full(target)]
    least = [
        optimistic_sample_size(target, model=_wide(name, 2, (6,), (3,))).value
        for name in PAIRS
    ]
    shifted = [
        decided(tangent_rank(_shifted()).value),
        optimistic_sample_size(_two_kernels(zeros=False)).value,
    ]
    return xr.Dataset(
        {
            "matrices": ("r", list(matrices)),
            "deep": ("r3", list(deep)),
            "mnist": ("architecture", mnist),
            "kept": ("pair", kept),
            "least": ("pair", least),
            "shifted": ("which", shifted),
        }
    )


def _kept_full(model: Convolution) -> int:
    """Rank of the fully connected network whose neurons are all windows of a model."""
    rows, out = [], []
    for kernel, a in zip(model.kernel, model.a, strict=True):
        for position, weight in enumerate(a):
            rows.append(jnp.zeros(6).at[position : position + 3].set(kernel))
            out.append(weight)
    return decided(tangent_rank(TwoLayer(jnp.stack(rows), jnp.stack(out))).value)


def _judge_strata(data: xr.Dataset) -> Iterator[Claim]:
    def same(statement, source, expected, name, remark=""):
        got = [int(v) for v in data[name].to_numpy()]
        return Claim(
            statement, source, str(expected), str(got), got == expected, remark
        )

    yield same(
        "Model ranks of 4 x 4 matrices by rank, in W = A B.",
        "Table 1: 2rd - r^2",
        [0, 7, 12, 15, 16],
        "matrices",
    )
    yield same(
        "The model rank of a 3 x 4 matrix does not depend on the number and widths of "
        "the factors.",
        "derived and verified here: r (rows + columns - r)",
        [0, 6, 10, 12],
        "deep",
    )
    yield same(
        "A function of one 3 x 3 kernel on 28 x 28 inputs: shared convolution, no "
        "sharing, fully connected.",
        "Table of arXiv:2307.08921 (MNIST): 685, 6760 and 530660 per kernel",
        list(MNIST.values()),
        "mnist",
    )
    got = [int(v) for v in data["least"].to_numpy()]
    for name, (printed, least), value in zip(PAIRS, PAIRS.values(), got, strict=True):
        yield Claim(
            f"Model rank in the network with {name} of a convolution whose output "
            "weights vanish at three positions (d = 6, s = 3, two kernels).",
            "Tables 4 and 8 of arXiv:2211.11623; corrected in arXiv:2406.18035",
            str(printed),
            str(value),
            value == printed,
            "The printed formula is the rank at a point that keeps neurons of zero "
            f"output weight; dropping them gives {least}, as the later paper has it.",
        )
    rank, formula = (int(v) for v in data["shifted"].to_numpy())
    yield Claim(
        "The model rank of every function of exactly two kernels is 2 (s + P).",
        "arXiv:2406.18035, Theorem 6; arXiv:2307.08921, Eq. 14",
        f"{formula}",
        f"{rank} at kernels (u, v, 0) and (0, u, v)",
        rank == formula,
        "The formula fails where one kernel is a shift of another; it needs the "
        "hypothesis that all translates of the kernels are distinct.",
    )


STRATA = Experiment(
    "model-ranks",
    "Model ranks in closed form",
    "Exact ranks, without training.",
    _measure_strata,
    _judge_strata,
)
