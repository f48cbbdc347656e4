"""One folder per paper: its experiments, their figures, and its claims as data.

`reproduce(name, folder)` reruns a paper. A paper is a tuple of experiments; an
experiment measures numbers, draws them, and judges what the paper says about them.

The names come when they are asked for: what only reads files must not pay for JAX.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
