"""What a disk or a stranger does to a store: noticed, named and repaired."""

import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from stored import STUDY
from toy import Toy

from suffice.cli._main import guarded
from suffice.cli._verbs import _export, _plot, _status
from suffice.sweeps import open_store, status, sweep

MANIFEST, SEGMENT = "manifest.json", "segments/0000.json"
CELL, OTHER = "cells/0000-000004.cell", "cells/0000-000007.cell"


def deleted(path):
    path.unlink()


def emptied(path):
    path.write_bytes(b"")


def halved(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def shortened(path):
    path.write_bytes(path.read_bytes()[:-1])


def lengthened(path):
    path.write_bytes(path.read_bytes() + b"\0")


def flipped(path, bit=100):
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def last_flipped(path):
    flipped(path, 8 * path.stat().st_size - 5)


def noise(path):
    path.write_bytes(random.Random(0).randbytes(path.stat().st_size))


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def link(path):
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved").name)


def dangling(path):
    path.unlink()
    path.symlink_to("/nowhere")


def another_cell(path):
    shutil.copy(path.with_name("0000-000007.cell"), path)


def another_study(path):
    folder = path.parents[1] / "another"
    sweep(Toy(grid=STUDY.grid, seeds=5, key=1), folder)
    shutil.copy(folder / "cells" / path.name, path)
    shutil.rmtree(folder)


def folder_deleted(path):
    shutil.rmtree(path)


LINE = "its first line is not what was written"
# (file, damage): what status says without and with --verify, and what reading says
SEEN, HIDDEN, LOST = "named at once", "named by --verify", "pending"
DAMAGES = [
    (CELL, deleted, LOST, ""),
    (CELL, emptied, SEEN, LINE),
    (CELL, halved, SEEN, LINE),
    (CELL, shortened, HIDDEN, "its numbers are not what was written"),
    (CELL, lengthened, HIDDEN, "its numbers are not what was written"),
    (CELL, flipped, SEEN, LINE),
    (CELL, last_flipped, HIDDEN, "its numbers are not what was written"),
    (CELL, noise, SEEN, LINE),
    (CELL, pipe, SEEN, "it is no regular file"),
    (CELL, link, SEEN, "it is no regular file"),
    (CELL, dangling, SEEN, "it is no regular file"),
    (CELL, another_cell, SEEN, "it is the file of another cell"),
    (CELL, another_study, SEEN, "it is the file of another cell"),
    ("cells", folder_deleted, LOST, ""),
    (SEGMENT, deleted, SEEN, "it is missing"),
    (SEGMENT, emptied, SEEN, LINE),
    (SEGMENT, halved, SEEN, LINE),
    (SEGMENT, shortened, SEEN, LINE),
    (SEGMENT, flipped, SEEN, LINE),
    (SEGMENT, pipe, SEEN, "it is no regular file"),
    (SEGMENT, link, SEEN, "it is no regular file"),
    ("segments", folder_deleted, SEEN, "it is missing"),
    (MANIFEST, deleted, "refused", "is no store: it has no manifest"),
    (MANIFEST, emptied, "refused", LINE),
    (MANIFEST, halved, "refused", LINE),
    (MANIFEST, flipped, "refused", LINE),
    (MANIFEST, last_flipped, "refused", LINE),
    (MANIFEST, pipe, "refused", "it is no regular file"),
    (MANIFEST, link, "refused", "it is no regular file"),
]


@pytest.fixture
def store(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "s"))


def said(capsys, run, *args):
    code = guarded(run, [str(arg) for arg in args], raising=False)
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return code, printed.out, printed.err


def assert_refused(capsys, run, store, words):
    out_file = store.with_suffix(".out.html")
    code, out, err = said(capsys, run, store, "--out", out_file)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert not out_file.exists()


def times(store):
    return {path.name: path.lstat().st_mtime_ns for path in store.glob("cells/*.cell")}


