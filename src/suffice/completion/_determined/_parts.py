"""The connected pieces of the core, and the flexes of each of them."""

import dataclasses

import numpy as np

from suffice.completion._entries._graph import components
from suffice.completion._entries._mask import Mask

from ._contracted import Contracted, DENSE_COLUMNS
from ._field import Floats, Integers, SingularDrawError
from ._growth import grow, largest_block
from ._numerical_flex import MOVING, numerical_flex, NumericalFlex, STILL
from ._peel import CORE, peel
from ._seed import dense_part
from ._stress import LARGEST, stress_certificate

DRAWS = 2
SEED = 1200  # unknowns above which a small part is eliminated first
RIGID = 8000  # unknowns of a part that is tested for rigidity alone

Block = tuple[np.ndarray, np.ndarray]
Draw = tuple[Block, np.ndarray]


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """A connected piece of the core and what is known of its flexes.

    Attributes:
        rows: Its rows in the matrix.
        columns: Its columns in the matrix.
        mask: Its observed entries, renumbered.
        unique: A block of it that is uniquely determined, possibly empty.
        still: A rigid block, which is held still while the rest moves.
        freedom: Dimension of the space of flexes modulo changes of gauge; None where
            it could not be computed.
        draws: Independent draws, each of factors modulo a prime and a basis of the
            flexes at these factors.
        method: `growth` (counting), `finite field` (elimination modulo a prime) or
            `float64` (an iterative projection with a gap).
    """

    rows: np.ndarray
    columns: np.ndarray
    mask: Mask
    unique: Block
    still: Block
    freedom: int | None
    method: str
    draws: tuple[Draw, ...] = ()

    def draw(
        self, rank: int, field: Integers, which: int, count: int
    ) -> tuple[Block, Block]:
        """Return the factors of one draw, and random flexes at these factors."""
        (m, n), r = self.mask.shape, rank
        if self.freedom == 0:
            factors = field.factors(m, r), field.factors(n, r)
            return factors, (np.zeros((m, r, count)), np.zeros((n, r, count)))
        flipped, problem = contracted(self.mask, rank, self.still)
        factors, basis = self.draws[which]
        some = field.matmul(basis, field.random(basis.shape[1], count))
        moves = problem.moves(some, field, *factors)
        if flipped:
            return (factors[1], factors[0]), (moves[1], moves[0])
        return factors, moves

    def float_basis(
        self, rank: int, field: Floats, a: np.ndarray, b: np.ndarray, count: int
    ) -> Block | None:
        """Return random flexes at `a`, `b` in float64; None for a large part."""
        (m, n), r = self.mask.shape, rank
        if self.freedom == 0:
            return np.zeros((m, r, count)), np.zeros((n, r, count))
        if self.freedom is None:
            return None
        flipped, problem = contracted(self.mask, rank, self.still)
        first, second = (b, a) if flipped else (a, b)
        basis = problem.float_basis(first, second, self.freedom)
        if basis is None:
            return None
        some = basis @ field.random(self.freedom, count)
        moves = problem.moves(some, field, first, second)
        return (moves[1], moves[0]) if flipped else moves

    def draw_numerical(self, rank: int, field: Floats) -> NumericalFlex:
        """Draw factors for this part, and a random flex at them, in float64."""
        if self.freedom == 0:
            (m, n), r = self.mask.shape, rank
            a, b = field.factors(m, r), field.factors(n, r)
            return NumericalFlex(a, b, np.zeros((m, r)), np.zeros((n, r)), True)
        return numerical_flex(self.mask, rank, self.still, field)


def core_parts(
    mask: Mask,
    levels: tuple[np.ndarray, np.ndarray],
    rank: int,
    rng: np.random.Generator,
) -> list[Part]:
    """Return the connected pieces of the core with their flexes, the largest first."""
    rows, columns = (np.flatnonzero(level == CORE) for level in levels)
    if not len(rows):
        return []
    core = mask.part(rows, columns)
    labels = components(core)
    parts = []
    for label in range(labels.count):
        some = rows[labels.row == label], columns[labels.col == label]
        parts.append(_decided(*some, mask.part(*some), rank, rng))
    return parts


