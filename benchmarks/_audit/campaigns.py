"""Simulated studies: 30 rows, then three batches of eight, chosen in different ways."""

import functools
import json
import warnings
import zlib
from pathlib import Path

import jax
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, RBF, WhiteKernel

from _audit.widths import chosen_widths
from suffice import training
from suffice.auditing import _search, Table
from suffice.auditing._audit import _final
from suffice.auditing._candidates import predict_one, quadratic_features
from suffice.auditing._design._advice import _bent
from suffice.auditing._design._fill import candidates
from suffice.auditing._design._order import SeenDirections
from suffice.auditing._standard import Standard

ROWS, BATCHES, BATCH = 30, 3, 8
FOLDS, RESTARTS, MAX_WIDTH = 10, 8, 6  # the defaults of `suffice audit`
RANDOM, OURS, DECLARED = "random", "default", "declared"
PEERS = ("GP variance", "maximin", "quadratic D")
WAYS = (RANDOM, OURS, DECLARED, *PEERS)
TEST = 1000
RECORD = Path(__file__).parents[1] / "campaigns.jsonl"
BLOCK = 32  # rows to whose multiples fits are padded, so that few programs are compiled


def _padded(models, x, y, *, weights, **options):
    """The package's own fit, with rows of weight zero at the end."""
    more = ((0, -len(y) % BLOCK),)
    return training.fit(
        models,
        np.pad(x, (*more, (0, 0))),
        np.pad(y, more),
        weights=np.pad(weights, ((0, 0),) * (weights.ndim - 1) + more),
        **options,
    )


_search.fit = _padded


def campaign(law, band, noise, repeat, store: Path, late=False):
    """Errors before and after each batch, by way of choosing, relative to the spread.

    Finished campaigns are read from the store; None if it is too late for another one.
    The numbers of lost measurements, which were proposed where nothing can be measured,
    stand beside them.
    """
    name = named(law.name, "band" if band else "box", noise, repeat)
    path = store / f"{name}.json"
    known = json.loads(path.read_text()) if path.exists() else recorded().get(name, {})
    missing = [way for way in WAYS if way not in known]
    if missing and late:
        return None
    if missing:
        found = _run(law, band, noise, repeat, missing)
        known |= found
        store.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(known))
    return known


def named(law, kind, noise, repeat):
    return f"{law} {kind} {noise:g} {repeat}"


@functools.cache
def recorded():
    """The campaigns behind the table of README, by name."""
    rows = RECORD.read_text().splitlines() if RECORD.exists() else []
    return {row["name"]: row["ways"] for row in map(json.loads, rows)}


def record(found):
    """Keep campaigns, by name, beside the table of README; errors have five digits."""
    rows = []
    for name, ways in sorted(found.items()):
        ways = {
            way: {"errors": [float(f"{e:.5g}") for e in one["errors"]],
                  "lost": one["lost"]}
            for way, one in ways.items()
        }  # fmt: skip
        rows.append(json.dumps({"name": name, "ways": ways}))
    RECORD.write_text("\n".join(rows) + "\n")


def _run(law, band, noise, repeat, ways):
    seed = zlib.crc32(f"{law.name} {band} {noise} {repeat}".encode())
    rng = np.random.default_rng(seed)
    test = law.draw(TEST, band, rng)
    truth = law(test)
    spread = noise * truth.std()
    x = law.draw(ROWS, band, rng)
    y = law(x) + spread * rng.standard_normal(ROWS)
    key = jax.random.key(seed)
    first = _fitted(law, x, y, jax.random.fold_in(key, 0))
    found = {}
    for way in ways:
        own = np.random.default_rng([seed, WAYS.index(way)])
        found[way] = _followed(
            law, band, way, x, y, first, spread, test, truth, key, own
        )
    return found


def _followed(law, band, way, x, y, fit, spread, test, truth, key, rng):
    errors, lost = [_error(fit, test, truth)], 0
    for batch in range(BATCHES):
        batch_key = jax.random.fold_in(key, batch + 1)
        new = _chosen(law, band, way, fit, batch_key, rng)
        gone = law.outside(new) if band else np.zeros(len(new), bool)
        lost += int(gone.sum())
        new = new[~gone]
        x = np.concatenate([x, new])
        y = np.concatenate([y, law(new) + spread * rng.standard_normal(len(new))])
        fit = _fitted(law, x, y, batch_key)
        errors.append(_error(fit, test, truth))
    return {"errors": errors, "lost": lost}


def _fitted(law, x, y, key):
    """The width that the audit chooses, and its fit."""
    data = Standard.of(Table(law.inputs, "y", x, y))
    widths = chosen_widths(
        data, key, folds=FOLDS, restarts=RESTARTS, max_width=MAX_WIDTH
    )
    return data, widths, _final(data, widths, RESTARTS, key)


def _error(fit, test, truth):
    data, _, model = fit
    predicted = data.offset + data.unit * predict_one(model, data.standard(test))
    return float(np.sqrt(np.mean((predicted - truth) ** 2)) / truth.std())


def _chosen(law, band, way, fit, key, rng):
    """The next batch, in the units of the law."""
    data, widths, model = fit
    if way == RANDOM:
        return law.draw(BATCH, band, rng)
    pool = candidates(data.table, law.region(band) if way == DECLARED else None)
    if way in (OURS, DECLARED):
        if widths.name == "constant":
            return pool[rng.choice(len(pool), BATCH, replace=False)]
        x = data.standard(pool)
        guide = _bent(data, x, key) if widths.name == "linear" else None
        directions = guide or SeenDirections(model, data, x, key)
        return pool[directions.order(BATCH)]
    return pool[CHOICES[way](data, data.standard(pool))]


def _process(data, pool):
    """The largest variance of a Gaussian process, one after the other."""
    kernel = ConstantKernel(1.0) * RBF(
        np.ones(pool.shape[1]), (0.1, 1e3)
    ) + WhiteKernel(0.1, (1e-6, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = GaussianProcessRegressor(kernel).fit(data.x, data.y).kernel_
    signal, noise = fitted.k1, fitted.k2.noise_level
    rows, chosen = data.x, []
    for _ in range(BATCH):
        between = signal(pool, rows)
        known = signal(rows) + noise * np.eye(len(rows))
        variance = -np.einsum("ij,ij->i", between, np.linalg.solve(known, between.T).T)
        chosen.append(int(variance.argmax()))
        rows = np.concatenate([rows, pool[chosen[-1:]]])
    return chosen


def _maximin(data, pool):
    distance = ((pool[:, None] - data.x) ** 2).sum(2).min(1)
    chosen = []
    for _ in range(BATCH):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, ((pool - pool[chosen[-1]]) ** 2).sum(1))
    return chosen


def _quadratic(data, pool):
    """The largest gain of the determinant for a quadratic, one after the other."""
    rows, q = quadratic_features(data.x), quadratic_features(pool)
    information = rows.T @ rows + 1e-9 * np.eye(q.shape[1])
    chosen = []
    for _ in range(BATCH):
        leverage = np.einsum("ij,ij->i", q, np.linalg.solve(information, q.T).T)
        chosen.append(int(leverage.argmax()))
        information = information + np.outer(q[chosen[-1]], q[chosen[-1]])
    return chosen


CHOICES = dict(zip(PEERS, (_process, _maximin, _quadratic), strict=True))
