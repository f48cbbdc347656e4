"""Models, which are points of parameter space.

A model is a pytree that can be called on one input. Its floating-point leaves are the
parameters, so a model *is* a point of parameter space. The models below are those of
the theory. Any other callable pytree can be used in their place; `check_model` tests
whether it has the necessary properties.
"""

from ._activation import Activation as Activation, Piece as Piece
from ._activations import (
    activation as activation,
    ACTIVATIONS as ACTIVATIONS,
    polynomial as polynomial,
)
from ._attention import Attention as Attention
from ._check import Check as Check, check_model as check_model
from ._checkpoints._gpt2 import from_gpt2 as from_gpt2
from ._checkpoints._transformer_lens import (
    from_transformer_lens as from_transformer_lens,
)
from ._convolution import Convolution as Convolution
from ._deep import DeepNetwork as DeepNetwork
from ._domain import (
    Domain as Domain,
    Points as Points,
    RealSpace as RealSpace,
    Sphere as Sphere,
)
from ._freeze import freeze as freeze, Frozen as Frozen
from ._linear import (
    Diagonal as Diagonal,
    Linear as Linear,
    SquareDifference as SquareDifference,
)
from ._matrix import (
    MatrixProduct as MatrixProduct,
    SymmetricProduct as SymmetricProduct,
)
from ._save import load_model as load_model, save_model as save_model
from ._transformer import Transformer as Transformer
from ._transformer_noise import OrthogonalNoise as OrthogonalNoise
from ._two_layer import TwoLayer as TwoLayer
