"""What a GPU does in the time of one CPU core: `python benchmarks/gpu.py`.

Ranks and flows in float64, and training steps of the transformers of arXiv:2405.05409
at their full size in float32 (tf32 on the GPU), each in a process of its own, on the
CPU with one thread. At most eight minutes. `--row` then trains one row of `suffice
reproduce composition --full` on the GPU, and says what it answers. Needs the extra
`benchmark`, and JAX for the GPU (the extra `cuda`).
"""

import dataclasses
import os
import subprocess
import time
from statistics import median

from _measure import from_command_line, in_process, markdown, peak, write_table

ROW = 11_000  # steps of a transformer of the row, of 2048 sequences
RATES, SEEDS = (0.3, 0.5, 0.8), 3
HEAD = "what", "GPU", "one CPU core", "ratio", "memory of the process, GPU and CPU"


@dataclasses.dataclass(frozen=True)
class Job:
    """What is timed.

    Attributes:
        what: In words, with its size.
        unit: Of which the seconds are told.
        prepare: Takes whether it is quick and whether it is on a GPU; returns the work
            and how many units it does.
    """

    what: str
    unit: str
    prepare: object


def _rank(name):
    def prepare(quick, _):
        from _problems import inputs, split_net
        from _sizes import DEEP, size

        from suffice.tangent import sketched_rank

        net, x = split_net(DEEP, size(name, quick)), inputs(1024, 20)
        return (lambda: sketched_rank(net, x).value), 1

    return prepare


def _flows(quick, gpu):
    from _flow_problems import PROBLEMS

    from suffice.training import GradientFlow, train

    runs = 64 if quick else (100_000 if gpu else 2048)
    problem = dataclasses.replace(PROBLEMS[0], runs=runs)
    start, x, y = problem.data()
    return (lambda: train(start, x, y, method=GradientFlow(rtol=1e-4)).headline()), runs


def _transformers(quick, steps, rate=0.5):
    import numpy as np

    from suffice.reasoning import AnchorTask, Decoder, Recipe, train_members

    decoder = Decoder(2, 400, 1200, rate, key_dim=200)
    recipe = Recipe(2.5e-4, steps, 2048, warm_up=1 / 21, floor=0.04)
    if quick:
        decoder = Decoder(2, 8, 16, rate, key_dim=8)
        recipe = dataclasses.replace(recipe, batch=4)
    task = AnchorTask.exception()
    seeds = np.arange(1 if quick else SEEDS)
    return lambda: train_members(task, decoder, recipe, seeds, at=[0, steps])


def _steps(quick, gpu):
    import jax

    steps = 100 if gpu and not quick else 2
    train = _transformers(quick, steps)

    def work():
        jax.block_until_ready(train().models)

    return work, steps


JOBS = {
    "1e7": Job("rank of 441, P = 1e7, n = 1024", "rank", _rank("1e7")),
    "1e8": Job("rank of 441, P = 1e8, n = 1024", "rank", _rank("1e8")),
    "flows": Job("flows of 6 parameters to their limit", "network", _flows),
    "steps": Job("three transformers of width 400, batch 2048", "step", _steps),
}


def main(
    minutes: float = 8.0,
    row: bool = False,
    quick: bool = False,
    write: bool = False,
) -> int:
    """Run what is asked for.

    Args:
        minutes: Wall time for all; a job that does not end in it is left out.
        row: Train one row of the paper's figure on the GPU, in place of the table.
        quick: Toy sizes, with the CPU in place of the GPU: checks the script.
        write: Put the table in README.
    """
    gpu = "cpu" if quick else "cuda"
    if row:
        print("\n".join(_row(quick)))
        return 0
    end, rows = time.monotonic() + 60 * minutes, []
    head = ("what, at a toy size", "one CPU core", *HEAD[2:]) if quick else HEAD
    print("\n".join(markdown(head, ())))
    for name, job in JOBS.items():
        found = [_measured(name, where, quick, end) for where in (gpu, "cpu")]
        rows.append(_told(job, *found))
        print(f"| {' | '.join(rows[-1])} |", flush=True)
    lines = [_versions(), "", *markdown(head, rows)]
    if write and not quick:
        write_table("gpu table", lines)
    return 0


def _measured(name, platform, quick, end):
    """Seconds of a unit and memory, or the message of what went wrong."""
    left = max(1.0, end - time.monotonic())
    try:
        return in_process(
            *("gpu", "alone", name, quick), timeout=left, JAX_PLATFORMS=platform
        )
    except subprocess.TimeoutExpired:
        return {"message": "no time was left"}
    except subprocess.CalledProcessError as error:
        return {"message": error.stderr.strip().splitlines()[-1]}


def alone(name, quick):
    """Measure one job after a warm-up: the median of three, in seconds of wall time."""
    gpu = os.environ.get("JAX_PLATFORMS") == "cuda"
    if not gpu:
        import _one_thread  # noqa: F401  (libraries read it when they are imported)
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if gpu else None)
    work, units = JOBS[name].prepare(quick, gpu)
    result, spent = work(), []
    for _ in range(3):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return {"seconds": median(spent) / units, "mb": peak(), "result": str(result)}


def _told(job, gpu, cpu):
    cells = [
        one.get("message") or f"{one['seconds']:.3g} s a {job.unit}"
        for one in (gpu, cpu)
    ]
    both = "seconds" in gpu and "seconds" in cpu
    ratio = f"{cpu['seconds'] / gpu['seconds']:.3g}x" if both else ""
    memory = ", ".join(
        f"{one['mb']:.0f} MB" if "mb" in one else "" for one in (gpu, cpu)
    )
    return [job.what, *cells, ratio, memory]


def _row(quick):
    """The answers of transformers of one depth over the rates, seed by seed."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_matmul_precision", "tensorfloat32")
    from suffice.papers._transformers import fresh
    from suffice.reasoning import AnchorTask, answer_rates

    task, rows = AnchorTask.exception(), []
    asked, seen = (fresh(task, 500, group) for group in ("4,3", "train"))
    for rate in RATES[:1] if quick else RATES:
        start = time.perf_counter()
        done = _transformers(quick, 2 if quick else ROW, rate)()
        minutes = (time.perf_counter() - start) / 60
        for seed in range(1 if quick else SEEDS):
            model = done.member(seed)
            rates, right = answer_rates(model, asked), answer_rates(model, seen).given
            shares = (right, rates.inferential, rates.symmetric)
            cells = [f"{float(share):.2f}" for share in shares]
            rows.append([f"{rate:g}", str(seed), *cells, f"{minutes:.1f}"])
    head = "rate", "seed", "seen pairs", "inferential", "symmetric", "minutes of a rate"
    return [_versions(), "", *markdown(head, rows)]


def _versions():
    from importlib.metadata import version

    return f"jax {version('jax')}; ranks and flows in float64."


if __name__ == "__main__":
    from_command_line(main, __doc__)
