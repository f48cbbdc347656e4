"""How little data recovers the target?

A model is a pytree that can be called on one input; its floating-point leaves are its
parameters. Ranks are decided in double precision: switch it on first by
`jax.config.update("jax_enable_x64", True)`.

The chapters, from the bottom up, with their main functions. Those that are named with
`sf.` (after `import suffice as sf`) are there at once; every chapter has more of them.

models      the models of the theory: sf.TwoLayer, sf.DeepNetwork, sf.Convolution,
            sf.Attention, sf.MatrixProduct, sf.Transformer; sf.check_model tells whether
            your own model can be used, sf.save_model and sf.load_model are for files
architectures describe a model before it has parameters, such as
            sf.architectures.TwoLayerSpec, for the command line and for studies
training    sf.train takes many networks at once to the limit of gradient flow, sf.fit
            takes the shortest way to a minimum, sf.learn trains with mini-batches and
            any loss
reduction   sf.reduce finds the smallest network with the same function,
            sf.equal_functions decides whether two networks are one function
tangent     sf.tangent_rank says in how many directions a model can change its function,
            exactly where possible; sf.sketched_rank does it for millions of parameters
samples     sf.optimistic_sample_size says how few samples can recover a target,
            sf.guarantee whether given samples do, sf.plan which to take next
landscape   sf.branches lists the sets of parameters with one and the same function,
            sf.classify says what kind of point training has reached
completion  sf.complete fills the missing entries of a matrix which the others
            determine, sf.next_entries says which to observe next
auditing    sf.audit(table, target) says how many rows of a table of measurements
            suffice, and what to measure next
laws        sf.law makes a model of a formula of your own, sf.identify says which of its
            parameters data can determine, and what to measure
sweeps      sf.sweep computes a study on a grid, sf.open_store reads what is finished,
            sf.show_progress shows how far long work is, here and elsewhere
recovery    sf.Study describes when training recovers a target; sf.empirical_threshold
            measures the sample size at which it does
spectra     sf.SpectralRecord shows which frequency was learned when, sf.forecast says
            before training whether it will grok
reasoning   sf.reasoning.explain says whether a transformer infers or memorises
report      the pages and figures: sf.report.audit_page, sf.report.phase_diagram
papers      sf.reproduce reruns the experiments of a paper and judges its claims,
            sf.reproduce_all those of every paper; sf.cite gives the BibTeX of an answer
"""

import sys
from importlib.metadata import version
from typing import Any

import lazy_loader

__version__ = version("suffice")

# Names come when they are asked for: the command line must not pay for JAX before it
# has read its arguments. They are listed in `__init__.pyi`.
_load, _, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name in __all__:
        return _load(name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message, name=name, obj=sys.modules[__name__])


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
