"""The bars: what is compared, on which problem, and what is asked for."""

import jax
from _bars_of_verdicts import certificates, verdicts
from _measure import alone, at_least, at_most, Bar, interleaved
from _peers import (
    batch_gradient,
    jax_gram_rank,
    jax_qr_rank,
    nngeometry_rank,
    torch_qr_rank,
    torch_svd_rank,
)
from _problems import (
    inputs,
    sequences,
    split_module,
    split_net,
    stacked,
    transformer,
)
from _sizes import DEEP, size

from suffice.tangent import (
    from_torch,
    many_ranks,
    prefix_ranks,
    sketched_rank,
)


def rank_against_gram(quick):
    copies, n = size("1e6", quick), 512 if quick else 2048
    net, module, x = split_net(DEEP, copies), split_module(DEEP, copies), inputs(n, 20)
    seconds, found = interleaved(
        ours=lambda: sketched_rank(net, x).value,
        torch=lambda: sketched_rank(from_torch(module), x).value,
        gram=lambda: nngeometry_rank(module, x),
    )
    detail = (
        f"{seconds['ours']:.2f} s (rank {found['ours']}), nngeometry "
        f"{seconds['gram']:.2f} s (rank {found['gram']})"
    )
    return [
        at_least(
            1,
            f"rank, 4 layers, P=1e6, n={n}, r=441 unknown: nngeometry Gram / ours",
            2.5,
            seconds["gram"] / seconds["ours"],
            detail,
        ),
        Bar(
            0,
            "the same from the torch module",
            "",
            f"{seconds['gram'] / seconds['torch']:.2f}x",
            None,
            f"{seconds['torch']:.2f} s (rank {found['torch']})",
        ),
    ]


def rank_against_jacobian(quick):
    copies, n = size("1e6", quick), 64 if quick else 256
    net, module, x = split_net(DEEP, copies), split_module(DEEP, copies), inputs(n, 20)
    seconds, found = interleaved(
        rounds=2,
        ours=lambda: sketched_rank(net, x).value,
        peer=lambda: torch_qr_rank(module, x),
        gram=lambda: nngeometry_rank(module, x),
    )
    ours, peer = alone("ours-256", quick), alone("torch-256", quick)
    work = f"P=1e6, n={n}: torch.func jacrev + QR / ours"
    return [
        at_least(
            2,
            f"CPU, {work}",
            40,
            seconds["peer"] / seconds["ours"],
            f"{seconds['ours']:.3f} s (rank {found['ours']}), {seconds['peer']:.2f} s "
            f"(rank {found['peer']})",
        ),
        at_least(
            2,
            f"peak memory growth, {work}",
            20,
            peer["mb"] / max(ours["mb"], 1.0),
            f"{ours['mb']:.0f} MB, {peer['mb']:.0f} MB",
        ),
        Bar(
            0,
            f"all samples independent, P=1e6, n={n}: nngeometry Gram / ours",
            "",
            f"{seconds['gram'] / seconds['ours']:.2f}x",
            None,
            f"{seconds['gram']:.3f} s (rank {found['gram']})",
        ),
    ]


def rank_against_gradient(quick):
    copies, n = size("1e7", quick), 512 if quick else 1024
    net, x = split_net(DEEP, copies), inputs(n, 20)
    seconds, found = interleaved(
        ours=lambda: sketched_rank(net, x, columns=464).value,
        unknown=lambda: sketched_rank(net, x).value,
        gradient=lambda: jax.block_until_ready(batch_gradient(net, x)),
    )
    memory = alone("ours-1e7", quick)
    work = f"P=1e7, n={n}: rank / one batch gradient"
    return [
        at_most(
            3,
            f"CPU, {work}",
            1.0,
            seconds["ours"] / seconds["gradient"],
            "x",
            f"{seconds['ours']:.2f} s (rank {found['ours']}), gradient "
            f"{seconds['gradient']:.2f} s; r unknown {seconds['unknown']:.2f} s",
        ),
        at_most(
            3,
            f"peak memory growth, P=1e7, n={n}",
            600,
            memory["mb"],
            " MB",
            f"first call {memory['seconds']:.2f} s; J alone would be "
            f"{8e7 * n / 1e9:.0f} GB",
        ),
    ]


