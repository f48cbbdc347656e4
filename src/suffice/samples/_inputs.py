"""Inputs of a target: what is checked of them, and the domain around them."""

import jax
import numpy as np

from suffice._core import check_numbers, check_scale, given, Inputs, Model
from suffice.models import Domain, MatrixProduct, RealSpace, SymmetricProduct
from suffice.models._shared import input_shape
from suffice.tangent._shared import domain_of


def domain_around(x: Inputs, target: Model, domain: Domain | None) -> Domain:
    """The given domain, that of the target, or all real inputs of the shape of `x`.

    Raises:
        ValueError: Neither the call nor the target names a domain, and `x` is not one
            array of real numbers.
    """
    try:
        return domain_of(target, domain)
    except ValueError as error:
        leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(x)]
        if len(leaves) != 1 or leaves[0].dtype.kind != "f":
            raise ValueError(
                f"{error} The inputs do not tell it: they are not one array of floats."
            ) from None
    shape = leaves[0].shape[1:]
    return RealSpace(shape[0] if len(shape) == 1 else shape)


def checked_inputs(target: Model, x: Inputs, name: str) -> Inputs:
    """The inputs as arrays, after a check that they are finite and fit the target.

    Raises:
        ValueError: There is no input; an entry is NaN or infinite; products of entries
            leave the range of float64; the shape is not that of inputs of the target;
            or an index lies outside its matrix.
    """
    x = jax.tree.map(given, x)
    leaves = jax.tree.leaves(x)
    lengths = {leaf.shape[:1] for leaf in leaves}
    if len(lengths) != 1 or not min(lengths) or 0 in min(lengths):
        raise ValueError(
            f"{name} holds arrays of shapes {[leaf.shape for leaf in leaves][:5]}; "
            "expected at least one input, stacked along the leading axis of an array."
        )
    check_numbers(name, x)
    for leaf in leaves:
        bad = ~np.isfinite(leaf)
        if bad.any():
            where = tuple(int(i) for i in np.argwhere(bad)[0])
            raise ValueError(
                f"{name} has {int(bad.sum())} entries that are not finite, the first "
                f"at {where}; drop or repair these inputs."
            )
    check_scale(name, *leaves)
    domain = getattr(target, "domain", None)
    if isinstance(domain, RealSpace) and len(leaves) == 1:
        shape = input_shape(domain)
        if leaves[0].shape[1:] != shape:
            raise ValueError(
                f"{name} has shape {leaves[0].shape}; expected (n, "
                f"{', '.join(map(str, shape))}), one input of the target per row."
            )
    if isinstance(target, (MatrixProduct, SymmetricProduct)):
        _check_entries(leaves[0], target.shape, name)
    return x


def _check_entries(x: np.ndarray, shape: tuple[int, int], name: str) -> None:
    # JAX silently replaces an index that is out of range by the nearest valid one.
    if x.ndim != 2 or x.shape[1] != 2 or x.dtype.kind not in "iu":
        raise ValueError(
            f"{name} has shape {x.shape} and type {x.dtype}; expected (n, 2) integers, "
            "the row and the column of each entry."
        )
    outside = ((x < 0) | (x >= np.array(shape))).any(axis=1)
    if outside.any():
        first = tuple(x[np.argmax(outside)].tolist())
        raise ValueError(
            f"{name} holds the entry {first}, outside a matrix of shape {shape}; rows "
            "and columns count from 0."
        )
