"""The branch on which the parameters of a network lie."""

import itertools
from typing import NamedTuple

import numpy as np

from suffice.models import TwoLayer
from suffice.reduction import Reduction

from ._arrangement import blocks, Branch, Place, SILENT
from ._branch import BranchType, described
from ._family import ActivationFamily, family_of
from ._narrow import irreducible, vectors

LONGEST = 16  # largest block of neurons of which all partial sums are checked


class Standing(NamedTuple):
    """The branch of a point.

    Attributes:
        branch: The place of every neuron.
        kind: The type of the branch.
        family: The identities of the neurons.
        smooth: Whether the point lies on no other branch.
        alike: Whether all neurons are copies of target neurons with their signs.
        merged: Target neurons that have several copies.
        reduction: The irreducible network of the point.
    """

    branch: Branch
    kind: BranchType
    family: ActivationFamily
    smooth: bool
    alike: bool
    merged: tuple[int, ...]
    reduction: Reduction


def standing(point: TwoLayer, *, tolerance: float = 0.0) -> Standing:
    """The branch on which a point lies.

    Args:
        point: A network.
        tolerance: Relative distance of weight vectors that count as equal.

    Raises:
        ValueError: The function is zero or has an additional constant or linear part,
            or nearly equal neurons have large opposite output weights.
    """
    family = family_of(point)
    reduction = irreducible(point, tolerance=tolerance)
    layer, k = reduction.layers[0], reduction.widths[0]
    if "dipole" in layer.roles:
        raise ValueError(
            "two neurons of the point are nearly equal and have large opposite output "
            "weights, so it lies in a channel to infinity and on no branch."
        )
    a, w = np.asarray(point.a), vectors(point)
    branch = _places(a, w, vectors(reduction.model), layer)
    shape = blocks(family, branch, k)
    idle = any(r == "dead" and a[i] == 0 for i, r in enumerate(layer.roles))
    return Standing(
        branch=branch,
        kind=described(family, *shape),
        family=family,
        smooth=not idle and _no_partial_sums(a, branch, family),
        alike=_alike(a, branch, family, np.asarray(reduction.model.a)),
        merged=tuple(t for t, block in enumerate(shape[0]) if block.size > 1),
        reduction=reduction,
    )


def _places(a, w, targets, layer) -> Branch:
    places: list[Place] = [SILENT] * len(a)
    for t, members in enumerate(layer.origins):
        for i in members:
            places[i] = Place("target", t, _sign(w[i], targets[t]))
    free = [g for g in layer.groups if layer.roles[g[0]] == "null"]
    free += [(i,) for i, role in enumerate(layer.roles) if role == "null"]
    free += [(i,) for i, role in enumerate(layer.roles) if role == "dead" and a[i] == 0]
    taken: set[int] = set()
    groups = sorted({min(g): g for g in reversed(free)}.items())
    number = 0
    for _, group in groups:
        if taken & set(group):
            continue
        taken |= set(group)
        first = w[min(group)]
        for i in group:
            places[i] = Place("null", number, _sign(w[i], first))
        number += 1
    return tuple(places)


def _sign(vector, reference) -> int:
    return 1 if vector @ reference >= 0 else -1


def _weights(a, branch: Branch, family: ActivationFamily) -> np.ndarray:
    signs = np.array([place.sign for place in branch])
    return a * signs if family.signed and family.sloped else a


def _no_partial_sums(a, branch, family) -> bool:
    """Whether no proper subset of a block cancels; otherwise branches intersect."""
    weights = _weights(a, branch, family)
    for block in _members(branch):
        values = weights[block]
        small = 1e-12 * np.abs(values).sum()
        longest = len(block) - 1 if len(block) <= LONGEST else 2
        parts = itertools.chain.from_iterable(
            itertools.combinations(values, size) for size in range(1, longest + 1)
        )
        if len(block) > 1 and any(abs(sum(part)) <= small for part in parts):
            return False
    return True


def _members(branch: Branch) -> list[list[int]]:
    groups: dict[tuple, list[int]] = {}
    for i, place in enumerate(branch):
        if place.role != "silent":
            groups.setdefault(place[:2], []).append(i)
    return list(groups.values())


def _alike(a, branch, family, targets) -> bool:
    weights = _weights(a, branch, family)
    return all(
        place.role == "target" and weights[i] * targets[place.group] > 0
        for i, place in enumerate(branch)
    )
