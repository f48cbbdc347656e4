"""Architectures: descriptions of models without parameters.

A description such as `TwoLayerSpec(width=3, inputs=5)` corresponds to flags on the
command line and to a table with a `kind` in a study. `template()` returns a model with
the right shapes, `normal(key)` a model with random parameters. JAX is imported only
when a model is made.
"""

from ._networks import (
    AttentionSpec as AttentionSpec,
    ConvolutionSpec as ConvolutionSpec,
    DeepSpec as DeepSpec,
    TwoLayerSpec as TwoLayerSpec,
)
from ._products import (
    DiagonalSpec as DiagonalSpec,
    LinearSpec as LinearSpec,
    MatrixSpec as MatrixSpec,
    SquareDifferenceSpec as SquareDifferenceSpec,
    SymmetricSpec as SymmetricSpec,
)
from ._spec import Spec as Spec
