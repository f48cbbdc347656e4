"""Condensation: how many neurons of a wide network do the work (Figure 6)."""

from collections.abc import Iterator

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from suffice.models import TwoLayer
from suffice.papers._paper import Experiment, Run, steady
from suffice.report._shared import Claim
from suffice.training import condensation, ensemble, imbalance, limit_start, train

from ._ratios import FEW
from ._setting import even, FLOW, padded, test_set


def _measure_wide(run: Run) -> xr.Dataset:
    widths = (2, 10, 100, 1000) if run.full else (2, 10, 100)
    runs, rows = 8, []
    for width in widths:
        run.tell(f"width {width} from an infinitely small start")
        template = TwoLayer.normal(width, 1, key=jax.random.key(0), bias=True)
        models = ensemble(template, runs, scale=1.0, key=jax.random.key(51))
        data = {k: v[:, :3] for k, v in padded(even(3, runs), 3).items()}
        before = imbalance(models, **data)
        start = limit_start(models, **data, delta=1e-4)
        training = train(start, **data, method=FLOW, test=test_set(1))
        after = condensation(training.models, imbalance=before)
        rows.append(
            xr.Dataset(
                {
                    "active": ("run", after.active.sum(axis=1)),
                    "participation": ("run", after.participation),
                    "correlation": ("run", np.asarray(after.rank_correlation)),
                    "error": ("run", training.test_error),
                    "fitted": ("run", (training.loss < 1e-15).astype(np.int8)),
                }
            )
        )
    return xr.concat(rows, dim="width").assign_coords(width=list(widths))


def _judge_wide(data: xr.Dataset) -> Iterator[Claim]:
    widest = data.isel(width=-1)
    yield Claim(
        "Only the neurons of largest imbalance grow; the others stay negligible.",
        "Fig. 6",
        "few active neurons in the widest network; order of the norms that of |C_k|",
        f"median active neurons "
        f"{', '.join(f'{float(v):g}' for v in data['active'].median('run'))} at "
        f"widths {', '.join(map(str, data['width'].to_numpy()))}; rank correlation of "
        f"norms and |C_k| at least {float(widest['correlation'].min()):.2f}",
        steady(
            lambda share: (
                float(widest["active"].median()) < share * float(widest["width"])
                and float(widest["correlation"].min()) > 1 - share
            ),
            (0.1, 0.2, 0.3),
        ),
        covers=("neuron-ratio",),
    )
    errors = data["error"].median("run")
    yield Claim(
        "At every width the function learned from three samples is close to the "
        "target.",
        "Fig. 6, m up to 3000",
        "a small error at every width",
        f"median relative errors {', '.join(f'{float(v):.1e}' for v in errors)} at "
        f"widths {', '.join(map(str, data['width'].to_numpy()))}",
        steady(lambda share: float(errors.max()) < share, FEW),
        covers=("neuron-fewer",),
    )


def _draw_wide(data: xr.Dataset) -> Figure:
    figure = Figure(figsize=(4.6, 3.2))
    axis = figure.subplots()
    axis.semilogx(data["width"], data["active"].median("run"), "o-", label="active")
    axis.semilogx(
        data["width"],
        data["participation"].median("run"),
        "s-",
        label="participation ratio",
    )
    axis.set_xticks(data["width"], [str(int(width)) for width in data["width"]])
    axis.minorticks_off()
    axis.set_xlabel("width")
    axis.set_ylabel("number of neurons, median")
    axis.legend()
    return figure


WIDE = Experiment(
    "figure-6",
    "Condensation: how many neurons do the work",
    "Three evenly spaced samples, infinitely small initialisation, eight seeds. Active "
    "neurons have a norm that is not negligible beside the largest; the participation "
    "ratio counts neurons by their share of the squared norms.",
    _measure_wide,
    _judge_wide,
    _draw_wide,
)
