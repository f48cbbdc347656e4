"""Results that are pytrees of arrays, so that training can take them on its way."""

import dataclasses
from typing import Any

import jax
import numpy as np

from suffice._core import Result


class Measured(Result):
    """Abstract: a result whose fields are arrays, printed as numbers where scalar.

    Subclasses are frozen dataclasses under `as_pytree`.
    """

    def shown(self) -> dict[str, Any]:
        """The scalar fields."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {
            name: np.asarray(value)[()]
            for name, value in fields.items()
            if isinstance(value, (float, jax.Array, np.ndarray)) and np.ndim(value) == 0
        }


def as_pytree(cls: Any) -> Any:
    """Register a dataclass whose fields are its children.

    Unlike `register_dataclass` of JAX, rebuilding it does not call the class, whose
    annotations then need not hold for batched leaves and placeholders.
    """
    names = [field.name for field in dataclasses.fields(cls)]

    def flatten(self):
        return [(jax.tree_util.GetAttrKey(n), getattr(self, n)) for n in names], None

    def unflatten(_, children):
        self = object.__new__(cls)
        for name, child in zip(names, children, strict=True):
            object.__setattr__(self, name, child)
        return self

    jax.tree_util.register_pytree_with_keys(cls, flatten, unflatten)
    return cls
