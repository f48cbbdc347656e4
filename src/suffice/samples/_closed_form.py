"""Closed forms of the optimistic sample size, as plain arithmetic on integers.

`k` is always the intrinsic width of the target: the fewest neurons, kernels or rank-one
terms that express it. No formula depends on the width of the model in which the target
is to be recovered.
"""

import itertools
import math

from suffice.models import Activation


def matrix_size(rows: int, columns: int, rank: int) -> int:
    """`r (p + q - r)`: a p x q matrix of rank r in any matrix product, of any depth.

    Source:
        arXiv:2307.08921, Theorem 3 (square, two factors); rectangular and deep
        products are derived and verified here.
    """
    return rank * (rows + columns - rank)


def symmetric_size(rows: int, rank: int) -> int:
    """`r d - r (r - 1) / 2`: a symmetric d x d matrix of rank r in `U U^T`.

    Source:
        Dimension of symmetric rank-r matrices; derived and verified here.
    """
    return rank * rows - rank * (rank - 1) // 2


def neuron_size(
    activation: Activation, inputs: int, *, outputs: int = 1, bias: bool = False
) -> int | None:
    """Tangent functions that one generic neuron brings.

    Every output weight and every input weight counts one. One is subtracted if a
    rescaling of the neuron does not change the function, as for a positively
    homogeneous activation, or for an exponential whose bias scales its output. None for
    polynomials, whose rank is bounded at any width.

    Source:
        tanh without bias, one output: arXiv:2406.18035, Theorem 5 (proved there); the
        other rows are derived and verified here.
    """
    if not activation.independent:
        return None
    gauge = activation.homogeneous or (bias and activation.phase == "scale")
    return outputs + inputs + bias - gauge


def two_layer_size(
    activation: Activation,
    width: int,
    inputs: int,
    *,
    outputs: int = 1,
    bias: bool = False,
    output_bias: bool = False,
) -> int | None:
    """`k (outputs + d + bias - gauge) + outputs * output_bias` for generic neurons.

    For `square` the width is replaced by the rank of the quadratic form. A ReLU
    network of one input without bias has two rays, whatever its width. None
    where no closed form is known: other polynomials and unknown activations.
    """
    constant = outputs * output_bias
    if activation.homogeneous and inputs == 1 and not bias:
        width = min(width, 2)  # a line has two rays
    if activation.quadratic and outputs == 1:
        total = inputs + bias
        # with an input bias, the output bias is an entry of the full form already
        all_forms = symmetric_size(total, total) + (0 if bias else constant)
        return min(symmetric_size(total, min(width, total)) + constant, all_forms)
    neuron = neuron_size(activation, inputs, outputs=outputs, bias=bias)
    return None if neuron is None else width * neuron + constant


def convolution_is_known(activation: Activation) -> bool:
    """Whether `convolution_size` and `untied_size` hold for an activation."""
    return activation.rigid and activation.odd


def convolution_size(
    positions: int, kernel: int, width: int, *, bias: bool = False
) -> int:
    """`k (s + P)`: shared kernels of `s` entries at `P` positions, odd activation.

    A shared bias adds one for each kernel.

    Holds where all zero-padded translates of all kernels differ, also in sign;
    kernels that are translates of each other need fewer (see `structural_rank`).

    Source:
        arXiv:2406.18035, Theorem 6; its hypothesis is corrected here.
    """
    return width * (kernel + positions + bias)


def untied_size(inputs: int, neurons: int, *, bias: bool = False) -> int:
    """`(inputs + 1) N`: a convolution target whose N neurons share no weights.

    With an input bias `(inputs + 2) N`.

    `inputs` is the kernel size for a convolution without weight sharing, and the input
    dimension for a fully connected network; `N = k P - #{zero output weights}`.

    Source:
        arXiv:2406.18035, Theorem 7. arXiv:2211.11623, Tables 4 and 8 print the rank of
        a parameter point that is not minimal.
    """
    return (inputs + 1 + bias) * neurons


def deep_size(widths: tuple[int, ...], *, bias: bool) -> int:
    """Number of parameters of a fully connected network with these widths.

    The optimistic sample size of almost every target of a smooth network without
    redundant neurons.

    Source:
        Upper bound: arXiv:2406.18035, Theorem 4; attained by almost every target of
        the narrow network, derived and verified here.
    """
    pairs = itertools.pairwise(widths)
    return sum((fan_in + bias) * fan_out for fan_in, fan_out in pairs)


def attention_size(token_dim: int, head_ranks: list[tuple[int, int]]) -> int:
    """`sum a (2 D - a) + b (2 D - b)` over heads of score rank a, value rank b.

    A head whose value matrix is zero counts 0.

    Source:
        Gauges of the factors `Q K^T` and `V O`; derived and verified here.
    """
    return sum(
        matrix_size(token_dim, token_dim, a) + matrix_size(token_dim, token_dim, b)
        for a, b in head_ranks
        if b
    )


def tensor_size(dims: tuple[int, ...], rank: int) -> int:
    """`min(prod n_i, r (1 + sum (n_i - 1)))`: the expected size of a CP tensor.

    In some cases, such as (3, 3, 3) of rank 4, the true size is smaller (defective);
    `generic_rank` decides each case exactly.
    """
    return min(math.prod(dims), rank * (1 + sum(n - 1 for n in dims)))
