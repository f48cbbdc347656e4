"""The rank of a tangent space, by whatever settles it."""

import dataclasses

import jax
from jaxtyping import Array, Key

from suffice._core import Model
from suffice.models import Convolution, Domain, RealSpace, TwoLayer
from suffice.models._shared import recognised

from ._exact._certify import certified_rank
from ._exact._finite_field import generic_rank
from ._exact._ring import NotExact
from ._exact._structural import structural_rank
from ._piecewise._piecewise_rank import is_rectified, piecewise_rank
from ._rank import Rank
from ._sampled import DENSE_PARAMETERS, domain_of, sampled_rank
from ._sketch._torch import TorchModel


def tangent_rank(
    model: Model, *, domain: Domain | None = None, key: Key[Array, ""] | None = None
) -> Rank:
    r"""The dimension of the tangent function space of a model at its parameters.

        rank_f(θ) = dim span { ∂f(·; θ)/∂θⱼ }

    A deep ReLU network, or an equinox MLP of ReLU neurons, gets its exact functional
    dimension by `piecewise_rank`. Where the structure of a two-layer network gives the
    rank exactly, that is the answer; up to 500 parameters singular values on samples
    stand beside it. Elsewhere they are the answer. Where float64 cannot tell, a
    polynomial model is evaluated over the rational numbers and any other one in ball
    arithmetic.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        domain: Domain of the inputs; defaults to the model's own. Restricting it can
            lower the rank.
        key: Random key for the samples; defaults to a fixed one.

    Returns:
        The rank with its evidence; undecided, with the reason, where nothing settles
        it.

    Raises:
        ValueError: No domain is known, a tangent entry is not finite, or JAX is in
            float32 mode.

    Source:
        arXiv:2211.11623, Definition 2, and arXiv:2307.08921; how it is settled is
        derived and verified here.

    Example:
        >>> model = sf.TwoLayer.normal(width=2, inputs=3, key=jax.random.key(0))
        >>> rank = sf.tangent_rank(model)
        >>> rank.value, rank.status
        (8, 'exact')
    """
    key = jax.random.key(0) if key is None else key
    domain = domain_of(model, domain)
    network = recognised(model)
    if isinstance(domain, RealSpace) and is_rectified(network):
        return piecewise_rank(network, key=key)
    exact = _by_structure(model, domain)
    if exact is not None and exact.parameters > DENSE_PARAMETERS:
        return exact  # a spectrum would cost far more than it tells
    measured = sampled_rank(model, domain=domain, key=key)
    if exact is not None:
        return _with_evidence(exact, measured)
    if measured.status == "measured" or isinstance(model, TorchModel):
        return measured
    try:
        exact = generic_rank(model, domain=domain, key=key, parameters="given")
    except NotExact:
        exact = certified_rank(model, domain=domain, key=key)
    return _with_evidence(exact, measured)


def _by_structure(model, domain) -> Rank | None:
    if not isinstance(model, (TwoLayer, Convolution)):
        return None
    if not isinstance(domain, RealSpace) or not model.activation.dependences_known:
        return None
    try:
        return structural_rank(model)
    except NotExact:  # the measured rank stands
        return None


def _with_evidence(exact: Rank, measured: Rank) -> Rank:
    """An answer together with the singular values that were seen."""
    return dataclasses.replace(
        measured,
        value=exact.value,
        status=exact.status,
        method=exact.method,
        lower=exact.lower,
        upper=exact.upper,
        note=exact.note,
    )
