"""What happens at each limit: a status, and an interpreter that works again."""

from __future__ import annotations

import resource
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from host_processes import resident_mb

from windward.interpreter import Interpreter, InterpreterError, Limits

SWALLOW = "def forever():\n    while True: pass\nwhile True:\n    try: forever()\n    except: pass\n"


def assert_usable(py: Interpreter) -> None:
    assert py.run("6 * 7").value == "42"
    twin = py.fork()
    assert twin.run("6 * 7").value == "42"
    twin.close()


def test_cpu_time_is_limited_and_state_is_kept(make):
    py = make(seconds=0.5)
    py.run("kept = 1")
    out = py.run("print('before')\nwhile True: pass")
    assert (out.status, out.state_lost, out.stdout) == ("timeout", False, "before\n")
    assert "0.5 s of CPU time" in out.error
    assert py.run("kept").value == "1"


def test_each_run_has_the_whole_cpu_limit(make):
    py = make(seconds=1.0)
    burn = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    assert [py.run(burn).status for _ in range(4)] == ["ok"] * 4


def test_waiting_is_not_cpu_time(make):
    py = make(seconds=0.3, wall_seconds=10)
    assert py.run("import time\ntime.sleep(1)\n'rested'").value == "'rested'"


def test_wall_time_is_limited_and_state_is_kept(make):
    py = make(seconds=5, wall_seconds=0.6)
    py.run("kept = 1")
    started = time.monotonic()
    out = py.run("import time\ntime.sleep(60)")
    assert time.monotonic() - started < 5
    assert (out.status, out.state_lost) == ("timeout", False)
    assert "0.6 s of wall time" in out.error
    assert py.run("kept").value == "1"


def test_code_that_swallows_every_exception_is_ended_and_said_to_be_lost(make):
    py = make(seconds=0.4)
    py.write_file("kept.txt", b"kept")
    deaf = "import signal, sys\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nx = 1\nprint('before', flush=True)\n"
    started = time.monotonic()
    out = py.run(deaf + SWALLOW)
    assert time.monotonic() - started < 8
    assert (out.status, out.state_lost, out.stdout) == ("timeout", True, "before\n")
    assert "lost" in out.error
    assert py.run("x").status == "error"
    assert py.read_file("kept.txt") == b"kept"
    assert_usable(py)


def test_whether_state_is_lost_is_always_said_truly(make):
    py = make(seconds=0.3)
    for loop in (
        SWALLOW,
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n    except: pass",
    ):
        py.run("x = 1")
        out = py.run(loop)
        assert out.status == "timeout"
        assert py.run("x").ok == (not out.state_lost)


@pytest.mark.parametrize(
    "trick",
    [
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))",
        "import signal\nsignal.signal(signal.SIGINT, lambda *a: None)\nsignal.alarm(0)",
        "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nsignal.setitimer(signal.ITIMER_PROF, 0)",
        "import sys\nsys.setswitchinterval(1000)",
        "import threading\n[threading.Thread(target=lambda: exec('while True: pass')).start() for _ in range(4)]",
        "import os\n[os.fork() for _ in range(2)]",
    ],
)
def test_tricks_with_signals_threads_and_children_win_no_time(make, trick):
    py = make(seconds=0.3, wall_seconds=4)
    started = time.monotonic()
    out = py.run(trick + "\n" + SWALLOW)
    assert out.status == "timeout" and time.monotonic() - started < 8
    assert_usable(py)


def test_cpu_time_of_child_processes_counts(make):
    py = make(seconds=0.5, wall_seconds=20)
    started = time.monotonic()
    out = py.run("import os\nif os.fork() == 0:\n    while True: pass\nos.wait()")
    assert out.status == "timeout" and "CPU" in out.error and time.monotonic() - started < 8


def test_too_much_memory_is_a_memory_error_and_state_is_kept(make):
    py = make(memory_mb=200)
    py.run("kept = 1")
    out = py.run("x = [0] * 10**10")
    assert (out.status, out.state_lost) == ("memory", False)
    assert "MemoryError" in out.error.splitlines()[-1]
    assert py.run("kept").value == "1"


def test_memory_that_grows_slowly_is_limited_too(make):
    py = make(memory_mb=150)
    out = py.run("x = []\nwhile True: x.append(bytearray(1 << 20))")
    assert out.status == "memory"
    assert py.run("x = None").ok
    assert_usable(py)


def test_as_much_memory_as_is_allowed_can_be_had(make):
    py = make(memory_mb=400)
    assert py.run("import numpy as np\na = np.ones(300 * 2**17)\nfloat(a.sum())").value == "39321600.0"


def test_many_processes_cannot_share_out_a_hog(make):
    py = make(memory_mb=120, seconds=20)
    code = (
        "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n"
        "        x = bytearray(60 << 20)\n        x[::4096] = b'1' * len(x[::4096])\n        time.sleep(20)\n"
        "        os._exit(0)\ntime.sleep(20)"
    )
    started = time.monotonic()
    out = py.run(code)
    assert out.status == "memory" and time.monotonic() - started < 10
    assert_usable(py)


