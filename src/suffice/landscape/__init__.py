"""Critical points of the loss, and the sample sizes at which targets are recovered.

The parameters that express one target form branches of different dimensions. Samples
*separate* a branch if no other global minimum of the loss lies near it; then gradient
flow from a neighbourhood of the branch recovers the target. `thresholds` lists the
sample sizes at which this happens for each branch, if closed forms are known.
"""

from ._branches._branches import Branches as Branches, branches as branches
from ._branches._graphs import intersection_graph as intersection_graph
from ._branches._thresholds import Thresholds as Thresholds, thresholds as thresholds
from ._embedding._deepening import Deepening as Deepening
from ._embedding._embed import embed as embed
from ._embedding._null import Cancelling as Cancelling, Null as Null
from ._embedding._splitting import Splitting as Splitting
from ._embedding._zero_set import (
    NoSuchNeuron as NoSuchNeuron,
    zero_set as zero_set,
    ZeroSet as ZeroSet,
)
from ._network._inertia import inertia as inertia
from ._network._signature import Inertia as Inertia
from ._points._classification import Classification as Classification
from ._points._classify import classify as classify
from ._points._escape import escape as escape, SaddleEscape as SaddleEscape
from ._points._rate import flow_rate as flow_rate, FlowRate as FlowRate
from ._points._tree import (
    critical_points as critical_points,
    CriticalTree as CriticalTree,
)
from ._separation._certificates import (
    condensed_certificate as condensed_certificate,
    CondensedCertificate as CondensedCertificate,
)
from ._separation._local_recovery import (
    local_recovery as local_recovery,
    LocalRecovery as LocalRecovery,
)
from ._separation._morse_bott import morse_bott as morse_bott, MorseBott as MorseBott
from ._separation._sign_certificate import (
    sign_certificate as sign_certificate,
    SignCertificate as SignCertificate,
)
