"""Targets, the functions that training should recover."""

import dataclasses

import jax.numpy as jnp
import numpy as np

from suffice._core import Model
from suffice.models import Convolution, MatrixProduct, TwoLayer

from ._draws import drawn_model
from ._model import Architecture
from ._named import load


@dataclasses.dataclass(frozen=True)
class Neurons:
    """A two-layer network with given parameters.

    Attributes:
        w: Input weights, one row per neuron.
        a: Output weights, one per neuron.
        b: Input biases, one per neuron, or None.
        activation: Name of the activation.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import TwoLayerSpec
        >>> target = rec.Neurons(w=((1.0,), (0.5,)), a=(1.0, 2.0), activation="relu")
        >>> study = sf.Study(TwoLayerSpec(2, 1), target, rec.Given(((-1.0,), (2.0,))))
        >>> study.members(np.arange(1)).y.tolist()
        [[0.0, 4.0]]
    """

    w: tuple[tuple[int | float, ...], ...]
    a: tuple[int | float, ...]
    b: tuple[int | float, ...] | None = None
    activation: str = "tanh"

    def build(self, shape: Architecture, rng: np.random.Generator) -> TwoLayer:
        """Return the target."""
        del shape, rng
        bias = None if self.b is None else jnp.asarray(self.b, float)
        return TwoLayer(
            jnp.asarray(self.w, float),
            jnp.asarray(self.a, float),
            bias,
            activation=self.activation,
        )


@dataclasses.dataclass(frozen=True)
class Matrix:
    """A given matrix.

    Attributes:
        rows: The rows of the matrix.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import MatrixSpec
        >>> target, places = rec.Matrix(((1, 2), (3, 6))), rec.Given(((0, 1), (1, 0)))
        >>> study = sf.Study(MatrixSpec((2, 2), rank=1), target, places)
        >>> study.members(np.arange(1)).y.round(3).tolist()
        [[2.0, 3.0]]
    """

    rows: tuple[tuple[int | float, ...], ...]

    def build(self, shape: Architecture, rng: np.random.Generator) -> MatrixProduct:
        """Return the target as a product of two factors of the rank of the matrix."""
        del shape, rng
        matrix = np.asarray(self.rows, float)
        u, sigma, v = np.linalg.svd(matrix, full_matrices=False)
        tolerance = max(matrix.shape) * np.finfo(float).eps * sigma.max(initial=0.0)
        rank = max(1, int(np.sum(sigma > tolerance)))
        root = np.sqrt(sigma[:rank])
        left, right = u[:, :rank] * root, root[:, None] * v[:rank]
        return MatrixProduct((jnp.asarray(left), jnp.asarray(right)))


@dataclasses.dataclass(frozen=True)
class RandomNetwork:
    """A random network of the same kind as the model, with another width.

    Attributes:
        width: Hidden width (number of kernels, rank) of the target; None takes that of
            the model.
        scale: Standard deviation of every parameter.
        each_seed: Whether every seed has another target; otherwise all seeds share one.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import TwoLayerSpec
        >>> target = rec.RandomNetwork(width=1, each_seed=True)
        >>> study = sf.Study(TwoLayerSpec(3, 1), target, rec.Random(size=4))
        >>> first, second = study.targets(np.arange(2))
        >>> first.w.shape, bool(first.w[0, 0] == second.w[0, 0])
        ((1, 1), False)
    """

    width: int | None = None
    scale: float = 1.0
    each_seed: bool = False

    def build(self, shape: Architecture, rng: np.random.Generator) -> Model:
        """Draw the target."""
        if self.width is not None:
            resized = getattr(shape, "resized", None)
            if resized is None:
                raise ValueError(
                    f"target.width is {self.width}, but a {type(shape).__name__} has "
                    "no width; leave it out."
                )
            shape = resized(self.width)
        return drawn_model(shape.template(), rng, self.scale)


def _single_neuron() -> TwoLayer:
    one = jnp.ones(1)
    return TwoLayer(one[:, None], one, one)


def _three_windows() -> Convolution:
    kernel = jnp.array([[0.6, 0.8, 1.0]])
    return Convolution(kernel, jnp.ones((1, 3)), jnp.zeros(1))


FUNCTIONS = {"tanh(x+1)": _single_neuron, "three-windows": _three_windows}


@dataclasses.dataclass(frozen=True)
class NamedFunction:
    """A target function of the papers, by its name.

    Attributes:
        name: `tanh(x+1)`, the single neuron of arXiv:2405.13787; `three-windows`, the
            convolution of arXiv:2307.08921 on five inputs.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import TwoLayerSpec
        >>> target = rec.NamedFunction("tanh(x+1)")
        >>> study = sf.Study(TwoLayerSpec(1, 1), target, rec.Given(((-1.0,),)))
        >>> study.members(np.arange(1)).y.tolist()
        [[0.0]]
    """

    name: str

    def __post_init__(self):
        if self.name not in FUNCTIONS:
            raise ValueError(
                f"name is {self.name!r}; expected {' or '.join(FUNCTIONS)}. A "
                'function of your own is a target of kind "custom-target".'
            )

    def build(self, shape: Architecture, rng: np.random.Generator) -> Model:
        """Return the target."""
        del shape, rng
        return FUNCTIONS[self.name]()


@dataclasses.dataclass(frozen=True)
class CustomTarget:
    """A target function of your own, by its name.

    Attributes:
        function: `module:function`: a JAX function from one input to the output, or a
            model.

    Examples:
        >>> from suffice import recovery as rec
        >>> from suffice.architectures import TwoLayerSpec
        >>> target = rec.CustomTarget("jax.numpy:sum")
        >>> samples = rec.Given(((1.0, 2.0), (3.0, 4.0)))
        >>> study = sf.Study(TwoLayerSpec(1, 2), target, samples)
        >>> study.members(np.arange(1)).y.tolist()
        [[3.0, 7.0]]
    """

    function: str

    def build(self, shape: Architecture, rng: np.random.Generator) -> Model:
        """Return the target."""
        del shape, rng
        return load(self.function, "target.function")


Target = Neurons | Matrix | RandomNetwork | NamedFunction | CustomTarget
