"""The exact rank of a two-layer network, from its weights alone."""

from collections.abc import Sequence
from typing import Any

import flint
import jax
import numpy as np
from jaxtyping import Int

from suffice._core import count_parameters, free_memory, partition
from suffice.models import Activation, ACTIVATIONS, Convolution, TwoLayer
from suffice.tangent._rank import Rank

from ._circle import CircleField
from ._expansion import expand, Expansion, jets, ONE, SILENT
from ._finite_field import rational_rank
from ._gaussian_elimination import combine, sparse_rank, Vector
from ._numbers import as_rational
from ._ring import NotExact

_CIRCLE = (
    "Sines and cosines of the biases are replaced by those of a random point of the "
    "circle modulo a prime: the value is certain as a lower bound, and it is the rank "
    "with probability above 1 - 2^-64."
)

_BYTES = 1700  # measured, for each parameter of a two-layer network

Columns = dict[int, list[tuple[Any, Vector]]]


def structural_rank(
    model: TwoLayer | Convolution,
    *,
    tying: Int[np.ndarray, " untied"] | None = None,
    parameters: Sequence[Any] | None = None,
) -> Rank:
    r"""The exact tangent rank of a two-layer network, without samples or tolerances.

    Every tangent function is a known rational combination of independent functions,

        {1, x_t} ∪ {s(z_g), s'(z_g), s'(z_g) x_t}_g

    where `g` runs over the distinct `(w, b)`, up to sign when the activation has a
    parity (up to a positive factor for ReLU). The rank of the matrix of coefficients,
    by exact elimination, is the rank of the model on all of R^d. Weights are exact
    dyadic rationals: two neurons count as one only if their weights are *equal*.
    Columns of tied parameters are summed, which covers convolutions and any other
    linear weight sharing. `tangent_rank` calls this function where it applies.

    It costs one sparse elimination: a second for several thousand parameters.

    Args:
        model: A two-layer network, or a two-layer convolution with or without weight
            sharing.
        tying: For each parameter of `model`, in the order `w, a, b, c`, the index of
            the parameter that it copies, or -1 for a fixed parameter. None leaves all
            parameters free.
        parameters: One number or Fraction per parameter of `model`, in the same order,
            used instead of its floats.

    Returns:
        The rank, with status `exact`, or `at least` where a neuron has no derivative,
        since it receives exactly zero whatever the input and its activation has a kink
        there. The note states that, what is assumed of an activation with declared
        properties, or, for a sinusoid with biases, the probability that the value is
        too small.

    Raises:
        ValueError: The identities of the activation are not known, or `tying` or
            `parameters` does not have one entry per parameter.
        NotExact: Tied neurons differ in a transcendental factor (constant neurons, or
            exponential neurons with different biases), 512 bits do not decide
            whether a constant neuron vanishes, or the memory does not suffice.

    Source:
        arXiv:2406.18035, Proposition 2 and Theorem 6, with the corrections for
        coinciding padded kernels. Independence for odd and logistic functions, SiLU,
        softplus and arctan: by poles and branch points; erf, Gaussian and GELU: by
        growth; ReLU and ELU: by jumps across distinct planes; sine and cosine: by
        Lindemann's theorem. All derived and verified here.

    Examples:
        >>> model = sf.TwoLayer.normal(width=2, inputs=3, key=jax.random.key(0))
        >>> sf.structural_rank(model).value
        8
    """
    _check_room(model)
    if isinstance(model, Convolution):
        tying = model.tying() if tying is None else tying
        model = model.untied()
    if not model.activation.dependences_known:
        raise ValueError(
            f"activation {model.activation.name!r} has {model.activation.identities}, "
            "and its neurons may be dependent; declare its properties (see "
            "Activation), or measure the rank with tangent_rank."
        )
    w, a, b, ids = _parts(model, tying, parameters)
    field = _circle(model.activation, b) if model.activation.phase == "angle" else None
    kinks = [
        _on_kink(model.activation, *neuron) for neuron in zip(w, b, a.T, strict=True)
    ]
    neurons = [
        SILENT if kink else expand(model.activation, v, s, field)
        for v, s, kink in zip(w, b, kinks, strict=True)
    ]
    one = flint.fmpq(1)
    if field is not None:
        a, one = np.frompyfunc(field.convert, 1, 1)(a), field.convert(one)
        neurons = [_converted(neuron, field) for neuron in neurons]
    columns = _columns(neurons, a, ids, model.b is not None)
    if model.c is not None:
        for o, which in enumerate(ids[-1].ravel()):
            _put(columns, int(which), None, {(o, (ONE, None)): one})
    vectors = [_summed(parts) for parts in columns.values()]
    value = _rank(vectors, filled=bool(model.activation.coefficients))
    return Rank(
        value=None if any(kinks) else value,
        status="at least" if any(kinks) else "exact",
        method="structure",
        lower=value,
        upper=len(columns) if any(kinks) else value,
        parameters=len(columns),
        domain=f"R^{model.inputs}",
        note=_note(model.activation, sum(kinks), field is not None and any(b)),
    )


