"""Grokking in terms of frequencies: spectra, records of training, and forecasts.

The spectrum of a sample depends on its points as well as on the function: if the
function has the coefficients `c_m` and the points have the spectrum `ρ`, the spectrum
of the sample is `F(k) = Σ_m c_m ρ(k - m)`. A small or unevenly spaced sample can
therefore show low frequencies that the function does not have. Gradient descent fits
low frequencies first, and learns these spurious ones first.

In reading order: a `Recorder` keeps the outputs of a network during training and makes
a `SpectralRecord`. Its `verdict` says whether and how the network grokked; its
`spectrum` says when each frequency was learned, in one of the bases `Fourier` (along
`principal_directions` and others), `Walsh`, `Radial`, `GaussianFilter` and
`KernelModes`. `modular_circuit` sees how a network adds modulo `p`. `forecast`
predicts the verdict before training.
"""

from ._bases._basis import Basis as Basis
from ._bases._directions import (
    gradient_directions as gradient_directions,
    principal_directions as principal_directions,
    random_directions as random_directions,
)
from ._bases._fourier import Fourier as Fourier
from ._bases._gauss import GaussianFilter as GaussianFilter
from ._bases._kernel_basis import (
    KernelModes as KernelModes,
    mean_tangent_kernel as mean_tangent_kernel,
)
from ._bases._nudft import nudft as nudft
from ._bases._radial import Radial as Radial
from ._bases._tangent_kernel import tangent_kernel as tangent_kernel
from ._bases._voronoi import voronoi_weights as voronoi_weights
from ._bases._walsh import cube as cube, Walsh as Walsh
from ._forecasts._forecast import (
    Forecast as Forecast,
    forecast as forecast,
    gradient_alignment as gradient_alignment,
)
from ._forecasts._kernel_flow import (
    kernel_flow as kernel_flow,
    KernelFlow as KernelFlow,
)
from ._logs._judge_curves import judge_curves as judge_curves
from ._mnist import load_mnist as load_mnist
from ._records._circuit import (
    modular_circuit as modular_circuit,
    ModularCircuit as ModularCircuit,
)
from ._records._criterion import Criterion as Criterion
from ._records._kaplan_meier import kaplan_meier as kaplan_meier
from ._records._record import (
    load_record as load_record,
    SpectralRecord as SpectralRecord,
)
from ._records._recorder import Recorder as Recorder
from ._records._spectrum import Spectrum as Spectrum
from ._records._verdict import Verdict as Verdict
