"""The names of the chapter: types and lazy imports read this file."""

from ._figures._branches import branches_figure as branches_figure
from ._figures._circuit import circuit_figure as circuit_figure
from ._figures._phase import phase_diagram as phase_diagram
from ._figures._spectrum import spectrum_figure as spectrum_figure
from ._figures._tree import tree_figure as tree_figure
from ._page._write import write_page as write_page
from ._pages._auditing._page import audit_page as audit_page
from ._pages._auditing._text import audit_text as audit_text
from ._pages._circuit import circuit_page as circuit_page
from ._pages._classification import classification_page as classification_page
from ._pages._completion import completion_page as completion_page
from ._pages._forecast import spectra_page as spectra_page
from ._pages._law import law_page as law_page
from ._pages._law_text import law_text as law_text
from ._pages._reasoning import reasoning_page as reasoning_page
from ._pages._sweep import sweep_page as sweep_page
from ._style import save_figure as save_figure
