"""Laws: what is determined, whether intervals cover, and what planning gains.

.venv/bin/python benchmarks/laws.py determined
.venv/bin/python benchmarks/laws.py coverage --tables 1000
.venv/bin/python benchmarks/laws.py ends --tables 200
.venv/bin/python benchmarks/laws.py campaigns --repeats 20
.venv/bin/python benchmarks/laws.py designs --python OTHER/bin/python  # which has pydex
"""

import argparse
import dataclasses
import functools
import time
import warnings

import jax
import numpy as np
import pandas as pd
import scipy.stats
import sympy
from _designs import designs
from _exact_rank import Place, rank
from _published_laws import LAWS

import suffice as sf
from suffice.laws._fit._fit_law import _inverse, measured
from suffice.laws._fit._least_squares import descend
from suffice.laws._fit._profile import profile
from suffice.laws._formula._values import predictions, slopes, with_values

jax.config.update("jax_enable_x64", True)


@functools.cache
def made(name):
    """A law of the list, and its formula with its symbols."""
    text, inputs, values = LAWS[name]
    names = {n: sympy.Symbol(n) for n in (*inputs.split(), *values)}
    formula = sympy.sympify(text, locals=names)
    law = sf.law(formula, inputs=inputs.split(), start=values)
    return law, formula, names


RECIPROCAL = {"Arrhenius", "Eyring", "entropy and prefactor"}  # in the exponent


def judged(name, rng):
    """Whether an answer is that of elimination in fractions."""
    law, formula, names = made(name)
    found = sf.identify(law)
    formula = sympy.nsimplify(formula, rational=True)
    parameters = [names[n] for n in law.names]
    place = Place(rng, [names[n] for n in "rq"] if name == "impedance" else ())
    slopes_ = [sympy.diff(formula, p) for p in parameters]
    rows = []
    for _ in range(2 * len(parameters) + 2):
        whole = rng.integers(1, 24, len(law.inputs)).tolist()
        x = [sympy.Rational(1, k) if name in RECIPROCAL else k for k in whole]
        at = dict(zip((names[n] for n in law.inputs), x, strict=True))
        rows.append([place.value(s.subs(at)) for s in slopes_])
    own = [sympy.Symbol(n) for n in found.determined]
    texts = [c.text for c in found.combinations if c.count == 1]
    own += [sympy.sympify(t.replace("^", "**"), locals=names) for t in texts]
    claimed = [[place.value(sympy.diff(g, p)) for p in parameters] for g in own]
    true, both, ours = (rank(r) for r in (rows, rows + claimed, claimed))
    right = found.rank.value == true == both == ours
    return right, found, true


def determined():
    """The determined combinations of thirty laws, against elimination."""
    rng = np.random.default_rng(0)
    print("| law | rank | determined | status | right |\n|---|---|---|---|---|")
    started, wrong, open_ = time.process_time(), 0, 0
    for name in LAWS:
        right, found, true = judged(name, rng)
        open_ += found.rank.value is None
        wrong += not right and found.rank.value is not None
        texts = (*found.determined, *(c.text for c in found.combinations))
        size = f"{true} of {len(found.parameters)}"
        row = (
            name,
            size,
            ", ".join(texts),
            found.rank.status,
            "yes" if right else "NO",
        )
        print(f"| {' | '.join(row)} |")
    spent = time.process_time() - started
    print(f"{len(LAWS)} laws: {wrong} confident and wrong, {open_} open; {spent:.0f} s")


COVERED = {
    "Michaelis-Menten": (np.linspace(0.1, 3, 10), 0.06),
    "Arrhenius": (np.linspace(0.6, 2, 8), 0.04),
    "Emax": (np.linspace(0, 10, 10), 0.1),
    "logistic growth": (np.linspace(0, 8, 12), 0.3),
    "two exponentials": (np.linspace(0, 6, 16), 0.02),
}


def simulated(name, tables):
    """Tables of a law with noise, each with its fit, the inverse of J'J, its noise."""
    x, noise = COVERED[name]
    law = made(name)[0]
    truth, clean = np.asarray(law.values), predictions(law, x[:, None])[:, 0]
    rng = np.random.default_rng(0)
    data = measured(law, pd.DataFrame({law.inputs[0]: x, "y": clean}), "y", None)
    for _ in range(tables):
        table = dataclasses.replace(
            data, y=(clean + noise * rng.standard_normal(len(x)))[:, None]
        )
        least = descend(law, table, truth)
        inverse = _inverse(slopes(with_values(law, least.values), x[:, None]), None)
        yield law, table, least, inverse, least.squares / (len(x) - len(truth))


def quantile(name, level=0.95):
    """That of Student's distribution."""
    freedom = len(COVERED[name][0]) - len(made(name)[0].names)
    return scipy.stats.t.isf((1 - level) / 2, freedom)


def held(law, table, least, j):
    """The least squares with parameter `j` at its true value."""
    truth = np.asarray(law.values)
    start = least.values.copy()
    start[j] = truth[j]
    found = [descend(law, table, s, held=(j,)) for s in (start, truth)]
    return min(h.squares for h in found if h is not None)


def covered(name, tables):
    """How often the interval of each kind holds the true value, over all parameters."""
    t, truth = quantile(name), np.asarray(made(name)[0].values)
    hits = np.zeros((2, len(truth)))
    for law, table, least, inverse, variance in simulated(name, tables):
        error = np.sqrt(variance * np.diag(inverse))
        hits[0] += np.abs(least.values - truth) <= t * error
        limit = least.squares + variance * t**2
        hits[1] += [held(law, table, least, j) <= limit for j in range(len(truth))]
    return hits / tables


