"""Matrices from a few entries: what those determine, and what training adds."""

from ._closure import (
    closure as closure,
    Determination as Determination,
    EntryStatus as EntryStatus,
)
from ._graph import Components as Components, Connectivity as Connectivity
from ._report import mask_report as mask_report, MaskReport as MaskReport
