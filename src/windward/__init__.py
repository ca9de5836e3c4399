"""Windward: make alignment data, train on it and measure what changed, with a Python interpreter in the loop."""

from importlib.metadata import version

__version__ = version("windward")
