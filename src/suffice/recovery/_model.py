"""What a study may train: a known architecture, or one of the user's own."""

import dataclasses
from typing import Any

from suffice.architectures._shared import Architecture as Known

from ._named import load


@dataclasses.dataclass(frozen=True)
class CustomModel:
    """An architecture defined by your own function.

    Attributes:
        function: `module:function`, which takes no argument and returns a model: any
            callable pytree with a `domain`, whose inexact arrays are the parameters.
    """

    function: str

    def template(self) -> Any:
        """A model of this architecture."""
        return load(self.function, "model.function")()


Architecture = Known | CustomModel
