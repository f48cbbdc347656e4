"""How little data recovers the target?

A model is a pytree that can be called on one input; its floating-point leaves are its
parameters. `optimistic_sample_size(target)` says how few samples can recover a target,
`guarantee(target, x)` whether these do, `plan(target, pool=x)` which to take next.
`train(models, x, y)` takes thousands of networks to their limits, `sweep(study, store)`
draws phase diagrams of them, `branches(target, width)` lists the sets of parameters
that share one function, `complete(matrix)` fills what the entries of a matrix
determine, `audit(table, target)` says how many rows of a table suffice,
`forecast(model, train, test)` says whether training will grok, `learn` takes
any model through mini-batches, and `reproduce(paper, folder)` reruns a paper.

The chapters, from the bottom: `models`, `training`, `reduction`, `tangent`, `samples`,
`landscape`, `completion`, `spectra`, `auditing`, `sweeps`, `reasoning`,
`recovery`, `report`, `papers`.
"""

import importlib
from importlib.metadata import version
from typing import Any, TYPE_CHECKING

if TYPE_CHECKING:
    from .auditing import audit as audit
    from .completion import (
        complete as complete,
        LowRankImputer as LowRankImputer,
        mask_report as mask_report,
        next_entries as next_entries,
    )
    from .landscape import (
        branches as branches,
        classify as classify,
        critical_points as critical_points,
        embed as embed,
        inertia as inertia,
        thresholds as thresholds,
    )
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
        Transformer as Transformer,
        TwoLayer as TwoLayer,
    )
    from .papers import reproduce as reproduce
    from .recovery import (
        empirical_threshold as empirical_threshold,
        Study as Study,
        theory_lines as theory_lines,
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
    from .spectra import forecast as forecast, SpectralRecord as SpectralRecord
    from .sweeps import open_store as open_store, sweep as sweep
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
    from .training import (
        ensemble as ensemble,
        fit as fit,
        imbalance as imbalance,
        learn as learn,
        train as train,
    )

__version__ = version("suffice")

# Names come when they are asked for: the command line must not pay for JAX before it
# has read its arguments.
_HOMES = {
    "auditing": "audit",
    "completion": "complete LowRankImputer mask_report next_entries",
    "landscape": "branches classify critical_points embed inertia thresholds",
    "models": "Attention check_model Convolution DeepNetwork Diagonal Linear "
    "load_model MatrixProduct Points RealSpace save_model Sphere SquareDifference "
    "SymmetricProduct Transformer TwoLayer",
    "papers": "reproduce",
    "recovery": "empirical_threshold Study theory_lines",
    "reduction": "effective_reduction equal_functions reduce",
    "samples": "guarantee optimistic_sample_size plan stratification",
    "spectra": "forecast SpectralRecord",
    "sweeps": "open_store sweep",
    "tangent": "certified_rank from_torch generic_rank jacobian many_ranks "
    "prefix_ranks sketched_rank structural_rank tangent_rank",
    "training": "ensemble fit imbalance learn train",
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
