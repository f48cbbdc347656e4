"""The command line: one verb per file, nothing heavy imported before parsing."""

from ._main import main as main
