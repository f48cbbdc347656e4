"""How many cells the workers of a cluster have at a time."""

from unittest.mock import create_autospec

from distributed import Client


def test_the_scheduler_is_not_asked_for_every_cell(monkeypatch):
    from suffice.sweeps._workers import _dask

    now, client = [100.0], create_autospec(Client, instance=True)
    monkeypatch.setattr(_dask.time, "monotonic", lambda: now[0])
    client.ncores.return_value = {}
    window = _dask._Window(client)
    assert [window.most() for _ in range(1000)] == [4] * 1000
    client.ncores.return_value = {"a": 2, "b": 8}  # workers have come
    assert window.most() == 4
    assert client.ncores.call_count == 1
    now[0] += 1.01
    assert [window.most() for _ in range(1000)] == [20] * 1000
    assert client.ncores.call_count == 2
