"""The main job: from a table of measurements to how many of them suffice.

An audit fits networks of growing width to a table, takes the smallest that predicts as
well as any other for the target, and asks the theory of local linear recovery about it:
the least number of samples, whether those at hand determine it, how much noise they let
through, and which to measure next.
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
