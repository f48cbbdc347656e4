"""Gradient flow to its limit against descent and stiff solvers: `python flow.py`.

Everything runs on one thread in float64; times are CPU seconds of the process in one
run, compilation excluded. Needs the extras `benchmark` and `test`.
"""

import _one_thread  # noqa: F401  (libraries read it when they are imported)

# isort: split
import warnings

import diffrax
import jax
import numpy as np
import torch

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)
warnings.simplefilter("ignore")

from _flow_peers import (  # noqa: E402
    jax_descent,
    reference,
    stiff_solver,
    torch_ensemble,
    torch_loop,
)
from _flow_problems import deviation, functions, PROBLEMS  # noqa: E402
from _measure import at_least, at_most, Bar, from_command_line, interleaved, write_table  # noqa: E402

from suffice.training import GradientFlow, train  # noqa: E402

HEAD = "| work | prototype | measured | met | numbers |"


def main(only: str = "", write: bool = False) -> int:
    """Run what is asked for.

    Args:
        only: Comma-separated problems, e.g. P1,P3.
        write: Put the table in README.
    """
    names = only.split(",") if only else [p.name for p in PROBLEMS]
    bars = []
    for problem in (p for p in PROBLEMS if p.name in names):
        for bar in lines(problem):
            verdict = {True: "met", False: "NOT MET", None: "-"}[bar.met]
            print(f"{verdict:<8}{bar.value:>12} {bar.bound:<12} {bar.work}", flush=True)
            print(f"{'':34}{bar.detail}", flush=True)
            bars.append(bar)
    if write:
        _write(bars)
    return 0


def lines(problem):
    """All lines of one problem, as they are measured."""
    start, x, y = problem.data()
    title, bars, points = problem.name, problem.bars, problem.points()
    exact = train(start, x, y, method=GradientFlow(rtol=1e-8, max_steps=6000))
    truth = functions(exact.models, points)
    seconds, found = interleaved(
        ours=lambda: train(start, x, y, method=GradientFlow(rtol=1e-4))
    )
    ms, ours = 1e3 * seconds["ours"] / problem.runs, found["ours"]
    error = deviation(functions(ours.models, points), truth)
    detail = (
        f"width {problem.width}, {problem.parameters} parameters, {problem.n} samples; "
        f"rtol 1e-4: median {np.median(ours.steps):.0f} steps, function error of 90% "
        f"below {np.quantile(error, 0.9):.0e}; {ours.headline()}"
    )
    yield at_most(0, f"{title}: ms per network", bars["ms"], ms, " ms", detail)
    yield from against_descent(problem, ms, exact, truth, np.quantile(error, 0.9))
    if "stiff" in bars:
        yield from against_solvers(problem, ms, truth)
    yield limit(problem, exact, truth)


def against_descent(problem, ms, exact, truth, ours):
    """How many of our runs fit into one run of gradient descent."""
    bars = problem.bars
    rate = problem.rate or 0.95 / exact.curvature[: problem.few]
    models, when, per_jax = jax_descent(problem, rate)
    done = when >= 0
    needed = np.median(np.where(done, when, problem.budget))
    per_loop = torch_loop(problem, 300)
    per_vmap = torch_ensemble(problem, 30)
    bound = "" if done.mean() > 0.5 else ">= "
    says = (
        f"{bound}{needed:.0f} iterations to loss 1e-20 (median; {done.mean():.0%} done "
        f"in {problem.budget})"
    )
    for key, name, per in (
        ("loop", "a PyTorch loop", per_loop),
        ("vmap", "torch.func.vmap", per_vmap),
        ("jax", "vmapped and compiled JAX", per_jax),
    ):
        ratio = needed * per * 1e3 / ms
        detail = f"{says}, {per * 1e6:.3g} us each"
        work = f"{problem.name}: {name}, gradient descent / ours"
        yield at_least(0, work, bars[key], ratio, detail)
    off = deviation(functions(models, problem.points()), truth[: problem.few])
    off = np.quantile(off[done], 0.9) if done.any() else np.nan
    shrink = max(1.0, off / ours) if done.any() else 1.0
    ratio = needed * per_jax * 1e3 / ms * shrink
    detail = (
        f"function error of 90% below {off:.0e}, in proportion to the rate: "
        f"{shrink:.0f}x smaller"
    )
    work = f"{problem.name}: the same JAX descent at our accuracy / ours"
    yield at_least(0, work, bars["equal"], ratio, detail)


def against_solvers(problem, ms, truth):
    """Stiff solvers of diffrax, vmapped over some members."""
    rows = np.arange(min(problem.runs, 64 if problem.width < 5 else 3))
    for name, solver, rtol in (
        ("Kvaerno3", diffrax.Kvaerno3(), 1e-3),
        ("Kvaerno5", diffrax.Kvaerno5(), 1e-5),
    ):
        models, loss, per = stiff_solver(problem, rows, solver, rtol, 1e-3 * rtol)
        off = np.median(deviation(functions(models, problem.points()), truth[rows]))
        detail = (
            f"{per * 1e3:.3g} ms per network at rtol {rtol:g}, function error "
            f"{off:.0e}; {np.mean(loss < 1e-20):.0%} reach loss 1e-20"
        )
        work = f"{problem.name}: diffrax {name} / ours"
        if name == "Kvaerno3":
            bar = problem.bars["stiff"]
            yield at_least(0, work, bar, per * 1e3 / ms, detail)
        else:
            yield Bar(0, work, "", f"{per * 1e3 / ms:.1f}x", None, detail)


def limit(problem, exact, truth):
    """The limit function of a typical member against a tight solver of diffrax."""
    index = int(np.argsort(exact.steps)[problem.runs // 2])
    model, loss = reference(problem, index)
    one = jax.tree.map(lambda leaf: leaf[None], model)
    off = deviation(functions(one, problem.points()), truth[index][None])[0]
    off = off / np.sqrt(np.mean(truth[index] ** 2))
    detail = f"relative, ours at rtol 1e-8, diffrax at 1e-9 down to loss {loss:.0e}"
    work = f"{problem.name}: distance of the limit function from diffrax's"
    return Bar(0, work, "<= 1e-6", f"{off:.0e}", bool(off <= 1e-6), detail)


def _write(bars):
    rows = [HEAD, "|---|---|---|---|---|"]
    for bar in bars:
        verdict = {True: "yes", False: "**no**", None: ""}[bar.met]
        cells = (bar.work, bar.bound, bar.value, verdict, bar.detail)
        rows.append("| " + " | ".join(cells) + " |")
    machine = (
        f"jax {jax.__version__}, torch {torch.__version__}, diffrax "
        f"{diffrax.__version__}, one thread, float64."
    )
    write_table("flow table", [machine, "", *rows])


if __name__ == "__main__":
    from_command_line(main, __doc__)
