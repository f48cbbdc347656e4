"""Flags into frozen dataclasses: those of a model and those of a verb, in one go."""

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Any

import tyro

File = Annotated[str | None, tyro.conf.arg(metavar="FILE")]
CONFIG = (tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)


def parse(options: type, verb: str, args: Sequence[str], about: str) -> Any:
    """Parse the flags of a verb.

    Args:
        options: A frozen dataclass; its attribute docstrings are the help.
        verb: As typed.
        args: What follows it.
        about: First lines of the help: what the verb does, and an example.
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
    """Parse a model and the flags of a verb; the first word says which model.

    Args:
        options: A frozen dataclass, as in `parse`.
        verb: As typed.
        args: A kind of model and its flags, or a file; and the verb's flags.
        about: First lines of the help.

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
    """The same fields without their checks, whose complaints shall be one line."""
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
        "  FILE.py:name       made by your own Python file, which is executed\n\n"
        f"Flags of every model: {listed}\n"
        f"Flags of one kind: suffice {verb} two-layer --help"
    )
