"""Completing matrices against the tools that install: `python completion.py`.

Seven masks. For every tool the error on entries that the mask determines and on those
that it does not, separately; the ratio of CPU times; and what it said. With `--data`
also whether the stability map predicts errors on real matrices. Everything runs on one
thread in float64. Needs the extras `benchmark` and `test`.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import os
import sys
from importlib.metadata import version

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

from _completion_data import DATA, stability_lines  # noqa: E402
from _completion_masks import inst_eval, planted, RANK, small_masks  # noqa: E402
from _completion_peers import called, elsewhere, FANCY, LARGE, TOOLS  # noqa: E402
from _measure import cpu, from_command_line, write_table  # noqa: E402

from suffice.completion import EntryStatus, mask_report  # noqa: E402

HEAD = (
    "tool", "fills", "error, determined", "error, undetermined", "spread over seeds",
    "time / ours", "said",
)  # fmt: skip
DATA_HEAD = (
    "matrix", "observed", "rank", "ridge", "Spearman (95 %)",
    "median error, best and worst quarter of the map", "undetermined / determined",
)  # fmt: skip


def main(
    data: str = "",
    fancyimpute: str = "",
    only: str = "",
    quick: bool = False,
    write: bool = False,
) -> int:
    """Run what is asked for.

    Args:
        data: Folder with real matrices and InstEval.
        fancyimpute: A Python that has it, e.g. of a venv.
        only: Comma-separated masks.
        quick: One seed: a smoke test.
        write: Put tables into README.
    """
    folder = data or os.environ.get("SUFFICE_DATA")
    masks, tools = small_masks(), dict(TOOLS)
    if fancyimpute:
        tools |= {f"fancyimpute {n}": elsewhere(fancyimpute, n) for n in FANCY}
    if only:
        masks = {k: v for k, v in masks.items() if k in only.split(",")}
    text = []
    for name, mask in masks.items():
        text += show(*compared(name, mask, RANK, tools, 1 if quick else 3))
    if folder is None:
        print("\nInstEval and real matrices: pass --data FOLDER or set SUFFICE_DATA.")
    elif not only:
        mask = inst_eval(folder)
        text += show(*compared("InstEval", mask, 3, {t: TOOLS[t] for t in LARGE}, 1))
        rows = [line for name in DATA for line in stability_lines(name, folder)]
        text += show("Does the stability map predict the error?", DATA_HEAD, rows)
    if write:
        write(text)
    return 0


def compared(name, mask, rank, tools, seeds):
    """The lines of one mask."""
    truth = planted(mask.shape, rank)
    matrix = np.where(mask, truth, np.nan)
    status = mask_report(mask, rank).at(rank).entries()
    known = (status == EntryStatus.unique) | (status == EntryStatus.finite)
    unknown = status == EntryStatus.undetermined
    found, seconds, said = {}, {}, {}
    for tool, function in tools.items():
        called(function, matrix, rank, 0)  # compilation
        runs = [
            cpu(lambda f=function, s=seed: called(f, matrix, rank, s))
            for seed in range(seeds)
        ]
        own = [answer[2] for _, answer in runs]  # of a tool in another process
        seconds[tool] = np.median(
            [spent if s is None else s for (spent, _), s in zip(runs, own, strict=True)]
        )
        found[tool] = np.stack([answer[0] for _, answer in runs])
        said[tool] = runs[0][1][1]
    rows = [
        (
            tool,
            f"{(~np.isnan(found[tool][0]) & ~mask).sum()} of {(~mask).sum()}",
            rmse(found[tool], truth, known),
            rmse(found[tool], truth, unknown),
            spread(found[tool], ~mask),
            f"{seconds[tool] / seconds['suffice']:.2g}x",
            said[tool] or "nothing",
        )
        for tool in tools
    ]
    share = known.sum() / max((~mask).sum(), 1)
    title = (
        f"{name}: {mask.shape[0]} x {mask.shape[1]}, rank {rank}, {mask.sum()} "
        f"observed, {share:.4f} of the others determined (ours "
        f"{seconds['suffice']:.2g} s)"
    )
    return title, HEAD, rows


def rmse(values, truth, where):
    """Root mean square error on some entries, the typical entry being one."""
    if not where.any():
        return "none there"
    error = (values - truth)[:, where]
    if np.isnan(error).all():
        return "left open"
    return f"{np.sqrt(np.nanmean(error**2)):.1e}"


def spread(values, where):
    """Largest difference between two seeds at a missing entry."""
    if len(values) < 2:
        return ""
    some = values[:, where]
    some = some[:, ~np.isnan(some).any(0)]
    return f"{np.ptp(some, axis=0).max():.1e}" if some.size else ""


def show(title, head, rows):
    """Print one table; return it as Markdown."""
    widths = [max(len(str(r[k])) for r in (head, *rows)) for k in range(len(head))]
    print(f"\n{title}")
    for row in (head, *rows):
        print("  ".join(str(c).ljust(w) for c, w in zip(row, widths, strict=True)))
    sys.stdout.flush()
    lines = [f"**{title}**", "", "| " + " | ".join(head) + " |"]
    lines += ["|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows), ""]


def write(text):
    names = ("jax", "scikit-learn", "pymanopt", "cvxpy")
    machine = ", ".join(f"{name} {version(name)}" for name in names)
    write_table("completion table", [f"{machine}, one thread, float64.", "", *text])


if __name__ == "__main__":
    from_command_line(main, __doc__)
