"""Closing ends everything: no process, no descriptor and no folder is left on the host."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from host_processes import descendants, settles_at

from windward.interpreter import Interpreter

DAEMON = (
    "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork(): os._exit(0)\n"
    "    time.sleep(600)\nos.wait()"
)


def test_closing_leaves_no_process(make):
    make().close()  # the fork server is there from now on
    before = descendants()
    py = make()
    py.run("import os, time\nif os.fork() == 0:\n    time.sleep(600)")
    py.run(DAEMON)
    twins = [py.fork() for _ in range(3)]
    assert len(descendants() - before) >= 6
    for one in (py, *twins):
        one.close()
    assert settles_at(before)


def test_closing_one_twin_ends_its_daemons_while_others_live(make):
    py = make()
    twin = py.fork()
    twin.run("1")
    before = descendants()
    py.run(DAEMON)
    assert descendants() - before
    py.close()
    assert settles_at(before)
    assert twin.run("1").value == "1"


def test_a_daemon_that_keeps_changing_its_process_is_caught_too(make):
    py = make()
    twin = py.fork()
    twin.run("1")
    before = descendants()
    py.run(
        "import os\nif os.fork() == 0:\n    os.setsid()\n    while True:\n"
        "        try:\n            if os.fork(): os._exit(0)\n        except OSError: pass"
    )
    py.close()
    assert settles_at(before)
    assert twin.run("1").value == "1"


def test_an_interpreter_that_is_forgotten_is_closed(make):
    make().close()
    before = descendants()
    py = Interpreter()
    py.run("x = 1")
    del py
    gc.collect()
    assert settles_at(before)


def test_a_hundred_short_lived_twins_of_one_session_leave_nothing(make):
    py = make(processes=8)
    py.run("x = 1")
    before = descendants()
    for number in range(100):
        with py.fork() as twin:
            assert twin.run(f"x += {number}\nx").value == str(number + 1)
    assert settles_at(before)
    assert py.run("x").value == "1"


def test_twins_can_be_closed_while_their_parent_is_busy(make):
    py = make(processes=8)
    twins = [py.fork() for _ in range(60)]
    assert all(twin.run("1").ok for twin in twins)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(py.run, "import time\ntime.sleep(1.5)\n'done'")
        for twin in twins:
            twin.close()
        assert run.result().value == "'done'"
    assert py.fork().run("2").value == "2"


def test_descriptors_do_not_pile_up(make):
    make().close()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        with Interpreter() as py:
            py.run("import os; os._exit(1)")
            py.fork().close()
            py.write_file("f", b"x")
            py.read_file("f")
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before + 1


def test_a_fork_of_the_host_program_ends_nothing_of_its_parents(make):
    py = make()
    py.run("x = 1")
    pid = os.fork()
    if pid == 0:
        py.close()
        os._exit(0)
    os.waitpid(pid, 0)
    assert py.run("x").value == "1"


def _children(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_a_killed_host_program_leaves_no_process(isolation):
    code = (
        "from windward.interpreter import Interpreter\nimport time\n"
        f"py = Interpreter()\npy.run({DAEMON!r})\ntwin = py.fork()\nprint('ready', flush=True)\n"
        "twin.run('while True: pass')"
    )
    before = descendants()
    host = _children(code)
    assert host.stdout is not None and host.stdout.readline() == "ready\n"
    mine = descendants(host.pid)
    assert len(mine) >= 4
    host.send_signal(signal.SIGKILL)
    host.wait()
    end = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in mine) and time.monotonic() < end:
        time.sleep(0.05)
    assert not [pid for pid in mine if Path(f"/proc/{pid}").exists()]
    assert settles_at(before)


def test_a_host_program_that_closes_nothing_ends_cleanly(isolation):
    code = "from windward.interpreter import Interpreter\npy = Interpreter()\ntwin = py.fork()\nprint(py.run('1').value)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_nothing_is_left_in_the_hosts_temporary_folder(isolation, tmp_path):
    code = (
        "from windward.interpreter import Interpreter\n"
        "for isolation in ('auto', 'none'):\n"
        '    with Interpreter(isolation=isolation) as py:\n        py.run(\'open("f", "w").write("x")\'); py.fork().close()\n'
    )
    subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)}, check=True, timeout=60
    )
    assert list(tmp_path.iterdir()) == []
