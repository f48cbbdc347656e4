"""Laws of the user's own: what data can determine, what they say, what to measure.

A plain function of inputs and parameters becomes a model by `law`. `identify` says what
any data can determine of it; `fit_law` what a table says of its parameters, with
intervals; `compare_laws` which of several laws a table supports; `design` where to
measure next, and `rows_needed` how often.
"""

from ._answer import LawAnswer as LawAnswer
from ._design._design import Design as Design, design as design
from ._design._rows_needed import rows_needed as rows_needed, RowsNeeded as RowsNeeded
from ._determined._combinations import Combination as Combination
from ._determined._identify import identify as identify
from ._determined._structure import Determined as Determined
from ._fit._compare import compare_laws as compare_laws, Comparison as Comparison
from ._fit._estimate import ParameterEstimate as ParameterEstimate
from ._fit._fit_law import fit_law as fit_law
from ._fit._law_fit import LawFit as LawFit
from ._fit._law_predictor import LawPredictor as LawPredictor
from ._fit._save_law import load_law as load_law, save_law as save_law
from ._formula._law import Law as Law, law as law
