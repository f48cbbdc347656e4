"""Exact ranks of polynomial models, by arithmetic modulo a prime or over Q."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import flint
import numpy as np
from jaxtyping import Array, Key, Shaped

from suffice._core import Model
from suffice.models import Domain, Points

from ._exact_inputs import exact_inputs, ExactInputs, numpy_rng
from ._numbers import as_ratio, Degree, degrees, NotExact, prime_field, rationals
from ._rank import Rank
from ._ring import Ring
from ._rows import exact_parameters, TangentRows, trace_rows
from ._sampled import domain_of

PRIME = 2**61 - 1
_BATCH_ENTRIES = 1 << 20


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

    $$ \mathrm{rank}_{\mathbb{Q}} \ge \mathrm{rank} \left( \partial f(x_i; \theta) /
    \partial \theta_j \bmod p \right) $$

    With `parameters="random"` it is the rank `M_I` at almost every point: parameters
    and inputs are drawn modulo a prime, and the rank there is a certain lower bound. It
    is smaller than the truth only if the draw is a root of a nonzero polynomial of
    degree `deg` (a minor), which has probability at most `deg / p`; the note says the
    number. With `parameters="given"`, or with one rational per parameter, it is the
    rank *at* that point, computed over the rational numbers; on a finite domain
    nothing is drawn and the answer is certain.

    Costs one traced gradient and `M` rows of Python integers: a second for a hundred
    parameters.

    Args:
        model: A callable pytree made of additions, multiplications and movement of
            data, e.g. matrix products, polynomial activations, or
            `jax.tree_util.Partial` of an entry of a tensor.
        domain: Where the inputs live; defaults to the model's own. The entries of a
            matrix or tensor are `Points` of integer indices.
        x: Shorthand for `domain=Points(x)`.
        key: Random key.
        prime: Modulus below 2^64; must be prime.
        parameters: `random`, `given` (the floats of the model, as dyadic rationals) or
            one number or Fraction per parameter in the order of `ravel(model)`.

    Raises:
        NotExact: The model is not a polynomial (or rational function) of parameters
            and inputs.
        ValueError: The modulus is not a prime below 2^64, `parameters` is not
            understood, both or neither of `domain` and `x` say where the inputs live.

    Source:
        Rank stratification: arXiv:2211.11623, Definition 4; matrices: Theorem 5 there.
        The bound is the lemma of Schwartz and Zippel.
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
    where = domain_of(model, domain) if x is None else Points(np.asarray(x))
    ring = prime_field(prime) if random else rationals()
    rng = numpy_rng(key)

    def draw(shape):
        return ring.array(rng.integers(0, prime, shape, dtype=np.uint64).astype(object))

    given = None if isinstance(parameters, str) else parameters
    theta = exact_parameters(model, ring, given)
    inputs = exact_inputs(model, where, ring, draw, len(theta), rng)
    rows = _trace(model, inputs, len(theta))
    matrix = rows(ring, draw(theta.shape) if random else theta, inputs.x, inputs.u)
    value = _modular_rank(matrix, prime) if random else rational_rank(matrix)
    certain = not random and inputs.finite
    return Rank(
        value=value,
        status="exact",
        method="finite field" if random else "rational numbers",
        lower=value,
        upper=value,
        parameters=len(theta),
        samples=len(inputs.x),
        domain=inputs.domain,
        note=None if certain else _odds(rows, inputs, value, prime, random),
    )


def rational_rank(matrix: np.ndarray | Sequence[Sequence[Any]]) -> int:
    """The rank of a matrix of flint rationals or Python ints, exactly."""
    rows = [_integers(row) for row in matrix]
    if not rows or not rows[0]:
        return 0
    # A rank modulo a prime is a lower bound; when it is full there is nothing to add.
    modular = flint.nmod_mat([[v % PRIME for v in row] for row in rows], PRIME).rank()
    full = min(len(rows), len(rows[0]))
    return modular if modular == full else flint.fmpz_mat(rows).rank()


def _integers(row: Sequence[Any]) -> list[int]:
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
    """Say how probable it is that the draw hid a part of the rank."""
    if "sphere" in inputs.domain:
        return "Certain as a lower bound; equality holds for almost every draw."
    ring = degrees()
    drawn = ring.array(np.full(rows.parameters, Degree(1 if random else 0)))
    one = inputs.x[:1]
    variables = one if inputs.finite else np.full(one.shape, Degree(1), object)
    weights = np.full((1, inputs.u.shape[1]), Degree(0), object)
    try:
        entries = _first(rows, ring, drawn, variables, weights)
    except NotExact:
        return "Certain as a lower bound; equality holds for almost every draw."
    degree = max(0, *(e.value for e in entries.ravel())) * rank
    return (
        f"Certain as a lower bound; equal to the rank with probability at least "
        f"1 - {degree / prime:.0e}."
    )


def _first(rows: TangentRows, ring: Ring, theta, x, u) -> np.ndarray:
    repeat = [np.repeat(v, rows.batch, axis=0) for v in (x, u)]
    return rows(ring, theta, *repeat)[:1]


def _check_prime(prime: int) -> None:
    if not 2 < prime < 1 << 64 or not flint.fmpz(prime).is_probable_prime():
        raise ValueError(
            f"prime is {prime}; expected a prime below 2^64, e.g. 2**61 - 1."
        )
