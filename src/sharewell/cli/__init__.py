"""The command line: a thin face over the flows."""

from sharewell.cli.main import main

__all__ = ["main"]
