"""Codimensions and sample sizes of the branches of a two-layer target.

A model of `m` neurons expresses a target of `k` neurons. Every neuron has `D` weights
that enter the activation, including its input bias. A branch is a set of parameters
with the target's function, in which `r` of the weight vectors are distinct.
"""

from suffice.models import TwoLayer


def branch_codimension(
    distinct: int, *, width: int, intrinsic: int, weights: int
) -> int:
    r"""The codimension `r + (m + k - r) D` of the branch with `r` distinct weights.

    With at least so many samples, almost every point of the branch is separated from
    the global minima that do not express the target. If all additional neurons are
    silent (`r = m`), this needs `m + k D` samples; if all of them are merged into the
    neurons of the target (`r = k`), it needs `k + m D`.

    Args:
        distinct: Number `r` of distinct weight vectors, from `k` to `m`.
        width: Width `m` of the model.
        intrinsic: Width `k` of the target.
        weights: Number of weights `D` of a neuron that enter the activation, including
            its bias.

    Raises:
        ValueError: `distinct` is not between `intrinsic` and `width`.

    Source:
        arXiv:2309.00508, Lemma 4.2, for activations with `s(0) != 0` (proved there);
        arXiv:2405.13787, Table 1, for one neuron and tanh; otherwise derived and
        verified here.
    """
    if not 1 <= intrinsic <= distinct <= width:
        raise ValueError(
            f"distinct is {distinct}; expected a number from intrinsic = {intrinsic} "
            f"to width = {width}, with intrinsic >= 1."
        )
    return distinct + (width + intrinsic - distinct) * weights


def condensed_size(intrinsic: int, *, weights: int) -> int:
    r"""The sample size `k (D + 1) (D + 2) / 2`, sufficient for merged neurons.

    Neurons that are merged into target neurons with equal signs are separated if the
    samples have a certificate: numbers `uᵢ`, orthogonal to the tangent functions of the
    target, for which `Σᵢ uᵢ s''(w·xᵢ) xᵢ xᵢᵀ` is positive definite for each target
    neuron. A count of unknowns shows that so many generic samples have a certificate at
    any width. Some sample sets have one with a single sample more than the optimistic
    sample size.

    Args:
        intrinsic: Width `k` of the target.
        weights: Number of weights `D` of a neuron that enter the activation, including
            its bias.

    Source:
        Derived and verified here.
    """
    return intrinsic * (weights + 1) * (weights + 2) // 2


def neuron_weights(model: TwoLayer) -> int:
    """The number of weights `D` of a neuron that enter the activation."""
    return model.inputs + (model.b is not None)


def has_branches(model: TwoLayer) -> bool:
    """Whether the closed forms of the branches hold for this architecture."""
    scalar, known = model.a.ndim == 1 and model.c is None, model.activation
    fixed = known.phase == "bias" and not known.homogeneous
    return scalar and known.independent and fixed
