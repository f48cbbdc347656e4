"""A law of the user's own as a model: a function with named parameters."""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from suffice._core import did_you_mean, require_float64

from ._arguments import Option, read_arguments
from ._sources import LawSource, written
from ._traced import derivative_of, traceable

Bounds = Mapping[str, tuple[float, float]]


class Law(eqx.Module):
    """A function of named inputs with named parameters; made by `law`.

    It is a model like any other: a pytree whose parameters are `values`, callable on
    one input.

    Attributes:
        values: Values of the parameters, in the order of `names`.
        names: Names of the parameters that are free.
        inputs: Names of the inputs, in the order of the entries of one input.
        fixed: Names and values of what does not vary: fixed parameters and options.
        bounds: The least and the largest value of each free parameter.
        name: Name of the function.
        text: Its text, where it is known.
        note: How it is differentiated, where that is not exact; else None.
        derivative: `jax.jacfwd`, or `jax.jacrev` for a law that declares derivatives
            of this kind only.

    Examples:
        >>> def michaelis(conc, vmax=200.0, km=0.1):
        ...     return vmax * conc / (km + conc)
        >>> rate = sf.law(michaelis, inputs=["conc"]).at(vmax=100.0)
        >>> float(rate(jnp.array([0.1])))  # half of vmax at conc = km
        50.0
    """

    values: Float[Array, " p"]
    names: tuple[str, ...] = eqx.field(static=True)
    inputs: tuple[str, ...] = eqx.field(static=True)
    fixed: tuple[tuple[str, Option], ...] = eqx.field(static=True)
    bounds: tuple[tuple[float, float], ...] = eqx.field(static=True)
    name: str = eqx.field(static=True)
    text: str = eqx.field(static=True)
    note: str | None = eqx.field(static=True)
    derivative: Callable = eqx.field(static=True)
    _call: Callable = eqx.field(static=True)

    def __call__(self, x: Float[Array, "*inputs"]) -> Float[Array, "*outputs"]:
        """Evaluate at one input, whose entries are in the order of `inputs`."""
        given = dict(zip(self.inputs, jnp.reshape(x, (len(self.inputs),)), strict=True))
        return self._call(given | dict(zip(self.names, self.values, strict=True)))

    @property
    def parameters(self) -> dict[str, float]:
        """The values of the free parameters by their names."""
        return dict(zip(self.names, map(float, self.values), strict=True))

    def at(self, **values: float) -> "Law":
        """The same law at other values of some of its free parameters.

        Raises:
            ValueError: A name is not that of a free parameter.
        """
        _known("values", values, self.names)
        every = self.parameters | values
        return eqx.tree_at(
            lambda law: law.values,
            self,
            jnp.array([every[name] for name in self.names]),
        )


def law(
    function: object,
    inputs: Sequence[str] | str | None = None,
    *,
    fixed: Mapping[str, float] | Collection[str] = (),
    positive: Collection[str] = (),
    bounds: Bounds | None = None,
    start: Mapping[str, float] | None = None,
) -> Law:
    """Make a model of a plain function, as it is written for `curve_fit` or lmfit.

    Arguments named in `inputs` are inputs; all others are parameters, whose defaults
    are their starting values. A text, a truth value or None as a default is an option
    and stays as it is. The function may be written with numpy: it is differentiated
    with `jax.numpy` in its place, or by finite differences where that is impossible;
    `note` says so.

    Args:
        function: A function with named arguments that returns one number, or a tuple
            of several; or an lmfit `Model`, or a sympy expression.
        inputs: Names of the inputs; None takes the arguments without a default.
        fixed: Parameters that do not vary: their names, or their names with values.
        positive: Parameters that cannot be negative; the same as bounds from 0.
        bounds: The least and the largest value of parameters, by name.
        start: Starting values, where they are not the defaults of the function.

    Returns:
        A model that is called on one input, of shape `(inputs,)`; its parameters are
        `values`, named by `names`.

    Raises:
        ValueError: An argument is neither an input nor has a starting value, a name is
            unknown, a value lies outside its bounds, or the function cannot be
            differentiated.

    Examples:
        >>> def michaelis(conc, vmax=200.0, km=0.1):
        ...     return vmax * conc / (km + conc)
        >>> rate = sf.law(michaelis, inputs=["conc"])
        >>> rate.parameters
        {'vmax': 200.0, 'km': 0.1}
        >>> float(rate(jnp.array([0.1])))
        100.0
    """
    require_float64("A law")
    source = written(function)
    arguments = read_arguments(source, _names(inputs), start or {})
    _known("fixed", fixed, arguments.parameters)
    held = {name: arguments.parameters[name] for name in (*source.fixed, *fixed)}
    held |= fixed if isinstance(fixed, Mapping) else {}
    free = {n: v for n, v in arguments.parameters.items() if n not in held}
    if not free:
        raise ValueError(f"{source.name} has no free parameter; expected at least one.")
    limits = _limits(source, free, positive, bounds or {})
    options = arguments.options | {name: float(v) for name, v in held.items()}
    call, note = traceable(source, options, arguments.inputs, free)
    known = dict.fromkeys(arguments.inputs, 0.7) | free
    return Law(
        values=jnp.array(list(free.values())),
        names=tuple(free),
        inputs=arguments.inputs,
        fixed=tuple(options.items()),
        bounds=limits,
        name=source.name,
        text=source.text,
        note=note,
        derivative=derivative_of(source.name, call, known),
        _call=call,
    )


def law_of(given: object, columns: Collection[str] = ()) -> Law:
    """The law that is given, or that of a plain function.

    Args:
        given: A `Law`, or what `law` takes.
        columns: Names of columns; the arguments of a function among them are its
            inputs. Without any, those without a default are.
    """
    if isinstance(given, Law):
        return given
    names = inspect.signature(given).parameters if inspect.isfunction(given) else ()
    return law(given, [name for name in names if name in columns] or None)


def _names(inputs: Sequence[str] | str | None) -> tuple[str, ...] | None:
    if inputs is None:
        return None
    return (inputs,) if isinstance(inputs, str) else tuple(inputs)


def _limits(
    source: LawSource, free: dict[str, float], positive: Collection[str], bounds: Bounds
) -> tuple[tuple[float, float], ...]:
    _known("positive", positive, free)
    _known("bounds", bounds, free)
    every = dict.fromkeys(free, (-np.inf, np.inf)) | source.bounds
    every |= dict.fromkeys(positive, (0.0, np.inf))
    every |= {name: (float(low), float(high)) for name, (low, high) in bounds.items()}
    for name, value in free.items():
        low, high = every[name]
        if not low < high:
            raise ValueError(
                f"bounds of {name} are {low:g} and {high:g}; expected the smaller "
                "number first."
            )
        if not low <= value <= high:
            raise ValueError(
                f"{name} starts at {value:g}, outside its bounds {low:g} and {high:g}; "
                "choose a starting value between them."
            )
    return tuple(every[name] for name in free)


def _known(argument: str, names: Collection[str], there: Collection[str]) -> None:
    for name in names:
        if name not in there:
            raise ValueError(
                f"{argument} names {name!r}, which is no free parameter"
                f"{did_you_mean(name, there) or '.'} They are {', '.join(there)}."
            )
