"""The folder of compiled programs."""

from pathlib import Path

from threadpoolctl import threadpool_info

from suffice._core import processor, threads_for
from suffice._core._machine import compiled_folder


def test_the_folder_lies_in_the_cache_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = compiled_folder()
    assert folder is not None
    assert Path(folder).is_relative_to(tmp_path / "cache" / "suffice")
    monkeypatch.setattr("suffice._core._machine.processor", lambda: "another one")
    assert compiled_folder() != folder
    assert not list(tmp_path.iterdir())


def test_there_is_none_where_nothing_can_be_written(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert compiled_folder() is None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("os.access", lambda *_: False)
    assert compiled_folder() is None


def test_the_processor_has_a_name():
    assert processor()


def test_narrow_matrices_have_one_thread():
    def threads():
        return [p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"]

    before = threads()
    with threads_for(20):
        assert set(threads()) == {1}
    with threads_for(2000):
        assert threads() == before
    assert threads() == before
