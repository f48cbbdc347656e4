"""Rerun a paper: measure what is missing, judge, draw, and write one page."""

import contextlib
import dataclasses
import importlib
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import jax
import xarray as xr

from suffice._core import (
    alone,
    Damaged,
    digest,
    Progress,
    read_about,
    remove_partial,
    require,
    require_float64,
    silent,
    whole_file,
    write_sealed,
    write_whole,
)
from suffice.report._shared import Drawing, Reproduction, Reproductions
from suffice.sweeps._shared import check_workers

from ._names import ALL, check_name, PAPERS
from ._paper import Experiment, Paper, Run

KINDS = ("svg", "pdf", "png")  # of a figure; the first stands on the page
EXTRAS = ("pages", "convex")  # what experiments and their pages need
QUICK_WORKERS = 2  # a small training keeps one core busy
COMPUTING = ("suffice", "jax", "numpy", "scipy")


def paper(name: str) -> Paper:
    """A paper by its name.

    Raises:
        ValueError: No paper has that name; the message lists those that exist.

    Examples:
        >>> sf.papers.paper("grokking").publication.arxiv
        '2405.17479'
    """
    check_name(name)
    module = name.replace("-", "_")
    return importlib.import_module(f"suffice.papers.{module}").PAPER


def reproduce(
    name: str,
    folder: str | Path,
    *,
    full: bool = False,
    workers: int | None = None,
    command: str = "",
    progress: Progress = silent,
) -> Reproduction:
    """Rerun the experiments of a paper and compare them with what it says.

    The numbers of every finished experiment are kept in the folder, sweeps also cell
    by cell; a stopped reproduction goes on when it is asked again, and measures again
    what is lost or damaged.

    Args:
        name: Name of the paper, a key of `PAPERS`.
        folder: Where numbers, pictures and `page.html` go; made when missing. It
            belongs to one paper and one size.
        full: The sizes of the paper instead of quick ones (a few minutes on two cores).
        workers: Number of local processes that share the cells of sweeps; with 0 this
            process computes. By default 2 at quick sizes, where a cell keeps one core
            busy, and 0 at full ones, which have the accelerator to themselves. Only
            `composition` and `matching` have sweeps; no number depends on it.
        command: The command line, printed on the page.
        progress: Called as `progress(done, total, stage)` before each piece of work,
            with the finished experiments and all of them.

    Raises:
        ValueError: Unknown paper, float32 mode, fewer than 0 workers, or a folder that
            holds something else or in which another process works.
        ImportError: The extras `pages` and `convex` are not installed.

    Examples:
        >>> page = sf.reproduce("single-neuron", "results")  # doctest: +SKIP
        >>> print(page.headline())  # takes minutes  # doctest: +SKIP
    """
    _check_ready(workers)
    chosen, folder = paper(name), Path(folder)
    if workers is None:
        workers = 0 if full else QUICK_WORKERS
    with _claimed(folder, name, full):
        return _reproduced(chosen, Run(full, folder, workers, progress), command)


def reproduce_all(
    folder: str | Path,
    *,
    full: bool = False,
    workers: int | None = None,
    command: str = "",
    progress: Progress = silent,
) -> Reproductions:
    """Rerun every paper, and write an index of their pages.

    As `reproduce`, paper after paper: a stopped run goes on when it is asked again.

    Args:
        folder: Where `index.html` goes, and a folder for each paper; made when missing.
        full: The sizes of the papers instead of quick ones (half an hour on two cores).
        workers: As in `reproduce`.
        command: The command line, printed on the index.
        progress: Called as `progress(done, total, stage)` before each piece of work,
            with the finished experiments of all papers and their number.

    Raises:
        ValueError, ImportError: As in `reproduce`.

    Examples:
        >>> index = sf.reproduce_all("results")  # doctest: +SKIP
        >>> print(index.headline())  # takes half an hour  # doctest: +SKIP
    """
    _check_ready(workers)
    from suffice.report._shared import papers_page

    folder = Path(folder)
    chosen = [paper(name) for name in PAPERS]
    total = sum(len(one.experiments) for one in chosen)
    found: list[Reproduction] = []
    with _claimed(folder, ALL, full):
        for one in chosen:
            name = one.publication.name
            before = sum(len(paper.drawings) for paper in found)
            found.append(
                reproduce(
                    name,
                    folder / name,
                    full=full,
                    workers=workers,
                    command=f"suffice reproduce {name}{' --full' if full else ''}",
                    progress=_within(progress, name, before, total),
                )
            )
            jax.clear_caches()  # programs of one paper are of no use to the next
        emblems = tuple(one.emblem or one.experiments[0].name for one in chosen)
        result = Reproductions(tuple(found), emblems)
        write_whole(folder / "claims.json", result.to_json())
        write_whole(folder / "index.html", papers_page(result, command=command))
    return result


