"""The status of an entry; it stands alone, since what writes files needs no JAX."""

import enum


class EntryStatus(enum.IntEnum):
    """The status of one entry.

    The codes are stored in files: new ones are appended, and none is renumbered.

    Attributes:
        undetermined: The observed entries allow a continuum of values.
        finite: The observed entries allow finitely many values.
        unique: The observed entries allow one value only.
        unresolved: The computation could not decide.
        observed: The entry was given.
    """

    words: str

    undetermined = 0, "undetermined"
    finite = 1, "determined, finitely many values"
    unique = 2, "determined"
    unresolved = 3, "unresolved"
    observed = 4, "observed"

    def __new__(cls, code: int, words: str):  # Self: refused by the tests' type checker
        """Make a member from its code and its words in legends."""
        member = int.__new__(cls, code)
        member._value_, member.words = code, words
        return member
