"""Tables and figures for people: text on a terminal, one self-contained HTML page.

The names come when they are asked for: pages and figures need the extra `pages`, texts
do not.
"""

from typing import Any

import lazy_loader

from suffice._core import importing

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    with importing(f"suffice.report.{name}"):
        return _load(name)
