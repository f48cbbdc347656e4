"""Every parameter of a public function or method says what it takes."""

import inspect
from typing import Any

import pytest
from test_layers import MAY_IMPORT

import suffice

OF_A_CLASS = "fields of the dataclass, which its constructor checks"
EXCEPT = {
    "AnchorTask.both_masked(changes)": OF_A_CLASS,
    "AnchorTask.doubling(changes)": OF_A_CLASS,
    "AnchorTask.exception(changes)": OF_A_CLASS,
    "AnchorTask.identity(changes)": OF_A_CLASS,
    "AnchorTask.nine_anchors(changes)": OF_A_CLASS,
    "AnchorTask.noisy(changes)": OF_A_CLASS,
    "theory_lines(point)": "fields of the study, which `with_field` checks",
    "train_members(watching)": "arguments of `learn`, which checks them",
}
CHAPTERS = sorted(MAY_IMPORT.keys() - {"_core", "cli"})


def written_here(thing):
    """Whether a class or function is of the package, not made by a library."""
    return inspect.unwrap(thing).__module__.startswith("suffice.")


def methods(cls):
    """The methods of a class that users call, its constructor among them."""
    for name in vars(cls):
        if name in ("__init__", "__call__") or not name.startswith("_"):
            method = getattr(cls, name)
            if inspect.isroutine(method) and written_here(method):
                yield cls.__name__ + f".{name}" * (name != "__init__"), method


def functions(public):
    """The functions and methods among public things, with their names."""
    for name, thing in public.items():
        if inspect.isclass(thing) and written_here(thing):
            yield from methods(thing)
        elif inspect.isfunction(inspect.unwrap(thing)) and name[0] != "_":
            yield name, thing


def without_type(public):
    """Parameters without an annotation or annotated `Any`: `function(parameter)`."""
    return {
        f"{name}({parameter.name})"
        for name, function in functions(public)
        for parameter in inspect.signature(function).parameters.values()
        if parameter.annotation in (inspect.Parameter.empty, Any)
        and parameter.name != "self"
    }


def names_of(chapter):
    """The names of a chapter with their values, also those that come when asked for."""
    module = getattr(suffice, chapter)
    return vars(module) | {name: getattr(module, name) for name in dir(module)}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_public_parameter_has_a_type(chapter):
    assert not without_type(names_of(chapter)) - EXCEPT.keys()


def test_the_exceptions_are_needed():
    chapters = map(names_of, CHAPTERS)
    assert EXCEPT.keys() == set().union(*map(without_type, chapters))


def test_a_parameter_without_a_type_would_be_seen():
    class Public:
        def __init__(self, size: int, extra=None): ...

        @classmethod
        def made(cls, x: Any): ...

        def _inner(self, y): ...

    def function(bare, *more: Any, z: float = 0.0): ...

    for thing in (Public, Public.__init__, Public.made.__func__):
        thing.__module__ = "suffice.models"
    found = without_type({"Public": Public, "function": function, "_private": function})
    assert found == {
        "Public(extra)",
        "Public.made(x)",
        "function(bare)",
        "function(more)",
    }
