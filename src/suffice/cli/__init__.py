"""The command line: one file per verb; JAX is imported after parsing only."""

from ._main import main as main
