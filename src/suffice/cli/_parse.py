"""Parsing of the flags of a model and of a verb into frozen dataclasses."""

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Any

import tyro

File = Annotated[str | None, tyro.conf.arg(metavar="FILE")]
CONFIG = (tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)


def parse(options: type, verb: str, args: Sequence[str], about: str) -> Any:
    """Parse the flags of a verb.

    Args:
        options: A frozen dataclass, whose attribute docstrings are the help texts.
        verb: Name of the verb.
        args: Arguments after the verb.
        about: First lines of the help: what the verb does, and an example.

    Returns:
        An instance of `options`.
    """
    return tyro.cli(
        options,
        prog=f"suffice {verb}",
        description=about,
        args=list(args),
        config=CONFIG,
    )


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
    """
    from suffice.architectures._shared import KINDS

    from ._models import FileModel

    if not args or args[0] in ("-h", "--help"):
        print(_overview(verb, about, options))
        raise SystemExit(0 if args else 2)
    kind = args[0]
    flags, rest = (KINDS[kind], args[1:]) if kind in KINDS else (FileModel, args)
    both = dataclasses.make_dataclass(
        "Flags", [("model", _unchecked(flags)), ("question", options)], frozen=True
    )
    prog = f"{verb} {kind}" if kind in KINDS else verb
    parsed = parse(both, prog, rest, about)
    return flags(**vars(parsed.model)), parsed.question


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
