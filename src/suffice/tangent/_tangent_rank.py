"""The rank of a tangent space, by the method that suits the model."""

import contextlib
import dataclasses

import jax
from jaxtyping import Array, Key

from suffice._core import count_parameters, Model
from suffice.models import (
    Convolution,
    DeepNetwork,
    Domain,
    Points,
    RealSpace,
    Sphere,
    TwoLayer,
)
from suffice.models._shared import recognised, recognised_on, require_pure

from ._exact._balls import affordable, ball_rank
from ._exact._factors import factor_rank
from ._exact._finite_field import generic_rank
from ._exact._layers import structural_bound
from ._exact._numbers import TRANSCENDENTAL
from ._exact._ring import NotExact
from ._exact._structural import structural_rank
from ._piecewise._on_points import rank_on_points
from ._piecewise._piecewise_rank import is_rectified, piecewise_rank
from ._precision._kinks import off_kinks
from ._precision._tangent_matrix import traits_of
from ._rank import Rank
from ._sampled import DENSE_PARAMETERS, domain_of, sampled_rank, shown_rank
from ._sketch._torch import TorchModel


def tangent_rank(
    model: Model, *, domain: Domain | None = None, key: Key[Array, ""] | None = None
) -> Rank:
    r"""The dimension of the tangent function space of a model at its parameters.

        rank_f(θ) = dim span { ∂f(·; θ)/∂θⱼ }

    The method depends on the model. A deep ReLU network, or an equinox or torch MLP of
    ReLU neurons, gets its exact functional dimension by `piecewise_rank`, and its exact
    rank on finitely many inputs in integers. Products of matrices and diagonal networks
    get the exact rank of their factors. A two-layer network whose structure decides
    gets its exact rank by `structural_rank`; with at most 500 parameters the result
    also has singular values on samples. For any other model the singular values on
    samples (`sampled_rank`) give a lower bound, which decides where it meets the number
    of parameters or a bound proved by structure. Else a polynomial model is evaluated
    over the rational numbers (`generic_rank`), and any other model of up to about 200
    parameters in ball arithmetic at 512 bits. What is larger, or has no form in balls,
    has the rank that its singular values show if they end far above the rounding
    errors. Start with this function; call the others to choose the method.

    A model that computes in a lower precision inside is evaluated in real arithmetic
    nevertheless, and the note says so.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        domain: Domain of the inputs; None takes the domain of the model. A smaller
            domain can lower the rank.
        key: Random key of the samples; None takes a fixed one.

    Returns:
        The rank with its evidence, or status `at least` with both bounds and the reason
        where no method decides.

    Raises:
        ValueError: No domain is known, an entry of the tangent matrix is not finite,
            or JAX is in float32 mode.

    Source:
        arXiv:2211.11623, Definition 2, and arXiv:2307.08921; the choice of the method
        is derived and verified here.

    Examples:
        >>> model = sf.TwoLayer.normal(width=2, inputs=3, key=jax.random.key(0))
        >>> rank = sf.tangent_rank(model)
        >>> rank.value, rank.status
        (8, 'exact')
    """
    key = jax.random.key(0) if key is None else key
    domain = domain_of(model if domain is not None else recognised(model), domain)
    product = factor_rank(model, domain)
    if product is not None:
        return product  # its entries may over- or underflow
    if not isinstance(model, TorchModel):  # which checks itself
        require_pure(model, domain.sample(key, 3))
    exact = _by_structure(model)
    everywhere = isinstance(domain, RealSpace)
    in_pieces = exact is None or not everywhere
    network = recognised_on(model, domain)
    if in_pieces and (rank := _by_pieces(network, domain, key)) is not None:
        return rank
    if exact is not None and everywhere:
        if exact.parameters > DENSE_PARAMETERS:
            return exact  # singular values would be expensive and decide nothing
        return _with_evidence(exact, sampled_rank(model, domain=domain, key=key))
    if isinstance(domain, Points):
        return off_kinks(lambda rest: _general(model, rest, key), model, domain)
    return _general(model, domain, key)


def _general(model: Model, domain: Domain, key: Key[Array, ""]) -> Rank:
    """The rank by samples first, where no given input lies on a kink."""
    measured = shown_rank(model, domain, key)
    if measured.lower == measured.upper:
        return measured
    upper = _proved_upper(recognised_on(model, domain), _by_structure(model), key)
    measured = _bounded(measured, upper)
    if measured.lower == measured.upper or isinstance(model, TorchModel):
        return measured
    return _in_other_arithmetic(model, domain, key, measured)


def _by_structure(model: Model) -> Rank | None:
    if not isinstance(model, (TwoLayer, Convolution)):
        return None
    if not model.activation.dependences_known:
        return None
    try:
        return structural_rank(model)
    except NotExact:  # the caller then measures the rank
        return None


def _by_pieces(model: Model, domain: Domain, key: Key[Array, ""]) -> Rank | None:
    if not is_rectified(model) or isinstance(domain, Sphere):
        return None
    if isinstance(domain, Points):
        return rank_on_points(model, domain.x)
    return piecewise_rank(model, key=key)


def _proved_upper(network: Model, exact: Rank | None, key: Key[Array, ""]) -> int:
    """A proved upper bound on any domain: a smaller one can only lower a rank."""
    if exact is not None:
        return exact.upper
    if is_rectified(network):
        return piecewise_rank(network, key=key).upper
    if isinstance(network, DeepNetwork):
        return structural_bound(network)
    return count_parameters(network)


def _bounded(measured: Rank, upper: int) -> Rank:
    """A measured rank with a proved upper bound, which its lower bound may meet."""
    upper = min(upper, measured.upper)
    if measured.lower < upper:
        return dataclasses.replace(measured, upper=upper)
    return dataclasses.replace(
        measured,
        value=upper,
        status="measured",
        lower=upper,
        upper=upper,
        note="the singular values show the rank that is proved to be the largest.",
    )


def _in_other_arithmetic(
    model: Model, domain: Domain, key: Key[Array, ""], measured: Rank
) -> Rank:
    """The rank over the rationals for a polynomial, else in balls where affordable."""
    traits = traits_of(model, domain.sample(key, 1))
    if traits.names.isdisjoint(TRANSCENDENTAL):
        with contextlib.suppress(NotExact):  # it branches: balls can follow it
            exact = generic_rank(model, domain=domain, key=key, parameters="given")
            return _with_evidence(exact, measured, traits.note)
    if affordable(model, domain):
        with contextlib.suppress(NotExact):  # an operation without a meaning in balls
            found = ball_rank(
                model,
                domain=domain,
                upper=measured.upper,
                pieces=traits.pieces,
                key=key,
            )
            if found.value is not None or found.lower >= measured.lower:
                return _with_evidence(found, measured, traits.note)
    return measured


def _with_evidence(exact: Rank, measured: Rank, note: str | None = None) -> Rank:
    """The exact rank together with the measured singular values."""
    notes = [text for text in (exact.note, note) if text]
    return dataclasses.replace(
        measured,
        value=exact.value,
        status=exact.status,
        method=exact.method,
        lower=exact.lower,
        upper=exact.upper,
        note=" ".join(notes) or None,
    )
