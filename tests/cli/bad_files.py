"""Good files and bad ones, and a good line for every verb."""

import dataclasses
import gzip
import importlib
import io
import os
import typing
import zipfile

import jax
import numpy as np
import pandas as pd

from suffice.models import save_model, TwoLayer

TWO = "two-layer --inputs 2 --width 2"
LAW = "def line(a, b, slope=1.0, at_zero=0.0):\n    return slope * a + at_zero\n"
AUDIT, SPECTRA = "audit table.csv --target y", "spectra split.csv --target y"
GOOD = {
    "audit": AUDIT,
    "identify": "identify laws.py:line --at table.csv --target y",
    "predict": "predict law.npz --at x.csv",  # a model and no law: refused at last
    "demo": "demo",
    "sample-size": f"sample-size {TWO}",
    "rank": f"rank {TWO}",
    "guarantee": f"guarantee {TWO} --samples x.csv",
    "plan": f"plan {TWO}",
    "reduce": f"reduce {TWO}",
    "complete": "complete matrix.csv --rank 1",
    "sweep": "sweep study.toml",
    "status": "status some.store",
    "plot": "plot some.store",
    "export": "export some.store",
    "embed": f"embed {TWO} --data table.csv --target y --in-width 3",
    "classify": f"classify {TWO} --data table.csv --target y",
    "branches": f"branches {TWO}",
    "spectra": SPECTRA,
    "reason": "reason model.npz",
    "reproduce": "reproduce",
    "cite": "cite table.csv",
}
CHAPTERS = (
    "auditing._audit",
    "completion._complete",
    "landscape",
    "laws",
    "papers",
    "report",
)


def options_of(verb):
    """The flags of a verb, with whether each takes one number."""
    module = importlib.import_module(f"suffice.cli._verbs._{verb.replace('-', '_')}")
    classes = [
        value
        for value in vars(module).values()
        if dataclasses.is_dataclass(value) and value.__module__ == module.__name__
    ]
    options = classes[1] if verb == "branches" else classes[-1]
    hints = typing.get_type_hints(options)
    for field in dataclasses.fields(options):
        if field.name not in ("file", "store", "paper", "law", "answers"):
            number = hints[field.name] in (int, float, int | None)
            yield f"--{field.name.replace('_', '-')}", number


def write_all(root):
    """Fill a folder with good files and many bad ones."""
    for chapter in CHAPTERS:  # what is imported once is no cost of a refusal
        importlib.import_module(f"suffice.{chapter}")
    write_tables(root)
    write_models(root)
    (root / "folder").mkdir()
    (root / "folder" / "own").write_text("mine")
    (root / "taken.svg").write_text("mine")
    (root / "target.svg").write_text("mine")
    (root / "link.svg").symlink_to(root / "target.svg")
    (root / "device").symlink_to(os.devnull)
    (root / "loop.csv").symlink_to("loop.csv")


def write_tables(root):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(14, 3)), columns=["a", "b", "y"])
    frame.to_csv(root / "table.csv", index=False)
    frame.assign(set=["train", "test"] * 7).to_csv(root / "split.csv", index=False)
    frame[["a", "b"]].to_csv(root / "x.csv", index=False)
    (root / "matrix.csv").write_text("a,b,c\n1,2,3\n2,4,\n3,,9\n")
    (root / "empty.csv").touch()
    (root / "binary.csv").write_bytes(b"a,b\0\1\2\n")
    (root / "utf16.csv").write_bytes("a,b,y\n1,2,3\n".encode("utf-16"))
    (root / "ragged.csv").write_text("a,b,y\n1,2\n")
    (root / "sheet.xlsx").write_bytes(b"PK\3\4")
    packed = gzip.compress(b"a,b,y\n" + b"1,2,3\n" * 10)
    (root / "cut.csv.gz").write_bytes(packed[:-9])
    (root / "bomb.csv.gz").write_bytes(40 * gzip.compress(bytes(2**24)))
    study = 'seeds = 2\nmodel = { kind = "two-layer", width = 2, inputs = 1 }\n'
    (root / "study.toml").write_text(study)
    (root / "nested.toml").write_text("a = " + "[" * 5000)
    (root / "cut.toml").write_text("seeds = ")
    (root / "unknown.toml").write_text("colour = 3\n")


def write_models(root):
    save_model(TwoLayer.normal(2, 2, key=jax.random.key(0)), root / "model.npz")
    content = (root / "model.npz").read_bytes()
    (root / "law.npz").write_bytes(content)
    (root / "cut.npz").write_bytes(content[: len(content) // 2])
    (root / "junk.npz").write_bytes(b"PK\3\4" + b"junk" * 9)
    (root / "text.npz").write_text("no archive")
    wrong = b'{"format": 3, "version": [], "class": {}, "fields": 7}'
    for name, header in (("wrong", wrong), ("deep", b"[" * 100_000)):
        np.savez(root / f"{name}.npz", header=np.frombuffer(header, np.uint8))
    np.save(root / "object.npy", np.array([{}]), allow_pickle=True)
    bomb(root / "bomb.npz", 10**9)
    (root / "mine.py").write_text("number = 3\n")
    (root / "laws.py").write_text(LAW)
    (root / "raises.py").write_text("table = {}\nmodel = table['x']\n")
    (root / "broken.py").write_text("model = (\n")
    (root / "leaves.py").write_text("import sys\nsys.exit(3)\n")


def bomb(path, numbers):
    """A small archive of an array that is huge in memory."""
    head = io.BytesIO()
    about = {"descr": "<f8", "fortran_order": False, "shape": (numbers, 1)}
    np.lib.format.write_array_header_1_0(head, about)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", head.getvalue() + bytes(10**6))


def contents(root):
    return {
        path.relative_to(root).as_posix(): path.lstat().st_mtime_ns
        for path in root.rglob("*")
        if "__pycache__" not in path.parts
    }
