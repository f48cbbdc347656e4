"""Random lines in the input space of a network, on which all cells are listed."""

from collections.abc import Iterator

import numpy as np

from suffice.models import DeepNetwork, TwoLayer

from ._cells import line, Slice
from ._integer_network import layers

_BITS = 24  # precision of the integer coordinates of a line


def random_lines(
    model: TwoLayer | DeepNetwork, rng: np.random.Generator
) -> Iterator[Slice]:
    """Lines in random directions; three out of four pass close to a vertex.

    A vertex is a point where as many kinks meet as there are inputs. Many small cells
    lie around it, which other lines would miss.
    """
    while True:
        for attempt in range(4):
            point = np.exp(rng.uniform(-3, 3)) * rng.standard_normal(model.inputs)
            if attempt:
                point = _near_vertex(model, point, rng)
            yield _rounded(point, rng.standard_normal(model.inputs))


def _near_vertex(model: TwoLayer | DeepNetwork, point, rng) -> np.ndarray:
    """A point close to a vertex of kinks, which are linearised at a given point."""
    forms = _kinks(model, point)
    chosen = forms[rng.permutation(len(forms))[: model.inputs]]
    vertex = np.linalg.lstsq(chosen[:, 1:], -chosen[:, 0], rcond=None)[0]
    noise = 10.0 ** rng.uniform(-4, 0) * max(float(np.abs(vertex).max()), 1e-300)
    return vertex + noise * rng.standard_normal(model.inputs)


def _kinks(model: TwoLayer | DeepNetwork, point) -> np.ndarray:
    """The preactivations of all hidden neurons near a point, as one form per row."""
    form = np.column_stack([np.zeros(model.inputs), np.eye(model.inputs)])
    homogeneous = np.concatenate([[1.0], point])
    below, above = (piece.slope for piece in model.activation.pieces or ())
    weights, biases = layers(model)
    rows = []
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        form = np.asarray(weight) @ form
        form[:, 0] += 0 if bias is None else np.asarray(bias)
        rows.append(form)
        form = np.where(form @ homogeneous > 0, above, below)[:, None] * form
    return np.concatenate(rows)


def _rounded(point: np.ndarray, direction: np.ndarray) -> Slice:
    """A line with integer coordinates close to a point and a direction."""
    size = float(np.abs(point).max())
    shift = _BITS - int(np.frexp(size)[1]) if size else _BITS
    start = [round(v) for v in np.ldexp(point, shift).tolist()]
    along = [round(v) for v in np.ldexp(direction, _BITS).tolist()]
    factor = 1 << max(-shift, 0)
    return line([v * factor for v in start], along, 1 << max(shift, 0))
