"""Interpreters for tests, which end with them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from windward.interpreter import Interpreter, IsolationError, Limits

Make = Callable[..., Interpreter]


@pytest.fixture(scope="session")
def isolation() -> None:
    """Skips where the machine allows no isolation (a container without user namespaces)."""
    try:
        Interpreter().close()
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")


@pytest.fixture
def make(isolation: None) -> Iterator[Make]:
    """Makes interpreters, and closes them after the test."""
    with contextlib.ExitStack() as stack:

        def new(tools: Any = None, **limits: Any) -> Interpreter:
            return stack.enter_context(Interpreter(Limits(**({"seconds": 20} | limits)), tools=tools))

        yield new


@pytest.fixture
def py(make: Make) -> Interpreter:
    """An interpreter."""
    return make()
