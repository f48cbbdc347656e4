"""What any data can determine of a law."""

import jax
from jaxtyping import Array, Key

from suffice.auditing import Region
from suffice.laws._formula._law import law_of

from ._places import places
from ._structure import Determined, determined_at

INPUTS = 60


def identify(
    law: object,
    *,
    region: Region | None = None,
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
        region: Where inputs can be measured; others are taken from 0.01 to 10.
        key: Random key; None takes `jax.random.key(0)`.

    Returns:
        The parameters and combinations that are determined.

    Raises:
        ValueError: The law, or a derivative of it, is not finite in the region; or the
            region names no input.

    Source:
        The rank is that of arXiv:2211.11623, Definition 2; the combinations are derived
        and verified here.

    Examples:
        >>> def rate(conc, kcat=10.0, enzyme=0.5, km=0.1):
        ...     return kcat * enzyme * conc / (km + conc)
        >>> found = sf.identify(rate)
        >>> found.determined, [str(c) for c in found.combinations]
        (('km',), ['kcat*enzyme'])
    """
    law = law_of(law)
    key = jax.random.key(0) if key is None else key
    where = places(law.inputs, region)
    at = f"measurements at {where}"
    return determined_at(law, where.spread(INPUTS), at, key=key)