@pytest.mark.parametrize(("name", "harm", "seen", "words"), DAMAGES)
def test_damage_is_noticed_named_and_repaired(
    whole, store, capsys, name, harm, seen, words
):
    harm(store / name)
    code, out, err = said(capsys, _status.run, store)
    checked, listed, refused = said(capsys, _status.run, store, "--verify")
    assert (code == 2) == (checked == 2) == (seen == "refused")
    assert (code == 1) == (seen == SEEN)
    assert (checked == 1) == (seen in (SEEN, HIDDEN))
    assert words in (refused if seen == "refused" else listed)
    assert words in (err if seen == "refused" else out) or seen == HIDDEN
    if seen != LOST:
        assert_refused(capsys, _export.run, store, words)
    kept = times(store)
    assert sweep(STUDY, store).done == 12
    assert status(store, verify=True).damaged == {}
    assert open_store(store).drop_attrs().identical(open_store(whole).drop_attrs())
    again = {name for name, time in times(store).items() if time != kept.get(name)}
    assert again == (
        set(os.listdir(whole / "cells"))
        if name == "cells"
        else {Path(CELL).name} & {Path(name).name}
    )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "harm", "seen", "words"), DAMAGES)
def test_no_picture_is_drawn_of_a_damaged_store(store, capsys, name, harm, seen, words):
    harm(store / name)
    assert_refused(capsys, _plot.run, store, words)


def test_two_kinds_of_damage_at_once_are_repaired(whole, store):
    for name, harm in ((CELL, halved), (SEGMENT, flipped), (OTHER, last_flipped)):
        harm(store / name)
    deleted(store / MANIFEST)
    found = sweep(STUDY, store)
    assert (found.done, found.pending, found.damaged) == (12, 0, {})
    assert open_store(store).drop_attrs().identical(open_store(whole).drop_attrs())
    assert sorted(p.name for p in store.iterdir()) == [
        "cells",
        "manifest.json",
        "segments",
    ]


def test_a_store_that_lost_its_manifest_goes_to_no_other_study(store):
    deleted(store / MANIFEST)
    other = Toy(grid=STUDY.grid, key=1)
    with pytest.raises(ValueError, match="the cells belong to another study"):
        sweep(other, store)
    assert sweep(STUDY, store).done == 12


def test_a_folder_in_the_place_of_a_file_is_said(store, capsys):
    deleted(store / CELL)
    (store / CELL).mkdir()
    assert "no regular file" in said(capsys, _status.run, store)[1]
    with pytest.raises(ValueError, match=r"0000-000004\.cell is a folder"):
        sweep(STUDY, store)


def flips(whole, store, count, seed):
    """Flip one bit of one file at a time; return how often it was noticed."""
    rng, noticed = random.Random(seed), 0
    files = sorted(path for path in whole.rglob("*") if path.is_file())
    sizes = [path.stat().st_size for path in files]
    for path in rng.choices(files, sizes, k=count):
        harmed = store / path.relative_to(whole)
        flipped(harmed, rng.randrange(8 * path.stat().st_size))
        try:
            noticed += bool(status(store, verify=True).damaged)
        except ValueError:
            noticed += 1
        shutil.copy(path, harmed)
    return noticed


def test_flipped_bits_are_noticed(whole, store):
    assert flips(whole, store, 30, seed=0) == 30


@pytest.mark.slow
def test_261_flipped_bits_are_noticed(whole, store):
    assert flips(whole, store, 261, seed=1) == 261


@pytest.mark.slow
@pytest.mark.parametrize("harm", [deleted, halved])
def test_every_file_comes_back(whole, store, harm):
    for path in sorted(path for path in whole.rglob("*") if path.is_file()):
        harmed = store / path.relative_to(whole)
        harm(harmed)
        sweep(STUDY, store)
        assert status(store, verify=True).damaged == {}
        data = open_store(store).drop_attrs()
        assert data.identical(open_store(whole).drop_attrs()), path
        assert np.isfinite(data["mean"]).all()
