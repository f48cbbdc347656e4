"""Names and changes in words."""

from collections.abc import Iterable, Mapping

ROUNDING = 1e-9  # a relative change below it is none


def joined(names: Iterable[str]) -> str:
    """Names as a list in a sentence."""
    *first, last = [*names] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def together(change: Mapping[str, float], least: float = 0.05) -> str:
    """Relative changes that go together, such as `V +10 % with ka -7 %`.

    Args:
        change: Relative changes by name.
        least: The smallest share of the largest one that is named.
    """
    largest = max(map(abs, change.values()), default=0.0)
    if not ROUNDING < largest < float("inf"):
        return ""
    named = [(n, v) for n, v in change.items() if abs(v) >= least * largest]
    first, *rest = [f"{name} {100 * share:+.2g} %" for name, share in named]
    return f"{first} with {joined(rest)}" if rest else first
