"""The exact rank of a piecewise linear network on finitely many inputs."""

import math
from fractions import Fraction

import numpy as np

from suffice._core import Inputs, Model
from suffice.tangent._precision._kinks import kink_note
from suffice.tangent._rank import Rank

from ._basis import ModularBasis
from ._cells import cells, single_input, Slice
from ._integer_network import integer_network
from ._piecewise_rank import is_rectified
from ._symmetries import scaling_bound
from ._tangent_rows import tangent_rows

_WORK = 2 * 10**7  # operations of an elimination; some ten seconds


def rank_on_points(model: Model, x: Inputs) -> Rank | None:
    """The rank of the tangent matrix at given inputs, in integers.

    An input on which a neuron receives exactly zero has no derivative where its
    activation has a kink, unless the neuron does not matter. Such inputs are left out,
    and the answer is a lower bound.

    Args:
        model: Any model.
        x: The inputs; repeated ones count once.

    Returns:
        Status `exact`, or `at least` with a note on inputs without a derivative; None
        for other models than those of `is_rectified`, and where the elimination would
        take minutes.
    """
    if not is_rectified(model):
        return None
    network = integer_network(model)
    inputs = np.asarray(x, float)
    points = np.unique(inputs, axis=0)
    outputs = len(network.weights[-1])
    p = network.parameters
    if len(points) * outputs * p * (1 + p / 200) > _WORK:
        return None
    basis, kinks = ModularBasis(), 0
    rows = []
    for point in points:
        region = _integer_point(point)
        listed = cells(network, region, limit=p)
        found = tangent_rows(network, region, listed.polyhedra)
        rows += found.rows
        kinks += found.kinks
    basis.extend(rows)
    upper = min(scaling_bound(network), basis.rank + kinks * outputs)
    exact = basis.rank == upper
    return Rank(
        value=basis.rank if exact else None,
        status="exact" if exact else "at least",
        method=f"integer arithmetic at {len(points)} distinct inputs",
        lower=basis.rank,
        upper=upper,
        parameters=p,
        samples=len(inputs) * outputs,
        domain=f"a finite set of {len(inputs)} inputs",
        note=kink_note(
            f"{kinks} of {len(points)} distinct inputs lie exactly on a kink"
        )
        if kinks
        else None,
    )


def _integer_point(point: np.ndarray) -> Slice:
    numbers = [Fraction(float(v)) for v in point]
    denominator = math.lcm(*(v.denominator for v in numbers))
    return single_input([int(v * denominator) for v in numbers], denominator)
