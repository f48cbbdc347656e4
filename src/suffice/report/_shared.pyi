"""What other chapters need of `report`; lazy imports read this file."""

from ._pages._claim import (
    BACKGROUND as BACKGROUND,
    Claim as Claim,
    Drawing as Drawing,
    Reproduction as Reproduction,
    Reproductions as Reproductions,
    Sentence as Sentence,
)
from ._pages._completion_text import completion_text as completion_text
from ._pages._papers import papers_page as papers_page
from ._pages._reproduction import reproduction_page as reproduction_page
from ._style import styled as styled
