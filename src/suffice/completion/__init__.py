"""Matrices from a few entries: what those determine, and what training adds."""

from ._closure import (
    closure as closure,
    Determination as Determination,
    EntryStatus as EntryStatus,
)
from ._flow import (
    factorisation_flow as factorisation_flow,
    FactorisationFlow as FactorisationFlow,
)
from ._graph import Components as Components, Connectivity as Connectivity
from ._least_squares import fit_rank as fit_rank, LowRankFit as LowRankFit
from ._path import Path as Path, Plateau as Plateau
from ._report import mask_report as mask_report, MaskReport as MaskReport
