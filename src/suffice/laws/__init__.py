"""Laws of the user's own: what data can determine, what they say, what to measure.

A plain function of inputs and parameters becomes a model by `law`. `identify` says what
any data can determine of it; `fit_law` what a table says of its parameters, with
intervals; `compare_laws` which of several laws a table supports; `design` where to
measure next, and `rows_needed` how often.
"""

from ._combinations import Combination as Combination
from ._estimate import ParameterEstimate as ParameterEstimate
from ._fit_law import fit_law as fit_law
from ._identify import identify as identify
from ._law import Law as Law, law as law
from ._law_fit import LawFit as LawFit
from ._structure import Determined as Determined
