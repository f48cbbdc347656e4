"""Matrices from a few entries: what those determine, and what training adds."""

from ._bias import BiasPrediction as BiasPrediction, predict_bias as predict_bias
from ._choose_rank import RankChoice as RankChoice
from ._closure import closure as closure, Determination as Determination
from ._complete import complete as complete, Completion as Completion
from ._complete_table import complete_table as complete_table
from ._entry_table import EntryTable as EntryTable
from ._flow import (
    factorisation_flow as factorisation_flow,
    FactorisationFlow as FactorisationFlow,
)
from ._glrl import glrl as glrl, GreedyPath as GreedyPath, Stage as Stage
from ._graph import Components as Components, Connectivity as Connectivity
from ._imputer import LowRankImputer as LowRankImputer
from ._invariants import descent_drift as descent_drift
from ._least_squares import fit_rank as fit_rank, LowRankFit as LowRankFit
from ._next import next_entries as next_entries, NextEntries as NextEntries
from ._nuclear import (
    minimum_nuclear_norm as minimum_nuclear_norm,
    NuclearCompletion as NuclearCompletion,
)
from ._path import Path as Path, Plateau as Plateau
from ._read import read_entries as read_entries
from ._report import mask_report as mask_report, MaskReport as MaskReport
from ._saddle import (
    saddle_spectrum as saddle_spectrum,
    SaddleSpectrum as SaddleSpectrum,
)
from ._solution import EntryStatus as EntryStatus
from ._spectrum import learned_rank as learned_rank, LearnedRank as LearnedRank
from ._stability import stability_map as stability_map, StabilityMap as StabilityMap
from ._table import CompletedTable as CompletedTable
from ._traversal import Level as Level, Traversal as Traversal, traversal as traversal
from ._write_entries import entries_text as entries_text