def _decided(rows, columns, mask, rank, rng) -> Part:
    """Counting first, then the finite field, then floats; see `Part.method`."""
    block = largest_block(mask, rank)
    if block[0].all() and block[1].all():
        return Part(rows, columns, mask, block, block, 0, "growth")
    still, method = block, "finite field"
    if contracted(mask, rank, still)[1].unknowns > SEED:
        block, still = _from_seed(mask, rank, block, rng)
    if contracted(mask, rank, still)[1].unknowns > DENSE_COLUMNS:
        still, method = _measured_block(mask, rank, block, rng), "float64"
    freedom, draws = None, ()
    if still[0].all() and still[1].all():
        freedom = 0
    elif contracted(mask, rank, still)[1].unknowns <= DENSE_COLUMNS:
        freedom, draws = _drawn(mask, rank, still, rng)
    unique = block
    if (
        freedom == 0
        and not unique[0].all()
        and stress_certificate(mask, rank, Integers(rng))
    ):
        unique = np.ones(len(rows), bool), np.ones(len(columns), bool)
    return Part(rows, columns, mask, unique, still, freedom, method, draws)


def _from_seed(mask: Mask, rank: int, block: Block, rng) -> tuple[Block, Block]:
    """Return a unique and a rigid block that grow from a small part of the mask.

    The smaller part is tested for uniqueness as well, the larger one for rigidity.
    """
    density = mask.size / (mask.shape[0] * mask.shape[1])
    few = min(LARGEST, int(2 * rank * np.sqrt(LARGEST / density)))
    for unknowns in (few, RIGID):
        rows, columns, some = dense_part(mask, rank, unknowns)
        if unknowns >= rank * sum(mask.shape) or not some.size:
            break
        inner = core_parts(some, peel(some, rank), rank, rng)
        if not inner or inner[0].freedom != 0:
            continue
        part = inner[0]
        grown = grow(mask, rank, rows[part.rows], columns[part.columns])
        if sum(map(np.sum, grown)) <= sum(map(np.sum, block)):
            break
        return (grown if part.unique[0].all() else block), grown
    return block, block


def contracted(mask: Mask, rank: int, still: Block) -> tuple[bool, Contracted]:
    """The problem with the side eliminated that leaves fewer unknowns.

    Where no block is rigid yet, `rank` rows or columns are held still: any change of
    gauge can do that.

    Returns:
        Whether rows and columns are exchanged, and the problem.
    """
    counts = [int((~side).sum()) for side in still]
    flipped = counts[0] < counts[1]
    if flipped:
        mask, still = mask.transposed, (still[1], still[0])
    if not still[1].any():
        held = np.zeros(mask.shape[1], bool)
        held[np.argsort(-mask.degrees[1], kind="stable")[:rank]] = True
        still = np.zeros(mask.shape[0], bool), held
    return flipped, Contracted(mask, rank, still)


def _drawn(mask, rank, still, rng) -> tuple[int, tuple[Draw, ...]]:
    """Return the freedom and two generic draws.

    A draw that is not generic has more flexes than a generic one and is discarded.
    """
    _, problem = contracted(mask, rank, still)
    best: list[Draw] = []
    while len(best) < DRAWS:
        field = Integers(rng)
        a, b = (field.factors(size, rank) for size in problem.mask.shape)
        try:
            basis = problem.basis(field, a, b)
        except SingularDrawError:
            continue
        if not basis.shape[1]:
            return 0, ()
        if best and basis.shape[1] < best[0][1].shape[1]:
            best = []
        if not best or basis.shape[1] == best[0][1].shape[1]:
            best.append(((a, b), basis))
    return best[0][1].shape[1], tuple(best)


def _measured_block(mask, rank, block, rng) -> Block:
    """Return the rigid block that a flex in float64 shows, else the known block."""
    for _ in range(2):
        flex = numerical_flex(mask, rank, block, Floats(rng))
        if not block[0].any():
            flex = _at_rest(flex, rank)
        sizes = [np.linalg.norm(moves, axis=1) for moves in (flex.da, flex.db)]
        both = np.concatenate(sizes)
        if flex.converged and not ((both > STILL) & (both < MOVING)).any():
            resting = sizes[0] <= STILL, sizes[1] <= STILL
            return resting if min(map(np.sum, resting)) >= rank else block
    return block


def _at_rest(flex: NumericalFlex, rank: int) -> NumericalFlex:
    """Change the gauge so that the largest rigid block around a tried row rests."""
    step = max(1, len(flex.a) // 200)
    some = slice(0, None, step)
    change = flex.da[some] @ flex.b.T + flex.a[some] @ flex.db.T
    quiet = np.abs(change) <= STILL
    chosen = quiet[int(quiet.sum(1).argmax())]
    if chosen.sum() < rank:
        return flex
    gauge = np.linalg.lstsq(flex.b[chosen], -flex.db[chosen], rcond=None)[0]
    return dataclasses.replace(
        flex, da=flex.da - flex.a @ gauge.T, db=flex.db + flex.b @ gauge
    )
