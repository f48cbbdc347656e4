"""How little data recovers the target?

A model is a pytree that can be called on one input; its floating-point leaves are its
parameters. `optimistic_sample_size(target)` says how few samples can recover a target,
`guarantee(target, x)` whether these do, `plan(target, pool=x)` which to take next. The
chapters, from the bottom: `models`, `training`, `reduction`, `tangent`, `samples`,
`audit`.
"""

import importlib
from importlib.metadata import version
from typing import Any, TYPE_CHECKING

if TYPE_CHECKING:
    from .models import (
        Attention as Attention,
        check_model as check_model,
        Convolution as Convolution,
        DeepNetwork as DeepNetwork,
        Diagonal as Diagonal,
        Linear as Linear,
        load_model as load_model,
        MatrixProduct as MatrixProduct,
        Points as Points,
        RealSpace as RealSpace,
        save_model as save_model,
        Sphere as Sphere,
        SquareDifference as SquareDifference,
        SymmetricProduct as SymmetricProduct,
        TwoLayer as TwoLayer,
    )
    from .reduction import (
        effective_reduction as effective_reduction,
        equal_functions as equal_functions,
        reduce as reduce,
    )
    from .samples import (
        guarantee as guarantee,
        optimistic_sample_size as optimistic_sample_size,
        plan as plan,
        stratification as stratification,
    )
    from .tangent import (
        certified_rank as certified_rank,
        from_torch as from_torch,
        generic_rank as generic_rank,
        jacobian as jacobian,
        many_ranks as many_ranks,
        prefix_ranks as prefix_ranks,
        sketched_rank as sketched_rank,
        structural_rank as structural_rank,
        tangent_rank as tangent_rank,
    )
    from .training import ensemble as ensemble, fit as fit

__version__ = version("suffice")

# Names come when they are asked for: the command line must not pay for JAX before it
# has read its arguments.
_HOMES = {
    "models": "Attention check_model Convolution DeepNetwork Diagonal Linear "
    "load_model MatrixProduct Points RealSpace save_model Sphere SquareDifference "
    "SymmetricProduct TwoLayer",
    "reduction": "effective_reduction equal_functions reduce",
    "samples": "guarantee optimistic_sample_size plan stratification",
    "tangent": "certified_rank from_torch generic_rank jacobian many_ranks "
    "prefix_ranks sketched_rank structural_rank tangent_rank",
    "training": "ensemble fit",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*_HOME, *_HOMES, "__version__"]
