"""The rank of a tangent space, by the method that suits the model."""

import contextlib
import dataclasses

import jax
from jaxtyping import Array, Key

from suffice._core import Model
from suffice.models import Convolution, Domain, Points, RealSpace, TwoLayer
from suffice.models._shared import recognised, recognised_on, require_pure

from ._exact._certify import certified_rank
from ._exact._factors import factor_rank
from ._exact._finite_field import generic_rank
from ._exact._ring import NotExact
from ._exact._structural import structural_rank
from ._piecewise._on_points import rank_on_points
from ._piecewise._piecewise_rank import is_rectified, piecewise_rank
from ._rank import Rank
from ._sampled import DENSE_PARAMETERS, domain_of, sampled_rank
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
    also has singular values on samples. Any other model gets the rank that singular
    values show (`sampled_rank`). Where float64 cannot decide, a polynomial model is
    evaluated over the rational numbers (`generic_rank`) and any other model in ball
    arithmetic (`certified_rank`). Start with this function; call the others to choose
    the method.

    Args:
        model: Any callable pytree, or a `TorchModel`.
        domain: Domain of the inputs; None takes the domain of the model. A smaller
            domain can lower the rank.
        key: Random key of the samples; None takes a fixed one.

    Returns:
        The rank with its evidence, or status `undecided` with the reason where no
        method decides.

    Raises:
        ValueError: No domain is known, an entry of the tangent matrix is not finite,
            or JAX is in float32 mode.

    Source:
        arXiv:2211.11623, Definition 2, and arXiv:2307.08921; the choice of the method
        is derived and verified here.

    Example:
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
    exact = _by_structure(model, domain)
    network = recognised_on(model, domain)
    if exact is None and (rank := _by_pieces(network, domain, key)):
        return rank
    if exact is not None and exact.parameters > DENSE_PARAMETERS:
        return exact  # singular values would be expensive and decide nothing
    measured = sampled_rank(model, domain=domain, key=key)
    if exact is not None:
        return _with_evidence(exact, measured)
    if measured.status == "measured" or isinstance(model, TorchModel):
        return measured
    exact = _by_evaluation(model, domain, key)
    return measured if exact is None else _with_evidence(exact, measured)


def _by_evaluation(model, domain, key) -> Rank | None:
    """The rank over the rationals or in balls; None where an operation has no rule."""
    with contextlib.suppress(NotExact):
        return generic_rank(model, domain=domain, key=key, parameters="given")
    with contextlib.suppress(NotExact):
        return certified_rank(model, domain=domain, key=key)
    return None


def _by_structure(model, domain) -> Rank | None:
    if not isinstance(model, (TwoLayer, Convolution)):
        return None
    if not isinstance(domain, RealSpace) or not model.activation.dependences_known:
        return None
    try:
        return structural_rank(model)
    except NotExact:  # the caller then measures the rank
        return None


def _by_pieces(model, domain, key) -> Rank | None:
    if not is_rectified(model):
        return None
    if isinstance(domain, Points):
        return rank_on_points(model, domain.x)
    everywhere = piecewise_rank(model, key=key)
    if isinstance(domain, RealSpace):
        return everywhere
    return _at_least(sampled_rank(model, domain=domain, key=key), everywhere.upper)


def _at_least(shown: Rank, upper: int) -> Rank:
    """What samples show of a piecewise linear network, of which they miss regions."""
    if shown.value is None or shown.value == upper:
        return dataclasses.replace(shown, upper=upper)
    return dataclasses.replace(
        shown,
        value=None,
        status="at least",
        lower=shown.value,
        upper=upper,
        note="random inputs can miss small linear regions of the network, so that what "
        "they show is a numerical lower bound.",
    )


def _with_evidence(exact: Rank, measured: Rank) -> Rank:
    """The exact rank together with the measured singular values."""
    return dataclasses.replace(
        measured,
        value=exact.value,
        status=exact.status,
        method=exact.method,
        lower=exact.lower,
        upper=exact.upper,
        note=exact.note,
    )
