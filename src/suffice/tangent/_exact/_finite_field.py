"""Exact ranks of polynomial models, by arithmetic modulo a prime or over Q."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import flint
import numpy as np
from jaxtyping import Array, Key, Shaped

from suffice._core import count_parameters, given, Model, numpy_rng
from suffice.models import Domain, Points, Sphere
from suffice.tangent._rank import Rank
from suffice.tangent._sampled import domain_of

from ._exact_inputs import exact_inputs, ExactInputs, refuse_kinks
from ._numbers import as_ratio, Degree, degrees, NotExact, prime_field, rationals
from ._rows import exact_parameters, TangentRows, trace_rows

PRIME = 2**61 - 1
_BATCH_ENTRIES = 1 << 20
_RATIONAL_ORDER = 120
_LOWER = "Certain as a lower bound; equality holds for almost every draw."


def generic_rank(
    model: Model,
    *,
    domain: Domain | None = None,
    x: Shaped[np.ndarray, "n ..."] | None = None,
    key: Key[Array, ""],
    prime: int = PRIME,
    parameters: Literal["random", "given"] | Sequence[Any] = "random",
) -> Rank:
    r"""The exact tangent rank of a polynomial model.

        rank over ℚ  ≥  rank of ∂f(xᵢ; θ)/∂θⱼ modulo p

    With `parameters="random"` it is the rank `M_I` at almost every point. Parameters
    and inputs are random numbers modulo a prime, and the rank there is a certain lower
    bound. It is too small only if the random point is a root of a nonzero polynomial of
    degree `deg` (a minor), which has probability at most `deg / p`; the note states
    this bound. With `parameters="given"`, or one rational per parameter, it is the rank
    *at* that point. On a finite domain with at most 120 scalar samples or parameters
    this rank is computed over the rational numbers and certain; otherwise it is
    computed at random inputs modulo a random prime. Prefer `structural_rank` for
    two-layer networks and `certified_rank` for models that are not polynomial.

    It costs one traced gradient and `M` rows of Python integers: a second for a hundred
    parameters.

    Args:
        model: A callable pytree made of additions, multiplications and movement of
            data, e.g. matrix products, polynomial activations, or
            `jax.tree_util.Partial` of an entry of a tensor.
        domain: Domain of the inputs; None takes the domain of the model. The entries
            of a matrix or tensor are `Points` of integer indices.
        x: Shorthand for `domain=Points(x)`.
        key: Random key of the parameters, the inputs and the prime.
        prime: Modulus for random parameters, a prime below 2^64.
        parameters: `random`, `given` (the floats of the model, as dyadic rationals) or
            one number or Fraction per parameter in the order of `ravel(model)`.

    Returns:
        The rank, with status `exact`; the note bounds the probability that it is too
        small, where it is not certain.

    Raises:
        NotExact: The model is not a polynomial (or rational function) of parameters
            and inputs, or has no derivative at one of finitely many inputs.
        ValueError: The modulus is not a prime below 2^64; `parameters` has none of the
            accepted forms; both or neither of `domain` and `x` are given.

    Source:
        Rank stratification: arXiv:2211.11623, Definition 4; matrices: Theorem 5 there.
        The bound is the lemma of Schwartz and Zippel.

    Examples:
        >>> model = sf.MatrixProduct((jnp.ones((1, 3)), jnp.ones((3, 1))))
        >>> sf.generic_rank(model, key=jax.random.key(0)).value
        1
    """
    _check_prime(prime)
    random = isinstance(parameters, str) and parameters == "random"
    if isinstance(parameters, str) and parameters not in ("random", "given"):
        raise ValueError(
            f"parameters is {parameters!r}; expected 'random', 'given' or a sequence "
            "of rationals."
        )
    if domain is not None and x is not None:
        raise ValueError("domain and x both say where the inputs live; pass one.")
    where = domain_of(model, domain) if x is None else Points(given(x))
    rng = numpy_rng(key)
    chosen = None if isinstance(parameters, str) else parameters
    size = count_parameters(model)
    certain = not random and isinstance(where, Points) and _is_small(where, size)
    if certain:
        refuse_kinks(model, where, chosen)
    modulus = prime if random else _random_prime(rng)
    ring = rationals() if certain else prime_field(modulus)

    def draw(shape):
        numbers = rng.integers(0, modulus, shape, dtype=np.uint64)
        return ring.array(numbers.astype(object))

    theta = draw((size,)) if random else exact_parameters(model, ring, chosen)
    inputs = exact_inputs(model, where, ring, draw, size, rng)
    rows = _trace(model, inputs, size)
    matrix = rows(ring, theta, inputs.x, inputs.u)
    value = rational_rank(matrix) if certain else _modular_rank(matrix, modulus)
    note = None
    if not certain:
        known = not isinstance(where, Sphere)
        note = _odds(rows, inputs, value, modulus, random) if known else _LOWER
    return Rank(
        value=value,
        status="exact",
        method="rational numbers" if certain else "finite field",
        lower=value,
        upper=value,
        parameters=size,
        samples=len(inputs.x),
        domain=inputs.domain,
        note=note,
    )


def rational_rank(matrix: Iterable[Iterable[Any]]) -> int:
    """The rank of a matrix of flint rationals or Python ints, exactly."""
    rows = [_integers(row) for row in matrix]
    if not rows or not rows[0]:
        return 0
    # A rank modulo a prime is a lower bound, so a full one is the rank.
    modular = flint.nmod_mat([[v % PRIME for v in row] for row in rows], PRIME).rank()
    full = min(len(rows), len(rows[0]))
    return modular if modular == full else flint.fmpz_mat(rows).rank()


def _integers(row: Iterable[Any]) -> list[int]:
    ratios = [as_ratio(v) for v in row]
    common = math.lcm(*(bottom for _, bottom in ratios))
    return [top * (common // bottom) for top, bottom in ratios]


def _modular_rank(matrix: np.ndarray, prime: int) -> int:
    return flint.nmod_mat([[int(v) for v in row] for row in matrix], prime).rank()


def _trace(model: Model, inputs: ExactInputs, parameters: int) -> TangentRows:
    plain = inputs.x.dtype != object
    like = inputs.x if plain else np.empty(inputs.x.shape)
    batch = max(1, min(len(inputs.x), _BATCH_ENTRIES // max(parameters, 1)))
    return trace_rows(model, like, batch=batch)


def _odds(
    rows: TangentRows, inputs: ExactInputs, rank: int, prime: int, random: bool
) -> str:
    """The probability that the computed rank is too small, as a sentence."""
    ring = degrees()
    theta = ring.array(np.full(rows.parameters, Degree(1 if random else 0)))
    sample = inputs.x[:1]
    variables = sample
    if sample.dtype == object:
        variables = np.full(sample.shape, Degree(0 if inputs.finite else 1), object)
    weights = np.full((1, inputs.u.shape[1]), Degree(0), object)
    batch = [np.repeat(v, rows.batch, axis=0) for v in (variables, weights)]
    try:
        entries = rows(ring, theta, *batch)[0]
    except NotExact:
        return _LOWER
    odds = max(0, *(entry.value for entry in entries)) * rank / prime
    # Fewer than 10^7 of the 10^16 primes of 61 bits divide a minor of 10^8 digits.
    odds += 0 if random else 1e-9
    return f"{_LOWER[:-1]}, with probability at least 1 - {odds:.0e}."


def _is_small(points: Points, parameters: int) -> bool:
    return min(len(points.x), parameters) <= _RATIONAL_ORDER


def _random_prime(rng: np.random.Generator) -> int:
    while True:
        candidate = int(rng.integers(1 << 60, 1 << 61)) | 1
        if flint.fmpz(candidate).is_probable_prime():
            return candidate


def _check_prime(prime: int) -> None:
    if not 2 < prime < 1 << 64 or not flint.fmpz(prime).is_probable_prime():
        raise ValueError(
            f"prime is {prime}; expected a prime below 2^64, e.g. 2**61 - 1."
        )
