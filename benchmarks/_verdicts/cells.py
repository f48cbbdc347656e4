"""The functional dimension of a network of piecewise linear neurons, exactly.

Space is cut into simplicial cones in homogeneous coordinates; a cone on which a neuron
changes its sign is cut again through one of its edges, until no neuron changes its
sign. The values of all neurons at the corners of a cone are rational numbers, and they
determine the derivatives on the whole cone.
"""

import dataclasses
import itertools
import random
from operator import add

from .exact import Q, rank, rational

ZERO, ONE = Q(0), Q(1)


@dataclasses.dataclass(frozen=True)
class Net:
    """Weights by layer, biases by layer or None, and the slopes on the two sides."""

    weights: list
    biases: list | None
    below: Q
    above: Q

    @property
    def parameters(self):
        weights = sum(len(row) for matrix in self.weights for row in matrix)
        return weights + sum(map(len, self.biases or ()))

    @property
    def inputs(self):
        return len(self.weights[0][0])

    def slope(self, sign):
        return self.above if sign > 0 else self.below


def net(weights, biases, slopes):
    """The network of arrays of floats."""
    matrices = [[[rational(v) for v in row] for row in _rows(w)] for w in weights]
    shifts = biases and [[rational(v) for v in b.reshape(-1)] for b in biases]
    return Net(matrices, shifts, *map(rational, slopes))


def _rows(matrix):
    return matrix[None] if matrix.ndim == 1 else matrix


@dataclasses.dataclass(frozen=True)
class Dimension:
    """The rank on cells with a derivative, the number of cells, and of those without.

    Attributes:
        rank: Rank over all cells on which the network has a derivative.
        cells: Number of patterns of signs.
        kinks: Number of patterns on which it has no derivative.
        bound: Parameters minus independent rescalings of neurons.
    """

    rank: int
    cells: int
    kinks: int
    bound: int

    @property
    def interval(self):
        """What may be said of the rank: an interval where there are kinks."""
        return self.rank, self.bound if self.kinks else self.rank


def dimension(network, limit=20_000):
    """The functional dimension, or None beyond a number of simplicial cones."""
    patterns = _patterns(network, limit)
    if patterns is None:
        return None
    rows, kinks = [], 0
    for signs, corners in patterns.items():
        if all(all(layer) for layer in signs):
            rows += _rows_of(network, signs, corners)
        elif (found := _rows_with_kinks(network, corners)) is None:
            kinks += 1
        else:
            rows += found
    return Dimension(rank(rows), len(patterns), kinks, scaling_bound(network))


def _patterns(network, limit):
    """One simplicial cone for each pattern of signs."""
    size, found, count = network.inputs + 1, {}, 0
    for signs in itertools.product((1, -1), repeat=size - 1):
        corners = [
            tuple(Q(s) if k == j else ZERO for k in range(size))
            for j, s in enumerate((1, *signs))
        ]
        for pattern, cone in _cut(network, corners):
            count += 1
            if count > limit:
                return None
            found.setdefault(pattern, cone)
    return found


def _cut(network, corners):
    stack = [((), [(corner, ()) for corner in corners])]
    while stack:
        pattern, cone = stack.pop()
        layer = len(pattern)
        if layer == len(network.weights) - 1:
            yield pattern, [x for x, _ in cone]
            continue
        full = [(x, _linear(network, layer, x, post or x[1:])) for x, post in cone]
        for signs, part in _by_signs(full, ()):
            below = [
                (x, [network.slope(s) * v for s, v in zip(signs, z, strict=True)])
                for x, z in part
            ]
            stack.append(((*pattern, signs), below))


def _linear(network, layer, x, below):
    """What the neurons of a layer receive at a corner."""
    rows = network.weights[layer]
    shifts = network.biases[layer] if network.biases else [ZERO] * len(rows)
    return [
        sum((w * v for w, v in zip(row, below, strict=True)), shift * x[0])
        for row, shift in zip(rows, shifts, strict=True)
    ]


def _by_signs(cone, signs):
    """Cut a cone by the neurons of a layer, one after the other."""
    k = len(signs)
    if not cone[0][1] or k == len(cone[0][1]):
        yield signs, cone
        return
    values = [z[k] for _, z in cone]
    high = next((i for i, v in enumerate(values) if v > 0), None)
    low = next((i for i, v in enumerate(values) if v < 0), None)
    if high is None or low is None:
        sign = (high is not None) - (low is not None)
        yield from _by_signs(cone, (*signs, sign))
        return
    middle = _mixed(cone[high], cone[low], values[high], -values[low])
    for corner in (high, low):
        yield from _by_signs([*cone[:corner], middle, *cone[corner + 1 :]], signs)


def _mixed(first, second, size, other):
    """The point between two corners at which a neuron is zero."""
    total = size + other
    s, t = other / total, size / total
    return tuple(
        type(u)(s * a + t * b for a, b in zip(u, v, strict=True))
        for u, v in zip(first, second, strict=True)
    )


