"""What a checkpoint says: its arrays by name, and the settings beside them."""

import functools
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

ELSEWHERE = (
    "else keep the model as it is, and describe it to the analyses by a "
    "suffice.reasoning.View."
)
# The names of activations in other libraries, and here.
_ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_fast": "gelu-tanh",
    "gelu_new": "gelu-tanh",
    "gelu_python": "gelu",
    "gelu_pytorch_tanh": "gelu-tanh",
    "relu": "relu",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "swish": "silu",
    "tanh": "tanh",
}


class Arrays:
    """The arrays of a checkpoint; it remembers which of them were read."""

    def __init__(self, state: Mapping[str, Any]):
        self._state, self._read = dict(state), set()

    def __getitem__(self, name: str) -> Float[Array, "..."]:
        """The array of a name, in float32 or float64.

        Raises:
            ValueError: There is no such array, or its numbers are no floats.
        """
        if name not in self._state:
            raise ValueError(
                f"state has no array {name!r}; it has {len(self._state)} arrays, among "
                f"them {', '.join(sorted(self._state)[:5])}."
            )
        self._read.add(name)
        return _numbers(name, self._state[name])

    def get(self, name: str) -> Float[Array, "..."] | None:
        """The array of a name, or None where the checkpoint has none."""
        return self[name] if name in self._state else None

    def sized(self, name: str, *shape: int) -> Float[Array, "..."]:
        """The array of a name, with this shape; -1 is any size.

        Raises:
            ValueError: There is no such array, or it has another shape.
        """
        found = self[name]
        fits = len(shape) == found.ndim and all(
            want in (-1, size) for want, size in zip(shape, found.shape, strict=True)
        )
        if not fits:
            said = ", ".join("any" if want == -1 else str(want) for want in shape)
            raise ValueError(
                f"state has {name} of shape {found.shape}; expected ({said})."
            )
        return found

    def layers(self, prefix: str) -> int:
        """Number of layers, whose arrays begin with the prefix and their number."""
        inside = [n.removeprefix(prefix) for n in self._state if n.startswith(prefix)]
        numbers = [int(first) for n in inside if (first := n.split(".")[0]).isdigit()]
        if not numbers:
            raise ValueError(f"state has no array of a layer, such as {prefix}0.")
        return 1 + max(numbers)

    def refuse_others(self, known: tuple[str, ...]) -> None:
        """Refuse arrays that were not read, since they may be part of the function.

        Args:
            known: Ends of the names of masks, which are no parameters.

        Raises:
            ValueError: There are such arrays.
        """
        left = sorted(n for n in set(self._state) - self._read if not n.endswith(known))
        if left:
            raise ValueError(
                f"state has {len(left)} arrays that a Transformer does not use, among "
                f"them {', '.join(left[:3])}: give the configuration of this "
                f"model, {ELSEWHERE}"
            )


class Settings:
    """The settings of a checkpoint, from a dictionary or from attributes.

    Args:
        config: A mapping, or an object with attributes.
        source: Where users find the configuration, for messages.
    """

    def __init__(self, config: Mapping[str, Any] | object, source: str):
        is_mapping = isinstance(config, Mapping)
        self._get = config.get if is_mapping else functools.partial(getattr, config)
        self._source = source

    def get(self, name: str, default: Any) -> Any:
        """A setting, or what the library takes where the configuration has none."""
        return self._get(name, default)

    def need(self, name: str) -> Any:
        """A setting that the arrays do not show.

        Raises:
            ValueError: The configuration does not have it.
        """
        missing = object()
        value = self._get(name, missing)
        if value is missing:
            raise ValueError(
                f"config has no {name}, which the arrays of state do not show; give "
                f"{self._source}."
            )
        return value

    def number(self, name: str, default: float, *, least: float = 0.0) -> float:
        """A setting that is a finite number.

        Raises:
            ValueError: It is none, or below `least`.
        """
        value = self.get(name, default)
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if not (known and least <= value < float("inf")):
            raise ValueError(
                f"config has {name} {value!r}; expected a finite number of at least "
                f"{least:g}."
            )
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """A setting that is True or False.

        Raises:
            ValueError: It is neither.
        """
        value = self.get(name, default)
        if not isinstance(value, bool):
            raise ValueError(f"config has {name} {value!r}; expected True or False.")
        return value

    def expect(self, wanted: Mapping[str, Any]) -> None:
        """Refuse settings with which the model is no `Transformer`.

        Args:
            wanted: Names, and the only value that each may have if it is given.

        Raises:
            ValueError: A setting has another value.
        """
        for name, value in wanted.items():
            if (found := self.get(name, value)) != value:
                raise ValueError(
                    f"config has {name} {found!r}, which a Transformer does not "
                    f"compute; expected {value!r}, {ELSEWHERE}"
                )

    def agree(self, sizes: Mapping[str, int]) -> None:
        """Check sizes of the arrays.

        Args:
            sizes: Names of settings, and the values that the arrays have.

        Raises:
            ValueError: A setting has another value.
        """
        for name, size in sizes.items():
            if (found := self.get(name, size)) != size:
                raise ValueError(
                    f"config has {name} {found!r} and the arrays of state have {size}; "
                    "give the configuration and the arrays of one model."
                )

    def activation(self, name: str) -> str:
        """The activation that a setting names, by its name in this package.

        Raises:
            ValueError: There is no such setting, or the activation is not known.
        """
        value = self.need(name)
        if value not in _ACTIVATIONS:
            raise ValueError(
                f"config has {name} {value!r}; expected one of "
                f"{', '.join(_ACTIVATIONS)}, {ELSEWHERE}"
            )
        return _ACTIVATIONS[value]


def _numbers(name, value):
    """A tensor or an array as floats that NumPy knows; nothing is rounded."""
    tensor = hasattr(value, "detach")
    value = value.detach().cpu() if tensor else value
    kind = str(getattr(value, "dtype", None)).removeprefix("torch.")
    if kind in ("bfloat16", "float16"):
        value = value.float() if tensor else np.asarray(value).astype(np.float32)
    elif kind not in ("float32", "float64"):
        raise ValueError(
            f"state has numbers of type {kind} at {name!r}; expected floats of 16 bits "
            "or more: load the model without quantisation."
        )
    return jnp.asarray(np.asarray(value))
