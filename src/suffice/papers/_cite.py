"""BibTeX of this package and of the papers on which answers rest."""

import re
from importlib.metadata import version

from suffice._core import Result
from suffice._core.literature import Publication, PUBLICATIONS

NUMBER = re.compile(r"(?<![\d.])\d{4}\.\d{5}(?!\d)")
SOFTWARE = """\
@software{{suffice,
  author = {{{{The suffice authors}}}},
  title = {{suffice: how little data recovers the target?}},
  version = {{{version}}},
  license = {{Apache-2.0}},
}}"""


def cite(*answers: Result | str) -> str:
    """BibTeX of this package and of the papers on which answers rest.

    An answer names its papers where it says its source, and so do its JSON and its
    page; this function reads these numbers. An answer whose method was derived here
    rests on no paper: it has the entry of this package only.

    Args:
        answers: Results of this package, or texts that name papers by their numbers on
            arXiv: a page, printed output, or the name of a paper, a key of `PAPERS`.

    Returns:
        The entry of this package, then one for each paper that it knows, in the order
        in which they are named.

    Examples:
        >>> model = sf.TwoLayer.normal(3, 5, key=jax.random.key(0))
        >>> entries = sf.cite(sf.structural_rank(model))
        >>> print(entries.count("@"), "arXiv" in entries, "2211.11623" in entries)
        2 True True
    """
    texts = (_text(answer) for answer in answers)
    numbers = dict.fromkeys(n for text in texts for n in NUMBER.findall(text))
    papers = [PUBLICATIONS[number] for number in numbers if number in PUBLICATIONS]
    software = SOFTWARE.format(version=version("suffice"))
    return "\n\n".join([software, *(paper.bibtex for paper in papers)])


def _text(answer: Result | str) -> str:
    if isinstance(answer, Result):
        return answer.to_json()
    named = NAMED.get(answer)
    return named.arxiv if named else answer


NAMED: dict[str, Publication] = {
    paper.name: paper for paper in PUBLICATIONS.values() if paper.name
}
