"""The names of the chapter: types and lazy imports read this file."""

from ._complete import complete as complete
from ._complete_table import complete_table as complete_table
from ._completion import Completion as Completion
from ._design._next_entries import (
    next_entries as next_entries,
    NextEntries as NextEntries,
)
from ._design._stability import (
    stability_map as stability_map,
    StabilityMap as StabilityMap,
)
from ._determined._closure import closure as closure, Determination as Determination
from ._determined._mask_report import (
    mask_report as mask_report,
    MaskReport as MaskReport,
)
from ._determined._status import EntryStatus as EntryStatus
from ._dynamics._bias import (
    BiasPrediction as BiasPrediction,
    predict_bias as predict_bias,
)
from ._dynamics._factorisation_flow import FactorisationFlow as FactorisationFlow
from ._dynamics._flow import factorisation_flow as factorisation_flow
from ._dynamics._glrl import glrl as glrl, GreedyPath as GreedyPath
from ._dynamics._saddle import (
    saddle_spectrum as saddle_spectrum,
    SaddleSpectrum as SaddleSpectrum,
)
from ._dynamics._traversal import Traversal as Traversal, traversal as traversal
from ._entries._graph import Connectivity as Connectivity
from ._fit._nuclear_norm import (
    minimum_nuclear_norm as minimum_nuclear_norm,
    NuclearCompletion as NuclearCompletion,
)
from ._imputer import LowRankImputer as LowRankImputer
from ._table import CompletedTable as CompletedTable
from ._tables._read import read_entries as read_entries
