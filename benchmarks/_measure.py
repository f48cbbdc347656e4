"""Process CPU time, interleaved; peak memory, in a process of its own."""

import dataclasses
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import tyro


@dataclasses.dataclass(frozen=True)
class Bar:
    """One line of the table.

    Attributes:
        number: Of the bar; 0 for a line without one.
        work: What is compared.
        bound: What is asked for, e.g. `>= 2.5x`.
        value: What was measured, with its unit.
        met: Whether the bar is met; None for a line without one.
        detail: The numbers behind it.
    """

    number: int
    work: str
    bound: str
    value: str
    met: bool | None
    detail: str


def from_command_line(main, about):
    """Parse the arguments of a benchmark as those of a function, and call it."""
    sys.exit(tyro.cli(main, description=about, config=(tyro.conf.FlagCreatePairsOff,)))


def at_least(number, work, bound, ratio, detail):
    return Bar(number, work, f">= {bound:g}x", f"{ratio:.2f}x", ratio >= bound, detail)


def at_most(number, work, bound, value, unit, detail):
    met = value <= bound
    return Bar(number, work, f"<= {bound:g}{unit}", f"{value:.2f}{unit}", met, detail)


README = Path(__file__).parent / "README.md"


def write_table(name, lines, path=README, memory=None):
    """Put lines between the marks of a table, and under them the peak memory in MB."""
    if path == README:
        most = memory or largest()
        lines = [*lines, "", f"Peak memory of its largest process: {most:.0f} MB."]
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, _, rest = path.read_text().partition(begin)
    after = rest.partition(end)[2]
    path.write_text(before + "\n".join([begin, *lines, end]) + after)


def markdown(head, rows):
    """The lines of a table in Markdown."""
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return [lines[0], "|" + "---|" * len(head), *lines[1:]]


def cpu(function):
    """CPU seconds of this process, and the result."""
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def interleaved(rounds=3, **functions):
    """Median CPU seconds of each function, taken in turns after one warm-up each.

    Returns:
        Seconds and the last result, by name.
    """
    results = {name: function() for name, function in functions.items()}
    seconds = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            spent, results[name] = cpu(function)
            seconds[name].append(spent)
    return {name: median(values) for name, values in seconds.items()}, results


def alone(case, quick):
    """Run one case in a process of its own: first-call CPU seconds, memory, result."""
    return in_process("_own_process", "single", case, quick)


def in_process(module, function, *arguments, timeout=None, **environment):
    """What a function of a benchmark returns in a process of its own, as JSON.

    Raises:
        subprocess.CalledProcessError: It failed; `stderr` holds its message.
        subprocess.TimeoutExpired: It took longer than `timeout` seconds.
    """
    call = (
        f"import json, {module}; "
        f"print(json.dumps({module}.{function}{tuple(arguments)!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", call],
        cwd=Path(__file__).parent,
        check=True,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=os.environ | environment,
    )
    return json.loads(done.stdout.splitlines()[-1])


def observed(function):
    """First-call CPU seconds, growth of the peak resident memory in MB, result."""
    before = peak()
    seconds, result = cpu(function)
    return {"seconds": seconds, "mb": peak() - before, "result": result}


def largest():
    """Peak resident memory in MB of this process and of those that it started."""
    return max(peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def peak():
    """Peak resident memory of this process in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would start from the peak of the parent process
        line = next(x for x in status.read_text().splitlines() if "VmHWM" in x)
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes on macOS
