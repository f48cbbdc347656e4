"""The names of the papers."""

from suffice._core.literature import PUBLICATIONS

PAPERS = {
    known.name: f"{known.cited}, {known.about}"
    for known in PUBLICATIONS.values()
    if known.name
}
ALL = "all"  # stands for every paper where one can be named


def check_name(name: str) -> None:
    """Raise a ValueError, which lists the papers, for a name of none."""
    if name not in PAPERS:
        raise ValueError(f"there is no paper {name!r}; there are {', '.join(PAPERS)}.")
