"""The names of the chapter: types and lazy imports read this file."""

from ._audit import audit as audit
from ._dependence import Dependence as Dependence
from ._design._fill import candidates as candidates
from ._design._forecast import ErrorForecast as ErrorForecast
from ._design._more import MoreSamples as MoreSamples
from ._design._next import NextSamples as NextSamples
from ._design._pool import Pool as Pool, read_pool as read_pool
from ._design._region import Region as Region
from ._examples import diabetes as diabetes, magnet as magnet, puromycin as puromycin
from ._learning import LearningCurve as LearningCurve
from ._noise import NoiseEstimate as NoiseEstimate
from ._predictor._file import (
    load_predictor as load_predictor,
    save_predictor as save_predictor,
)
from ._predictor._predictor import Predictions as Predictions, Predictor as Predictor
from ._predictor._relevance import Relevance as Relevance
from ._references import References as References
from ._result import Audit as Audit
from ._sufficiency import Sufficiency as Sufficiency
from ._table import (
    read_table as read_table,
    Table as Table,
    TableError as TableError,
)
from ._thresholds import SampleSizeThreshold as SampleSizeThreshold
from ._width import WidthCurve as WidthCurve
