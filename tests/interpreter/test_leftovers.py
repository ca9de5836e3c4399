"""What a run leaves running has a limit of its own until the next run begins."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from windward.interpreter import Interpreter

THREAD = (
    "import threading\ndef burn():\n    while True: pass\nthreading.Thread(target=burn, daemon=True).start()"
)
CHILD = "import os\nif os.fork() == 0:\n    while True: pass"
# Nobody waits for a link of this chain, so its CPU time is in nobody's account.
CHAIN = (
    "import os, signal, time\n"
    "if os.fork() == 0:\n"
    "    signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
    "    while True:\n"
    "        if os.fork() == 0:\n"
    "            end = time.process_time() + 0.1\n"
    "            while time.process_time() < end: pass\n"
    "            os._exit(0)\n"
    "        try:\n"
    "            os.wait()\n"
    "        except OSError:\n"
    "            pass"
)


def ends(py: Interpreter, seconds: float = 60.0) -> bool:
    """Whether the session hangs up by itself."""
    return bool(py._channel.readable(seconds))


@pytest.mark.parametrize("code", [THREAD, CHILD, CHAIN], ids=["thread", "child", "chain"])
def test_what_burns_cpu_between_two_runs_is_ended_and_the_next_run_says_so(make, code):
    py = make(seconds=1)
    py.write_file("f", b"kept")
    assert py.run(code).status == "ok"
    assert ends(py)
    out = py.run("1")
    assert (out.status, out.state_lost) == ("timeout", True)
    assert "left running used more than 1 s of CPU" in out.error
    assert py.run("open('f').read()").value == "'kept'"


def test_a_twin_that_burns_is_ended_and_its_parent_lives_on(make):
    py = make(seconds=1)
    py.run("x = 1")
    with py.fork() as twin:
        twin.run(THREAD)
        assert ends(twin)
        assert twin.run("x").status == "timeout"
        assert py.run("x").value == "1"


def test_what_only_waits_may_stay(make):
    py = make(seconds=0.3)
    py.run(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nx = 1"
    )
    assert not ends(py, 4)
    assert py.run("x, threading.active_count()").value == "(1, 2)"


def test_runs_do_not_count_as_time_between_runs(make):
    py = make(seconds=1)
    used, started = 0.0, time.monotonic()
    while used < 3 or time.monotonic() - started < 3:
        out = py.run("for i in range(10**6): pass")
        assert out.status == "ok"
        used += out.cpu_seconds
    assert py.run("i").value == "999999"


def test_many_forks_do_not_count_as_time_between_runs(make):
    py = make(seconds=0.05)
    py.run("x = 1")
    started = time.monotonic()
    while time.monotonic() - started < 3:
        py.fork().close()
    assert py.run("x").value == "1"


def test_no_session_and_no_twin_can_reach_what_says_that_it_has_work(make):
    py = make()
    code = (
        "import os\n"
        "links = [os.readlink(f'/proc/self/fd/{n}') for n in range(4096) if os.path.lexists(f'/proc/self/fd/{n}')]\n"
        "len(links), any('activity' in text for text in [*links, open('/proc/self/maps').read()])"
    )
    assert "memfd:activity" in Path("/proc/self/maps").read_text()
    assert py.run(code).value == "(6, False)"
    with py.fork() as twin:
        assert twin.run(code).value == "(6, False)"
