"""Exact numbers and ranks: rationals, residues modulo primes, and balls.

Nothing here comes from the package that is judged.
"""

import flint

PRIMES = (2**61 - 1, 4611686018427387847)
Q = flint.fmpq


def rational(number):
    """A float as the dyadic rational that it is."""
    return Q(*float(number).as_integer_ratio())


def rationals(array):
    """A nested list of rationals in the shape of an array."""
    if array.ndim == 0:
        return rational(array)
    return [rationals(part) for part in array]


def rank(rows):
    """The rank of a matrix of rationals, modulo two primes.

    A rank modulo a prime is never too large; both are too small at once only if minors
    of the matrix are multiples of both primes.
    """
    rows = [row for row in rows if any(row)]
    return max((_modular_rank(rows, prime) for prime in PRIMES), default=0)


def _modular_rank(rows, prime):
    if not rows:
        return 0
    residues = [[_residue(v, prime) for v in row] for row in rows]
    return flint.nmod_mat(residues, prime).rank()


def _residue(number, prime):
    number = Q(number)
    return int(number.p) * pow(int(number.q), -1, prime) % prime


def ball_rank(matrix_at):
    """The rank of a matrix of balls, or None where two precisions do not agree.

    Args:
        matrix_at: The matrix at the working precision, called at 256 and 1024 bits.

    Elimination with complete pivoting stops when every ball that is left contains
    zero: a proved lower bound. It counts as the rank when four times the precision
    finds no more, and what is left shrinks with the precision.
    """
    found = []
    for bits in (256, 1024):
        with flint.ctx.workprec(bits):
            found.append(_eliminate(matrix_at()))
    (low, rest, _), (high, finer, pivot) = found
    settled = low == high and (finer == 0 or finer < rest * Q(1, 2**512))
    return high if settled and (finer == 0 or pivot > finer * 2**128) else None


def _eliminate(rows):
    """Number of pivots, an upper bound of what is left, the size of the last pivot."""
    rows, count, last = _balanced(rows), 0, Q(1)
    while rows and rows[0]:
        sizes = [[_least(v) for v in row] for row in rows]
        best = max(max(row) for row in sizes)
        if best == 0:
            break
        i = next(k for k, row in enumerate(sizes) if max(row) == best)
        j = sizes[i].index(best)
        pivot, count, last = rows.pop(i), count + 1, best
        factors = [row[j] / pivot[j] for row in rows]
        rows = [
            [
                v - f * p
                for k, (v, p) in enumerate(zip(row, pivot, strict=True))
                if k != j
            ]
            for row, f in zip(rows, factors, strict=True)
        ]
    left = max((_most(v) for row in rows for v in row), default=Q(0))
    return count, left, last


def _balanced(rows):
    """Columns and rows divided by powers of two near their largest entry."""
    for _ in range(2):
        rows = [_halved(row) for row in rows]
        columns = [_halved(column) for column in zip(*rows, strict=True)]
        rows = [list(row) for row in zip(*columns, strict=True)]
    return rows


def _halved(numbers):
    size = max((_least(v) for v in numbers), default=Q(0))
    if size == 0:
        return list(numbers)
    shift = int(size.q).bit_length() - int(size.p).bit_length()
    return [v * (flint.arb(2) ** shift) for v in numbers]


def _least(ball):
    return _as_rational(flint.arb(ball).abs_lower())


def _most(ball):
    return _as_rational(flint.arb(ball).abs_upper())


def _as_rational(ball):
    mantissa, exponent = ball.mid().man_exp()
    return Q(mantissa) * Q(2) ** int(exponent)
