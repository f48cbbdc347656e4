"""Numbers of branches, by exponential generating functions with exact integers.

A family of labelled structures is represented by its numbers `[c₀, ..., c_m]` on 0 to m
neurons, the coefficients of `Σ cᵢ xⁱ / i!`. Combining structures on disjoint neurons
multiplies these functions.
"""

import functools
import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

from ._family import ActivationFamily

Series = tuple[int, ...]


def powers(base: int, m: int) -> Series:
    """The series `e^(base x)`: every neuron has `base` independent choices."""
    return tuple(base**i for i in range(m + 1))


def minus(a: Series, b: Series) -> Series:
    """The difference of two series."""
    return tuple(x - y for x, y in zip(a, b, strict=True))


def product(a: Series, b: Series) -> Series:
    """Pairs of structures of two families, on disjoint neurons."""
    return tuple(
        sum(math.comb(i, j) * a[j] * b[i - j] for j in range(i + 1))
        for i in range(len(a))
    )


def power(a: Series, count: int) -> Series:
    """Ordered sequences of `count` structures."""
    result = powers(0, len(a) - 1)
    for bit in bin(count)[2:]:
        result = product(result, result)
        result = product(result, a) if bit == "1" else result
    return result


def sets(a: Series) -> Series:
    """The series `exp(a)`: unordered sets of structures; `a[0]` must be 0."""
    result = [1]
    for i in range(1, len(a)):
        ways = (math.comb(i - 1, j - 1) * a[j] * result[i - j] for j in range(1, i + 1))
        result.append(sum(ways))
    return tuple(result)


class Pattern(NamedTuple):
    """The counts of an arrangement on which its conditions depend.

    Attributes:
        flipped: Number of targets with mirrored neurons only.
        mixed: Number of targets with neurons of both signs.
        cancelling: Number of null blocks with neurons of both signs.
        silent: Number of neurons with zero input weights.
    """

    flipped: int = 0
    mixed: int = 0
    cancelling: int = 0
    silent: int = 0


def occurs(family: ActivationFamily, pattern: Pattern) -> bool:
    """Whether an arrangement of neurons forms a branch.

    If not, the remainders of mirrored neurons cannot cancel, or they force output
    weights to vanish, so that the arrangement lies inside a larger branch.

    Source:
        Derived here and verified by exhaustive search.
    """
    flipped, mixed, cancelling, silent = pattern
    alone = silent == 0 or family.silence == "dead" or _constants(family, silent)
    if family.coupling == "nothing":
        return alone
    if silent and family.silence == "never":
        return False
    if family.coupling == "constant":
        sources = mixed + cancelling + (silent > 0)
        if flipped or sources > 1:
            return sources > 0
        return alone if silent else sources == 0
    if cancelling:
        return cancelling > 1 or flipped + mixed > 0
    if flipped + mixed == 0:
        return alone
    directions = mixed + (silent > 0 and family.silence == "constant")
    return directions >= family.weights + (flipped == 0)


def _constants(family: ActivationFamily, silent: int) -> bool:
    """Whether constant neurons can cancel each other without forming a null block.

    Without biases all constants are equal, so that they form a null block whose weight
    vector is zero.
    """
    return family.bias and (silent > 1 or family.roots > 0)


def branch_count(family: ActivationFamily, intrinsic: int, width: int) -> int:
    r"""The exact number of branches of the global minima.

    For activations without identities

        T(k, m) = Σᵤ C(m, u) k! S(m - u, k) Bell(u),

    with generating function `(eˣ - 1)ᵏ exp(eˣ - 1)`; for odd activations without bias
    it is `(e²ˣ - 1)ᵏ exp((e²ˣ - 1)/2) eˣ`. For all others it is a sum of such products
    over the arrangements that occur.

    Source:
        Simsek et al. 2021 for T; the other cases are derived and verified here.
    """
    if family.coupling == "nothing":
        return _free(family, intrinsic, width)
    return sum(
        ways * series[width] for ways, series in _coupled(family, intrinsic, width)
    )


def _free(family, k, m) -> int:
    copies = 2 if family.signed else 1
    block = minus(powers(copies, m), powers(0, m))
    nulls = sets(tuple(count // copies for count in block))
    silent = tuple(int(occurs(family, Pattern(silent=q))) for q in range(m + 1))
    return product(product(power(block, k), nulls), silent)[m]


def _coupled(family, k, m) -> Iterator[tuple[int, Series]]:
    unit = powers(0, m)
    pure = minus(powers(1, m), unit)
    both = product(pure, pure)
    half = tuple(count // 2 for count in both)
    nulls = {0: unit, 1: half, 2: minus(minus(sets(half), unit), half)}
    rest = sets(pure)
    for flipped, mixed in itertools.product(range(k + 1), repeat=2):
        upright = k - flipped - mixed
        if upright < 0:
            continue
        ways = math.comb(k, mixed) * math.comb(k - mixed, flipped)
        targets = product(power(pure, upright + flipped), power(both, mixed))
        targets = product(targets, rest)
        for cancelling, blocks in nulls.items():
            silent = tuple(
                int(occurs(family, Pattern(flipped, mixed, cancelling, q)))
                for q in range(m + 1)
            )
            yield ways, product(product(targets, blocks), silent)


@functools.cache
def stirling(n: int, parts: int) -> int:
    """The Stirling number `S(n, parts)` of partitions of a set into `parts` blocks."""
    total = sum(
        (-1) ** (parts - i) * math.comb(parts, i) * i**n for i in range(parts + 1)
    )
    return total // math.factorial(parts)


def splitting_count(intrinsic: int, width: int) -> int:
    """The number `G(r, m) = r! S(m, r)` of ways to split `r` neurons into `m`."""
    return math.factorial(intrinsic) * stirling(width, intrinsic)


def saddle_branch_count(
    intrinsic: int, width: int, components: int = 1, *, signed: bool = False
) -> int:
    r"""The number of branches of one critical function at nonzero loss.

        B(r, m; c) = Σᵥ C(m, v) cᵛ G(r, m - v)

    Each of `v` neurons with zero output weight lies on one of `c` components of the
    zero set of the residual function. For odd and even activations every other neuron
    also has a sign, and the components of both signs count.

    Args:
        intrinsic: Number of neurons `r` of the irreducible critical point.
        width: Width `m` of the model.
        components: Number of components `c`.
        signed: Whether neurons with opposite weights have the same function up to sign.

    Source:
        arXiv:2405.17501, Theorem 5.1 (structure); the count is derived and verified
        here.
    """
    sign = 2 if signed else 1
    return sum(
        math.comb(width, v)
        * components**v
        * sign ** (width - v)
        * splitting_count(intrinsic, width - v)
        for v in range(width - intrinsic + 1)
    )
