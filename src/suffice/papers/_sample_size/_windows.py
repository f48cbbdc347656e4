"""The three-window target: convolution, no weight sharing, full connection."""

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.models import Convolution, TwoLayer
from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim
from suffice.training import GradientFlow

from ._convolutions import at_points, NAMES, rank_at
from ._nested import nested_runs
from ._pictures import curves

DIM, WINDOW = 5, 3
KERNEL = (0.6, 0.8, 1.0)
EXPECTED = {"convolution": 7, "no sharing": 15, "fully connected": 21}
FEW = 2  # a transition that moves by less than this factor moves little
LEVELS = (1e-3, 1e-5, 1e-8)  # relative squared errors that may count as recovered
FIGURE = "arXiv:2307.08921, Fig. 4; arXiv:2211.11623, Fig. 6; arXiv:2406.18035, Fig. 3"
SIZES = {
    ("convolution", 1): (4, 5, 6, 7, 8, 10),
    ("convolution", 3): (6, 7, 8, 10, 12, 15, 20),
    ("no sharing", 1): (12, 13, 14, 15, 17, 20),
    ("no sharing", 3): (14, 15, 17, 20, 23, 26, 30),
    ("fully connected", 1): (18, 20, 21, 23, 26, 30),
    ("fully connected", 3): (20, 21, 23, 26, 30, 36, 45),
}
FULL = tuple(range(1, 64))


def target() -> Convolution:
    """`sum_i tanh(0.6 x_i + 0.8 x_{i+1} + x_{i+2})` on five inputs."""
    positions = DIM + 1 - WINDOW
    return Convolution(jnp.array([KERNEL]), jnp.ones((1, positions)), jnp.zeros(1))


def architecture(name: str, multiple: int) -> Convolution | TwoLayer:
    """A network `multiple` times as wide as the narrowest that expresses the target."""
    key = jax.random.key(0)
    if name == "fully connected":
        return TwoLayer.normal(3 * multiple, DIM, key=key, bias=True)
    shared = name == "convolution"
    return Convolution.normal(
        multiple, (DIM,), (WINDOW,), key=key, bias=True, shared=shared
    )


def _measure(run: Run) -> xr.Dataset:
    seeds, multiples = (20, (1, 3, 10)) if run.full else (6, (1, 3))
    f = jax.jit(jax.vmap(target()))
    rng = np.random.default_rng(7)
    points = rng.standard_normal((1000, DIM))
    rows = []
    for name in NAMES:
        for multiple in multiples:
            run.tell(f"{name}, {multiple} x the narrowest width")
            sizes = FULL if run.full else SIZES[name, multiple]
            x = rng.standard_normal((seeds, max(sizes), DIM))
            data = nested_runs(
                architecture(name, multiple),
                x,
                np.asarray(f(jnp.asarray(x.reshape(-1, DIM)))).reshape(x.shape[:2]),
                sizes,
                scale=1e-3,
                test=(points, np.asarray(f(jnp.asarray(points)))),
                key=jax.random.key(3),
                method=GradientFlow(rtol=1e-4, max_steps=1000),
            )
            rows.append(data.assign_coords(case=f"{name}, N = {multiple}"))
    data = xr.concat(rows, dim="case", join="outer")
    ranks = [rank_at(model) for model in at_points(target())]
    return data.assign(rank=("architecture", ranks)).assign_coords(
        architecture=list(NAMES)
    )


def _median(data: xr.Dataset) -> xr.DataArray:
    return (data["error"] ** 2).median("seed")


def first_recovery(data: xr.Dataset, level: float) -> dict[str, float]:
    """For every case the first tested size with a median squared error below a level.

    It is infinite where no tested size has one.
    """
    sizes = {}
    for case in data["case"].to_numpy():
        row = _median(data).sel(case=case).dropna("size")
        good = row["size"].where(row < level, drop=True)
        sizes[str(case)] = float(good[0]) if len(good) else np.inf
    return sizes


