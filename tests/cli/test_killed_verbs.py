"""SIGKILL at random moments of every long verb: the same command finishes the work.

The same bits, no process left, no file left.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import xarray as xr

from suffice.sweeps import open_store, status

HERE = Path(__file__).parent
KILLS = 20
STUDY = """
study = "toy:Toy"
seeds = 4
block = 1
sleep = 0.05
[grid]
"scale" = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
"""
COMMANDS = {
    "sweep": "sweep study.toml --workers 2",
    "reproduce": "reproduce toy --out folder",
    "audit": "audit table.csv --target y --max-width 1 --folds 3 --restarts 2 "
    "--splits 3 --drop set --report page.html --force",
    "complete": "complete matrix.csv --rank 2 --out full.csv --report page.html "
    "--force",
    "spectra": "spectra table.csv --target y --split set --report page.html --force",
    "reason": "reason model.npz --train --width 8 --hidden 8 --training-steps 300 "
    "--batch 8 --force",
}


def prepare(folder):
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY)
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 24)
    split = np.where(np.arange(24) % 3, "train", "test")
    pd.DataFrame({"x": x, "y": np.tanh(2 * x - 1), "set": split}).to_csv(
        folder / "table.csv", index=False
    )
    matrix = rng.normal(size=(12, 2)) @ rng.normal(size=(2, 10))
    matrix[rng.random(matrix.shape) > 0.8] = np.nan
    pd.DataFrame(matrix, columns=list("abcdefghij")).to_csv(
        folder / "matrix.csv", index=False
    )


def start(verb, folder):
    """The command in its folder, by an interpreter that keeps compiled programs."""
    paths = [HERE.parent / "sweeps", *filter(None, sys.path)]
    return subprocess.Popen(
        [sys.executable, HERE / "killed_paper.py", *COMMANDS[verb].split()],
        cwd=folder,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "XDG_CACHE_HOME": str(folder.parent / "cache"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(verb, folder):
    process = start(verb, folder)
    _, said = process.communicate(timeout=900)
    assert process.returncode == 0, said


def kill(process):
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    assert psutil.wait_procs(family, timeout=60)[1] == []


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def content(path):
    """What must be equal: times of day and durations are left out."""
    if path.suffix == ".nc":
        return xr.load_dataset(path, engine="h5netcdf").drop_attrs().to_dict()
    if path.suffix in (".cell", ".sum") or path.name == "manifest.json":
        return None  # they hold times; the numbers are compared as a store
    if path.name == "claims.json":
        return {k: v for k, v in json.loads(path.read_text()).items() if k != "seconds"}
    if path.suffix == ".html":
        return re.sub(r"(less than )?[\d.]+ (s|min)\b", "", path.read_text())
    return path.read_bytes()


def check(whole, folder):
    assert files(folder) == files(whole)
    for name in sorted(files(whole)):
        if (whole / name).is_file():
            assert content(folder / name) == content(whole / name), name
    for store in whole.rglob("manifest.json"):
        killed = folder / store.parent.relative_to(whole)
        assert status(killed, verify=True).damaged == {}
        assert (
            open_store(killed)
            .drop_attrs()
            .identical(open_store(store.parent).drop_attrs())
        )


def killed(verb, tmp_path, kills, seed):
    whole, folder, rng = tmp_path / "whole", tmp_path / "killed", random.Random(seed)
    prepare(whole)
    finish(verb, whole)  # compiles what the next one finds compiled
    prepare(folder)
    shutil.copytree(folder, tmp_path / "fresh")
    began = time.monotonic()
    finish(verb, folder)
    seconds, done = time.monotonic() - began, 0
    check(whole, folder)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "fresh", folder)
    while done < kills:
        process = start(verb, folder)
        try:
            process.wait(timeout=rng.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            kill(process)
            done += 1
            continue
        assert process.returncode == 0, process.communicate()[1]
        process.communicate()
        check(whole, folder)
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "fresh", folder)
    finish(verb, folder)
    check(whole, folder)


@pytest.mark.long
@pytest.mark.parametrize("verb", COMMANDS)
def test_twenty_kills_of_a_verb(verb, tmp_path):
    killed(verb, tmp_path, KILLS, seed=20)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["sweep", "reproduce"])
def test_three_kills_of_a_verb(verb, tmp_path):
    killed(verb, tmp_path, 3, seed=3)
