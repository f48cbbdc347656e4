"""What data at given inputs can determine of a law."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Key

from suffice._core import Result
from suffice._core.literature import bases
from suffice.laws._formula._law import Law
from suffice.laws._formula._values import slopes
from suffice.models import Points
from suffice.tangent import Rank, sampled_rank, tangent_rank
from suffice.tangent._shared import tangent_matrix, traits_of

from ._combinations import Combination, combinations
from ._drawn import draw_laws
from ._jumps import by_jumps
from ._words import joined

LOOPS = frozenset({"scan", "while"})  # solvers: exact arithmetic would take minutes


@dataclasses.dataclass(frozen=True)
class Determined(Result):
    """What measurements at some inputs can determine of a law, however exact they are.

    Attributes:
        law: Name of the law.
        parameters: Names of its free parameters.
        determined: Those that are determined one by one, up to finitely many solutions.
        without_influence: Those that change nothing at these inputs.
        combinations: What is determined of the others.
        undecided: Those that also act through jumps, such as a threshold, which no
            derivative sees: data may determine them all the same.
        rank: In how many directions the law can change at these inputs, with the
            evidence.
        inputs: The inputs, in words.
        note: A restriction of the answer, or None.
    """

    grounds = bases.LAW

    law: str
    parameters: tuple[str, ...]
    determined: tuple[str, ...]
    without_influence: tuple[str, ...]
    combinations: tuple[Combination, ...]
    undecided: tuple[str, ...]
    rank: Rank
    inputs: str
    note: str | None = None

    @property
    def whole(self) -> bool:
        """Whether every parameter is determined."""
        return len(self.determined) == len(self.parameters)

    def headline(self) -> str:
        """What is determined, in one sentence."""
        status = self.rank.status
        if self.whole:
            return (
                f"{self.inputs[:1].upper()}{self.inputs[1:]} can determine every "
                f"parameter of {self.law}, {joined(self.parameters)} ({status})."
            )
        found = (*self.determined, *(c.text for c in self.combinations))
        lost = [p for p in self.parameters if p not in self.determined]
        decided = self.rank.value is not None and not self.undecided
        open_ = "Only " if decided else "At least "
        what = f"{open_}{joined(found)}" if found else "Nothing"
        count = len(self.determined) + sum(c.count for c in self.combinations)
        verb = "are" if count > 1 else "is"
        named = {*self.without_influence, *self.undecided}
        rest = [p for p in lost if p not in named]
        parts = [f"{what} {verb} determined by {self.inputs} ({status})"]
        if rest:
            parts.append(f"{joined(rest)} {'are' if len(rest) > 1 else 'is'} not")
        if self.without_influence:
            verb = "have" if len(self.without_influence) > 1 else "has"
            seen = "" if decided else " that is seen"
            parts.append(f"{joined(self.without_influence)} {verb} no influence{seen}")
        if self.undecided:
            parts.append(
                f"whether {joined(self.undecided)} can be told from the jumps of the "
                "law is undecided"
            )
        return f"{'; '.join(parts)}."

    def shown(self) -> dict[str, Any]:
        """The rank and the determined combinations."""
        return {
            "parameters": len(self.parameters),
            "rank": self.rank.value,
            "status": self.rank.status,
            "method": self.rank.method,
            "determined": joined(self.determined) or None,
            "combinations": joined([c.text for c in self.combinations]) or None,
            "no influence": joined(self.without_influence) or None,
            "undecided": joined(self.undecided) or None,
            "note": self.note,
        }


def determined_at(
    law: Law, x: Float[np.ndarray, "n inputs"], inputs: str, *, key: Key[Array, ""]
) -> Determined:
    """What measurements at given inputs can determine of a law.

    The tangent engine decides the rank at the best of several values of the parameters;
    the directions in which nothing changes are named where they are constant over all
    of these values in logarithms, in the parameters themselves, in their reciprocals or
    in their squares.

    Args:
        law: The law at its starting or fitted values.
        x: The inputs.
        inputs: The inputs in words.
        key: Random key of the values of the parameters.
    """
    drawn = draw_laws(law, x, key)
    traits = traits_of(law, x)
    lower = [tangent_matrix(near, x, traits).rank.lower for near in drawn]
    loops = not traits.names.isdisjoint(LOOPS)
    decide = sampled_rank if loops else tangent_rank
    rank = decide(drawn[int(np.argmax(lower))], domain=Points(x), key=key)
    size = rank.lower if rank.value is None else rank.value
    best = [near for near, found in zip(drawn, lower, strict=True) if found >= size]
    named = combinations(
        law.names,
        [slopes(near, x) for near in best],
        np.array([near.values for near in best]).reshape(-1, len(law.names)),
        size,
        (slopes(law, x), np.asarray(law.values)),
    )
    jumps: tuple[str, ...] = ()
    if traits.pieces and size < len(law.names):
        jumps = by_jumps(law, x, size, named, drawn)
    return Determined(
        law=law.name,
        parameters=law.names,
        determined=named.single,
        without_influence=tuple(n for n in named.unseen if n not in jumps),
        combinations=named.mixed,
        undecided=jumps,
        rank=rank,
        inputs=inputs,
        note=law.note or rank.note or _note(traits.pieces, size, law),
    )


def _note(pieces: bool, size: int, law: Law) -> str | None:
    """That an answer may be another one where another piece of the law holds."""
    if not pieces or size == len(law.names):
        return None
    return (
        "the law has pieces, and the answer is that near the starting values; other "
        "values can show other parameters."
    )
