"""Growth of a block that generic data determine uniquely, by counting only."""

import numpy as np

from suffice.completion._entries._mask import Mask

from ._peel import neighbours

SEEDS = 40
INDEPENDENT = 1e-6  # relative singular value of independent factors


def grow(
    mask: Mask, rank: int, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Add rows and columns with `rank` entries in the block, until none is left.

    The factors of an added row solve a linear system with `rank` unknowns and a
    generic, hence invertible, matrix. A uniquely determined block therefore stays
    uniquely determined.

    Args:
        mask: The observed entries.
        rank: Rank of the matrix.
        rows: Rows of a determined block, at least `rank` of them.
        columns: Columns of the block, at least `rank` of them.

    Returns:
        Which rows and which columns belong to the grown block.
    """
    m, n = mask.shape
    sides = (mask.by_row, mask.by_column)
    inside = [np.zeros(m, bool), np.zeros(n, bool)]
    counts = [np.zeros(m, np.int64), np.zeros(n, np.int64)]
    fresh = [np.unique(rows), np.unique(columns)]
    inside[0][fresh[0]] = inside[1][fresh[1]] = True
    while len(fresh[0]) or len(fresh[1]):
        for side in (0, 1):
            other = 1 - side
            touched = neighbours(sides[side], fresh[side])
            fresh[side] = np.empty(0, np.int64)
            np.add.at(counts[other], touched, 1)
            touched = np.unique(touched)
            ready = touched[(counts[other][touched] >= rank) & ~inside[other][touched]]
            inside[other][ready] = True
            fresh[other] = np.concatenate([fresh[other], ready])
    return inside[0], inside[1]


def largest_block(mask: Mask, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Find a large uniquely determined block by growth from a few starts.

    Returns:
        Which rows and which columns belong to the largest block; no row and no column
        when no fully observed `rank x rank` block exists among the starts.
    """
    m, n = mask.shape
    best = np.zeros(m, bool), np.zeros(n, bool)
    covered = np.zeros(m, bool), np.zeros(n, bool)
    for side, start in _starts(mask):
        if covered[side][start]:
            continue
        block = _seed(mask, rank, side, start)
        if block is None:
            continue
        grown = grow(mask, rank, *block)
        for known, new in zip(covered, grown, strict=True):
            known |= new
        if _area(grown) > _area(best):
            best = grown
        if grown[0].all() and grown[1].all():
            break
    return best


def _area(block) -> int:
    return int(block[0].sum()) * int(block[1].sum())


def _starts(mask):
    """Yield columns and rows in turn, those with most observed entries first."""
    orders = [np.argsort(-d, kind="stable")[: SEEDS // 2] for d in mask.degrees]
    for i in range(max(map(len, orders))):
        for side in (1, 0):
            if i < len(orders[side]):
                yield side, int(orders[side][i])


def _seed(mask, rank, side, start):
    """Grow a fully observed block, adding the vertex with most common neighbours."""
    graph, reverse_graph = (
        (mask.by_row, mask.by_column) if side == 0 else (mask.by_column, mask.by_row)
    )
    taken = [start]
    common = neighbours(graph, np.array(taken))
    while len(taken) < rank:
        if len(common) < rank:
            return None
        shared = np.bincount(
            neighbours(reverse_graph, common), minlength=graph.shape[0]
        )
        shared[taken] = -1
        best = int(shared.argmax())
        taken.append(best)
        common = np.intersect1d(common, neighbours(graph, np.array([best])))
    if len(common) < rank:
        return None
    chosen = np.array(taken)
    return (chosen, common) if side == 0 else (common, chosen)


def grown_at(
    mask: Mask, left: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Grow a block at given factors: what joins has independent factors to solve from.

    Args:
        mask: The observed entries.
        left: Factors of the rows, `(rows, rank)`.
        right: Factors of the columns, `(columns, rank)`.

    Returns:
        Which rows and which columns belong to the largest block that was grown.
    """
    rank = left.shape[1]
    best = np.zeros(len(left), bool), np.zeros(len(right), bool)
    for side, start in _starts(mask):
        block = _seed(mask, rank, side, start)
        if block is None or not all(map(_spans, (left[block[0]], right[block[1]]))):
            continue
        inside = [np.zeros(len(left), bool), np.zeros(len(right), bool)]
        inside[0][block[0]] = inside[1][block[1]] = True
        while _joined(mask, inside, (left, right)):
            pass
        if _area(inside) > _area(best):
            best = inside[0], inside[1]
        if inside[0].all() and inside[1].all():
            break
    return best


def _joined(mask, inside, factors) -> bool:
    """Let rows and columns join that are determined by the block; return if some do."""
    more = False
    for side, graph in enumerate((mask.by_row, mask.by_column)):
        for vertex in np.flatnonzero(~inside[side]):
            ends = graph.indices[graph.indptr[vertex] : graph.indptr[vertex + 1]]
            if _spans(factors[1 - side][ends[inside[1 - side][ends]]]):
                inside[side][vertex] = more = True
    return more


def _spans(factors) -> bool:
    if len(factors) < factors.shape[1]:
        return False
    s = np.linalg.svd(factors, compute_uv=False)
    return bool(s[-1] > INDEPENDENT * s[0])
