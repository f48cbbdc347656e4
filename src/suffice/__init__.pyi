"""The names of the package: types, lazy imports and tab completion read this file."""

from . import (
    architectures as architectures,
    auditing as auditing,
    completion as completion,
    landscape as landscape,
    laws as laws,
    models as models,
    papers as papers,
    reasoning as reasoning,
    recovery as recovery,
    reduction as reduction,
    report as report,
    samples as samples,
    spectra as spectra,
    sweeps as sweeps,
    tangent as tangent,
    training as training,
)
from ._core import show_progress as show_progress
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
from .laws import design as design, identify as identify, law as law
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
from .papers import (
    cite as cite,
    reproduce as reproduce,
    reproduce_all as reproduce_all,
)
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

__version__: str