def _rows_of(network, signs, corners):
    """The derivatives by all parameters at the corners of a cone."""
    outputs = range(len(network.weights[-1]))
    backs = [_sensitivities(network, signs, c) for c in outputs]
    rows = []
    for x in corners:
        sources = _sources(network, signs, x)
        for back in backs:
            rows.append(
                [
                    factor * value
                    for layer, factors in enumerate(back)
                    for factor in factors
                    for value in sources[layer]
                ]
            )
    return rows


def _sources(network, signs, x):
    """What is multiplied by the weights and biases of each layer."""
    sources, below = [], list(x[1:])
    for layer in range(len(network.weights)):
        sources.append([*below, x[0]] if network.biases else below)
        if layer < len(signs):
            z = _linear(network, layer, x, below)
            below = [network.slope(s) * v for s, v in zip(signs[layer], z, strict=True)]
    return sources


def _sensitivities(network, signs, output):
    """Derivatives of an output by what each neuron receives, layer by layer."""
    back = [[Q(k == output) for k in range(len(network.weights[-1]))]]
    for layer in reversed(range(len(signs))):
        matrix = network.weights[layer + 1]
        back.insert(
            0,
            [
                network.slope(sign)
                * sum(
                    (f * row[k] for f, row in zip(back[0], matrix, strict=True)), ZERO
                )
                for k, sign in enumerate(signs[layer])
            ],
        )
    return back


def _rows_with_kinks(network, corners):
    """The same where a neuron receives zero on the whole cone, or None.

    The one-sided derivatives are linear in the direction if there is a derivative.
    """
    rng = random.Random(0)
    size = network.parameters
    inside = [
        tuple(sum(v) + e for v, e in zip(zip(*corners, strict=True), c, strict=True))
        for c in corners
    ]
    draws = [[Q(rng.randint(-99, 99)) for _ in range(size)] for _ in range(3)]
    rows = []
    for x in inside:
        one, two, three = (one_sided(network, x, d) for d in draws)
        both = one_sided(network, x, list(map(add, draws[0], draws[1])))
        minus = one_sided(network, x, [-v for v in draws[2]])
        if both != list(map(add, one, two)) or any(map(add, three, minus)):
            return None
        units = ([Q(j == k) for j in range(size)] for k in range(size))
        columns = [one_sided(network, x, unit) for unit in units]
        rows += [list(row) for row in zip(*columns, strict=True)]
    return rows


def one_sided(network, x, direction):
    """The one-sided derivative of the outputs in a direction of parameters."""
    numbers = iter(direction)
    value, change = list(x[1:]), [ZERO] * network.inputs
    for layer, matrix in enumerate(network.weights):
        shifts = network.biases[layer] if network.biases else [ZERO] * len(matrix)
        z, dz = [], []
        for row, shift in zip(matrix, shifts, strict=True):
            moved = [next(numbers) for _ in row]
            extra = next(numbers) if network.biases else ZERO
            z.append(
                sum((w * v for w, v in zip(row, value, strict=True)), shift * x[0])
            )
            by_weights = sum((m * v for m, v in zip(moved, value, strict=True)), ZERO)
            dz.append(
                sum((w * c for w, c in zip(row, change, strict=True)), by_weights)
                + extra * x[0]
            )
        if layer == len(network.weights) - 1:
            return dz
        slopes = [network.slope(v or c) for v, c in zip(z, dz, strict=True)]
        value = [s * v for s, v in zip(slopes, z, strict=True)]
        change = [s * c for s, c in zip(slopes, dz, strict=True)]
    return None


def scaling_bound(network):
    """Parameters minus the rank of the rescalings of hidden neurons, as vectors."""
    vectors = []
    for layer, matrix in enumerate(network.weights[:-1]):
        for i, row in enumerate(matrix):
            vector = {(layer, i, j): w for j, w in enumerate(row)}
            if network.biases:
                vector[layer, i, None] = network.biases[layer][i]
            for k, above in enumerate(network.weights[layer + 1]):
                vector[layer + 1, k, i] = -above[i]
            vectors.append(vector)
    labels = sorted({label for v in vectors for label in v}, key=str)
    return network.parameters - rank(
        [[v.get(n, ZERO) for n in labels] for v in vectors]
    )


def sample_rank(network, x):
    """The rank on finitely many inputs, and the number of those without derivative."""
    rows, kinks = [], 0
    for point in x:
        corner = (ONE, *(rational(v) for v in point))
        signs = _signs(network, corner)
        if all(all(layer) for layer in signs):
            rows += _rows_of(network, signs, [corner])
        elif (found := _rows_with_kinks(network, [corner])) is None:
            kinks += 1
        else:
            rows += found
    return rank(rows), kinks


def _signs(network, x):
    below, signs = list(x[1:]), []
    for layer in range(len(network.weights) - 1):
        z = _linear(network, layer, x, below)
        signs.append(tuple((v > 0) - (v < 0) for v in z))
        below = [network.slope(s) * v for s, v in zip(signs[-1], z, strict=True)]
    return tuple(signs)
