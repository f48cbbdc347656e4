"""Functions of kernels: ranks in three architectures, and a formula with exceptions."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import xarray as xr

from suffice.models import Convolution, TwoLayer
from suffice.papers._paper import decided, Experiment, Run
from suffice.report._shared import Claim
from suffice.samples import optimistic_sample_size

from ._convolutions import at_points, NAMES, rank_at

KEY = jax.random.key(4)
SMALL = (18, 90, 234)  # one 3 x 3 kernel on 5 x 5 inputs, by the formulas
MNIST = (685, 6760, 530660)  # the same on 28 x 28 inputs


def _shifted() -> Convolution:
    """Two kernels, one of which is a shift of the other."""
    model = Convolution.normal(2, (6,), (3,), key=KEY)
    kernel = jnp.array([[0.7, -1.3, 0.0], [0.0, 0.7, -1.3]])
    return Convolution(kernel, model.a)


def _formulas() -> list[int]:
    kernel = Convolution.normal(1, (28, 28), (3, 3), key=KEY)
    wide = (
        kernel,
        Convolution.normal(1, (28, 28), (3, 3), key=KEY, shared=False),
        TwoLayer.normal(kernel.a.size, kernel.inputs, key=KEY),
    )
    return [decided(optimistic_sample_size(kernel, model=m).value) for m in wide]


def _measure(run: Run) -> xr.Dataset:
    run.tell("ranks of functions of one and of two kernels")
    one = Convolution.normal(1, (5, 5), (3, 3), key=KEY)
    return xr.Dataset(
        {
            "small": ("architecture", [rank_at(model) for model in at_points(one)]),
            "mnist": ("architecture", _formulas()),
            "shifted": rank_at(_shifted()),
        },
        {"architecture": list(NAMES)},
    )


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    small, mnist = (
        tuple(int(v) for v in data[name].to_numpy()) for name in ("small", "mnist")
    )
    names = ", ".join(NAMES)
    yield Claim(
        f"Model ranks of a function of one 3 x 3 kernel on 5 x 5 inputs: {names}.",
        "arXiv:2307.08921, section on convolutions; arXiv:2406.18035, Theorems 6 and 7",
        ", ".join(map(str, SMALL)),
        f"{', '.join(map(str, small))}, measured at a random kernel",
        small == SMALL,
        covers=(
            "optimistic-models",
            "optimistic-connection",
            "optimistic-width",
            "llr-bounds",
            "llr-attained",
        ),
    )
    yield Claim(
        "Model ranks of a function of one 3 x 3 kernel on 28 x 28 inputs (MNIST): "
        f"{names}.",
        "the table of arXiv:2307.08921; arXiv:2406.18035, Table 3",
        ", ".join(map(str, MNIST)),
        f"{', '.join(map(str, mnist))} by the formulas",
        mnist == MNIST,
        kind="check",
    )
    yield Claim(
        "The model rank of every function of exactly two kernels is 2 (s + P).",
        "arXiv:2307.08921, Eq. 14; arXiv:2406.18035, Theorem 6",
        "14 for s = 3 and P = 4",
        f"at most {int(data['shifted'])}, measured at kernels (u, v, 0) and (0, u, v)",
        int(data["shifted"]) >= 14,
        "The formula fails where one kernel is a shift of another; it needs the "
        "hypothesis that all translates of the kernels are distinct.",
        covers=("optimistic-models", "llr-attained"),
    )


KERNELS = Experiment(
    "kernels",
    "Functions of a few kernels",
    "Ranks of the tangent functions at points of parameter space, by singular values; "
    "nothing is trained.",
    _measure,
    _judge,
)
