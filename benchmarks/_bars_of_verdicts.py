"""Bars on what is decided: ranks, sketches and proofs, not their cost."""

import equinox as eqx
import numpy as np
from _measure import Bar, cpu
from _peers import jax_jacobian, nngeometry_rank
from _problems import inputs, sequences, split_module, split_net, transformer
from _sizes import DEEP, KEY, SHALLOW, size

from suffice.tangent import certified_lower, sketch, sketched_rank
from suffice.tangent._sketch._jax_engine import engine_for


def verdicts(quick):
    copies = size("shallow", quick)
    wide, x = split_net(SHALLOW, copies), inputs(256 if quick else 1024, 20)
    thin, z = split_net((3, 10, 10, 10, 1), 6, seed=1), inputs(1024, 3)
    one, other = sketched_rank(wide, x), sketched_rank(thin, z)
    peers = (
        nngeometry_rank(split_module(SHALLOW, copies), x),
        nngeometry_rank(split_module((3, 10, 10, 10, 1), 6, seed=1), z),
    )
    error = max(_tap_error(name, *case) for name, case in _taps().items())
    ranks = (one.value, other.value)
    return [
        Bar(
            4,
            "ranks: 2 layers P=1e6; 4 layers d=3",
            "177, 271",
            f"{ranks[0]}, {ranks[1]}",
            ranks == (177, 271),
            f"gaps {one.gap:.0e}, {other.gap:.0e}; nngeometry {peers[0]}, {peers[1]}",
        ),
        Bar(
            4,
            "taps against explicit J Omega, relative error",
            "<= 1e-12",
            f"{error:.0e}",
            error <= 1e-12,
            ", ".join(_taps()),
        ),
    ]


def _taps():
    x = inputs(16, 20)
    return {
        "4 layers": (split_net(DEEP, 4), x),
        "transformer": (transformer(8, 5, 6, 2), sequences(8, 5)),
        "eqx.nn.MLP": (eqx.nn.MLP(20, "scalar", 30, 2, key=KEY), x),
    }


def _tap_error(name, model, x):
    engine, columns = engine_for(model, x), 8
    leaves = engine._tap.leaves
    omega = [
        np.stack(
            [np.ravel(leaf.as_array(np.outer(*ab))) for ab in zip(*uv, strict=True)]
        )
        for leaf, uv in zip(leaves, engine.probes(KEY).take(columns), strict=True)
    ]
    want = jax_jacobian(model, x) @ np.concatenate(omega, axis=1).T
    got = sketch(model, x, columns, key=KEY)
    if got.engine != "Khatri-Rao sketch":
        raise RuntimeError(f"{name} was not tapped: {got.note}")
    return np.abs(got - want).max() / np.abs(want).max()


def certificates(quick):
    del quick
    bars = []
    for widths, rank, limit in (
        ((1, 30, 1), 91, 0.5),
        ((1, 8, 8, 1), 97, 0.5),
        ((3, 10, 10, 10, 1), 271, 3.0),
    ):
        net = split_net(widths, 1)
        spent, bound = cpu(lambda net=net, r=rank: certified_lower(net, r, key=KEY))
        seen = sketched_rank(net, inputs(1024, widths[0]))
        proved = bound.value >= rank
        bars.append(
            Bar(
                5,
                f"proof that the rank of {'-'.join(map(str, widths))} is {rank}",
                f"<= {limit:g} s",
                f"{spent:.2f} s",
                proved and spent <= limit,
                f"{'proved' if proved else 'not proved'}; float64 says {seen.status}",
            )
        )
    return bars
