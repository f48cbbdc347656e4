"""The command line: one file per verb, and nothing heavy before parsing."""

from ._main import main as main
