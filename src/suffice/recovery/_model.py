"""The architectures of a study: the known ones, and one from the user's function."""

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

    Examples:
        >>> import sys
        >>> from pathlib import Path
        >>> from suffice.recovery import CustomModel
        >>> text = '''
        ... import jax.numpy as jnp
        ... import suffice as sf
        ... def one_neuron():
        ...     return sf.TwoLayer(jnp.ones((1, 1)), jnp.ones(1))
        ... '''
        >>> size = Path("my_models.py").write_text(text)
        >>> sys.path.append("")
        >>> CustomModel("my_models:one_neuron").template().width
        1
    """

    function: str

    def template(self) -> Any:
        """Return a model of this architecture."""
        return load(self.function, "model.function")()


Architecture = Known | CustomModel
