"""Every name at the top level has an example, and every example does what it says."""

import doctest
import enum
import inspect
import io
import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import suffice as sf

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
CHAPTERS = {path.name for path in Path(sf.__file__).parent.iterdir() if path.is_dir()}
NAMES = [n for n in sf.__all__ if n not in CHAPTERS and not n.startswith("_")]
NEEDS = {"from_torch": "torch"}


def run_example(text, name):
    """Run the lines `>>>` of a docstring, where sf, jax, jnp and np are imported."""
    names = {"sf": sf, "jax": jax, "jnp": jnp, "np": np}
    test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    report = io.StringIO()
    failed = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.write).failed
    assert test.examples, f"{name} has no example in its docstring"
    assert "Examples:" in text.split("\n"), f"the docs show no code for {name}"
    assert not failed, report.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_name_does_what_it_says(name, tmp_path, monkeypatch):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    monkeypatch.chdir(tmp_path)
    run_example(inspect.getdoc(getattr(sf, name)) or "", name)


def examples_of_chapters():
    """Names such as `samples.deep_size` whose docstring has an example."""
    for chapter in sorted(CHAPTERS & set(sf.__all__)):
        module = getattr(sf, chapter)
        for name in dir(module):
            own = not name.startswith("_") and name not in NAMES
            if own and ">>>" in (inspect.getdoc(getattr(module, name)) or ""):
                yield f"{chapter}.{name}"


@pytest.mark.parametrize("name", list(examples_of_chapters()))
def test_the_example_of_a_chapter_does_what_it_says(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chapter, own = name.split(".")
    run_example(inspect.getdoc(getattr(getattr(sf, chapter), own)) or "", name)


def named_by_results():
    """Words in the annotations of what public callables return and results hold."""
    owners = [sf, *(getattr(sf, chapter) for chapter in CHAPTERS & set(sf.__all__))]
    values = [getattr(owner, name) for owner in owners for name in dir(owner)]
    classes = [value for value in values if inspect.isclass(value)]
    members = [member for one in classes for member in vars(one).values()]
    callables = [getattr(value, "fget", value) for value in (*values, *members)]
    hints = [getattr(one, "__annotations__", {}).get("return") for one in callables]
    hints += [hint for one in classes for hint in inspect.get_annotations(one).values()]
    return set(re.findall(r"\w+", " ".join(map(str, hints))))


def made_for_users(value, results):
    """Whether users never build it: a result, an error or one of several values."""
    if not inspect.isclass(value):
        return False
    return value.__name__ in results or issubclass(value, (Exception, enum.Enum))


def test_what_users_call_or_build_has_an_example():
    results, missing = named_by_results(), []
    for chapter in sorted(CHAPTERS & set(sf.__all__)):
        module = getattr(sf, chapter)
        for name in set(dir(module)) - set(NAMES):
            value = getattr(module, name)
            needed = callable(value) and not made_for_users(value, results)
            text = inspect.getdoc(value) or ""
            if name[0] != "_" and needed and ">>>" not in text:
                missing.append(f"{chapter}.{name}")
    assert not missing, f"without an example: {sorted(missing)}"


def test_the_names_are_found():
    assert len(NAMES) > 40
    assert len(list(examples_of_chapters())) > 50
    assert {"audit", "tangent_rank", "TwoLayer"} <= set(NAMES)


def test_a_missing_or_wrong_example_would_be_seen():
    with pytest.raises(AssertionError, match="has no example"):
        run_example("A function.", "function")
    with pytest.raises(AssertionError, match="Expected"):
        run_example("Examples:\n    >>> 1 + 1\n    3", "function")
    with pytest.raises(AssertionError, match="show no code"):
        run_example("Example:\n    >>> 1 + 1\n    2", "function")
    run_example("Examples:\n    >>> 1 + 1\n    2", "function")
