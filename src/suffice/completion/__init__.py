"""Low-rank matrix completion: what entries determine, and what training adds.

The names come when they are asked for: what only reads files must not pay for JAX.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
