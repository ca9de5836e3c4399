"""A persistent, forkable Python interpreter for code that nobody trusts.

with Interpreter(limits=Limits(seconds=10, memory_mb=1024)) as py:
    py.run("x = 41")
    twin = py.fork()
    py.run("x + 1").value  # '42'
"""

from windward.interpreter.session import Interpreter
from windward.interpreter.source_tools import SourceTool, SourceToolError
from windward.interpreter.types import (
    FileInfo,
    InterpreterError,
    Isolation,
    IsolationError,
    Limits,
    Observation,
    Status,
)

__all__ = [
    "FileInfo",
    "Interpreter",
    "InterpreterError",
    "Isolation",
    "IsolationError",
    "Limits",
    "Observation",
    "SourceTool",
    "SourceToolError",
    "Status",
]
