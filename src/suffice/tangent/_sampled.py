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

# A tangent matrix with more entries (160 MB) or more columns (whose singular values
# take more than a second) is not formed, but sketched.
DENSE_ENTRIES = 2e7
DENSE_PARAMETERS = 500


def domain_of(model: Model, domain: Domain | None) -> Domain:
    """The given domain of the inputs, or else the domain of the model.

    Raises:
        ValueError: Neither the call nor the model names a domain.
    """
    if domain is not None:
        return domain
    if (of_model := getattr(model, "domain", None)) is not None:
        return of_model
    if (size := getattr(model, "in_size", None)) is not None:  # an equinox MLP's name
        return RealSpace(() if size == "scalar" else size)
    raise ValueError(
        f"domain is None and {type(model).__name__} has no attribute `domain`; pass "
        "domain=RealSpace(dim), Sphere(dim) or Points(x)."
    )


def sampled_rank(
    model: Model, *, domain: Domain | None = None, key: Key[Array, ""]
) -> Rank:
    """The rank of a model from singular values on samples of the domain.

    It draws four inputs per parameter, counts the singular values of the equilibrated
    tangent matrix, and doubles the number of inputs until the rank no longer grows. If
    the rank is still undecided and the model continues to complex inputs with a single
    value, it tries these. Models of more than 500 parameters are sketched on growing
    samples. Prefer `tangent_rank`, which also tries exact methods; this function gives
    the measurement alone.

    Args:
        model: Any callable pytree or `TorchModel`.
        domain: Domain of the inputs; None takes the domain of the model.
        key: Random key of the samples.

    Returns:
        The rank: `measured` where `numerical_rank` is confident, else `undecided` with
        the reason.

    Raises:
        ValueError: No domain is known, or an entry of the tangent matrix is not
            finite.

    Source:
        arXiv:2211.11623, Definition 2; sampling suffices almost surely for analytic
        models by arXiv:2406.18035, Theorem 2.
    """
    domain = domain_of(model, domain)
    parameters = count_parameters(model)
    if isinstance(domain, Points):
        if parameters * len(domain.x) > DENSE_ENTRIES:
            return _named(sketched_rank(model, domain.x, key=key), domain)
        return _rank(_measure(model, domain.x), parameters, domain, "singular values")
    if parameters > DENSE_PARAMETERS:
        return _sketched(model, domain, parameters, key)
    measured = _until_stable(model, domain, parameters, key)
    if not measured.spectrum.confident and isinstance(domain, RealSpace):
        x = domain.sample(key, 1)[0]
        if is_meromorphic(model, x):
            matrix = complex_jacobian(model, domain, 4 * parameters + 16, key=key)
            bent = numerical_rank(np.where(measured.noise, 0.0, matrix))
            if bent.confident and bent.value >= measured.spectrum.value:
                method = "singular values at complex inputs"
                measured = _SampledSpectrum(bent, len(matrix), measured.noise)
                return _rank(measured, parameters, domain, method)
    return _rank(measured, parameters, domain, "singular values")


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


class _SampledSpectrum(NamedTuple):
    """A spectrum, its number of scalar samples, and the columns of rounding errors."""

    spectrum: NumericalRank
    rows: int
    noise: np.ndarray


def _until_stable(model, domain, parameters, key) -> _SampledSpectrum:
    # A piecewise model shows its full rank only when samples fall into every piece.
    outputs = evaluate(model, domain.sample(key, 1)).shape[1]
    n = -(-(4 * parameters + 16) // outputs)
    best = _measure(model, domain.sample(jax.random.fold_in(key, 0), n))
    for doubling in range(1, 5):
        if 2 * best.rows * parameters > DENSE_ENTRIES:
            break
        x = domain.sample(jax.random.fold_in(key, doubling), n * 2**doubling)
        measured, before = _measure(model, x), best
        best = max(
            before, measured, key=lambda s: (s.spectrum.value, s.spectrum.confident)
        )
        best = best._replace(rows=measured.rows)
        if measured.spectrum.value <= before.spectrum.value:
            break
    return best


def _measure(model, x: Any) -> _SampledSpectrum:
    matrix, change, noise = measured_jacobian(model, x)
    return _SampledSpectrum(numerical_rank(matrix, change=change), len(matrix), noise)


def _rank(
    measured: _SampledSpectrum, parameters: int, domain: Domain, method: str
) -> Rank:
    spectrum, rows, noise = measured
    note = None
    if noise.any():
        note = (
            f"the function depends on {int(noise.sum())} parameters through rounding "
            "errors only, which count as zero."
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
    """A description of the domain in words."""
    if isinstance(domain, Points):
        return f"a finite set of {len(domain.x)} inputs"
    if isinstance(domain, RealSpace):
        return f"all real inputs of shape {domain.shape}"
    return f"the sphere of radius {domain.radius:g} in {domain.dim} dimensions"
