"""Local workers: no sockets, no mixed output, and a sentence where none can start."""

import dataclasses
import os

import psutil
import pytest
from many_cells import local_workers, STUDY
from toy import Toy

from suffice.sweeps import sweep


def listening(process):
    """Addresses at which a process and its children listen, of any kind."""
    family = [process, *process.children(recursive=True)]
    found = [c for p in family for c in p.net_connections("all")]
    return [
        c for c in found if c.status == psutil.CONN_LISTEN or c.type == 2 or c.raddr
    ]


def test_nothing_listens_while_local_workers_compute(tmp_path):
    """What no socket names, no other user of the machine can reach."""
    seen, study = [], dataclasses.replace(STUDY, seeds=2, sleep=0.01)

    def look(done, total, stage):
        if done and not seen:
            seen.append((len(local_workers(os.getpid())), listening(psutil.Process())))

    assert sweep(study, tmp_path / "s", workers=1, progress=look).done == 20
    assert seen == [(1, [])]
    assert local_workers(os.getpid()) == []


def test_a_study_that_prints_and_reads_does_not_disturb_its_worker(tmp_path):
    study = Toy(grid={"scale": (1.0, 2.0)}, seeds=2, chatty=True)
    assert sweep(study, tmp_path / "s", workers=1).done == 2


def test_workers_that_cannot_start_are_said(tmp_path, monkeypatch):
    from suffice.sweeps._workers import _local

    broken = {"PYTHONPATH": str(tmp_path)}
    (tmp_path / "suffice.py").write_text("raise ImportError('broken')")
    monkeypatch.setattr(_local, "worker_environment", lambda: broken)
    with pytest.raises(ChildProcessError, match="the local workers do not start; see"):
        sweep(STUDY, tmp_path / "s", workers=2)
    assert local_workers(os.getpid()) == []
