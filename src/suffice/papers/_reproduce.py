"""Rerun a paper: measure what is missing, judge, draw, and write one page."""

import dataclasses
import importlib
import io
import json
import time
from importlib.metadata import version
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from suffice._core import (
    Progress,
    PUBLICATIONS,
    require_float64,
    silent,
    whole_file,
    write_whole,
)
from suffice.report._shared import Drawing, Reproduction, reproduction_page, styled

from ._paper import Experiment, Paper, Run

PAPERS = {
    known.name: f"{known.cited}, {known.about}"
    for known in PUBLICATIONS.values()
    if known.name
}


def paper(name: str) -> Paper:
    """A paper by its name.

    Raises:
        ValueError: No paper has that name; the message lists those that exist.
    """
    if name not in PAPERS:
        raise ValueError(f"there is no paper {name!r}; there are {', '.join(PAPERS)}.")
    module = name.replace("-", "_")
    return importlib.import_module(f"suffice.papers.{module}").PAPER


def reproduce(
    name: str,
    folder: str | Path,
    *,
    full: bool = False,
    command: str = "",
    progress: Progress = silent,
) -> Reproduction:
    """Rerun the experiments of a paper and compare them with what it says.

    The numbers of every finished experiment are kept in the folder, sweeps also cell
    by cell; a stopped reproduction goes on when it is asked again.

    Args:
        name: Name of the paper, a key of `PAPERS`.
        folder: Where numbers, pictures and `page.html` go; made when missing. It
            belongs to one paper and one size.
        full: The sizes of the paper instead of quick ones (a few minutes on two cores).
        command: The command line, printed on the page.
        progress: Called as `progress(done, total, stage)` before each piece of work,
            with the finished experiments and all of them.

    Raises:
        ValueError: Unknown paper, float32 mode, or a folder that holds something else.

    Example:
        >>> page = sf.reproduce("single-neuron", "results")  # doctest: +SKIP
        >>> print(page.headline())  # takes minutes  # doctest: +SKIP
    """
    require_float64("A reproduction")
    chosen, folder = paper(name), Path(folder)
    _claim_folder(folder, {"paper": name, "full": full, "suffice": version("suffice")})
    run = Run(full, folder, progress, total=len(chosen.experiments))
    drawings = [
        _finished(experiment, dataclasses.replace(run, done=done))
        for done, experiment in enumerate(chosen.experiments)
    ]
    about = chosen.publication
    result = Reproduction(about.name, about.title, about.arxiv, full, tuple(drawings))
    write_whole(folder / "claims.json", result.to_json())
    write_whole(folder / "page.html", reproduction_page(result, command=command))
    return result


def _finished(experiment: Experiment, run: Run) -> Drawing:
    data = _numbers(experiment, run)
    svg = None
    if experiment.draw is not None:
        with styled():
            svg = to_svg(experiment.draw(data))
        write_whole(run.folder / f"{experiment.name}.svg", svg)
    return Drawing(
        experiment.name,
        experiment.title,
        experiment.caption,
        svg,
        tuple(experiment.judge(data)),
        float(data.attrs["seconds"]),
    )


def _numbers(experiment: Experiment, run: Run) -> xr.Dataset:
    """The numbers of an experiment: read when kept, else measured and kept."""
    path = run.folder / f"{experiment.name}.nc"
    if not path.exists():
        run.tell(experiment.title)
        started = time.monotonic()
        store = run.folder / f"{experiment.name}-sweeps"
        data = experiment.measure(dataclasses.replace(run, folder=store))
        data.attrs["seconds"] = time.monotonic() - started
        with whole_file(path) as file:
            file.write(data.to_netcdf(engine="h5netcdf"))
    return xr.load_dataset(path, engine="h5netcdf")


def to_svg(figure: Figure) -> str:
    """A figure as text that can be selected, searched and scaled."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _claim_folder(folder: Path, manifest: dict) -> None:
    note = folder / "reproduction.json"
    if note.exists():
        held = json.loads(note.read_text())
        if held != manifest:
            raise ValueError(
                f"{folder} holds another reproduction ({held}), this one is "
                f"{manifest}; name another folder with --out."
            )
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(
            f"{folder} exists and holds no reproduction; name another folder with "
            "--out, so that nothing is overwritten."
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(note, json.dumps(manifest))