def coverage(tables):
    """Coverage of 95 % intervals; the profile holds a value if its squares do."""
    print("| law | linear, by parameter | profile, by parameter |\n|---|---|---|")
    started = time.process_time()
    for name in COVERED:
        linear, profiled = covered(name, tables)
        rows = (
            ", ".join(f"{100 * v:.1f} %" for v in part) for part in (linear, profiled)
        )
        print(f"| {name} | {' | '.join(rows)} |", flush=True)
    print(f"{tables} tables each; {time.process_time() - started:.0f} s")


def ends(tables):
    """Where the true value lies: between the ends, below or above; parameters in turn.

    The last column counts tables in which the ends and the squares at the true value
    disagree.
    """
    print("| law | between | below | above | disagree |\n|---|---|---|---|---|")
    started, whole = time.process_time(), []
    for name in COVERED:
        t, found = quantile(name), []
        for k, drawn in enumerate(simulated(name, tables)):
            law, table, least, inverse, variance = drawn
            j = k % len(law.names)
            truth, error = float(law.values[j]), (variance * inverse[j, j]) ** 0.5
            limit = least.squares + variance * t**2
            seen = profile(law, table, least, j, error, limit)
            inside = seen.low <= truth <= seen.high
            other = held(law, table, least, j) <= limit
            found.append((inside, truth < seen.low, truth > seen.high, inside != other))
        whole.append(np.mean(found, axis=0))
        _shares(name, whole[-1])
    _shares("all", np.mean(whole, axis=0))
    print(f"{tables} tables each; {time.process_time() - started:.0f} s")


def _shares(name, shares):
    print(f"| {name} | {' | '.join(f'{100 * s:.1f} %' for s in shares)} |", flush=True)


CAMPAIGNS = {
    "Michaelis-Menten": (0.05, 5.0),
    "Arrhenius": (0.5, 3.0),
    "Emax": (0.0, 20.0),
    "logistic growth": (0.0, 12.0),
    "Gompertz": (0.0, 12.0),
    "Langmuir": (0.1, 20.0),
    "Gauss line": (0.0, 3.0),
    "Lorentz line": (0.0, 3.0),
}
PLANS = ("planned", "equidistant", "random", "at the true values")


def campaign(name, plan, rng, batches=3):
    """The relative error of the parameters after batches of p rows."""
    law, low, high = made(name)[0], *CAMPAIGNS[name]
    truth, p = np.asarray(law.values), len(law.names)
    noise = 0.05 * np.ptp(predictions(law, np.linspace(low, high, 50)[:, None]))
    region = sf.auditing.Region(range={law.inputs[0]: (low, high)})
    x = np.linspace(low, high, p + 2)
    guess = truth * np.exp(0.3 * rng.standard_normal(p))

    def rows(x):
        return predictions(law, x[:, None])[:, 0] + noise * rng.standard_normal(len(x))

    y = rows(x)
    for batch in range(batches + 1):
        table = pd.DataFrame({law.inputs[0]: x, "y": y})
        data = measured(law, table, "y", None)
        tries = [descend(law, data, np.asarray(v)) for v in (guess, truth)]
        least = min((f for f in tries if f is not None), key=lambda f: f.squares)
        at = with_values(law, least.values)
        if batch == batches:
            break
        if plan == "equidistant":
            more = np.linspace(low, high, p)
        elif plan == "random":
            more = rng.uniform(low, high, p)
        else:
            best = sf.design(at if plan == "planned" else law, region=region, size=p)
            more = np.repeat(best.x[:, 0], best.rows)
        x, y = np.concatenate([x, more]), np.concatenate([y, rows(more)])
    ratio = np.abs(least.values / truth)
    return float(np.sqrt(np.mean(np.clip(np.log(ratio), -3, 3) ** 2)))


def campaigns(repeats):
    """Errors after three batches, relative to those of equidistant rows."""
    print(f"| law | {' | '.join(PLANS)} |\n|---|{'---|' * len(PLANS)}")
    started, logs = time.process_time(), []
    for name in CAMPAIGNS:
        errors = np.array(
            [
                [campaign(name, plan, np.random.default_rng(seed)) for plan in PLANS]
                for seed in range(repeats)
            ]
        )
        log = np.log(np.maximum(errors, 1e-6))
        logs.append(log - log[:, 1:2])
        ratio = np.exp(logs[-1].mean(0))
        print(f"| {name} | {' | '.join(f'{r:.2f}' for r in ratio)} |", flush=True)
    whole = np.concatenate(logs)
    half = 1.96 * whole.std(0) / len(whole) ** 0.5
    ends = (f"{np.exp(m):.2f} [{np.exp(m - h):.2f}, {np.exp(m + h):.2f}]"
            for m, h in zip(whole.mean(0), half, strict=True))  # fmt: skip
    print(f"| all | {' | '.join(ends)} |")
    print(f"{repeats} campaigns each; {time.process_time() - started:.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "part", choices=("determined", "coverage", "ends", "campaigns", "designs")
    )
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--python", help="a Python that has pydex; else this one")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.part == "determined":
        determined()
    elif asked.part == "designs":
        designs(asked.python)
    elif asked.part == "ends":
        ends(asked.tables)
    elif asked.part == "coverage":
        coverage(asked.tables)
    else:
        campaigns(asked.repeats)


if __name__ == "__main__":
    main()
