"""`suffice VERB ...`: choice of the verb, general help, and error messages."""

import importlib
import os
import sys
from collections.abc import Callable, Sequence

VERBS = {
    "audit": "from a table: intrinsic width, samples needed, what to measure next",
    "predict": "from a saved law: predictions with intervals at new inputs",
    "identify": "what data can determine of a law of your own, and what yours say",
    "demo": "the audit on two examples, in about a minute",
    "sample-size": "the fewest samples that can recover a target",
    "rank": "the dimension of the tangent space of a model at its parameters",
    "guarantee": "whether given samples determine a target, and how well",
    "plan": "which samples to take, in order",
    "reduce": "the smallest network inside a network, with an error bound",
    "complete": "which missing entries of a matrix are determined, and their values",
    "sweep": "train thousands of networks over a grid; resumes after a stop",
    "status": "how much of a sweep is done",
    "plot": "phase diagrams of a sweep, as a page and a figure",
    "export": "the store of a sweep as parquet, csv or netcdf",
    "embed": "a critical point of a wide network from one of a narrow network",
    "classify": "whether a point is a minimum or a saddle, and the way out",
    "branches": "the sets of parameters that represent one function",
    "spectra": "forecast whether training on a table will grok, or say whether it did",
    "reason": "whether a transformer infers, memorises or matches",
    "reproduce": "rerun the experiments of a paper and compare the results",
    "cite": "BibTeX of the papers on which an answer rests",
}

HELP = f"""\
suffice: how little data recovers the target?

With a table of measurements:
  suffice audit yacht.csv --target resistance --report page.html --model law.npz
  suffice predict law.npz --at new.csv --out predictions.csv

With a law of your own:
  suffice identify laws.py:michaelis --inputs conc --at data.csv --target rate

With a model as the target:
  suffice sample-size two-layer --inputs 5 --width 3 --activation tanh
  suffice guarantee saved-model.npz --samples measured.csv

With the curves of a training that you have run:
  suffice spectra --curves log.csv

For a study of thousands of trainings, or for the papers:
  suffice sweep study.toml --workers 2
  suffice reproduce single-neuron
  suffice reproduce all

Verbs:
{chr(10).join(f"  {verb:<12} {text}" for verb, text in VERBS.items())}

suffice VERB --help explains one verb. With --json the answer is one JSON object on
standard output; progress and errors go to standard error. The exit code is 1 if some
cells of a sweep failed or are damaged, 2 if the input needs correction, 70 after an
error of suffice itself, and 130 after a stop.
--version prints the version; --traceback shows where an error occurred.
"""

USER_MISTAKE, UNFORESEEN, STOPPED = 2, 70, 130
LONGEST = 1000  # characters of a message; an argument can be longer


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code.

    Args:
        argv: Arguments after the name of the program; None takes those of the process.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    if not args or args[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    if args[0] in ("-V", "--version", "version"):
        from importlib.metadata import version

        print(f"suffice {version('suffice')}")
        return 0
    verb, *rest = args
    if verb not in VERBS:
        from suffice._core import did_you_mean

        hint = did_you_mean(verb, VERBS) or "."
        return complain(f"there is no verb {verb!r}{hint} Try: suffice --help")
    module = importlib.import_module(f"suffice.cli._verbs._{verb.replace('-', '_')}")
    raising = "--traceback" in rest
    return guarded(module.run, [a for a in rest if a != "--traceback"], raising)


def guarded(run: Callable[[list[str]], int], args: list[str], raising: bool) -> int:
    """Run a verb; whatever it raises becomes one line and an exit code."""
    try:
        return run(args)
    except BrokenPipeError:
        # The reader (head, less) has closed the pipe: no error; nothing can be flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as stop:  # the parser has printed its help
        return int(stop.code or 0) if not isinstance(stop.code, str) else USER_MISTAKE
    except KeyboardInterrupt as stop:
        complain(str(stop) or "stopped; nothing is left half written.")
        return STOPPED
    except Exception as error:
        if raising:
            raise
        from ._errors import sentence, unforeseen

        if (said := sentence(error)) is not None:
            return complain(said)
        complain(unforeseen(error))
        return UNFORESEEN


def complain(sentence: str) -> int:
    """Print one line on standard error and return the exit code for it."""
    red, plain = ("\033[31m", "\033[0m") if sys.stderr.isatty() else ("", "")
    shown = "".join(c if c.isprintable() else " " for c in sentence)
    if len(shown) > LONGEST:
        shown = f"{shown[: LONGEST - 200]} ... {shown[-200:]}"
    print(f"{red}suffice: {shown}{plain}", file=sys.stderr)
    return USER_MISTAKE
