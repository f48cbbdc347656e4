"""Closed forms of the optimistic sample size, as arithmetic on integers.

In all of them `k` is the intrinsic width of the target: the smallest number of neurons,
kernels or rank-one terms that express it. No formula depends on the width of the model
in which the target is recovered. Prefer `optimistic_sample_size`, which reduces a
target first and checks the formula against its rank.
"""

import itertools
import math

from suffice.models import Activation


def matrix_size(rows: int, columns: int, rank: int) -> int:
    """The size `r (p + q - r)` of a p x q matrix of rank r in any matrix product.

    Args:
        rows: Number of rows `p`.
        columns: Number of columns `q`.
        rank: Rank `r` of the target.

    Source:
        arXiv:2307.08921, Theorem 3 (square, two factors); rectangular and deep
        products are derived and verified here.

    Examples:
        >>> sf.samples.matrix_size(rows=20, columns=30, rank=2)
        96
    """
    return rank * (rows + columns - rank)


def symmetric_size(rows: int, rank: int) -> int:
    """The size `r d - r (r - 1) / 2` of a symmetric d x d matrix of rank r in `U U^T`.

    Args:
        rows: Number of rows `d`.
        rank: Rank `r` of the target.

    Source:
        Dimension of symmetric rank-r matrices; derived and verified here.

    Examples:
        >>> sf.samples.symmetric_size(rows=20, rank=2)
        39
    """
    return rank * rows - rank * (rank - 1) // 2


def neuron_size(
    activation: Activation, inputs: int, *, outputs: int = 1, bias: bool = False
) -> int | None:
    """The number of independent tangent functions of one generic neuron.

    Every output weight and every input weight counts 1. It is reduced by 1 if a
    rescaling of the neuron does not change the function, as for a positively
    homogeneous activation, or for an exponential whose bias scales its output.

    Args:
        activation: Activation of the neuron.
        inputs: Number of inputs.
        outputs: Number of outputs.
        bias: Whether the neuron has an input bias.

    Returns:
        The number, or None for polynomials, whose rank is bounded at any width.

    Source:
        tanh without bias, one output: arXiv:2406.18035, Theorem 5 (proved there); the
        other rows are derived and verified here.

    Examples:
        >>> sf.samples.neuron_size(sf.models.activation("tanh"), inputs=4)
        5
        >>> sf.samples.neuron_size(sf.models.activation("relu"), inputs=4)
        4
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
    """The size of a two-layer network with `k` generic neurons.

        k (outputs + d + bias - gauge) + outputs * output_bias

    For `square` the width is replaced by the rank of the quadratic form. A ReLU network
    of one input without bias counts at most two neurons, one per half line.

    Args:
        activation: Activation of the neurons.
        width: Intrinsic width `k`.
        inputs: Number of inputs `d`.
        outputs: Number of outputs.
        bias: Whether neurons have an input bias.
        output_bias: Whether the output has a bias.

    Returns:
        The size, or None where no closed form is known: for other polynomials and
        unknown activations.

    Source:
        arXiv:2406.18035, Theorem 5, for tanh without bias; the other cases are derived
        and verified here.

    Examples:
        >>> tanh = sf.models.activation("tanh")
        >>> sf.samples.two_layer_size(tanh, 3, 4)
        15
        >>> sf.samples.two_layer_size(tanh, 3, 4, bias=True)
        18
    """
    constant = outputs * output_bias
    if activation.homogeneous and inputs == 1 and not bias:
        width = min(width, 2)  # one neuron per half line
    if activation.quadratic and outputs == 1:
        total = inputs + bias
        # With an input bias, the output bias is already an entry of the full form.
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
    """The size `k (s + P + bias)` of a convolution with shared kernels.

    It holds for odd activations, if all zero-padded translates of all kernels differ up
    to sign; kernels that are translates of each other have a smaller size (see
    `structural_rank`).

    Args:
        positions: Number of positions `P` of a kernel.
        kernel: Number of entries `s` of a kernel.
        width: Number of kernels `k`.
        bias: Whether each kernel has a shared bias.

    Source:
        arXiv:2406.18035, Theorem 6; its hypothesis is corrected here.

    Examples:
        >>> sf.samples.convolution_size(positions=6, kernel=3, width=2)
        18
    """
    return width * (kernel + positions + bias)


def untied_size(inputs: int, neurons: int, *, bias: bool = False) -> int:
    """The size `(inputs + 1 + bias) N` of a convolution target without weight sharing.

    Args:
        inputs: Number of input weights of a neuron: the size of a kernel for a
            convolution without weight sharing, the number of inputs for a fully
            connected network.
        neurons: Number of neurons `N` with a nonzero output weight.
        bias: Whether neurons have an input bias.

    Source:
        arXiv:2406.18035, Theorem 7. arXiv:2211.11623, Tables 4 and 8 print the rank of
        a parameter point that is not minimal.

    Examples:
        >>> sf.samples.untied_size(3, 2)
        8
    """
    return (inputs + 1 + bias) * neurons


def deep_size(widths: tuple[int, ...], *, bias: bool) -> int:
    """The number of parameters of a fully connected network.

    This is the optimistic sample size of almost every target of a smooth network
    without redundant neurons.

    Args:
        widths: `(inputs, width_1, ..., outputs)`.
        bias: Whether every layer has a bias.

    Source:
        Upper bound: arXiv:2406.18035, Theorem 4; attained by almost every target of
        the narrow network, derived and verified here.

    Examples:
        >>> sf.samples.deep_size((4, 3, 3, 1), bias=True)
        31
    """
    pairs = itertools.pairwise(widths)
    return sum((fan_in + bias) * fan_out for fan_in, fan_out in pairs)


def attention_size(token_dim: int, head_ranks: list[tuple[int, int]]) -> int:
    """The size of an attention layer: `sum a (2 D - a) + b (2 D - b)` over its heads.

    Args:
        token_dim: Dimension `D` of a token.
        head_ranks: For each head the ranks `(a, b)` of `Q K^T` and of `V O`. A head
            with `b = 0` does not count.

    Source:
        Gauges of the factors `Q K^T` and `V O`; derived and verified here.

    Examples:
        >>> sf.samples.attention_size(4, [(1, 2), (4, 4)])
        51
    """
    return sum(
        matrix_size(token_dim, token_dim, a) + matrix_size(token_dim, token_dim, b)
        for a, b in head_ranks
        if b
    )


def tensor_size(dims: tuple[int, ...], rank: int) -> int:
    """The expected size `min(prod n_i, r (1 + sum (n_i - 1)))` of a CP tensor.

    In some defective cases, such as (3, 3, 3) with rank 4, the true size is smaller;
    `generic_rank` decides each case exactly.

    Args:
        dims: Dimensions `n_i` of the tensor.
        rank: Number of rank-one terms `r`.

    Examples:
        >>> sf.samples.tensor_size((5, 5, 5), 2)
        26
    """
    return min(math.prod(dims), rank * (1 + sum(n - 1 for n in dims)))
