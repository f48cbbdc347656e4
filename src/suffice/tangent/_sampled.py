"""Tangent rank from sampled inputs."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

from suffice._core import (
    check_bound,
    count_parameters,
    evaluate,
    Model,
    NumericalRank,
    numpy_rng,
)
from suffice.models import Domain, Points, RealSpace
from suffice.models._shared import own_domain

from ._complex import complex_rank, is_meromorphic
from ._precision._kinks import kink_note, off_kinks, on_kinks
from ._precision._tangent_matrix import DENSE_ENTRIES, tangent_matrix, traits_of
from ._precision._traits import Traits
from ._rank import missed_pieces, open_status, Rank
from ._sketch._sketched_rank import sketched_rank
from ._sketch._torch import TorchModel

# A tangent matrix with more columns, whose singular values take more than a second, is
# not formed, but sketched.
DENSE_PARAMETERS = 500
_DOUBLINGS = 5  # of the samples of a model with pieces
SKETCH_ENTRIES = 3e7  # a sketch with more entries (240 MB) is not formed


def domain_of(model: Model, domain: Domain | None) -> Domain:
    """The given domain of the inputs, or else the domain of the model.

    Raises:
        ValueError: Neither the call nor the model names a domain, or the model holds
            no parameters.
    """
    if domain is not None:
        return domain
    if (own := own_domain(model)) is not None:
        return own
    check_bound(model)
    raise ValueError(
        f"domain is None and {type(model).__name__} has no attribute `domain`; pass "
        "domain=RealSpace(dim), Sphere(dim) or Points(x)."
    )


def sampled_rank(
    model: Model, *, domain: Domain | None = None, key: Key[Array, ""]
) -> Rank:
    """The rank of a model from singular values on samples of the domain.

    It draws inputs with four outputs per parameter, and more until they add nothing,
    and counts the singular values that rounding cannot explain, in the precision in
    which the model computes. If the rank is still
    open and the model continues to complex inputs with a single value, it tries these.
    For a model whose derivative jumps, the number of inputs is doubled until the rank
    no longer grows; samples can still miss a piece, so that this rank is a lower bound.
    Given inputs at which there is no derivative are left out, for a lower bound.
    Models of more than 500 parameters are sketched on growing samples. Prefer
    `tangent_rank`, which also tries exact methods; this function gives the measurement
    alone.

    Args:
        model: Any callable pytree or `TorchModel`.
        domain: Domain of the inputs; None takes the domain of the model.
        key: Random key of the samples.

    Returns:
        The rank: `measured` where `numerical_rank` gives a value; else `at least`, with
        a lower bound that is numerical.

    Raises:
        ValueError: No domain is known, or an entry of the tangent matrix is not
            finite.

    Source:
        arXiv:2211.11623, Definition 2; sampling suffices almost surely for analytic
        models by arXiv:2406.18035, Theorem 2.

    Examples:
        >>> w, a = jnp.array([[1.0, 0.5], [1.0, 0.5]]), jnp.array([1.0, 2.0])
        >>> sf.tangent.sampled_rank(sf.TwoLayer(w, a), key=jax.random.key(0)).value
        3
    """
    domain = domain_of(model, domain)
    if isinstance(domain, Points):
        return off_kinks(lambda rest: shown_rank(model, rest, key), model, domain)
    return shown_rank(model, domain, key)


def shown_rank(model: Model, domain: Domain, key: Key[Array, ""]) -> Rank:
    """The rank from singular values, where no given input lies on a kink."""
    parameters = count_parameters(model)
    if isinstance(domain, Points):
        if parameters * len(domain.x) > DENSE_ENTRIES:
            return _named(sketched_rank(model, domain.x, key=key), domain)
        found = tangent_matrix(model, domain.x)
        return _rank(found.rank, found.traits, len(found.matrix), parameters, domain)
    traits = traits_of(model, domain.sample(key, 1))
    if parameters > DENSE_PARAMETERS:
        return _open_pieces(_sketched(model, domain, parameters, key), traits)
    spectrum, rows, settled = _until_stable(model, traits, domain, parameters, key)
    method = "singular values"
    open_ = not spectrum.confident and is_meromorphic(traits)
    if isinstance(domain, RealSpace) and open_:
        bent = complex_rank(model, domain, 4 * parameters + 16, key=key)
        if bent.lower > spectrum.lower or bent.confident:
            spectrum, method = bent, "singular values at complex inputs"
    rank = _rank(spectrum, traits, rows, parameters, domain, method)
    return _open_pieces(rank if settled else _too_few(rank), traits)


def _sketched(model, domain, parameters, key) -> Rank:
    """Double the samples until they add nothing."""
    outputs = _outputs(model, domain, key)
    single = outputs == 1 or isinstance(model, TorchModel)
    n, before = 256, 0
    while True:
        x = domain.sample(key, n)
        weights = numpy_rng(jax.random.fold_in(key, n)).standard_normal((n, outputs))
        rank = (
            sketched_rank(model, x, key=key)
            if single
            else sketched_rank(_Combined(model), (x, weights), key=key)
        )
        found = dataclasses.replace(_named(rank, domain), upper=parameters)
        if _saturated(rank.lower, before, 0.8 * n, parameters):
            return found
        n, before = 2 * n, rank.lower
        if n * min(n, parameters) > SKETCH_ENTRIES:
            return _too_few(found)


class _Combined(eqx.Module):
    """A combination of the outputs of a model, with other weights for each input.

    With random weights it has the rank of the model, whose outputs are never held
    together.
    """

    model: Any

    def __call__(self, sample):
        x, weights = sample
        return weights @ jnp.ravel(self.model(x))


def _outputs(model, domain, key) -> int:
    return evaluate(model, domain.sample(key, 1)).shape[1]


def _saturated(rank: int, before: int, inputs: float | int, parameters: int) -> bool:
    """Whether more random inputs would add nothing to a rank.

    A random input adds at most as much as the one before it, and nothing once one has
    added nothing. So the rank is complete if it is below the number of inputs, or has
    not grown while their number was doubled.
    """
    return rank < inputs or rank in (before, parameters)


def _too_few(rank: Rank) -> Rank:
    """The rank of too few samples is a lower bound."""
    return dataclasses.replace(
        rank,
        value=None,
        status=open_status(rank.lower),
        note="it still grows with the number of samples, and more of them need too "
        "much memory; the lower bound is numerical. Take a smaller model, or call "
        "sketched_rank with more inputs.",
    )


def _named(rank: Rank, domain: Domain) -> Rank:
    return dataclasses.replace(rank, domain=describe(domain))


def _open_pieces(rank: Rank, traits: Traits) -> Rank:
    """Take back the value where samples may have missed a piece of the model."""
    if not traits.pieces or rank.lower == rank.parameters or rank.value is None:
        return rank
    return dataclasses.replace(
        rank,
        value=None,
        status=open_status(rank.lower),
        note=missed_pieces("numerical"),
    )


def _until_stable(
    model: Model, traits: Traits, domain: Domain, parameters: int, key
) -> tuple[NumericalRank, int, bool]:
    """The spectrum on enough samples, their number, and whether they are enough."""
    outputs = _outputs(model, domain, key)
    n, doubling = -(-(4 * parameters + 16) // outputs), 0
    best = NumericalRank(0, None, 0.0, 0.0, 0.0, np.zeros(0))
    while True:
        x = domain.sample(jax.random.fold_in(key, doubling), n * 2**doubling)
        x = np.asarray(x)[~on_kinks(model, x, traits)]  # a neuron may receive zero only
        if not len(x):
            return best, 0, True
        measured, before = tangent_matrix(model, x, traits).rank, best
        rows = len(x) * outputs
        best = max(before, measured, key=lambda s: (s.lower, s.confident))
        inputs = 0 if traits.pieces else len(x)  # of a piece may be few
        settled = _saturated(measured.lower, before.lower, inputs, parameters)
        doubling += 1
        last = bool(traits.pieces) and doubling == _DOUBLINGS
        if settled or last or 2 * rows * parameters > DENSE_ENTRIES:
            return best, rows, settled or bool(traits.pieces)


def _rank(
    spectrum: NumericalRank,
    traits: Traits,
    rows: int,
    parameters: int,
    domain: Domain,
    method: str = "singular values",
) -> Rank:
    note = traits.note
    if not rows:
        note = kink_note("all random inputs lie on a kink")
    elif not spectrum.confident:
        note = (
            f"singular values {spectrum.last_kept:.1e} (counted) and "
            f"{spectrum.first_dropped:.1e} (not counted) are too small or too close to "
            f"the rounding errors, {spectrum.tolerance:.1e}, to tell how many more "
            "there are; the lower bound is numerical."
        )
    return Rank(
        value=spectrum.value,
        status="measured" if spectrum.confident else open_status(spectrum.lower),
        method=method,
        lower=spectrum.lower,
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
