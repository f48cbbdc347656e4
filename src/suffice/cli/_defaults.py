"""Defaults of flags, read from the functions that define them."""

import ast
import functools
import re
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]


@functools.cache
def defaults(chapter: str, name: str) -> dict[str, Any]:
    """Return the defaults of a function or dataclass of a chapter, by argument.

    They are read from the source text, since importing the chapter would import JAX
    before the arguments are parsed. Only defaults that are literals or constants of the
    same file are returned.

    Args:
        chapter: Folder of the chapter, such as `auditing`.
        name: The function or class, such as `audit`.

    Raises:
        LookupError: The chapter defines no such name.
    """
    start = re.compile(rf"^(def|class) {name}\b", re.M)
    for path in sorted((_ROOT / chapter).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if start.search(text):
            return _read(ast.parse(text).body, name)
    raise LookupError(f"the chapter {chapter} defines no {name}.")


def _read(body: list[ast.stmt], name: str) -> dict[str, Any]:
    constants = _literals(
        (target.id, node.value)
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    )
    node = next(n for n in body if getattr(n, "name", None) == name)
    return _literals(_pairs(node), constants)


def _pairs(node: Any):
    """Return the arguments or fields with the expressions of their defaults."""
    if isinstance(node, ast.ClassDef):
        fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and n.value]
        return [
            (n.target.id, n.value) for n in fields if isinstance(n.target, ast.Name)
        ]
    every, given = node.args.args, node.args.defaults
    by_place = zip(every[len(every) - len(given) :], given, strict=True)
    by_name = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return [(arg.arg, value) for arg, value in (*by_place, *by_name) if value]


def _literals(pairs, constants: dict[str, Any] | None = None) -> dict[str, Any]:
    values = {}
    for name, value in pairs:
        if isinstance(value, ast.Name) and value.id in (constants or {}):
            values[name] = (constants or {})[value.id]
        else:
            try:
                values[name] = ast.literal_eval(value)
            except ValueError:
                continue
    return values
