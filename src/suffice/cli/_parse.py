"""Parsing of the flags of a model and of a verb into frozen dataclasses."""

import contextlib
import dataclasses
import io
import re
import typing
from collections.abc import Sequence
from typing import Any

import tyro

from ._fields import check_fields

CONFIG = (tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)
HELP = ("-h", "--help")


def parse(options: type, verb: str, args: Sequence[str], about: str) -> Any:
    """Parse and check the flags of a verb.

    Args:
        options: A frozen dataclass, whose attribute docstrings are the help texts and
            whose types carry the checks of the values (see `_fields`).
        verb: Name of the verb.
        args: Arguments after the verb.
        about: First lines of the help: what the verb does, and an example.

    Returns:
        An instance of `options`.

    Raises:
        ValueError: The arguments do not fit, said in one sentence.
    """
    parsed = _parsed(options, [options], verb, args, about)
    check_fields(parsed)
    return parsed


def parse_model(
    options: type, verb: str, args: Sequence[str], about: str
) -> tuple[Any, Any]:
    """Parse a model and the flags of a verb; the first argument names the model.

    Args:
        options: A frozen dataclass, as in `parse`.
        verb: Name of the verb.
        args: A kind of model with its flags, or a file, and the flags of the verb.
        about: First lines of the help, as in `parse`.

    Returns:
        The flags of the model and those of the verb.

    Raises:
        ValueError: As in `parse`; or the model is missing, unknown or impossible.
    """
    from suffice.architectures._shared import KINDS

    from ._models import FileModel

    if args and args[0] in HELP:
        print(_overview(verb, about, options))
        raise SystemExit(0)
    _check_model_first(verb, args)
    kind = args[0]
    if kind not in KINDS:
        FileModel(kind)  # an unknown name is a mistake before any flag is
    flags, rest = (KINDS[kind], args[1:]) if kind in KINDS else (FileModel, args)
    both = dataclasses.make_dataclass(
        "Flags", [("model", _unchecked(flags)), ("question", options)], frozen=True
    )
    prog = f"{verb} {kind}" if kind in KINDS else verb
    parsed = _parsed(both, [flags, options], prog, rest, about)
    model = flags(**vars(parsed.model))
    check_fields(parsed.question)
    return model, parsed.question


def _check_model_first(verb: str, args: Sequence[str]) -> None:
    from suffice.architectures._shared import KINDS

    kinds = f"a kind ({', '.join(KINDS)}), FILE.npz or FILE.py:name"
    if not args:
        raise ValueError(f"{verb} needs a model: {kinds}. Try: suffice {verb} --help")
    if args[0].startswith("-"):
        name = next((arg for arg in args if arg in KINDS), "MODEL")
        raise ValueError(
            f"the model comes before its flags: suffice {verb} {name} {args[0]} ...; "
            f"it is {kinds}."
        )


def _parsed(
    whole: type, parts: list[type], verb: str, args: Sequence[str], about: str
) -> Any:
    """An instance of `whole`, whose flags are the fields of `parts`."""
    asked = any(arg in HELP for arg in args)
    if not asked:
        _check_flags(parts, verb, args)
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            return tyro.cli(
                whole,
                prog=f"suffice {verb}",
                description=about,
                args=list(args),
                config=CONFIG,
            )
    except SystemExit as stop:
        if stop.code in (0, None):
            raise
        raise ValueError(_sentence(told.getvalue(), parts, verb)) from None


def _check_flags(parts: list[type], verb: str, args: Sequence[str]) -> None:
    """Raise an error for a flag that does not exist, or one that is missing."""
    fields = [field for part in parts for field in dataclasses.fields(part)]
    known = {_flag(field): field for field in fields if not _positional(field, parts)}
    given = [arg.partition("=")[0] for arg in args if arg.startswith("--")]
    for flag in given:
        if flag.replace("_", "-") not in known:
            from suffice._core import did_you_mean

            hint = did_you_mean(flag, known) or f"; it has {', '.join(known)}."
            raise ValueError(f"{verb} has no flag {flag!r}{hint}")
    for flag, field in known.items():
        if _required(field) and flag not in (name.replace("_", "-") for name in given):
            raise ValueError(f"{verb} needs {flag}. Try: suffice {verb} --help")


def _flag(field: dataclasses.Field) -> str:
    return f"--{field.name.replace('_', '-')}"