def test_daemons_use_no_memory_that_is_not_counted(make):
    py = make(memory_mb=120, seconds=20)
    code = (
        "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        os.setsid()\n"
        "        if os.fork(): os._exit(0)\n        x = bytearray(60 << 20)\n"
        "        x[::4096] = b'1' * len(x[::4096])\n        time.sleep(20)\n        os._exit(0)\n    os.wait()\n"
        "time.sleep(2)"
    )
    before, peak = resident_mb(), 0.0
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(py.run, code)
        while not run.done():
            time.sleep(0.6)
            peak = max(peak, resident_mb() - before)
    assert run.result().status == "memory" or peak < 250
    assert_usable(py)


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import os\nos._exit(3)", "exit code 3"),
        ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
        ("import os\nos.abort()", "signal"),
        ("import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0.05)\ntime.sleep(5)", "SIGALRM"),
    ],
)
def test_a_crash_is_said_and_the_next_run_works_with_the_files_kept(make, code, how):
    py = make()
    py.run("x = 1\nopen('f', 'w').write('kept')")
    out = py.run("print('before', flush=True)\n" + code)
    assert (out.status, out.state_lost, out.stdout) == ("crash", True, "before\n")
    assert how in out.error
    assert py.run("open('f').read()").value == "'kept'"
    assert py.run("x").status == "error"
    assert_usable(py)


def test_a_session_that_ended_between_runs_is_said_to_have_ended(make):
    py = make()
    py.run("import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.1)")
    time.sleep(0.5)
    out = py.run("1")
    assert out.status == "crash" and out.state_lost and "SIGALRM" in out.error
    assert_usable(py)


def test_death_by_a_signal_without_a_name_harms_nobody_else(make):
    py = make()
    twin = py.fork()
    code = (
        "import fcntl, os, ctypes\n"
        "class Event(ctypes.Structure):\n"
        "    _fields_ = [('value', ctypes.c_void_p), ('signo', ctypes.c_int), ('notify', ctypes.c_int),"
        " ('pad', ctypes.c_char * 48)]\n"
        "libc = ctypes.CDLL(None)\ntimer = ctypes.c_void_p()\nevent = Event(None, 40, 0)\n"
        "libc.timer_create(0, ctypes.byref(event), ctypes.byref(timer))\n"
        "spec = (ctypes.c_long * 4)(0, 0, 0, 1000)\nlibc.timer_settime(timer, 0, spec, None)\n"
        "import time\ntime.sleep(1)"
    )
    out = py.run(code)
    assert out.status == "crash" and out.state_lost
    assert twin.run("'alive'").value == "'alive'"
    assert_usable(py)


def test_a_file_may_not_be_larger_than_allowed(make):
    py = make(file_mb=4, disk_mb=32)
    out = py.run("f = open('big', 'wb')\nf.write(bytes(5 << 20))\nf.flush()")
    assert out.status == "error" and "File too large" in out.error
    assert_usable(py)


def test_the_working_folder_may_not_hold_more_than_allowed(make):
    py = make(file_mb=8, disk_mb=16)
    out = py.run("for i in range(10): open(f'f{i}', 'wb').write(bytes(4 << 20))")
    assert out.status == "error" and "No space left" in out.error
    py.run("import os\nfor f in os.listdir(): os.remove(f)")
    assert_usable(py)


def test_the_host_cannot_be_made_to_write_more_than_allowed_either(make):
    py = make(disk_mb=8)
    with pytest.raises(InterpreterError, match=r"big.*No space left"):
        py.write_file("big", bytes(9 << 20))
    assert_usable(py)


def test_threads_and_processes_are_limited(make):
    py = make(processes=10)
    code = (
        "import threading, time\nn = 0\ntry:\n    for _ in range(50):\n"
        "        threading.Thread(target=time.sleep, args=(0.3,)).start(); n += 1\n"
        "except RuntimeError as error: print(error)\nn"
    )
    out = py.run(code)
    assert 5 <= int(out.value) <= 12 and "can't start new thread" in out.stdout


def test_endless_print_is_bounded_in_time_and_in_the_hosts_memory(make):
    py = make(seconds=1, file_mb=16)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out = py.run("while True: print('x' * 10_000)")
    assert out.status in ("timeout", "error")
    assert len(out.stdout) < 21_000 and out.truncated > 1_000_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 200
    assert_usable(py)


def test_limits_are_told_by_name_and_default(isolation):
    limits = Limits()
    assert (limits.seconds, limits.memory_mb, limits.wall) == (10.0, 1024, 30.0)
    assert Limits(seconds=2).wall == 12.0
    assert Limits(seconds=2, wall_seconds=3).wall == 3


def test_a_good_program_is_not_failed_by_the_defaults(make):
    py = make()
    code = (
        "import sympy as sp, numpy as np, pandas as pd\nx = sp.symbols('x')\n"
        "a = sp.integrate(sp.sin(x)**2, (x, 0, sp.pi))\n"
        "b = np.linalg.svd(np.random.rand(200, 200))[1].sum() > 0\n"
        "c = pd.DataFrame({'a': [1, 2, 2]}).groupby('a').size().tolist()\n(str(a), bool(b), c)"
    )
    assert py.run(code).value == "('pi/2', True, [1, 2])"
