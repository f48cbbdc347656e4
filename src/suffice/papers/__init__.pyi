"""The names of the chapter: types and lazy imports read this file."""

from ._cite import cite as cite
from ._names import PAPERS as PAPERS
from ._paper import Paper as Paper, Publication as Publication
from ._reproduce import (
    paper as paper,
    reproduce as reproduce,
    reproduce_all as reproduce_all,
)
