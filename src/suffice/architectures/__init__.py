"""Architectures: what a model is before it has parameters.

A description such as `TwoLayerSpec(width=3, inputs=5)` is read by the command line as
flags, by studies as a table with a `kind`, and by Python as it stands: `template()` is
a model whose shapes count, `normal(key)` a model at random parameters. JAX is imported
only when a model is made.
"""

from ._spec import Spec as Spec
from ._specs import (
    AttentionSpec as AttentionSpec,
    ConvolutionSpec as ConvolutionSpec,
    DeepSpec as DeepSpec,
    DiagonalSpec as DiagonalSpec,
    LinearSpec as LinearSpec,
    MatrixSpec as MatrixSpec,
    SquareDifferenceSpec as SquareDifferenceSpec,
    SymmetricSpec as SymmetricSpec,
    TwoLayerSpec as TwoLayerSpec,
)
