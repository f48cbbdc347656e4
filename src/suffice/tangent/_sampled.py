"""Tangent rank from sampled inputs."""

import dataclasses
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Key

from suffice._core import count_parameters, evaluate, Model
from suffice.models import Domain, Points, RealSpace

from ._complex import complex_jacobian, is_meromorphic
from ._noise import measured_jacobian
from ._numerical import numerical_rank, NumericalRank
from ._rank import Rank
from ._sketch._sketched_rank import sketched_rank

DENSE_ENTRIES = 2e7  # 160 MB of float64: beyond it the tangent matrix is sketched
DENSE_PARAMETERS = 500  # its singular values take a second; beyond it, likewise


def domain_of(model: Model, domain: Domain | None) -> Domain:
    """The inputs that a rank is about: the given ones, or the model's own.

    Raises:
        ValueError: Neither the call nor the model says where the inputs live.
    """
    if domain is not None:
        return domain
    if (own := getattr(model, "domain", None)) is not None:
        return own
    if (size := getattr(model, "in_size", None)) is not None:  # an equinox MLP's name
        return RealSpace(() if size == "scalar" else size)
    raise ValueError(
        f"domain is None and {type(model).__name__} has no attribute `domain`; pass "
        "domain=RealSpace(dim), Sphere(dim) or Points(x)."
    )


def sampled_rank(
    model: Model, *, domain: Domain | None = None, key: Key[Array, ""]
) -> Rank:
    """The rank that singular values show, on samples from the domain.

    Samples four inputs per parameter, equilibrates, cuts the spectrum, and doubles the
    samples until the rank stands still; then tries complex inputs where the model has
    a single-valued continuation. Models of more than 500 parameters are sketched on
    growing samples. `measured` means confident in the sense of `numerical_rank`.

    Args:
        model: Any callable pytree or `TorchModel`.
        domain: Domain of the inputs; defaults to the model's own.
        key: Random key.

    Raises:
        ValueError: No domain is known, or a tangent entry is not finite.

    Source:
        arXiv:2211.11623, Definition 2; sampling suffices almost surely for analytic
        models by arXiv:2406.18035, Theorem 2.
    """
    domain = domain_of(model, domain)
    parameters = count_parameters(model)
    if isinstance(domain, Points):
        if parameters * len(domain.x) > DENSE_ENTRIES:
            return _named(sketched_rank(model, domain.x, key=key), domain)
        return _rank(_seen(model, domain.x), parameters, domain, "singular values")
    if parameters > DENSE_PARAMETERS:
        return _sketched(model, domain, parameters, key)
    seen = _until_stable(model, domain, parameters, key)
    if not seen.spectrum.confident and isinstance(domain, RealSpace):
        x = domain.sample(key, 1)[0]
        if is_meromorphic(model, x):
            matrix = complex_jacobian(model, domain, 4 * parameters + 16, key=key)
            bent = numerical_rank(np.where(seen.noise, 0.0, matrix))
            if bent.confident and bent.value >= seen.spectrum.value:
                method = "singular values at complex inputs"
                seen = _Seen(bent, len(matrix), seen.noise)
                return _rank(seen, parameters, domain, method)
    return _rank(seen, parameters, domain, "singular values")


def _sketched(model, domain, parameters, key) -> Rank:
    """Double the samples until the rank is below 80 % of the rows."""
    n = 256
    while True:
        rank = sketched_rank(model, domain.sample(key, n), key=key)
        rows = rank.samples or n
        if n >= 4 * parameters or (rank.value or rows) < 0.8 * rows:
            return _named(rank, domain)
        n *= 2


def _named(rank: Rank, domain: Domain) -> Rank:
    return dataclasses.replace(rank, domain=describe(domain))


class _Seen(NamedTuple):
    """A spectrum, the scalar samples behind it, and which columns were rounding."""

    spectrum: NumericalRank
    rows: int
    noise: np.ndarray


def _until_stable(model, domain, parameters, key) -> _Seen:
    # Non-analytic models show their full rank only once every region is hit.
    outputs = evaluate(model, domain.sample(key, 1)).shape[1]
    n = -(-(4 * parameters + 16) // outputs)
    best = _seen(model, domain.sample(jax.random.fold_in(key, 0), n))
    for doubling in range(1, 5):
        if 2 * best.rows * parameters > DENSE_ENTRIES:
            break
        x = domain.sample(jax.random.fold_in(key, doubling), n * 2**doubling)
        seen, before = _seen(model, x), best
        best = max(before, seen, key=lambda s: (s.spectrum.value, s.spectrum.confident))
        best = best._replace(rows=seen.rows)
        if seen.spectrum.value <= before.spectrum.value:
            break
    return best


def _seen(model, x: Any) -> _Seen:
    matrix, change, noise = measured_jacobian(model, x)
    return _Seen(numerical_rank(matrix, change=change), len(matrix), noise)


def _rank(seen: _Seen, parameters: int, domain: Domain, method: str) -> Rank:
    spectrum, rows, noise = seen
    note = None
    if noise.any():
        note = (
            f"the function does not depend on {int(noise.sum())} parameters but for "
            "rounding errors, which count as zero."
        )
    if not spectrum.confident:
        note = (
            f"singular values {spectrum.last_kept:.1e} (kept) and "
            f"{spectrum.first_dropped:.1e} (dropped) are too small or too close to "
            "tell apart in float64; certify the rank, or use more spread-out inputs."
        )
    return Rank(
        value=spectrum.value if spectrum.confident else None,
        status="measured" if spectrum.confident else "undecided",
        method=method,
        lower=0,
        upper=min(parameters, rows) if isinstance(domain, Points) else parameters,
        parameters=parameters,
        last_kept=spectrum.last_kept,
        first_dropped=spectrum.first_dropped,
        tolerance=spectrum.tolerance,
        samples=rows,
        domain=describe(domain),
        note=note,
        singular_values=spectrum.singular_values,
    )


def describe(domain: Domain) -> str:
    """The domain in words."""
    if isinstance(domain, Points):
        return f"a finite set of {len(domain.x)} inputs"
    if isinstance(domain, RealSpace):
        return f"all real inputs of shape {domain.shape}"
    return f"the sphere of radius {domain.radius:g} in {domain.dim} dimensions"
