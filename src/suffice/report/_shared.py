"""What other chapters need of `report` and users do not; listed in `_shared.pyi`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__package__, __file__)
