"""The rank of any model in ball arithmetic, where two precisions agree."""

import math
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Key

from suffice._core import count_parameters, Model, numpy_rng, partition
from suffice.models import Domain, Points
from suffice.tangent._rank import missed_pieces, open_status, Rank

from ._elimination import eliminate, Elimination
from ._exact_inputs import exact_inputs, ExactInputs, refuse_kinks
from ._numbers import balls, precision, unsaturated_balls
from ._ring import NotExact, Ring, Saturated
from ._rows import exact_parameters, trace_rows

BITS = (128, 512)
ENTRIES = 40_000  # of a tangent matrix of balls; more take over about five seconds
_SPARE = 8  # rows beyond the number of parameters
_SPREADS = (1.0, 2.0**-6)  # scales of the inputs; the second one leaves saturation


class _Attempt(NamedTuple):
    """The eliminations at the low and at the high precision.

    Attributes:
        low: At the low precision.
        high: At the high precision.
        bits: The two precisions.
        inputs: The inputs of the rows.
        sharp: Whether no neuron is saturated at all inputs.
    """

    low: Elimination
    high: Elimination
    bits: tuple[int, int]
    inputs: ExactInputs
    sharp: bool

    @property
    def agree(self) -> bool:
        """Whether all that is left at the high precision must be taken for zero."""
        step = self.bits[1] - self.bits[0]
        return (
            self.sharp
            and self.low.rank == self.high.rank
            and self.high.rest <= self.low.rest - step / 2
            and self.high.pivot > self.high.rest + self.bits[1] / 4
        )


def ball_rank(
    model: Model,
    *,
    domain: Domain,
    upper: int,
    pieces: bool,
    key: Key[Array, ""],
) -> Rank:
    r"""The rank of a model from eliminations in ball arithmetic at two precisions.

    The tangent matrix is evaluated at 128 and at 512 bits, at more where parameters
    span many orders of magnitude, and eliminated with complete pivoting. The pivots
    prove a lower bound at this point. The rank is that bound where both precisions find
    as many pivots, the remaining numbers shrink with the precision, and the last pivot
    stands far above them. Prefer `certified_rank` where only proofs count.

    Args:
        model: Any callable pytree.
        domain: Domain of the inputs.
        upper: A proved upper bound of the rank.
        pieces: Whether the derivative of the model jumps; samples of a continuous
            domain then give a lower bound only.
        key: Random key of the inputs.

    Returns:
        The rank: `exact` where the lower bound meets the upper one, `measured` where
        the precisions agree, else `at least`.

    Raises:
        NotExact: The model contains an operation that ball arithmetic does not have,
            or has no derivative at random inputs.

    Source:
        Derived and verified here: no wrong value for 395 networks whose neurons differ
        by as little as 2^-45, on which 64 and 128 bits give 7.
    """
    if pieces:
        refuse_kinks(model, domain)
    found = _attempt(model, domain, key)
    upper = min(upper, len(found.inputs.x)) if found.inputs.finite else upper
    lower = found.high.rank
    open_pieces = pieces and not found.inputs.finite
    agreed = found.agree and not open_pieces
    met = lower == upper
    return Rank(
        value=lower if met or agreed else None,
        status="exact" if met else "measured" if agreed else open_status(lower),
        method=f"balls at {found.bits[1]} bits",
        lower=lower,
        upper=upper,
        parameters=count_parameters(model),
        samples=len(found.inputs.x),
        domain=found.inputs.domain,
        note=_note(found, met, agreed, open_pieces),
    )


def affordable(model: Model, domain: Domain) -> bool:
    """Whether a tangent matrix of balls takes seconds, not minutes."""
    size = count_parameters(model)
    rows = len(domain.x) if isinstance(domain, Points) else size + _SPARE
    return rows * size <= ENTRIES


def _attempt(model: Model, domain: Domain, key) -> _Attempt:
    """Both eliminations, at inputs at which no neuron is saturated if there are any."""
    bits = _precisions(model, domain)
    trials = [(unsaturated_balls(), spread) for spread in _SPREADS]
    for ring, spread in trials:
        try:
            high, inputs = _eliminated(model, domain, key, ring, spread, bits[1])
        except Saturated:
            continue
        low, _ = _eliminated(model, domain, key, balls(), spread, bits[0])
        return _Attempt(low, high, bits, inputs, True)
    high, inputs = _eliminated(model, domain, key, balls(), _SPREADS[0], bits[1])
    return _Attempt(high, high, bits, inputs, False)


def _eliminated(
    model: Model, domain: Domain, key, ring: Ring, spread: float, bits: int
) -> tuple[Elimination, ExactInputs]:
    with precision(bits):
        rng = numpy_rng(key)

        def draw(shape):
            return ring.array(spread * rng.standard_normal(shape))

        count = count_parameters(model) + _SPARE
        inputs = exact_inputs(model, domain, ring, draw, count, rng)
        plain = inputs.x.dtype != object
        like = inputs.x if plain else np.empty(inputs.x.shape)
        rows = trace_rows(model, like, batch=len(inputs.x))
        theta = exact_parameters(model, ring, None)
        matrix = rows(ring, theta, inputs.x, inputs.u)
        if not all(ball.is_finite() for ball in matrix.ravel()):
            raise NotExact(f"a derivative is not finite at {bits} bits.")
        return eliminate(matrix), inputs


def _precisions(model: Model, domain: Domain) -> tuple[int, int]:
    """The two precisions in bits, which grow with the range of the numbers."""
    leaves = jax.tree.leaves(partition(model)[0])
    leaves += jax.tree.leaves(domain.x) if isinstance(domain, Points) else []
    sizes = np.abs(np.concatenate([np.asarray(leaf, float).ravel() for leaf in leaves]))
    exponents = np.frexp(sizes[sizes > 0])[1]
    span = exponents.max(initial=0) - exponents.min(initial=0)
    extra = max(0, int(span) - BITS[0] // 2)
    return BITS[0] + extra, BITS[1] + 4 * extra


def _note(found: _Attempt, met: bool, agreed: bool, open_pieces: bool) -> str:
    low, high = found.bits
    if met:
        return "A theorem about this point: the pivots prove a bound that is attained."
    if agreed:
        rest = found.high.rest
        size = "zero" if rest == -math.inf else f"1e{rest * math.log10(2):.0f} at most"
        return (
            f"measured at {high} bits: {low} bits agree, and the remainder is {size}."
        )
    if open_pieces:
        return missed_pieces("proved")
    return (
        f"ball arithmetic at {low} and {high} bits does not agree on more; the lower "
        "bound is proved."
    )
