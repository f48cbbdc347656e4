"""The papers, and the statements on which the numbers of results and pages rest."""

from . import _bases as bases
from ._grounds import Grounds as Grounds, HERE as HERE
from ._publications import (
    Publication as Publication,
    publication as publication,
    PUBLICATIONS as PUBLICATIONS,
)

__all__ = ["HERE", "PUBLICATIONS", "Grounds", "Publication", "bases", "publication"]
