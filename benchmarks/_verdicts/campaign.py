"""Random cases of every family, each from its own random numbers."""

import dataclasses
import json
import zlib

import numpy as np

from . import critical, others, rectified, smooth
from .judging import Verdict

FAMILIES = rectified.FAMILIES | smooth.FAMILIES | others.FAMILIES | critical.FAMILIES
COUNTS = {  # numbers of cases
    "deep, piecewise linear": 1500,
    "two-layer, piecewise linear": 800,
    "piecewise linear, split": 200,
    "piecewise linear on samples": 800,
    "piecewise linear, low precision inside": 300,
    "piecewise linear, torch": 300,
    "two-layer, smooth": 500,
    "deep, smooth": 300,
    "smooth on samples": 400,
    "smooth, low precision inside": 150,
    "smooth, torch": 150,
    "guarantee, piecewise linear": 300,
    "guarantee": 300,
    "equality and reduction": 400,
    "products of factors": 300,
    "powers of a time stamp": 200,
    "a neuron split into shares": 100,
    "repeated and mirrored inputs": 100,
    "a sample on a kink": 100,
}


def verdicts(family, number, seed=0):
    """The verdicts on one case of a family."""
    rng = np.random.default_rng([seed, zlib.crc32(family.encode()), number])
    found = FAMILIES[family](rng)
    return [dataclasses.replace(v, kind=family, case=number) for v in found]


def kept(family, first, last, seed, store):
    """The verdicts on some cases, from a file where there is one."""
    if store is None:
        return [v for k in range(first, last) for v in verdicts(family, k, seed)]
    store.mkdir(parents=True, exist_ok=True)
    name = "".join(c if c.isalnum() else "-" for c in family)
    path = store / f"{name}-{seed}-{first}-{last}.json"
    if not path.exists():
        found = [v for k in range(first, last) for v in verdicts(family, k, seed)]
        part = path.with_suffix(".part")
        part.write_text(json.dumps([dataclasses.asdict(v) for v in found]))
        part.replace(path)
    return [Verdict(**fields) for fields in json.loads(path.read_text())]
