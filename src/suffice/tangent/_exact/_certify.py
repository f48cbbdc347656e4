"""Ranks that ball arithmetic proves at one point."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Key, Shaped

from suffice._core import count_parameters, given, Model, Result
from suffice._core.literature import bases
from suffice.models import (
    Activation,
    Convolution,
    DeepNetwork,
    Domain,
    Points,
    RealSpace,
    TwoLayer,
)
from suffice.tangent._rank import Rank
from suffice.tangent._sampled import domain_of

from ._exact_inputs import refuse_kinks
from ._finite_field import generic_rank
from ._layers import structural_bound
from ._minors import largest_minor, Minors
from ._numbers import balls, complex_balls, precision
from ._ring import NotExact, Overlap
from ._structural import structural_rank

PRECISIONS = (64, 128, 256, 512)


@dataclasses.dataclass(frozen=True)
class CertifiedBound(Result):
    """A proved lower bound of the rank at one point.

    Attributes:
        value: The proved lower bound.
        wanted: The bound that was requested, or None for the largest provable one.
        parameters: Number of parameters `M`.
        precision: Precision of the ball arithmetic of the proof, in bits.
        determinant: The ball of the minor, as text; it excludes zero.
        samples: Number of rows of the tangent matrix.
        sketched: Whether rows and columns were combined with random integers.
        domain: The inputs that the rank refers to, in words.
    """

    grounds = bases.TANGENT

    value: int
    wanted: int | None
    parameters: int
    precision: int
    determinant: str
    samples: int
    sketched: bool
    domain: str

    @property
    def holds(self) -> bool:
        """Whether the requested bound is proved."""
        return self.wanted is None or self.value >= self.wanted

    def headline(self) -> str:
        """The bound in one sentence."""
        proof = f"a minor excludes zero at {self.precision} bits"
        if self.holds:
            return f"The rank at this point is at least {self.value}: {proof}."
        return (
            f"A rank of {self.wanted} is not proved; it is at least {self.value}: "
            f"{proof}."
        )


def certified_lower(
    model: Model,
    r: int | None = None,
    *,
    domain: Domain | None = None,
    x: Shaped[np.ndarray, "n ..."] | None = None,
    complex: bool = False,
    samples: int | None = None,
    key: Key[Array, ""],
    precisions: Sequence[int] = PRECISIONS,
    parameters: Sequence[Any] | None = None,
) -> CertifiedBound:
    r"""Prove that the tangent rank at this point is at least `r`.

        0 ∉ det(L J_S R)  implies  rank_f(θ) ≥ r

    The gradient of the model is evaluated in ball arithmetic, where every number has a
    proved error radius. `J_S` has one row per sample (one random combination of the
    outputs). `R` is the identity when all columns are needed, and has random integer
    entries otherwise; so has `L` on a finite domain. The bound holds for exactly these
    float64 parameters and the float64 constants in the code of the model; note that,
    for example, 0.3 and 0.7 do not sum exactly to 1 in float64. If no proof is found,
    the rank may still be larger. Prefer `certified_rank` for an upper bound as well.

    It costs `n` gradients and one determinant of order `r` per precision: a tenth of a
    second for `r = 100`, a second for `r = 300`.

    Args:
        model: Any callable pytree.
        r: The rank to prove; None finds the largest provable one by bisection.
        domain: Domain of the inputs; None takes the domain of the model.
        x: Shorthand for `domain=Points(x)`: the rank on these samples.
        complex: Whether to take complex inputs, at which meromorphic neurons (tanh,
            logistic, exp, sin, cos, erf) are much better conditioned. A linear relation
            on R^d also holds at complex inputs, so the bound is valid for R^d.
        samples: Number of rows of the tangent matrix on a continuous domain, at least
            `r`; None takes `r`, which suffices for almost every draw when the model is
            analytic.
        key: Random key of the samples.
        precisions: Precisions in bits, in increasing order; each is tried in turn.
        parameters: One number or Fraction per parameter, in the order of
            `ravel(model)`, used instead of the floats of the model.

    Returns:
        The largest bound that was proved; `holds` tells whether it is at least `r`.

    Raises:
        NotExact: The model contains an operation that ball arithmetic does not have,
            compares numbers that cannot be distinguished at any of the precisions, or
            has no derivative at one of finitely many inputs.
        ValueError: `r` is out of range, `precisions` is empty, `complex` is asked for
            on a domain other than R^d, or JAX is in float32 mode.

    Source:
        Monotone ranks: arXiv:2406.18035, Corollary 1. The certificate is derived and
        verified here.

    Examples:
        >>> net = sf.TwoLayer(jnp.array([[1.0, 0.5]]), jnp.array([1.0]))
        >>> sf.tangent.certified_lower(net, key=jax.random.key(0)).value
        3
    """
    if domain is not None and x is not None:
        raise ValueError("domain and x both say where the inputs live; pass one.")
    where = domain_of(model, domain) if x is None else Points(given(x))
    refuse_kinks(model, where, parameters)
    if complex and not isinstance(where, RealSpace):
        raise ValueError(
            "complex=True needs inputs from all of R^d: a relation on a smaller set "
            "need not hold at complex points near it."
        )
    if not precisions or min(precisions) < 2:
        raise ValueError(
            f"precisions is {precisions!r}; expected increasing bits, e.g. (64, 256)."
        )
    ring = complex_balls() if complex else balls()
    minors = Minors(model, where, ring, key, parameters, r, samples)
    if r is not None and not 0 <= r <= minors.most:
        raise ValueError(
            f"r is {r}; expected 0 to {minors.most}, the smaller of the number of "
            "parameters and of scalar samples."
        )
    return _climb(minors, r, precisions)


def _climb(minors: Minors, r: int | None, precisions: Sequence[int]) -> CertifiedBound:
    """Raise the precision until the wanted minor excludes zero, or nothing changes."""
    best = (0, precisions[0], "1", False)
    for bits in precisions:
        before, final = best[0], bits == precisions[-1]
        with precision(bits):
            try:
                best = max(best, largest_minor(minors, bits, r is None or final))
            except Overlap:
                if final:
                    raise
                continue
        if best[0] == minors.order or (r is None and best[0] == before > 0):
            break
    value, bits, determinant, sketched = best
    return CertifiedBound(
        value=value,
        wanted=r,
        parameters=minors.columns,
        precision=bits,
        determinant=determinant,
        samples=minors.samples,
        sketched=sketched,
        domain=minors.domain,
    )


def certified_rank(
    model: Model,
    *,
    domain: Domain | None = None,
    key: Key[Array, ""] | None = None,
    parameters: Sequence[Any] | None = None,
    precisions: Sequence[int] = PRECISIONS,
) -> Rank:
    """The proved tangent rank at this point, from equal upper and lower bounds.

    The upper bound comes from the structure of a two-layer or deep network, or from the
    number of parameters; the lower bound from a minor in ball arithmetic. A two-layer
    network is decided by its structure alone, a polynomial model by rational
    arithmetic. If the two bounds differ, the answer is `undecided` and contains both.
    Prefer `tangent_rank`, which is faster, unless a proof is needed.

    Args:
        model: Any callable pytree.
        domain: Domain of the inputs; None takes the domain of the model.
        key: Random key of the samples; None takes `jax.random.key(0)`. A proof is valid
            for any key, but the key can decide whether one is found.
        parameters: One number or Fraction per parameter, in the order of
            `ravel(model)`, used instead of the floats of the model.
        precisions: Precisions in bits, in increasing order; each is tried in turn.

    Returns:
        The rank, with status `exact` or `undecided`, and both bounds.

    Raises:
        NotExact: The model contains an operation that ball arithmetic does not have.
        ValueError: No domain is known, or JAX is in float32 mode.

    Source:
        Derived and verified here, from arXiv:2406.18035, Theorems 1 and 4.

    Examples:
        >>> model = sf.TwoLayer.normal(width=1, inputs=2, key=jax.random.key(0))
        >>> rank = sf.certified_rank(model)
        >>> rank.value, rank.status
        (3, 'exact')
    """
    key = jax.random.key(0) if key is None else key
    where = domain_of(model, domain)
    everywhere = isinstance(where, RealSpace)
    if everywhere and isinstance(model, (TwoLayer, Convolution)):
        try:
            return structural_rank(model, parameters=parameters)
        except ValueError:
            pass  # unknown identities or tied constants: use the general method below
    try:
        given = "given" if parameters is None else parameters
        return generic_rank(model, domain=where, key=key, parameters=given)
    except NotExact:
        pass  # not a polynomial
    upper = count_parameters(model)
    if isinstance(model, DeepNetwork):
        upper = structural_bound(model, parameters=parameters)
    return _meet(model, where, key, parameters, precisions, upper)


def _meet(model, where, key, parameters, precisions, upper: int) -> Rank:
    finite = isinstance(where, Points)
    # A piecewise model shows its full rank only when samples fall into every piece.
    bound = certified_lower(
        model,
        None if finite else upper,
        domain=where,
        key=key,
        precisions=precisions,
        parameters=parameters,
        samples=8 * upper if _has_pieces(model) else None,
    )
    if finite:
        upper = min(upper, bound.samples)
    met = bound.value == upper
    return Rank(
        value=upper if met else None,
        status="exact" if met else "undecided",
        method=f"balls at {bound.precision} bits",
        lower=bound.value,
        upper=upper,
        parameters=bound.parameters,
        samples=bound.samples,
        domain=bound.domain,
        note="A theorem about this point: a minor that excludes zero meets the bound."
        if met
        else (
            f"the proved lower and upper bounds differ at {bound.precision} bits; "
            "reduce the model first, or pass more precisions."
        ),
    )


def _has_pieces(model: Model) -> bool:
    activation = getattr(model, "activation", None)
    return isinstance(activation, Activation) and activation.pieces is not None
