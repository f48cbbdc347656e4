"""Numbers of branches, as coefficients of exponential generating functions.

A family of labelled structures with `cᵢ` members on `i` neurons is represented by the
power series `Σ cᵢ xⁱ / i!` with rational coefficients. The product of two series counts
pairs of structures on disjoint neurons, and `exp` counts unordered sets of structures.
"""

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import flint

from ._family import ActivationFamily

Series = flint.fmpq_series


def labelled(size: int, function: Callable[[Series], Series]) -> int:
    """The number of structures on `size` neurons, of a function of the series `x`."""
    before, flint.ctx.cap = flint.ctx.cap, size + 1
    try:
        coefficient = function(Series([0, 1]))[size]
    finally:
        flint.ctx.cap = before
    return int((coefficient * math.factorial(size)).p)


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
    weights to vanish, so that the arrangement lies inside a larger branch. All that
    matters is whether targets are flipped, and whether 0, 1 or more neurons are silent.

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
    series = _free if family.coupling == "nothing" else _coupled
    return labelled(width, lambda x: series(family, intrinsic, x))


def _free(family: ActivationFamily, k: int, x: Series) -> Series:
    signs = 2 if family.signed else 1
    block = (signs * x).exp() - 1
    none, one, more = (occurs(family, Pattern(silent=count)) for count in range(3))
    silent = none + one * x + more * (x.exp() - 1 - x)
    return block**k * (block / signs).exp() * silent


def _coupled(family: ActivationFamily, k: int, x: Series) -> Series:
    pure = x.exp() - 1
    half = pure**2 / 2
    nulls = [Series([1]), half, half.exp() - 1 - half]
    silences = [Series([1]), x, pure - x]
    rest = {
        (cancelling, silent): nulls[cancelling] * silences[silent]
        for cancelling, silent in itertools.product(range(3), repeat=2)
    }
    total = Series([0])
    for mixed in reversed(range(k + 1)):
        total *= pure
        ways = math.comb(k, mixed)
        flips = 2 ** (k - mixed) - 1
        for counts, series in rest.items():
            unflipped, flipped = (
                occurs(family, Pattern(f, mixed, *counts)) for f in (0, 1)
            )
            total += ways * (unflipped + flips * flipped) * series
    return pure**k * pure.exp() * total


def splitting_count(intrinsic: int, width: int) -> int:
    """The number `G(r, m) = r! S(m, r)` of ways to split `r` neurons into `m`."""
    return saddle_branch_count(intrinsic, width, components=0)


def saddle_branch_count(
    intrinsic: int, width: int, components: int = 1, *, signed: bool = False
) -> int:
    r"""The number of branches of one critical function at nonzero loss.

        B(r, m; c) = Σᵥ C(m, v) cᵛ G(r, m - v)

    Each of `v` neurons with zero output weight lies on one of `c` components of the
    zero set of the residual function. For odd and even activations every other neuron
    also has a sign, and the components of both signs count. The generating function is
    `(eˢˣ - 1)ʳ eᶜˣ`, with `s = 2` for such activations and `s = 1` for others.

    Args:
        intrinsic: Number of neurons `r` of the irreducible critical point.
        width: Width `m` of the model.
        components: Number of components `c`.
        signed: Whether neurons with opposite weights have the same function up to sign.

    Source:
        arXiv:2405.17501, Theorem 5.1 (structure); the count is derived and verified
        here.
    """
    signs = 2 if signed else 1
    return labelled(
        width,
        lambda x: ((signs * x).exp() - 1) ** intrinsic * (components * x).exp(),
    )


def fewest_types(intrinsic: int, width: int) -> int:
    """A lower bound of the number of types of branches of the global minima.

    These are the types with neither signs nor silent neurons; a partition of the other
    neurons into null blocks stands beside the copies of the targets.
    """
    return sum(
        math.comb(used - 1, intrinsic - 1)
        * int(flint.fmpz(width - used).partitions_p())
        for used in range(intrinsic, width + 1)
    )


def saddle_type_count(intrinsic: int, width: int, components: int) -> int:
    """The number of types of branches of one critical function at nonzero loss."""
    least = intrinsic if components else width
    return sum(math.comb(used - 1, intrinsic - 1) for used in range(least, width + 1))
