"""A store that somebody else has made: opening it runs nothing and leads nowhere."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from stored import STUDY

from suffice._core import read_sealed, write_sealed
from suffice.sweeps import export, open_store, status, sweep

READERS = {
    "status": lambda store: status(store, verify=True),
    "open": open_store,
    "export": lambda store: export(store, store.with_suffix(".csv"), to="csv"),
}


@pytest.fixture
def store(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "s"))


def change(path, **fields):
    """Write a file again with other fields, as soundly as we do."""
    about, arrays = read_sealed(path)
    kept = {k: v for k, v in about.items() if k not in ("arrays", "content")}
    write_sealed(path, kept | fields, arrays)


CELLS = {"0": {"point": {"samples.size": 2, "scale": 0.5}, "start": 0, "stop": 2}}
HOSTILE = [
    ("manifest.json", {"axes": "scale"}),
    ("manifest.json", {"axes": [1]}),
    ("manifest.json", {"variables": {"x": {"dtype": "object"}}}),
    ("manifest.json", {"variables": {"x": {"dtype": "float64", "dims": {"a": "b"}}}}),
    ("manifest.json", {"variables": {"x": {"dtype": "nonsense"}}}),
    ("manifest.json", {"variables": []}),
    ("manifest.json", {"study": 3}),
    ("manifest.json", {"format": 10**30}),
    ("segments/0000.json", {"cells": {"../../x": CELLS["0"]}}),
    ("segments/0000.json", {"cells": {"/etc/passwd": CELLS["0"]}}),
    ("segments/0000.json", {"cells": {"-1": CELLS["0"]}}),
    ("segments/0000.json", {"cells": [CELLS["0"]]}),
    ("segments/0000.json", {"cells": {"0": CELLS["0"] | {"stop": -1}}}),
    ("segments/0000.json", {"cells": {"0": CELLS["0"] | {"start": 0.5}}}),
    ("segments/0000.json", {"cells": {"0": CELLS["0"] | {"stop": 10**15}}}),
    ("segments/0000.json", {"cells": {"0": CELLS["0"] | {"point": {"other": 1}}}}),
    ("cells/0000-000000.cell", {"status": "destroyed"}),
    ("cells/0000-000000.cell", {"outcomes": "many"}),
    ("cells/0000-000000.cell", {"outcomes": {"low": "many"}}),
    ("cells/0000-000000.cell", {"wall_s": "long"}),
    ("cells/0000-000000.cell", {"versions": {"suffice": 3}}),
    ("cells/0000-000000.cell", {"computes": {"x": ["y"]}}),
]


@pytest.mark.parametrize(("name", "fields"), HOSTILE)
def test_a_sound_file_with_absurd_content_is_one_sentence(store, name, fields):
    change(store / name, **fields)
    for read in (READERS["open"], READERS["export"]):
        with pytest.raises(ValueError, match=r"damaged|format|memory"):
            read(store)
    if name == "manifest.json":
        with pytest.raises(ValueError, match=r"damaged|format"):
            status(store)
    else:
        assert status(store, verify=True).damaged


def test_deep_json_is_no_recursion_error(store):
    path = store / "segments" / "0000.json"
    body = '{"cells": ' + "[" * 10**5 + "]" * 10**5
    from suffice._core import _sealed

    path.write_text(f'{body}, "seal": "{_sealed.digest(body.encode())}"}}\n')
    assert "no table" in next(iter(status(store).damaged.values()))


@pytest.mark.parametrize("name", ["segments", "cells"])
def test_a_folder_that_is_a_link_is_not_followed(store, tmp_path, name):
    """Else a sweep would write its files where the link leads."""
    other = tmp_path / "other"
    other.mkdir()
    shutil.rmtree(store / name)
    (store / name).symlink_to(other)
    for read in (*READERS.values(), lambda store: sweep(STUDY, store)):
        with pytest.raises(ValueError, match="is a link, so"):
            read(store)
    assert list(other.iterdir()) == []


def test_a_link_in_the_place_of_a_cell_leads_nowhere(store, tmp_path):
    secret, cell = tmp_path / "secret", store / "cells" / "0000-000000.cell"
    secret.write_text("a secret")
    cell.unlink()
    cell.symlink_to(secret)
    assert "secret" not in json.dumps(status(store, verify=True).damaged)
    assert sweep(STUDY, store).done == 12
    assert secret.read_text() == "a secret"
    assert not cell.is_symlink()


def test_opening_imports_nothing(store, monkeypatch):
    """Neither the class of the study nor a function that it names."""
    import importlib

    change(store / "manifest.json", study_class="antigravity:Trap")
    asked, real = [], importlib.import_module

    def noted(name, package=None):
        asked.append(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", noted)
    for read in READERS.values():
        read(store)
    assert "antigravity" not in asked
    assert "antigravity" not in sys.modules


def test_files_with_other_names_are_not_read(store):
    os.mkfifo(store / "segments" / "x.json")
    os.mkfifo(store / "cells" / "..0000-000001.cell")
    (store / "cells" / "0000-000099.cell").write_text("of no listed cell")
    assert status(store, verify=True).done == 12
