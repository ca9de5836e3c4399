"""The event loop that a run is started on."""

from __future__ import annotations

import asyncio
import gc
import sys

import pytest

from windward.journal import run


async def loop_module() -> str:
    await asyncio.sleep(0)
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


def test_a_run_is_on_uvloop() -> None:
    assert run(loop_module()) == "uvloop"


def test_without_uvloop_a_run_is_on_asyncios_own_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert run(loop_module()) == "asyncio"


def test_what_is_loaded_is_left_out_of_garbage_collections_until_the_run_ends() -> None:
    async def frozen() -> int:
        return gc.get_freeze_count()

    assert run(frozen()) > 1000
    assert gc.get_freeze_count() == 0


def test_an_error_of_the_run_comes_out_as_it_is() -> None:
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        run(fail())
    assert gc.get_freeze_count() == 0
