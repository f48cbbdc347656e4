"""From initialisation to limit: ensembles, their training and their least-squares fits.

An ensemble is a model whose parameters have a leading axis `runs`. `train` follows
gradient flow (or a descent) from each member to its limit and reports the outcome;
`fit` finds a nearby minimum as fast as possible, where the path does not matter;
`learn` takes a number of steps with mini-batches, any loss and any optimiser of optax.
All three take the ensemble, the data, the loss and the method, the limits, the times
`at` which the state is recorded, and `progress`, in this order. Their results begin
with `models`, `loss`, `steps` and `outcome`.

The loss of training is `L = 1/2 Σ wᵢ |f(xᵢ) - yᵢ|²`, a sum and not a mean; a mean would
only divide flow time by a constant. If a learning rate was chosen for the mean over `n`
samples without the factor 1/2, divide it by `n / 2` to use it here.
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
