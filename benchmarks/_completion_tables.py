"""Real tables, and the errors of several tools on entries that are hidden from them."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris, load_wine
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer

from suffice.completion import complete

NAN = np.nan


def measured(name, drop=()):
    """A table of measurements; rows are samples."""

    def read(folder):
        frame = pd.read_csv(folder / f"{name}.csv").drop(columns=["rownames", *drop])
        return frame.select_dtypes("number").to_numpy(float)

    return read


def crossed(name, row, column, value, change=None):
    """A table of one value for every pair of labels."""

    def read(folder):
        frame = pd.read_csv(folder / f"{name}.csv")
        matrix = frame.pivot_table(values=value, index=row, columns=column).to_numpy()
        return matrix if change is None else change(matrix)

    return read


def genes(folder):
    frame = pd.read_csv(folder / "dslabs_tissue_gene_expression.csv", index_col=0)
    return frame.select_dtypes("number").to_numpy(float)[:, :40]


def volcano(folder):
    frame = pd.read_csv(folder / "datasets_volcano.csv", index_col=0)
    return frame.to_numpy(float)[::2, ::2]


def measles(folder):
    frame = pd.read_csv(folder / "dslabs_us_contagious_diseases.csv")
    frame = frame[(frame.disease == "Measles") & (frame.weeks_reporting > 0)]
    frame["rate"] = np.log1p(frame["count"] / frame["population"] * 1e5)
    return frame.pivot_table(values="rate", index="state", columns="year").to_numpy()


def ratings(folder):
    """Students and lecturers with the most ratings of 1 to 5."""
    frame = pd.read_csv(folder / "lme4_InstEval.csv")
    few = frame[frame.d.isin(frame.d.value_counts().index[:40])]
    few = few[few.s.isin(few.s.value_counts().index[:150])]
    return few.pivot_table(values="y", index="s", columns="d").to_numpy()


TABLES = {
    "iris": lambda folder: load_iris().data,
    "wine": lambda folder: load_wine().data,
    "airquality": measured("datasets_airquality"),
    "mtcars": measured("datasets_mtcars"),
    "attenu": measured("datasets_attenu", ("event", "station")),
    "quakes": measured("datasets_quakes"),
    "trees": measured("datasets_trees"),
    "cigarettes": crossed("plm_Cigar", "state", "year", "sales"),
    "chicks": crossed("datasets_ChickWeight", "Chick", "Time", "weight"),
    "pines": crossed("datasets_Loblolly", "Seed", "age", "height"),
    "investment, log": crossed("plm_Grunfeld", "firm", "year", "inv", np.log),
    "life expectancy": crossed(
        "dslabs_gapminder", "country", "year", "life_expectancy"
    ),
    "measles": measles,
    "volcano": volcano,
    "genes": genes,
    "ratings": ratings,
}
BOUNDS = {"ratings": (1.0, 5.0)}


def hidden(table, share, draw):
    """The table without some of its entries; every row and column keeps one."""
    rng = np.random.default_rng([draw, int(100 * share)])
    known = ~np.isnan(table)
    out = known & (rng.random(table.shape) < share)
    for axis in (0, 1):
        bare = (known & ~out).sum(axis) == 0
        out[(slice(None), bare) if axis == 0 else (bare, slice(None))] = False
    return np.where(out, NAN, table), out


def standardised(function):
    """Apply a tool to columns of mean 0 and deviation 1."""

    def tool(entries):
        mean, deviation = np.nanmean(entries, 0), np.nanstd(entries, 0)
        deviation = np.where(deviation > 0, deviation, 1.0)
        return function((entries - mean) / deviation) * deviation + mean

    return tool


def iterative(entries):
    return IterativeImputer(random_state=0).fit_transform(entries)


def neighbours(entries):
    return KNNImputer(n_neighbors=min(10, len(entries) - 1)).fit_transform(entries)


def soft_impute(entries):
    """Soft thresholding of singular values; the threshold predicts a tenth best."""
    rng, seen = np.random.default_rng(0), ~np.isnan(entries)
    test = seen & (rng.random(seen.shape) < 0.1)
    start = np.linalg.norm(np.where(seen, entries, 0.0), 2)
    levels = start * 0.6 ** np.arange(1, 15)
    errors, filled = [], np.zeros(entries.shape)
    for level in levels:
        filled = _thresholded(entries, seen & ~test, level, filled)
        errors.append(np.mean((filled - entries)[test] ** 2) if test.any() else 0.0)
    filled = np.zeros(entries.shape)
    for level in levels[: int(np.argmin(errors)) + 1]:
        filled = _thresholded(entries, seen, level, filled)
    return filled


def _thresholded(entries, seen, level, filled, rounds=30):
    for _ in range(rounds):
        u, s, vt = np.linalg.svd(np.where(seen, entries, filled), full_matrices=False)
        filled = (u * np.maximum(s - level, 0.0)) @ vt
    return filled


def means(entries):
    return np.broadcast_to(np.nanmean(entries, 0), entries.shape)


PEERS = {
    "column means": means,
    "IterativeImputer": standardised(iterative),
    "KNNImputer": standardised(neighbours),
    "soft-impute": standardised(soft_impute),
}


def cell(name, folder, share, draw):
    """Errors of all tools on the hidden entries that are determined.

    They are in standard deviations of the columns, so that columns count alike.
    """
    table = TABLES[name](Path(folder))
    entries, out = hidden(table, share, draw)
    unit = np.nanstd(table, 0)
    unit = np.where(unit > 0, unit, 1.0)
    found = complete(entries, bounds=BOUNDS.get(name))
    where = out & found.determined & ~np.isnan(found.values)

    def rmse(values):
        return float(np.sqrt(np.mean((((values - table) / unit)[where]) ** 2)))

    answer = {"table": name, "share": share, "draw": draw, "rank": found.rank}
    answer |= {"offsets": found.offsets, "determined": float(where.sum() / out.sum())}
    if not where.any():
        return answer
    answer["suffice"] = rmse(found.values)
    answer |= {tool: rmse(function(entries)) for tool, function in PEERS.items()}
    return answer | _honest(found, table, where)


def _honest(found, table, where):
    """The printed error beside the error on hidden entries, and the coverage."""
    if found.error is None:
        return {}
    miss = (found.values - table)[where]
    unit = np.broadcast_to(1.0, where.shape)[where]
    if found.error.unit != "data":
        unit = np.broadcast_to(np.nanstd(table, 0), where.shape)[where]
    return {
        "printed": found.error.fitted,
        "actual": float(np.sqrt(np.mean((miss / unit) ** 2))),
        "few": found.error.effective < 30,
        "covered": float(np.mean(np.abs(miss) <= found.half_width[where])),
    }
