"""The common interface of the descriptions of architectures."""

import dataclasses
from typing import Any, ClassVar, TYPE_CHECKING

from suffice._core import check_activation, check_size

if TYPE_CHECKING:
    from jaxtyping import Array, Key


@dataclasses.dataclass(frozen=True)
class Spec:
    """Abstract: the description of a model without parameters, in plain fields.

    A subclass has a `kind`, its name on the command line and in TOML, and a `model`, a
    class of `suffice.models`. Its fields are arguments of `normal` of that class, or
    its property `arguments` converts them. Integers below 1, or below `least` of their
    field, raise a ValueError.

    Examples:
        >>> spec = sf.architectures.TwoLayerSpec(width=3, inputs=5)
        >>> isinstance(spec, sf.architectures.Spec), spec.kind, spec.model
        (True, 'two-layer', 'TwoLayer')
    """

    kind: ClassVar[str]
    model: ClassVar[str]
    least: ClassVar[dict[str, int]] = {}

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value, least = getattr(self, field.name), self.least.get(field.name, 1)
            sizes = value if isinstance(value, tuple) else (value,)
            if any(type(size) is int and size < least for size in sizes):
                raise ValueError(f"{field.name} is {value}; expected at least {least}.")
            if field.name == "activation" and isinstance(value, str):
                check_activation(value)

    @property
    def parameters(self) -> int:
        """The number of parameters, without making any."""
        raise NotImplementedError

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `normal` of the model's class."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    def check(self) -> None:
        """Raise a ValueError if the model has too many parameters for the memory."""
        check_size(
            self.parameters,
            f"a {self.kind} model with {self.parameters} parameters",
            "take smaller sizes",
        )

    def normal(self, key: "Key[Array, '']") -> Any:
        """A model with random parameters, from `normal` of its class.

        Args:
            key: Random key.

        Raises:
            ValueError: There is no model with these sizes, or it has too many
                parameters for the memory.
        """
        self.check()
        import suffice.models

        return getattr(suffice.models, self.model).normal(**self.arguments, key=key)

    def template(self) -> Any:
        """A model with the right shapes and arbitrary parameters."""
        import jax

        return Spec.normal(self, jax.random.key(0))
