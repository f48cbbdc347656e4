"""The record of an activation function: the function and its known properties."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal, SupportsAbs, TypeVar

import jax
import jax.numpy as jnp

SomeNumbers = TypeVar("SomeNumbers", bound=SupportsAbs[Any])
Parity = Literal["odd", "even"]
Leftover = Literal["nothing", "constant", "linear"]
Phase = Literal["bias", "scale", "angle"]


@dataclasses.dataclass(frozen=True)
class Piece:
    """One side of a function: `s(z) = constant + slope z + exponential e^z`.

    Attributes:
        constant: Coefficient of 1.
        slope: Coefficient of `z`.
        exponential: Coefficient of `e^z`.

    Examples:
        >>> pieces = sf.models.Piece(slope=0.1), sf.models.Piece(slope=1.0)
        >>> leaky = lambda z: jnp.where(z > 0, z, z / 10)
        >>> sf.models.Activation("leaky", leaky, pieces=pieces).kinks
        (0.0,)
    """

    constant: float = 0.0
    slope: float = 0.0
    exponential: float = 0.0


@dataclasses.dataclass(frozen=True)
class Activation:
    """An activation function together with its known properties.

    The identities decide when two parameters give the same function. Only declared
    properties are used; if a function has none, answers about it are numerical.

    | identity | fields | examples |
    |---|---|---|
    | none: neurons with distinct weights are independent | `independent` | ELU |
    | s(-z) = -s(z) | `parity="odd"` | tanh, erf, arctan, sin |
    | s(-z) = 2 c - s(z) | `parity="odd"`, `centre=c` | logistic |
    | s(-z) = s(z) | `parity="even"` | Gaussian, cos |
    | s(-z) = s(z) - t z | `parity="even"`, `tilt=t` | softplus, SiLU, GELU, ReLU |
    | s(c z) = c s(z) for c > 0 | two `pieces`, both linear | (leaky) ReLU |
    | s(z + b) = e^b s(z) | `phase="scale"` | exp |
    | s(z + b) lies in span{sin z, cos z} | `phase="angle"` | sin, cos |
    | finitely many monomials | `coefficients` | square |

    Attributes:
        name: The name on the command line and in messages.
        function: An elementwise, differentiable JAX function.
        parity: The identity between `s(-z)` and `s(z)`: `odd` for
            `s(-z) = 2 centre - s(z)`, `even` for `s(-z) = s(z) - tilt z`, None if no
            such identity is known.
        centre: Half of the constant `s(z) + s(-z)`, for parity `odd`.
        tilt: Slope of the linear function `s(z) - s(-z)`, for parity `even`.
        phase: The effect of an input bias. `scale`: it equals a positive factor of the
            output weight, since s is a multiple of `e^z`. `angle`: it equals a rotation
            of a pair of output weights, since s is a combination of `sin z` and
            `cos z`. `bias`: it equals neither.
        pieces: The formulas of s below and above 0, for a function with two pieces;
            None for any other function.
        coefficients: Integer coefficients of a polynomial, the constant first; empty
            for any other function.
        independent: Whether neurons with distinct weights are independent functions,
            together with their slopes. Weights that an identity above identifies count
            as equal. (For ELU this holds across distinct hyperplanes; `pieces`
            determine the rest.)
        zeros: All real zeros of s, if there are finitely many and all are known; an
            empty tuple if s has no zero; None otherwise.
        suprema: Upper bounds of `|s|`, `|s'|` and `|s''|` on the real line, infinite
            where unbounded or unknown.
        balls: The same function for a number or power series of python-flint (`arb`,
            `acb`, `arb_series`), written with their methods only; None if unknown.

    Raises:
        ValueError: There is a `centre` without parity `odd`, or a `tilt` without parity
            `even`.

    Source:
        Sussmann-type identities: arXiv:2405.17501, section 3, with the corrections
        for logistic- and softplus-type functions (verified here).

    Examples:
        >>> softsign = sf.models.Activation("softsign", jax.nn.soft_sign, parity="odd")
        >>> w, a = jnp.array([[1.0], [-1.0]]), jnp.array([2.0, -1.0])
        >>> sf.reduce(sf.TwoLayer(w, a, activation=softsign)).model.a  # -s(-x) is s(x)
        Array([3.], dtype=float64)
    """

    name: str
    function: Callable[[jax.Array], jax.Array]
    _: dataclasses.KW_ONLY
    parity: Parity | None = None
    centre: float = 0.0
    tilt: float = 0.0
    phase: Phase = "bias"
    pieces: tuple[Piece, Piece] | None = None
    coefficients: tuple[int, ...] = ()
    independent: bool = False
    zeros: tuple[float, ...] | None = None
    suprema: tuple[float, float, float] = (math.inf, math.inf, math.inf)
    balls: Callable[[Any], Any] | None = None

    def __post_init__(self):
        if (self.centre and self.parity != "odd") or (
            self.tilt and self.parity != "even"
        ):
            raise ValueError(
                f"activation {self.name!r} has parity {self.parity!r}, centre "
                f"{self.centre:g} and tilt {self.tilt:g}; a centre needs parity 'odd', "
                "a tilt needs parity 'even'."
            )

    def __call__(self, z: jax.Array) -> jax.Array:
        """Apply the function elementwise."""
        return self.function(z)

    @property
    def identities(self) -> str:
        """The identities in words, for messages and tables."""
        if self.coefficients:
            return "a polynomial"
        if self.phase != "bias":
            return {"scale": "s(z + b) = e^b s(z)", "angle": "a sinusoid"}[self.phase]
        if self.parity is None:
            return "no identity" if self.independent else "no declared identities"
        if self.parity == "odd":
            mirrored = f"{2 * self.centre:g} - s(z)" if self.centre else "-s(z)"
        else:
            mirrored = f"s(z) - {self.tilt:g} z" if self.tilt else "s(z)"
        scaled = ", s(c z) = c s(z) for c > 0" if self.homogeneous else ""
        return f"s(-z) = {mirrored}{scaled}"

    @property
    def leftover(self) -> Leftover:
        """The function that remains when a neuron is merged with its mirror image."""
        return "constant" if self.centre else "linear" if self.tilt else "nothing"

    @property
    def odd(self) -> bool:
        """Whether `s(-z) = -s(z)`."""
        return self.parity == "odd" and self.leftover == "nothing"

    @property
    def even(self) -> bool:
        """Whether `s(-z) = s(z)`."""
        return self.parity == "even" and self.leftover == "nothing"

    @property
    def rigid(self) -> bool:
        """Whether distinct neurons are independent up to sign.

        Every parameter of a function then contains the neurons of its irreducible form.
        """
        plain = self.phase == "bias" and self.leftover == "nothing"
        return self.independent and self.parity is not None and plain

    @property
    def dependences_known(self) -> bool:
        """Whether every linear dependence among neurons and slopes is known."""
        return self.independent or bool(self.coefficients)

    @property
    def quadratic(self) -> bool:
        """Whether s is a multiple of `z^2`."""
        return len(self.coefficients) == 3 and self.coefficients[:2] == (0, 0)

    @property
    def homogeneous(self) -> bool:
        """Whether `s(c z) = c s(z)` for every `c > 0`, as for ReLU."""
        if self.pieces is None:
            return False
        return not any(piece.constant or piece.exponential for piece in self.pieces)

    @property
    def kinks(self) -> tuple[float, ...]:
        """The points at which `s'` jumps, as far as `pieces` show."""
        if self.pieces is None:
            return ()
        below, above = (piece.slope + piece.exponential for piece in self.pieces)
        return (0.0,) if below != above else ()

    @property
    def smooth(self) -> bool:
        """Whether `s'` is known to be continuous."""
        if self.pieces is not None:
            return not self.kinks
        return self.balls is not None or math.isfinite(self.suprema[2])

    @property
    def straight(self) -> tuple[float, float] | None:
        """A half line on which s is affine and not constant, or None if unknown."""
        intervals = (0.0, math.inf), (-math.inf, 0.0)
        for piece, interval in zip((self.pieces or ())[::-1], intervals, strict=False):
            if piece.slope and not piece.exponential:
                return interval
        return None

    @property
    def value_at_zero(self) -> float:
        """The number `s(0)`."""
        return float(self(jnp.zeros(())))

    @property
    def slope_at_zero(self) -> float:
        """The number `s'(0)`, by the convention of JAX where s has a kink."""
        return float(jax.grad(self.function)(0.0))

    @property
    def rests_at_zero(self) -> bool:
        """Whether `s(0) = 0`, so that a neuron with zero weights contributes 0."""
        return abs(self.value_at_zero) < 1e-15

    @property
    def never_zero(self) -> bool:
        """Whether s is known to have no zero."""
        return self.zeros == ()

    @property
    def angle(self) -> float:
        """The angle `p` in `s(z) = r sin(z + p)` with `r > 0`, for phase `angle`."""
        return math.atan2(self.value_at_zero, self.slope_at_zero)

    def mirrors(self, constant: bool) -> bool:
        """Whether a neuron can be replaced by one with negated weights.

        Args:
            constant: Whether the next layer can add a constant.
        """
        remains = self.leftover
        free = remains == "nothing" or (constant and remains == "constant")
        return self.parity is not None and free

    def multiple(self, factor: SomeNumbers) -> SomeNumbers:
        """The number `c` in `s(factor z) = c s(z)`, up to the function `leftover`.

        Args:
            factor: Signs, or any positive numbers where s is homogeneous.
        """
        return abs(factor) if self.parity == "even" else factor

    def bounds(self, reach: float) -> tuple[float, float, float]:
        """Upper bounds of `|s|`, `|s'|` and `|s''|` on `[-reach, reach]`.

        A bound is infinite where none is known.
        """
        if self.phase == "scale":
            growth = math.exp(reach) if reach < 700 else math.inf
            top = abs(self.value_at_zero) * growth
            return top, top, top
        if self.coefficients:
            return self._bound(0, reach), self._bound(1, reach), self._bound(2, reach)
        return self.suprema

    def _bound(self, order: int, reach: float) -> float:
        terms = list(enumerate(self.coefficients))[order:]
        return float(
            sum(abs(c) * math.perm(k, order) * reach ** (k - order) for k, c in terms)
        )
