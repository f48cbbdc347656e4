"""From initialisation to limit: ensembles, their training and their least-squares fits.

An ensemble is a model whose parameters carry a leading axis `runs`. `train` takes every
member along gradient flow (or a descent that follows it) to its limit and says how it
ended; `fit` takes the shortest way to some minimum, when the way does not matter;
`learn` takes a number of steps with mini-batches, any loss and any optimiser of optax.
The three take the ensemble, the data, what is minimised and how, the limits, what is
recorded `at` which times, and `progress`, in this order, and return `models`, `loss`,
`steps` and `outcome` first.

The loss of training is `L = 1/2 Σ wᵢ |f(xᵢ) - yᵢ|²`, a sum and not a mean: a mean would
only divide flow time by a constant. A learning rate for a mean over `n` samples (and
without the 1/2) is `n / 2` times larger than the one meant here.
"""

from ._batches import (
    cross_entropy as cross_entropy,
    log_steps as log_steps,
    mean_squared_error as mean_squared_error,
    Minibatches as Minibatches,
)
from ._ensemble import (
    ensemble as ensemble,
    member as member,
    stack as stack,
)
from ._fit import Fit as Fit, fit as fit
from ._learn import learn as learn, Learning as Learning
from ._methods._descent import (
    AdaptiveDescent as AdaptiveDescent,
    GradientDescent as GradientDescent,
)
from ._methods._flow import GradientFlow as GradientFlow
from ._methods._optax import Optax as Optax
from ._origin._condensation import (
    Condensation as Condensation,
    condensation as condensation,
)
from ._origin._escape import (
    escape as escape,
    limit_start as limit_start,
    OriginEscape as OriginEscape,
)
from ._origin._imbalance import Imbalance as Imbalance, imbalance as imbalance
from ._outcome import Outcome as Outcome
from ._train import train as train
from ._training import Training as Training
