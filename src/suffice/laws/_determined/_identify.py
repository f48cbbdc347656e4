"""What any data can determine of a law."""

import jax
from jaxtyping import Array, Key

from suffice._core import short
from suffice.laws._formula._law import Law, law as made

from ._drawn import Ranges, ranges_of, spread_inputs
from ._structure import Determined, determined_at


def identify(
    law: object,
    *,
    ranges: Ranges | None = None,
    key: Key[Array, ""] | None = None,
) -> Determined:
    """Say which parameters of a law measurements can determine, however many.

    The law is examined at 60 inputs spread over their ranges, and at its starting
    values and six others. For a law that is analytic in its parameters the answer holds
    at almost all values. It is local: `fit_law` also looks for other solutions that fit
    equally well.

    Prefer `fit_law` if you have measurements, which may determine less.

    Args:
        law: A `Law`; or a function, whose arguments without a default are its inputs.
        ranges: The least and the largest value of inputs by name; others are taken from
            0.01 to 10.
        key: Random key; None takes `jax.random.key(0)`.

    Returns:
        The parameters and combinations that are determined.

    Raises:
        ValueError: The law, or a derivative of it, is not finite in the ranges.

    Source:
        The rank is that of arXiv:2211.11623, Definition 2; the combinations are derived
        and verified here.

    Example:
        >>> def rate(conc, kcat=10.0, enzyme=0.5, km=0.1):
        ...     return kcat * enzyme * conc / (km + conc)
        >>> found = sf.identify(rate)
        >>> found.determined, [str(c) for c in found.combinations]
        (('km',), ['kcat*enzyme'])
    """
    law = law if isinstance(law, Law) else made(law)
    key = jax.random.key(0) if key is None else key
    wide = ranges_of(law, ranges)
    return determined_at(law, spread_inputs(wide), _in_words(wide), key=key)


def _in_words(ranges: Ranges) -> str:
    parts = [f"{name} from {short(a)} to {short(b)}" for name, (a, b) in ranges.items()]
    return f"measurements at {', '.join(parts)}"
