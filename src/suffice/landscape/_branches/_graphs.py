"""Graphs (networkx) of the intersections of branches and of their growth with width."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import networkx as nx
import numpy as np

from suffice._core import decided

from ._arrangement import blocks, Branch, branches_of
from ._branch import branch_types, FLIPPED, MIXED, NeuronBlock, PURE
from ._branches import Branches
from ._family import ActivationFamily
from ._joint import free_vectors
from ._saddle_branch import saddle_types

CHUNK = 20_000  # number of pairs of branches whose ranks are computed together
MANY = 25_000  # largest number of branches for a graph of types


def intersection_graph(branches: Branches) -> nx.Graph:
    r"""The graph of the branches of the global minima and their intersections.

    Nodes are indices into `branches.listed` with `label` and `dimension`; an edge has
    the `dimension` of the intersection. Branches are affine subspaces. Two of them
    intersect if the equations of both on output weights are consistent and no two
    targets are in one class of the joint partition of neurons. Prefer `type_graph` for
    many branches.

    Args:
        branches: Branches at zero loss that are listed; without biases, and not of
            softplus or ReLU type, whose branches are curved.

    Returns:
        An undirected graph.

    Raises:
        ValueError: The branches are not listed, curved, or at nonzero loss.

    Source:
        Derived and verified here.

    Examples:
        >>> branches = sf.branches(2, 3)
        >>> sf.landscape.intersection_graph(branches).number_of_nodes()
        12
    """
    listed, labels = _affine(branches), _labels(branches)
    graph = nx.Graph()
    for index, branch in enumerate(listed):
        label, dimension = labels[blocks(branches.family, branch, branches.intrinsic)]
        graph.add_node(index, label=label, dimension=dimension)
    pairs = itertools.combinations(range(len(listed)), 2)
    graph.add_edges_from(
        (i, j, {"dimension": dimension})
        for i, j, dimension in _meetings(branches, listed, pairs)
    )
    return graph


def _affine(branches: Branches, most: int = 0) -> tuple[Branch, ...]:
    """The single branches, if they are affine; up to `most` are listed if needed."""
    family, listed = branches.family, branches.listed
    if branches.loss == "nonzero":
        raise ValueError(
            "loss is 'nonzero'; expected 'zero' for intersections. See label_graph."
        )
    if not family.affine:
        why = "biases" if family.bias else f"activation {family.name}"
        raise ValueError(
            f"with {why} branches are curved; intersections are known only for "
            "networks without biases whose mirror neurons leave no linear function."
        )
    if listed is not None:
        return listed
    if branches.count <= most:
        return tuple(branches_of(family, branches.intrinsic, branches.width))
    raise ValueError(
        f"{branches.count} branches are not listed; raise the limit listed= of "
        "branches(), or take a smaller width."
    )


def _labels(branches: Branches) -> dict:
    if branches.types is None:
        raise ValueError("the types are not listed; raise the limit types=.")
    return {
        (kind.targets, kind.null, getattr(kind, "silent", 0)): (
            kind.label,
            kind.dimension,
        )
        for kind in branches.types
    }


def _meetings(
    branches: Branches, listed: Sequence[Branch], pairs: Iterator[tuple[int, int]]
) -> Iterator[tuple[int, int, int]]:
    """Pairs of branches that intersect, with the dimension of the intersection."""
    m, k, family = branches.width, branches.intrinsic, branches.family
    value = np.random.default_rng(0).uniform(1, 2, k)
    rows = np.stack([_equations(branch, value, family) for branch in listed])
    while chunk := list(itertools.islice(pairs, CHUNK)):
        left, right = np.array(chunk).T
        both = np.concatenate([rows[left], rows[right]], axis=1)
        rank = _ranks(both[..., :m])
        consistent = rank == _ranks(both)
        for (i, j), r in zip(
            np.array(chunk)[consistent].tolist(), rank[consistent], strict=True
        ):
            free = free_vectors(k, listed[i], listed[j])
            if free is not None:
                yield i, j, m - int(r) + family.weights * free


def _ranks(matrices: np.ndarray) -> np.ndarray:
    shape = matrices.shape[1:]
    spectra = np.linalg.svd(matrices, compute_uv=False)
    return np.array([decided(s, 0.0, shape, min(shape)).lower for s in spectra])


def _equations(branch: Branch, value, family: ActivationFamily) -> np.ndarray:
    """The equations on output weights, padded, with the right-hand side as last column.

    The right-hand side is that of a random target, so that equations are consistent
    only if they are for all targets.
    """
    m, k = len(branch), len(value)
    odd = family.signed and family.sloped
    rows = np.zeros((m + 1, m + 1))
    for i, place in enumerate(branch):
        if place.role == "silent":
            continue
        row = place.group + (k if place.role == "null" else 0)
        rows[row, i] = place.sign if odd else 1
    rows[:k, m] = value
    if family.coupling == "constant":
        rows[m] = 1.0
        rows[m, m] = value.sum()
    return rows


def type_graph(branches: Branches) -> nx.Graph:
    """The intersection graph up to a permutation of neurons.

    A node is the label of a type, with `count` and `dimension`. An edge has `meetings`,
    the number of pairs of intersecting branches for each dimension of the intersection.
    Branches of one type may intersect.

    Args:
        branches: Branches at zero loss, see `intersection_graph`.

    Returns:
        An undirected graph, which may have loops.

    Raises:
        ValueError: There are more than 25,000 branches; they are curved or at nonzero
            loss.
    """
    listed, labels = _affine(branches, MANY), _labels(branches)
    shape = [blocks(branches.family, branch, branches.intrinsic) for branch in listed]
    names = [labels[key][0] for key in shape]
    graph, count = nx.Graph(), Counter(names)
    for kind in branches.types or ():
        graph.add_node(kind.label, count=kind.count, dimension=kind.dimension)
    # A permutation of neurons maps a branch to any other of its type, so one of each
    # type is sufficient.
    first = {name: names.index(name) for name in count}
    pairs = ((i, j) for i in first.values() for j in range(len(listed)) if i != j)
    tally: dict[tuple[str, str], Counter[int]] = {}
    for i, j, dimension in _meetings(branches, listed, pairs):
        ends = (names[i], names[j])
        tally.setdefault(ends, Counter())[dimension] += count[names[i]]
    for (a, b), numbers in tally.items():
        each = 2 if a == b else 1
        meetings = {d: n // each for d, n in sorted(numbers.items(), reverse=True)}
        graph.add_edge(a, b, meetings=meetings)
    return graph


def hierarchy(branches: Branches, *, widths: Sequence[int] | None = None) -> nx.DiGraph:
    """The graph of the types of branches at consecutive widths.

    A node is (width, label) with `count`, `dimension` and, at zero loss, `morse_bott`.
    An edge adds one neuron: it joins a target (splitting), joins a null block or forms
    a new one, or is silent.

    Args:
        branches: Branches at the largest width; only their family and widths are used.
        widths: Consecutive widths; None takes all from the intrinsic width to that of
            `branches`.

    Returns:
        A directed graph.

    Source:
        arXiv:2405.17501 (embedding), as a graded partial order: derived here.
    """
    levels = widths or range(branches.intrinsic, branches.width + 1)
    graph, known = nx.DiGraph(), {}
    for width in levels:
        for kind in _types_at(branches, width):
            node = (width, kind.label)
            known[width, _shape(kind)] = node
            graph.add_node(
                node,
                count=kind.count,
                dimension=kind.dimension,
                morse_bott=getattr(kind, "morse_bott", None),
            )
            for smaller in _one_less(*_shape(kind)):
                if (width - 1, smaller) in known:
                    graph.add_edge(known[width - 1, smaller], node)
    return graph


def _types_at(branches: Branches, width: int) -> Iterator:
    if branches.loss == "zero":
        return branch_types(branches.family, branches.intrinsic, width)
    components = int(any(getattr(kind, "null", 0) for kind in branches.types or ()))
    return saddle_types(branches.family, branches.intrinsic, width, components)


def _shape(kind) -> tuple[tuple[NeuronBlock, ...], tuple[NeuronBlock, ...], int]:
    null = (NeuronBlock(1),) * kind.null if isinstance(kind.null, int) else kind.null
    return kind.targets, null, getattr(kind, "silent", 0)


def _one_less(targets, null, silent) -> Iterator[tuple]:
    for i, block in enumerate(targets):
        for smaller in _shrunk(block):
            if smaller.size:
                yield (*targets[:i], smaller, *targets[i + 1 :]), null, silent
    for i, block in enumerate(null):
        for smaller in _shrunk(block):
            rest = [*null[:i], *null[i + 1 :], *((smaller,) if smaller.size else ())]
            rest.sort(key=lambda block: (-block.size, block.sign != MIXED))
            yield targets, tuple(rest), silent
    if silent:
        yield targets, null, silent - 1


def _shrunk(block: NeuronBlock) -> list[NeuronBlock]:
    signs = [block.sign]
    if block.sign == MIXED:
        signs = [PURE, FLIPPED] if block.size == 2 else [PURE, FLIPPED, MIXED]
    return [NeuronBlock(block.size - 1, sign) for sign in signs]


def label_graph(
    branches: Branches, incidences: Mapping[int, Sequence[int]]
) -> nx.Graph:
    """The graph of branches at nonzero loss whose closures intersect.

    Where its output weight vanishes, a neuron may change from a target to a component
    of the zero set of the residual function. This requires that the target has another
    neuron, and that its weight vector lies in the closure of the component; it does not
    if the inner Hessian is definite.

    Args:
        branches: Branches at nonzero loss that are listed.
        incidences: For each target, the components whose closure contains its weight
            vector; both are counted from 0.

    Returns:
        An undirected graph with indices into `branches.listed` as nodes. Its connected
        components are those of the set of critical points.

    Raises:
        ValueError: The branches are at zero loss, or not listed.

    Source:
        Derived and verified here; compare arXiv:2405.17501, Theorem 5.2.
    """
    if branches.loss == "zero" or branches.listed is None:
        raise ValueError("label_graph needs listed branches at loss='nonzero'.")
    graph = nx.Graph()
    graph.add_nodes_from(range(len(branches.listed)))
    index = {branch: i for i, branch in enumerate(branches.listed)}
    for branch, i in index.items():
        size = Counter(p.group for p in branch if p.role == "target")
        for n, place in enumerate(branch):
            if place.role != "target" or size[place.group] < 2:
                continue
            for component in incidences.get(place.group, ()):
                moved = place._replace(role="null", group=component, sign=1)
                other = (*branch[:n], moved, *branch[n + 1 :])
                graph.add_edge(i, index[other])
    return graph
