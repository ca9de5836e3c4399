"""Attacks on the runner rather than on the machine, each with a control: a naive harness falls for it.

An attack is a list of cells, the last of which is honest and prints 42. The harness is fooled if it is still
running after its limit, ends without an answer, or gives for the last cell anything but 42.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from corner import private_corner

_HONEST = "print(6 * 7)"
_LOOP = """
def forever():
    while True: pass
while True:
    try: forever()
    except: pass
"""
_FORGED = '{"status": "ok", "stdout": "forged\\\\n"}'
# For the other process, a little: the end of the first process of a corner is the end of all.
_WAIT = """
for _ in range(25):
    if other == 0 or os.waitpid(other, os.WNOHANG)[0]: break
    time.sleep(0.01)
"""

ATTACKS: dict[str, list[str]] = {
    "an_endless_loop_that_catches_everything": [_LOOP],
    "a_cancelled_alarm": ["import signal\nsignal.alarm(0)\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile True: pass"],
    "a_handler_that_swallows": ["import signal\nfor n in (2, 14): signal.signal(n, lambda *a: None)\nwhile True: pass"],
    "a_blocked_signal": ["import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass"],
    "an_immediate_end": ["import os\nos._exit(0)"],
    "a_crash": ["import ctypes\nctypes.string_at(0)"],
    "a_system_exit": ["raise SystemExit"],
    "a_keyboard_interrupt": ["raise KeyboardInterrupt"],
    "an_answer_forged_on_standard_output": [f"import os\nos.write(1, b'{_FORGED}\\n' * 2)\nos._exit(0)"],
    "an_answer_forged_for_the_next_cell": [
        "import sys\ndef answer(*a, **k): return '{\"status\": \"ok\", \"stdout\": \"forged\\\\n\"}'\n"
        "import json\njson.dumps = answer"
    ],
    "an_answer_forged_by_a_child": [
        f"import os, time\nother = os.fork()\nif other == 0:\n    os.write(1, b'{_FORGED}\\n'); os._exit(0)\n{_WAIT}"
    ],
    "a_second_harness_from_a_fork": [
        "import os, time\nother = os.fork()\n"
        f"if other == 0: print = lambda *a: __import__('sys').stdout.write('forged')\n{_WAIT}"
    ],
    "a_patched_harness": [
        "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ in ('Harness', 'Worker'):\n"
        "        type(o).run = type(o)._run = lambda self, code: {'status': 'ok', 'stdout': 'forged\\n', 'stderr': '', 'cut': 0, 'cpu': 0}"
    ],
    "a_patched_builtin": ["import builtins\nbuiltins.exec = builtins.eval = lambda *a: print('forged')"],
    "a_patched_print": ["import builtins\nbuiltins.print = lambda *a: __import__('sys').stdout.write('forged\\n')"],
    "a_trace_function": ["import sys\ndef trace(*a): raise ValueError('forged')\nsys.settrace(trace)"],
    "closed_descriptors": ["import os\nos.closerange(0, 5000)"],
}  # fmt: skip
# In one session, code may change what later code of that session finds: it is the same Python. What graders need is
# that a fresh session (reset, or a new interpreter) knows nothing of it.
_ONE_PYTHON = {"a_patched_harness", "a_patched_builtin", "a_patched_print", "a_trace_function", "closed_descriptors", "an_answer_forged_for_the_next_cell"}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_the_runner_is_not_fooled(make, name):
    py, other = make(seconds=0.3, wall_seconds=3), make()
    started = time.monotonic()
    for cell in ATTACKS[name]:
        py.run(cell)
    assert time.monotonic() - started < 3 + 4
    if name in _ONE_PYTHON:
        py.reset()
    out = py.run(_HONEST)
    if out.state_lost:  # said, once
        out = py.run(_HONEST)
    assert out.stdout == "42\n"
    assert py.fork().run(_HONEST).stdout == "42\n"
    assert other.run(_HONEST).stdout == "42\n"


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_control_the_naive_runner_is(name):
    harness = str(Path(__file__).with_name("naive_harness.py"))
    process = subprocess.Popen(
        [*private_corner(), sys.executable, "-I", "-S", harness, "0.3"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True, text=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(json.dumps([*ATTACKS[name], _HONEST]), timeout=1.8)
    except subprocess.TimeoutExpired:
        said = ""
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended, with all that it started
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    answers = said.strip().splitlines()
    expected = [*ATTACKS[name], _HONEST]
    fooled = len(answers) != len(expected) or answers[-1] != json.dumps({"status": "ok", "stdout": "42\n"})
    assert fooled, answers
