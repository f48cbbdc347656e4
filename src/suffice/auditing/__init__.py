"""Audits: how many measurements of a table suffice, and which to take next.

An audit fits networks of growing width to a table and takes the smallest one that
predicts as well as any other as the target. The theory of local linear recovery then
gives the least number of samples, and says whether the measured samples determine the
target, how strongly they amplify noise, and which samples to measure next.
"""

from suffice._core.tables import TableError as TableError

from ._audit import audit as audit
from ._examples import diabetes as diabetes, magnet as magnet
from ._learning import LearningCurve as LearningCurve
from ._next import NextSamples as NextSamples
from ._result import Audit as Audit
from ._sufficiency import Sufficiency as Sufficiency
from ._table import read_pool as read_pool, read_table as read_table, Table as Table
from ._thresholds import SampleSizeThreshold as SampleSizeThreshold
from ._width import WidthCurve as WidthCurve
