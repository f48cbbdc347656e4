"""What every description of an architecture offers."""

import dataclasses
from typing import Any, ClassVar, TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Array, Key


@dataclasses.dataclass(frozen=True)
class Spec:
    """A model before it has parameters: plain fields, no arrays.

    A subclass names its `kind`, the word on the command line and in TOML, and its
    `model`, a class of `suffice.models`. Its fields are arguments of `normal` of that
    class, or it says in `arguments` how they become such. Whole numbers below 1 are
    refused.
    """

    kind: ClassVar[str]
    model: ClassVar[str]
    least: ClassVar[dict[str, int]] = {}  # smallest value, where it is not 1

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value, least = getattr(self, field.name), self.least.get(field.name, 1)
            sizes = value if isinstance(value, tuple) else (value,)
            if any(type(size) is int and size < least for size in sizes):
                raise ValueError(f"{field.name} is {value}; expected at least {least}.")

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of `normal` of the model's class."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def normal(self, key: "Key[Array, '']") -> Any:
        """A model with normal parameters, as `normal` of its class draws them.

        Args:
            key: Random key.

        Raises:
            ValueError: There is no model of these sizes.
        """
        import suffice.models

        return getattr(suffice.models, self.model).normal(**self.arguments, key=key)

    def template(self) -> Any:
        """A model whose shapes count; its parameters are arbitrary."""
        import jax

        return Spec.normal(self, jax.random.key(0))