def _check_ready(workers: int | None) -> None:
    check_workers(workers or 0)
    require("A reproduction", *EXTRAS)
    require_float64("A reproduction")


def _within(progress: Progress, name: str, before: int, total: int) -> Progress:
    """The progress of one paper as a part of the progress of all."""

    def told(done: int, _: int, stage: str) -> None:
        kind, sentence = stage.split(": ", 1)
        progress(before + done, total, f"{kind}: {name}, {sentence}")

    return told


@contextlib.contextmanager
def _claimed(folder: Path, name: str, full: bool) -> Iterator[None]:
    """The folder belongs to one paper and size, and to this process."""
    note = _claim_folder(
        folder, {"paper": name, "full": full, "suffice": version("suffice")}
    )
    taken = f"another process works in {folder}; wait for it, or name another folder."
    with alone(note, taken):
        remove_partial(folder)
        yield


def _reproduced(chosen: Paper, run: Run, command: str) -> Reproduction:
    from suffice.report._shared import reproduction_page

    total = len(chosen.experiments)
    drawings = [
        _finished(experiment, dataclasses.replace(run, done=done, total=total), command)
        for done, experiment in enumerate(chosen.experiments)
    ]
    about = chosen.publication
    result = Reproduction(
        about.name,
        about.title,
        about.arxiv,
        run.full,
        tuple(drawings),
        chosen.abstract,
        chosen.read,
    )
    write_whole(run.folder / "claims.json", result.to_json())
    write_whole(run.folder / "page.html", reproduction_page(result, command=command))
    return result


def _finished(experiment: Experiment, run: Run, command: str) -> Drawing:
    data = _numbers(experiment, run)
    return Drawing(
        experiment.name,
        experiment.title,
        experiment.caption,
        _drawn(experiment, data, run.folder, command),
        tuple(experiment.judge(data)),
        float(data.attrs["seconds"]),
        str(data.attrs.get("versions", "versions that were not kept")),
        digest(repr(data.drop_attrs().to_dict()).encode())[:12],
        ", ".join(f"{name} ({size})" for name, size in data.sizes.items()),
    )


def _drawn(
    experiment: Experiment, data: xr.Dataset, folder: Path, command: str
) -> str | None:
    """The picture of an experiment as SVG, written in every format, if it has one."""
    if experiment.draw is None:
        return None
    from suffice.report import save_figure
    from suffice.report._shared import styled

    with styled():
        figure = experiment.draw(data)
    paths = [folder / f"{experiment.name}.{kind}" for kind in KINDS]
    for path in paths:
        save_figure(figure, path, command=command)
    return paths[0].read_text(encoding="utf-8")


def _numbers(experiment: Experiment, run: Run) -> xr.Dataset:
    """The numbers of an experiment: read when kept, else measured and kept."""
    path = run.folder / f"{experiment.name}.nc"
    seal = path.with_suffix(".sum")
    if not _sound(path, seal):
        run.tell(experiment.title)
        started = time.monotonic()
        store = run.folder / f"{experiment.name}-sweeps"
        data = experiment.measure(dataclasses.replace(run, folder=store))
        data.attrs["seconds"] = time.monotonic() - started
        data.attrs["versions"] = ", ".join(f"{n} {version(n)}" for n in COMPUTING)
        data.attrs["full"] = int(run.full)
        content = bytes(data.to_netcdf(engine="h5netcdf"))
        write_sealed(seal, {"numbers": digest(content)})
        with whole_file(path) as file:
            file.write(content)
    return xr.load_dataset(path, engine="h5netcdf")


def _sound(path: Path, seal: Path) -> bool:
    """Whether the numbers are those that were written."""
    try:
        return read_about(seal).get("numbers") == digest(path.read_bytes())
    except (FileNotFoundError, Damaged):
        return False


def _claim_folder(folder: Path, manifest: dict) -> Path:
    """The note that says to what the folder belongs, written if it is missing."""
    note = folder / "reproduction.json"
    if folder.exists() and (not folder.is_dir() or _foreign(folder, note)):
        raise ValueError(
            f"{folder} exists and holds no reproduction; name another folder with "
            "--out, so that nothing is overwritten."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        write_sealed(note, manifest, replace=False)
    try:
        held = {name: read_about(note).get(name) for name in manifest}
    except Damaged as error:
        raise ValueError(
            f"{error} Name another folder with --out, or remove {folder}."
        ) from error
    if held != manifest:
        raise ValueError(
            f"{folder} holds another reproduction ({held}), this one is {manifest}; "
            "name another folder with --out."
        )
    return note


def _foreign(folder: Path, note: Path) -> bool:
    visible = any(inside.name[0] != "." for inside in folder.iterdir())
    return visible and not note.exists()