def prefixes(quick):
    net, n = split_net(DEEP, size("1e5", quick)), 512 if quick else 1024
    x = inputs(n, 20)
    seconds, found = interleaved(
        rounds=5,
        one=lambda: sketched_rank(net, x, columns=464).value,
        all=lambda: prefix_ranks(net, x, columns=464)[-1],
    )
    return [
        at_most(
            6,
            f"all prefix ranks n'=1..{n} / one rank, P=1e5",
            2.0,
            seconds["all"] / seconds["one"],
            "x",
            f"{seconds['all']:.3f} s ({found['all']}), {seconds['one']:.3f} s",
        )
    ]


def ensembles(quick):
    bars = []
    for widths, copies, n, count, bound in (
        ((8, 5, 1), 7, 100, 256, 6),
        ((12, 5, 1), 20, 200, 64, 8),
    ):
        count = 16 if quick else count
        nets, x = stacked(widths, copies, count), inputs(n, widths[0])
        modules = [split_module(widths, copies, seed) for seed in range(count)]
        seconds, found = interleaved(
            ours=lambda nets=nets, x=x: many_ranks(nets, x).values.tolist(),
            loop=lambda ms=modules, x=x: [torch_svd_rank(m, x) for m in ms],
        )
        p = sum(leaf[0].size for leaf in jax.tree.leaves(nets))
        bars.append(
            at_least(
                7,
                f"{count} ranks, P={p}, n={n}: torch.func loop / ours",
                bound,
                seconds["loop"] / seconds["ours"],
                f"{1e6 * seconds['ours'] / count:.0f} us per net, "
                f"{1e6 * seconds['loop'] / count:.0f} us; ranks "
                f"{'equal' if found['ours'] == found['loop'] else 'differ'}",
            )
        )
    return bars


def adaptivity(quick):
    bars = []
    for name, n in (("1e5", 1024), ("1e6", 2048)):
        net, x = split_net(DEEP, size(name, quick)), inputs(n, 20)
        seconds, found = interleaved(
            known=lambda net=net, x=x: sketched_rank(net, x, columns=464).value,
            unknown=lambda net=net, x=x: sketched_rank(net, x).value,
        )
        bars.append(
            at_most(
                8,
                f"rank unknown / rank known, P={name}, n={n}",
                2.0,
                seconds["unknown"] / seconds["known"],
                "x",
                f"{seconds['unknown']:.3f} s ({found['unknown']}), "
                f"{seconds['known']:.3f} s ({found['known']})",
            )
        )
    return bars


def attention(quick):
    n = 128 if quick else 512
    model = transformer(*((32, 64, 64) if quick else ()))
    x = sequences(n, 64 if quick else 256)
    seconds, _ = interleaved(
        rounds=2,
        ours=lambda: sketched_rank(model, x, columns=n // 4),
        gram=lambda: jax_gram_rank(model, x),
        qr=lambda: jax_qr_rank(model, x),
    )
    work = f"transformer, n={n}, T=16, s=n/4: jacrev + {{}} / ours"
    spent = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
    return [
        at_least(9, work.format("Gram"), 4, seconds["gram"] / seconds["ours"], spent),
        at_least(9, work.format("QR"), 12, seconds["qr"] / seconds["ours"], spent),
    ]


def cold_start(quick):
    found = alone("cold", quick)
    return [
        at_most(
            10,
            "first rank call, compilation included, P=1e5, n=1024",
            1.0,
            found["seconds"],
            " s",
            f"rank {found['result']}",
        )
    ]


def linear_operators(quick):
    ours, peer = alone("ours-columns", quick), alone("curvlinops-columns", quick)
    return [
        Bar(
            0,
            "64 random columns, P=1e5, n=256: curvlinops J @ Gauss / ours, first call",
            "",
            f"{peer['seconds'] / ours['seconds']:.1f}x CPU, "
            f"{peer['mb'] / max(ours['mb'], 1.0):.0f}x memory",
            None,
            f"{ours['seconds']:.2f} s, {ours['mb']:.0f} MB; {peer['seconds']:.2f} s, "
            f"{peer['mb']:.0f} MB",
        )
    ]


BARS = {
    "1": rank_against_gram,
    "2": rank_against_jacobian,
    "3": rank_against_gradient,
    "4": verdicts,
    "5": certificates,
    "6": prefixes,
    "7": ensembles,
    "8": adaptivity,
    "9": attention,
    "10": cold_start,
    "operators": linear_operators,
}