def _least(case: str) -> int:
    return EXPECTED[str(case).split(",")[0]]


def _judge(data: xr.Dataset) -> Iterator[Claim]:
    got = dict(zip(NAMES, map(int, data["rank"].to_numpy()), strict=True))
    yield Claim(
        "Optimistic sample sizes of the three-window target (dashed lines).",
        FIGURE,
        ", ".join(f"{name} {n}" for name, n in EXPECTED.items()),
        ", ".join(f"{name} {n}" for name, n in got.items())
        + ": ranks of the tangent functions, measured at the target",
        got == EXPECTED,
        covers=("strat-lower", "optimistic-models", "llr-bounds"),
    )
    first = {level: first_recovery(data, level) for level in LEVELS}

    def listed(cases: list[str]) -> str:
        parts = [
            f"{', '.join(_told(first[level][case]) for case in cases)} below {level:g}"
            for level in LEVELS
        ]
        return f"first n with a median squared error: {'; '.join(parts)}"

    for multiple in (1, 3):
        cases = [f"{name}, N = {multiple}" for name in NAMES]
        yield Claim(
            "Sharing weights saves samples and connections cost samples: convolution "
            f"before no sharing before full connection, at N = {multiple}.",
            FIGURE,
            "three increasing numbers of samples",
            listed(cases),
            steady(partial(_increasing, first, cases), LEVELS),
            _unreached(first, cases),
            covers=("optimistic-connection", "optimistic-subset", "strat-recovery"),
        )
    every = [str(case) for case in data["case"].to_numpy()]
    yield Claim(
        "No architecture recovers below its optimistic sample size: "
        f"{', '.join(NAMES)}, each at N = 1 and N = 3.",
        FIGURE,
        f"not before n = {', '.join(str(_least(case)) for case in every)}",
        listed(every),
        steady(lambda level: _none_early(first[level]), LEVELS),
        "The median of a few random sample sets; single sets may come close earlier.",
        covers=("strat-size", "optimistic-subset"),
    )
    pair = ["convolution, N = 1", "convolution, N = 3"]
    yield Claim(
        "Further kernels cost hardly any samples: the transition moves less than the "
        "number of parameters, which is three times as large.",
        FIGURE,
        f"from N = 1 to N = 3 a factor below {FEW}",
        listed(pair),
        steady(lambda level: _moves_less(*(first[level][c] for c in pair)), LEVELS),
        "In wider networks the transition lies between the optimistic and the "
        "separation sample size; how far it moves depends on the error that counts as "
        "recovered.",
        covers=("optimistic-width",),
    )


def _unreached(first: dict, cases: list[str]) -> str:
    some = any(np.isinf(first[level][case]) for level in LEVELS for case in cases)
    return "Where no tested size recovers, the order is not known." if some else ""


def _told(size: float) -> str:
    return "none" if np.isinf(size) else f"{size:.0f}"


def _increasing(first: dict, cases: list[str], level: float) -> bool:
    return bool(np.all(np.diff([first[level][case] for case in cases]) > 0))


def _none_early(first: dict[str, float]) -> bool:
    return all(size >= _least(case) for case, size in first.items())


def _moves_less(narrow: float, wide: float) -> bool:
    return wide < FEW * narrow < np.inf


def _draw(data: xr.Dataset) -> Figure:
    marks = [_least(case) for case in data["case"].to_numpy()]
    return curves(
        _median(data).clip(1e-32).transpose("case", "size"),
        "number of samples n",
        "median relative squared error",
        marks=marks,
    )


WINDOWS = Experiment(
    "three-windows",
    "Free expressiveness in width, costly expressiveness in connection",
    "Median relative squared error on the target sum_i tanh(0.6 x_i + 0.8 x_{i+1} + "
    "x_{i+2}) with normal inputs, from standard deviation 1e-3. N multiplies the "
    "narrowest width. Dashed: the optimistic sample size, whatever N.",
    _measure,
    _judge,
    _draw,
)