def _check_room(model: TwoLayer | Convolution) -> None:
    """Raise an error for a model whose exact parameters need too much memory."""
    size = count_parameters(model)
    if isinstance(model, Convolution):
        size = model.a.size * (model.inputs + 2)  # without sharing
    if size * _BYTES > free_memory() / 4:
        raise NotExact(f"{size} rational numbers need too much memory.")


def _on_kink(activation: Activation, w, b, outgoing) -> bool:
    """Whether a neuron that is used rests on a kink, whatever the input."""
    at_kink = any(b == as_rational(kink) for kink in activation.kinks)
    return at_kink and not any(w) and any(v != 0 for v in outgoing)


def _parts(model: TwoLayer, tying, parameters):
    leaves = [np.asarray(v) for v in jax.tree.leaves(partition(model)[0])]
    size = sum(leaf.size for leaf in leaves)
    if parameters is None:
        parameters = np.concatenate([leaf.ravel() for leaf in leaves]).tolist()
    tying = np.arange(size) if tying is None else np.asarray(tying)
    for name, numbers in (("parameters", parameters), ("tying", tying)):
        if len(numbers) != size:
            raise ValueError(
                f"{name} has length {len(numbers)}, expected {size}: one entry per "
                "parameter of the untied network, in the order w, a, b, c."
            )
    exact = np.empty(size, object)
    exact[:] = [as_rational(v) for v in parameters]
    ends = np.cumsum([leaf.size for leaf in leaves])[:-1]
    ids = [
        v.reshape(s.shape) for v, s in zip(np.split(tying, ends), leaves, strict=True)
    ]
    w, a, *rest = np.split(exact, ends)
    zeros = np.full(model.width, flint.fmpq(0), object)
    b = rest.pop(0) if model.b is not None else zeros
    w = [tuple(row) for row in w.reshape(model.width, model.inputs)]
    return w, a.reshape(model.outputs, model.width), list(b), ids


def _columns(neurons: list[Expansion], a, ids, bias: bool) -> Columns:
    """For each free parameter, the tangent functions of its copies."""
    columns: Columns = {int(k): [] for part in ids for k in part.ravel() if k >= 0}
    outputs = range(len(a))
    w_ids, a_ids = ids[0], ids[1].reshape(a.shape)
    for i, neuron in enumerate(neurons):
        for o in outputs:
            _put(
                columns,
                int(a_ids[o, i]),
                neuron.scale,
                _at_outputs({o: 1}, neuron.value),
            )
        weights = {o: a[o, i] for o in outputs if a[o, i] != 0}
        inputs: list[tuple[int, int | None]] = [
            (int(which), t) for t, which in enumerate(w_ids[i])
        ]
        if bias:
            inputs.append((int(ids[2][i]), None))
        for which, t in inputs:
            if which >= 0:
                slope = _at_outputs(weights, neuron.slope(t))
                _put(columns, which, neuron.scale, slope)
    return columns


def _put(columns: Columns, which: int, scale: Any, vector: Vector) -> None:
    if which >= 0 and vector:
        columns[which].append((scale, vector))


def _at_outputs(weights: dict[int, Any], functions: Vector) -> Vector:
    return {(o, f): w * v for o, w in weights.items() for f, v in functions.items()}


def _summed(parts: list[tuple[Any, Vector]]) -> Vector:
    if len({scale for scale, _ in parts}) > 1:
        raise NotExact(
            "a tied parameter belongs to neurons that differ in a transcendental "
            "factor (constant neurons, or exponential neurons with different biases); "
            "measure the rank with tangent_rank."
        )
    return combine(*((1, vector) for _, vector in parts))


def _converted(neuron: Expansion, field: CircleField) -> Expansion:
    def convert(vector: Vector) -> Vector:
        return {label: field.convert(v) for label, v in vector.items()}

    return Expansion(
        convert(neuron.value), lambda t: convert(neuron.slope(t)), neuron.scale
    )


def _rank(vectors: list[Vector], *, filled: bool) -> int:
    labels = {label for vector in vectors for label in vector}
    if filled:  # all vectors share few functions, so the matrix is dense
        return rational_rank([[v.get(label, 0) for label in labels] for v in vectors])
    return sparse_rank(vectors, frozenset(v for v in labels if v[1][0] == ONE))


def _circle(activation: Activation, biases: Sequence[flint.fmpq]) -> CircleField:
    at_cos, at_sin = jets(activation, flint.fmpq(0))
    if not (at_cos.is_exact() and at_sin.is_exact()):
        raise NotExact(
            f"{activation.name} is declared a sinusoid, but its value and slope at 0 "
            "are not both dyadic; measure the rank with tangent_rank."
        )
    return CircleField(biases, (at_sin.fmpq(), at_cos.fmpq()))


def _note(activation: Activation, kinks: int, on_circle: bool) -> str | None:
    if kinks:
        return (
            f"{kinks} neurons receive exactly zero from every input, where "
            f"{activation.name} has no derivative; the lower bound is the rank of the "
            "others."
        )
    if on_circle:
        return _CIRCLE
    if activation.coefficients or activation in ACTIVATIONS.values():
        return None
    return (
        f"This assumes what is declared of {activation.name} "
        f"({activation.identities}): neurons with distinct weights are independent, "
        "together with their slopes."
    )
