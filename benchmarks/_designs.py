"""The same D-optimal designs by `sf.design` and by pydex."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import sympy
from _published_laws import LAWS

import suffice as sf

# Laws with the ranges of their inputs; the candidates are an even lattice.
PROBLEMS = {
    "Michaelis-Menten": [(0.05, 5.0)],
    "Arrhenius": [(0.5, 3.0)],
    "Emax": [(0.0, 20.0)],
    "logistic growth": [(0.0, 12.0)],
    "two exponentials": [(0.0, 15.0)],
    "Gauss line": [(0.0, 3.0)],
    "damped oscillation": [(0.0, 8.0)],
    "competitive inhibition": [(0.1, 10.0), (0.0, 5.0)],
}
EVEN = {1: 401, 2: 21}
REPEATS = 3
ONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def lattice(ranges):
    """An even lattice over ranges."""
    axes = [np.linspace(*ends, EVEN[len(ranges)]) for ends in ranges]
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)


def certified(formula, inputs, values, x, weights):
    """A bound of the D-efficiency, and `det^(1/p)` of the information.

    Derivatives are those of sympy. No design has a larger determinant than that of
    these weights divided by the bound to the power p (Kiefer and Wolfowitz 1960).
    """
    names = {n: sympy.Symbol(n) for n in (*inputs, *values)}
    formula = sympy.sympify(formula, locals=names)
    slopes = [sympy.diff(formula, names[p]) * names[p] for p in values]
    of_x = sympy.lambdify(list(names.values()), slopes, "numpy")
    columns = of_x(*x.T, *values.values())
    j = np.stack([np.broadcast_to(c, len(x)) for c in columns], axis=1)
    information = j.T @ (weights[:, None] * j)
    size = np.einsum("ni,ij,nj->n", j, np.linalg.inv(information), j)
    p = len(values)
    return p / size.max(), np.exp(np.linalg.slogdet(information)[1] / p)


def ours(law, x):
    """Weights of `sf.design`, and CPU seconds of the first call and of later ones."""
    spent = []
    for _ in range(REPEATS + 1):
        started = time.process_time()
        best = sf.design(law, pool=x)
        spent.append(time.process_time() - started)
    weights = np.zeros(len(x))
    for place, share in zip(best.x, best.share, strict=True):
        weights[np.abs(x - place).sum(1).argmin()] += share
    return weights, spent[0], float(np.median(spent[1:]))


def designs(python):
    """The table of all problems."""
    tasks = []
    for name, ranges in PROBLEMS.items():
        formula, inputs, values = LAWS[name]
        x = lattice(ranges)
        parts = {"formula": formula, "inputs": inputs.split(), "values": values}
        tasks.append({**parts, "candidates": x.tolist()})
    own = []
    for task in tasks:
        names = {n: sympy.Symbol(n) for n in (*task["inputs"], *task["values"])}
        formula = sympy.sympify(task["formula"], locals=names)
        law = sf.law(formula, inputs=task["inputs"], start=task["values"])
        own.append(ours(law, np.array(task["candidates"])))
    told = subprocess.run(
        [python or sys.executable, Path(__file__).with_name("_design_peers.py")],
        input=json.dumps(tasks),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | ONE,
    )
    theirs = json.loads(told.stdout)
    print(
        "| law | candidates | certified: ours | pydex | det^(1/p): ours / pydex | "
        "CPU: pydex / ours | the same, first call |\n|---|---|---|---|---|---|---|"
    )
    for name, task, (weights, first, again), peer in zip(
        PROBLEMS, tasks, own, theirs, strict=True
    ):
        x = np.array(task["candidates"])
        about = (task["formula"], task["inputs"], task["values"], x)
        (eff, det), (other, their) = (
            certified(*about, np.array(w)) for w in (weights, peer["weights"])
        )
        cpu = peer["cpu"]
        cells = (f"{eff:.4f}", f"{other:.4f}", f"{det / their:.4f}")
        times = f"{cpu / again:.1f}x", f"{cpu / first:.1f}x"
        print(f"| {' | '.join((name, str(len(x)), *cells, *times))} |")
