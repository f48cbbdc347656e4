"""Results that are pytrees of arrays, so that training can take them on its way."""

import dataclasses
from typing import Any

import jax


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
