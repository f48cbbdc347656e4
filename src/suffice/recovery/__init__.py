"""Studies of recovery: whether training finds the target, from how many samples.

A `Study` fixes the architecture, the target, the samples, the initialisation and the
method, and varies any of their fields on a grid; `suffice.sweeps.sweep` runs it.
`summary` counts the outcomes, with intervals; `theory_lines` returns the sample sizes
that theory predicts; `empirical_threshold` finds a sample size with few runs, and
`tolerance_scaling` tests whether recovery has positive probability.

Architectures are described by `suffice.architectures`, such as
`TwoLayerSpec(width=2, inputs=1)`.

The names come when they are asked for: what only reads files must not pay for JAX.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
