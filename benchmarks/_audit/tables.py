"""Real tables with a target and some inputs; each is read if its file is there."""

from pathlib import Path

import numpy as np
import pandas as pd
import sklearn.datasets

SCIKIT = {
    "diabetes": ("target", ()),
    "iris": ("petal width (cm)", ("sepal length (cm)", "sepal width (cm)",
             "petal length (cm)")),
    "wine": ("alcohol", ("color_intensity", "proline", "hue")),
    "breast_cancer": ("mean compactness", ("mean radius", "mean texture",
                      "mean smoothness")),
    "digits": ("pixel_3_4", ("pixel_3_3", "pixel_2_4", "pixel_4_4", "pixel_3_5")),
}  # fmt: skip
FILES = {
    "MASS_cats": ("Hwt", ("Bwt",)),
    "MASS_quine": ("Days", ("Eth", "Sex", "Age", "Lrn")),
    "datasets_ChickWeight": ("weight", ("Time", "Diet")),
    "datasets_DNase": ("density", ("conc",)),
    "datasets_Loblolly": ("height", ("age",)),
    "datasets_airquality": ("Ozone", ("Solar.R", "Wind", "Temp")),
    "datasets_attenu": ("accel", ("mag", "dist")),
    "datasets_quakes": ("stations", ("lat", "long", "depth", "mag")),
    "datasets_volcano": ("height", ("row", "column")),
    "dslabs_gapminder": ("life_expectancy", ("year", "infant_mortality", "fertility")),
    "dslabs_tissue_gene_expression": ("x.MAML1", ("x.LHPP", "x.SEPT10",
                                      "x.B3GNT4")),
    "dslabs_us_contagious_diseases": ("count", ("year", "weeks_reporting",
                                      "population")),
    "lme4_InstEval": ("y", ("studage", "lectage", "service")),
    "plm_Cigar": ("sales", ("price", "ndi", "year")),
    "plm_Grunfeld": ("inv", ("value", "capital")),
    "vega_unemployment_across_industries": ("rate", ("year", "month", "count")),
}  # fmt: skip
LARGEST = 5000


def tables(folder: Path | None):
    """Yield name, inputs and target of every table, its rows in random order."""
    for name, (target, inputs) in SCIKIT.items():
        load = getattr(sklearn.datasets, f"load_{name}")
        yield name, *_numbers(load(as_frame=True).frame, target, inputs)
    for name, (target, inputs) in FILES.items() if folder else ():
        paths = sorted(folder.glob(f"{name}.*"))
        if paths:
            yield name, *_numbers(_frame(name, paths[0]), target, inputs)


def _frame(name, path):
    if name == "datasets_volcano":
        grid = pd.read_csv(path).select_dtypes("number").to_numpy()[:, -61:]
        row, column = np.indices(grid.shape)
        return pd.DataFrame(
            {"row": row.ravel(), "column": column.ravel(), "height": grid.ravel()}
        )
    return pd.read_json(path) if path.suffix == ".json" else pd.read_csv(path)


def _numbers(frame, target, inputs):
    inputs = list(inputs) or [name for name in frame if name != target]
    frame = frame[[*inputs, target]].dropna()
    frame = frame.sample(frac=1, random_state=0).head(LARGEST)
    for name in inputs:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].astype("category").cat.codes
    return frame[inputs].to_numpy(float), frame[target].to_numpy(float)