def _required(field: dataclasses.Field) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _positional(field: dataclasses.Field, parts: list[type]) -> bool:
    for part in parts:
        hint = typing.get_type_hints(part, include_extras=True).get(field.name)
        if tyro.conf.Positional in getattr(hint, "__metadata__", ()):
            return True
    return False


def _sentence(box: str, parts: list[type], verb: str) -> str:
    """What the parser says in a box, between its first two rules, as one sentence."""
    pieces = re.split(r"[^\n]*[─-]{3,}[^\n]*\n", box)
    text = " ".join(pieces[min(1, len(pieces) - 1)].replace("│", " ").split())
    if wrong := re.match(r"Error parsing (--\S+): .*?\[?('[^\[\]]*')(\]|$)", text):
        flag, values = wrong.group(1, 2)
        value = " ".join(re.findall(r"'([^']*)'", values))
        return f"{flag} is {value!r}; expected {_kind(flag, parts)}."
    if lacking := re.match(r"Missing value for argument '(--\S+)'", text):
        return f"{lacking[1]} needs {_kind(lacking[1], parts)}."
    if choice := re.search(r"choice '(.*)' for argument '(.*)'.*?\((.*)\)", text):
        from suffice._core import did_you_mean

        value, flag, known = choice.groups()
        hint = did_you_mean(value, known.replace("'", "").split(", ")) or "."
        return f"{flag} is {value!r}; expected one of {known}{hint}"
    if surplus := re.match(r"Unrecognized options: (.*)", text):
        return f"{verb} does not know what to do with {surplus.group(1)!r}."
    if text.startswith("Missing from"):
        return f"{verb} needs a {_positionals(parts)}. Try: suffice {verb} --help"
    return text[:1].lower() + text[1:]


def _positionals(parts: list[type]) -> str:
    fields = [field for part in parts for field in dataclasses.fields(part)]
    return " and a ".join(f.name for f in fields if _positional(f, parts))


def _kind(flag: str, parts: list[type]) -> str:
    """What a value of a flag must be, in words."""
    names = {_flag(f): f.name for part in parts for f in dataclasses.fields(part)}
    hints = {
        name: hint
        for part in parts
        for name, hint in typing.get_type_hints(part, include_extras=True).items()
    }
    hint, shown = _bare(hints[names[flag]])
    types = typing.get_args(hint) or (hint,)
    if shown and (len(types) > 1 or str in types):
        pairs = zip(shown.split(), types, strict=False)
        numbers = [word for word, kind in pairs if kind in (int, float)]
        some = "a number" if len(numbers) == 1 else "numbers"
        return f"{shown}, with {some} for {' and '.join(numbers)}" if numbers else shown
    if int in types:
        return "a whole number"
    return "numbers" if len(types) > 1 else "a number" if float in types else "a value"


def _bare(hint: Any) -> tuple[Any, str]:
    """A type without its marks, and how its value is shown in the help."""
    shown = ""
    while True:
        for mark in getattr(hint, "__metadata__", ()):
            shown = getattr(mark, "metavar", None) or shown
        args = typing.get_args(hint)
        repeated = typing.get_origin(hint) is tuple and args[1:] == (Ellipsis,)
        plain = typing.get_origin(hint) is tuple and not repeated
        if not args or plain:
            return hint, shown
        hint = next(arg for arg in args if arg is not type(None))


def _unchecked(flags: type) -> type:
    """Return the same fields without checks, which are made after parsing."""
    body = {"__doc__": flags.__doc__, "__post_init__": lambda self: None}
    return type(flags.__name__, (flags,), body)


def _overview(verb: str, about: str, options: type) -> str:
    from suffice.architectures._shared import KINDS

    kinds = "\n".join(
        f"  {kind:<18} {str(flags.__doc__).splitlines()[0]}"
        for kind, flags in KINDS.items()
    )
    listed = " ".join(
        f"--{field.name.replace('_', '-')}" for field in dataclasses.fields(options)
    )
    return (
        f"usage: suffice {verb} MODEL [flags]\n\n{about}\n\nMODEL is one of\n{kinds}\n"
        "  FILE.npz           a model saved by suffice.models.save_model\n"
        "  FILE.py:name       a model in your own Python file, which is executed\n\n"
        f"Flags for every model: {listed}\n"
        f"Flags for one kind of model: suffice {verb} two-layer --help"
    )
