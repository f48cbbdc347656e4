"""Tables and figures for people: text on a terminal, one self-contained HTML page."""

from ._branches_figure import branches_figure as branches_figure
from ._claim import (
    Claim as Claim,
    Drawing as Drawing,
    Reproduction as Reproduction,
)
from ._classification_page import classification_page as classification_page
from ._completion_page import completion_page as completion_page
from ._completion_text import completion_text as completion_text
from ._page import audit_page as audit_page
from ._phase import phase_diagram as phase_diagram
from ._reasoning_page import reasoning_page as reasoning_page
from ._reproduction_page import reproduction_page as reproduction_page
from ._spectra_figures import spectrum_figure as spectrum_figure
from ._spectra_page import spectra_page as spectra_page
from ._style import save_figure as save_figure, styled as styled
from ._sweep_page import sweep_page as sweep_page
from ._text import audit_text as audit_text
from ._tree_figure import tree_figure as tree_figure
from ._write import refuse_existing as refuse_existing, write_page as write_page
