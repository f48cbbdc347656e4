"""The names of `_core`: types and lazy imports read this file."""

from ._activation_names import (
    ACTIVATION_NAMES as ACTIVATION_NAMES,
    check_activation as check_activation,
    POLYNOMIAL as POLYNOMIAL,
)
from ._archive import ArchiveKind as ArchiveKind, damaged as damaged
from ._arrays import read_arrays as read_arrays
from ._extras import (
    importing as importing,
    MissingExtra as MissingExtra,
    require as require,
)
from ._files import (
    check_output as check_output,
    remove_partial as remove_partial,
    whole_file as whole_file,
    write_whole as write_whole,
)
from ._given import given as given
from ._jumps import jumps as jumps
from ._locks import alone as alone, idle as idle, together as together
from ._machine import (
    check_size as check_size,
    compile_cache as compile_cache,
    free_memory as free_memory,
    processor as processor,
    threads_for as threads_for,
)
from ._parameters import (
    check_bound as check_bound,
    check_inputs as check_inputs,
    check_numbers as check_numbers,
    check_real as check_real,
    count_parameters as count_parameters,
    evaluate as evaluate,
    in_float64 as in_float64,
    is_torch as is_torch,
    parameter_fault as parameter_fault,
    partition as partition,
    ravel as ravel,
)
from ._precision import require_float64 as require_float64
from ._programs import (
    all_equations as all_equations,
    called_program as called_program,
    inner_programs as inner_programs,
    is_gaussian as is_gaussian,
    live_equations as live_equations,
    run_program as run_program,
    scan_counts as scan_counts,
)
from ._progress import (
    Progress as Progress,
    ProgressLines as ProgressLines,
    ProgressWords as ProgressWords,
    show_progress as show_progress,
    silent as silent,
)
from ._random import numpy_rng as numpy_rng
from ._ranks._exact import (
    partial_ranks as partial_ranks,
    product_rank as product_rank,
)
from ._ranks._numerical import (
    decided as decided,
    EPS as EPS,
    numerical_rank as numerical_rank,
    NumericalRank as NumericalRank,
    power_scales as power_scales,
)
from ._reading import (
    check_file as check_file,
    did_you_mean as did_you_mean,
    exists as exists,
    TableError as TableError,
)
from ._replicates import (
    group_means as group_means,
    lack_of_fit as lack_of_fit,
    pure_error as pure_error,
)
from ._result import Hidden as Hidden, plain as plain, Result as Result
from ._scale import check_scale as check_scale
from ._sealed import (
    Damaged as Damaged,
    digest as digest,
    read_about as read_about,
    read_sealed as read_sealed,
    write_sealed as write_sealed,
)
from ._types import Inputs as Inputs, Model as Model, Numbers as Numbers
from ._words import (
    bounded as bounded,
    duration as duration,
    listed as listed,
    percent as percent,
    plural as plural,
    short as short,
)
