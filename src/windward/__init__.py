"""Windward: make alignment data, train on it and measure what changed, with a Python interpreter in the loop."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("windward")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+source"
