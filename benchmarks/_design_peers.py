"""D-optimal designs by pydex, in a Python that has it: problems in, designs out.

Reads a list of problems as JSON from standard input, each with a formula, its inputs,
its parameters with their values, and candidates; writes the weight of every candidate
and the CPU seconds, sensitivities included.
"""

import contextlib
import io
import json
import sys
import time
import warnings

import numpy as np

NUMPY = {name: getattr(np, name) for name in ("exp", "sin", "cos", "sqrt")}


def designed(problem):
    """Weights of the candidates, and the CPU seconds."""
    from pydex.core.designer import Designer

    words = ", ".join((*problem["inputs"], *problem["values"]))
    function = eval(f"lambda {words}: {problem['formula']}", NUMPY)

    def simulate(ti_controls, model_parameters):
        return np.array([function(*ti_controls, *model_parameters)])

    designer = Designer()
    designer.simulate = simulate
    designer.ti_controls_candidates = np.array(problem["candidates"])
    designer.model_parameters = np.array(list(problem["values"].values()))
    started = time.process_time()
    designer.initialize(verbose=0)
    designer.design_experiment(
        designer.d_opt_criterion, package="cvxpy", optimizer="CLARABEL"
    )
    spent = time.process_time() - started
    return {"weights": np.ravel(designer.efforts).tolist(), "cpu": spent}


def main():
    """Answer every problem; the first one is a warm-up."""
    warnings.simplefilter("ignore")
    problems = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):
        designed(problems[0])
        found = [designed(problem) for problem in problems]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
