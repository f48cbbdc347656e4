"""One folder per paper: its experiments, their figures, and its claims as data.

`reproduce(name, folder)` reruns a paper. A paper is a tuple of experiments; an
experiment measures numbers, draws them, and judges what the paper says about them.
"""

from suffice._core.literature import Publication as Publication

from ._paper import Paper as Paper
from ._reproduce import paper as paper, PAPERS as PAPERS, reproduce as reproduce
