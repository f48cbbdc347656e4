"""Random degenerate parameters and inputs, all of them dyadic rationals."""

import itertools

import numpy as np

SCALES = (0, 0, 0, 0, 3, -7, 40, -40, 300, -300, 498, -498)


def numbers(rng, *shape):
    """Multiples of an eighth between -2 and 2; about one in 33 is zero."""
    return rng.integers(-16, 17, shape) / 8


def scale(rng, largest=498):
    """A power of two between 1e-150 and 1e150, mostly 1."""
    return 2.0 ** int(rng.choice([s for s in SCALES if abs(s) <= largest]))


def rows(rng, count, size, share=0.5, near=0.0):
    """Rows of numbers, a share of them related to an earlier row, or zero.

    A share `near` of the related ones is nearly equal to an earlier row.
    """
    found = numbers(rng, count, size)
    for k in range(count):
        if rng.random() >= share:
            continue
        if k and rng.random() < near:
            tiny = 2.0 ** -rng.integers(8, 46)
            found[k] = found[rng.integers(k)] + tiny * numbers(rng, size)
        else:
            found[k] = _related(rng, found[:k], size)
    return found


def _related(rng, earlier, size):
    how = rng.integers(0, 8)
    if how == 0 or not len(earlier):
        return numbers(rng, size) * (rng.random(size) < 0.5)
    row = earlier[rng.integers(len(earlier))].copy()
    if how == 1:
        return -row
    if how == 2:
        return row * 2.0 ** rng.integers(-4, 5) * rng.choice([1, -1])
    if how == 3:
        return row * rng.choice([3.0, -3.0, 1.5])
    if how == 4:  # parallel: another bias
        row[-1] = numbers(rng)
        return row
    if how == 5:
        return np.zeros(size)
    if how == 6 and len(earlier) > 1:
        return row + earlier[rng.integers(len(earlier))]
    return row


def layers(rng, widths, bias, *, largest=498, share=0.5, near=0.0):
    """Weights and biases of a network, each layer with a scale of its own.

    Returns:
        A tuple of matrices, and a tuple of vectors or None.
    """
    weights, biases, total = [], [], 0
    for fan_in, fan_out in itertools.pairwise(widths):
        matrix = rows(rng, fan_out, fan_in + bias, share, near)
        if rng.random() < 0.3:
            _relate_columns(rng, matrix[:, :fan_in])
        room = max(0, largest - abs(total))
        factor = scale(rng, room)
        total += int(np.log2(factor))
        shift = factor if rng.random() < 0.8 else 1.0
        weights.append(matrix[:, :fan_in] * factor)
        biases.append(matrix[:, -1] * shift)
    return tuple(weights), tuple(biases) if bias else None


def _relate_columns(rng, matrix):
    j, k = rng.integers(0, matrix.shape[1], 2)
    matrix[:, j] = matrix[:, k] * rng.choice([0.0, 1.0, -1.0, 0.5])


def split(rng, weights, biases):
    """The same function with some hidden neurons halved, at every depth."""
    widths = [weights[0].shape[1], *(len(w) for w in weights)]
    copies = [np.arange(widths[0])]
    copies += [np.repeat(np.arange(w), rng.integers(1, 3, w)) for w in widths[1:-1]]
    copies.append(np.arange(widths[-1]))
    wide = []
    for matrix, below, above in zip(weights, copies, copies[1:], strict=False):
        count = np.bincount(below, minlength=matrix.shape[1])
        wide.append((matrix / count)[np.ix_(above, below)])
    return tuple(wide), tuple(b[k] for b, k in zip(biases, copies[1:], strict=True))


def inputs(rng, count, size, largest=0):
    """Inputs, of which some are repeated, mirrored, multiples of others, or zero."""
    x = rows(rng, count, size, share=0.4)
    return x * scale(rng, largest)
