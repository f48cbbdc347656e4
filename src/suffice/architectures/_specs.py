"""The descriptions of all architectures, and the list of them."""

from typing import get_args, TYPE_CHECKING

from ._networks import AttentionSpec, ConvolutionSpec, DeepSpec, TwoLayerSpec
from ._products import (
    DiagonalSpec,
    LinearSpec,
    MatrixSpec,
    SquareDifferenceSpec,
    SymmetricSpec,
)
from ._spec import Spec

if TYPE_CHECKING:
    pass


Architecture = (
    TwoLayerSpec
    | DeepSpec
    | MatrixSpec
    | SymmetricSpec
    | LinearSpec
    | DiagonalSpec
    | SquareDifferenceSpec
    | ConvolutionSpec
    | AttentionSpec
)
KINDS: dict[str, type[Spec]] = {spec.kind: spec for spec in get_args(Architecture)}
