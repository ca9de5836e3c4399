"""The interpreter beside a Jupyter kernel, a bare fork and smolagents' LocalPythonExecutor, in one run.

Claims (each prints its figures, the target and whether it was met):

* a session from the fork server starts in at most 1/20 of a Jupyter kernel's time, and a step takes at most 1/20;
* a fork of a session that holds numpy, sympy, pandas and 50 MB takes at most 10 ms (beside: a bare `os.fork` with a
  handshake of a process with the same state, which isolates nothing, copies no files and answers nobody);
* 64 live sessions hold at most 600 MB of proportional memory, server included.

The Jupyter kernel and LocalPythonExecutor run on the host, without isolation. `python benchmarks/interpreter.py`
(needs the `bench` extra; about a minute on two quiet cores). Times are wall milliseconds: median [min, max].
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from windward.interpreter import Interpreter
from windward.interpreter.server import fork_server

STEP = "x = 1 + 1; x"
LOOP = "t = 0\nfor i in range(100_000): t += i * i\nt"
STATE = (
    "import numpy as np, sympy, pandas as pd\n"
    "a = np.random.rand(50 * 125_000)\nf = pd.DataFrame({'x': range(1000)})\ne = sympy.Symbol('x') ** 2\na.nbytes"
)


@dataclass(frozen=True)
class Times:
    """Wall milliseconds of repeated runs."""

    ms: list[float]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.ms)

    def __str__(self) -> str:
        return f"{self.median:9.3f} [{min(self.ms):.3f}, {max(self.ms):.3f}] n={len(self.ms)}"


def measure(work: Callable[[], object], times: int) -> Times:
    """Runs `work` again and again."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - started))
    return Times(taken)


def show(what: str, times: Times) -> None:
    """A line of figures."""
    print(f"  {what:<58} {times}", flush=True)


def claim(what: str, value: float, target: float, unit: str) -> None:
    """A line that says whether a target was met."""
    print(
        f"  -> {what}: {value:.4g}{unit}, target <= {target:.4g}{unit}: {'met' if value <= target else 'NOT met'}",
        flush=True,
    )


# -- ours ----------------------------------------------------------------------------------------------


def cold_start() -> None:
    """A session from nothing to its first reply, and its end."""
    with Interpreter() as py:
        assert py.run("1").value == "1"


def stepper(py: Interpreter, code: str, value: str) -> Callable[[], None]:
    """A step that checks its answer."""

    def step() -> None:
        assert py.run(code).value == value

    return step


def forks(py: Interpreter, times: int) -> tuple[Times, Times]:
    """Milliseconds of `fork()`, and of a fork with a first reply of the twin."""
    alone, answered = [], []
    for _ in range(times):
        started = time.perf_counter()
        twin = py.fork()
        alone.append(1000 * (time.perf_counter() - started))
        assert twin.run("a.nbytes").value == "50000000"
        answered.append(1000 * (time.perf_counter() - started))
        twin.close()
    return Times(alone), Times(answered)


# -- peers ---------------------------------------------------------------------------------------------


@contextmanager
def jupyter_kernel() -> Iterator[Callable[[str], str | None]]:
    """A kernel over IPC sockets; yields a function that runs a cell and gives the text of its value."""
    from jupyter_client.manager import KernelManager

    folder = tempfile.TemporaryDirectory()
    manager = KernelManager(kernel_name="python3", transport="ipc", ip=f"{folder.name}/kernel")
    manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def run(code: str) -> str | None:
        value: list[str] = []

        def hook(message: dict[str, object]) -> None:
            content = message["content"]
            if message["msg_type"] == "execute_result" and isinstance(content, dict):
                value.append(content["data"]["text/plain"])

        client.execute_interactive(code, output_hook=hook, timeout=60)
        return value[-1] if value else None

    try:
        yield run
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        folder.cleanup()


def kernel_starts(times: int) -> Times:
    """Milliseconds to a kernel's first reply, without its shutdown."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        with jupyter_kernel() as run:
            assert run("1") == "1"
            taken.append(1000 * (time.perf_counter() - started))
    return Times(taken)


def session_starts(times: int) -> Times:
    """Milliseconds to a session's first reply, without its end."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        with Interpreter() as py:
            assert py.run("1").value == "1"
            taken.append(1000 * (time.perf_counter() - started))
    return Times(taken)


def bare_forks(times: int) -> Times:
    """`os.fork` and one byte back, in a process with the same libraries and data."""
    receive, send = os.pipe()
    pid = os.fork()
    if pid == 0:
        state: dict[str, object] = {}
        exec(STATE, state)  # our own text, in a process made for it
        taken = []
        for _ in range(times):
            back, say = os.pipe()
            started = time.perf_counter()
            child = os.fork()
            if child == 0:
                os.write(say, b"x")
                os._exit(0)
            os.read(back, 1)
            taken.append(1000 * (time.perf_counter() - started))
            os.waitpid(child, 0)
            os.close(back)
            os.close(say)
        os.write(send, ",".join(map(str, taken)).encode())
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as file:
        text = file.read()
    os.waitpid(pid, 0)
    return Times([float(part) for part in text.split(",")])


def descendants_pss_mb() -> float:
    """Proportional resident MB (10^6 bytes) of every process below this one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it ended between the listing and the reading
    tree, queue = set(), [os.getpid()]
    while queue:
        above = queue.pop()
        below = [pid for pid, parent in parents.items() if parent == above]
        tree.update(below)
        queue += below
    kib = 0
    for pid in tree:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue  # it ended
        kib += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return kib * 1024 / 1e6


# -- the run -------------------------------------------------------------------------------------------


def compare_with_jupyter(n: int) -> None:
    """Start and step."""
    print("start to first reply (ms)")
    peer, ours = kernel_starts(max(3, n // 10)), session_starts(n)
    show("Jupyter kernel (jupyter_client + ipykernel), no isolation", peer)
    show("Windward session from the fork server, isolated", ours)
    claim("ours / Jupyter", ours.median / peer.median, 1 / 20, "")
    show("Windward session, with its end", measure(cold_start, n))

    print("a step: `x = 1 + 1; x` (ms)")
    with jupyter_kernel() as run, Interpreter() as py:
        peer = measure(lambda: run(STEP), 5 * n)
        ours = measure(stepper(py, STEP, "2"), 20 * n)
        show("Jupyter kernel", peer)
        show("Windward", ours)
        claim("ours / Jupyter", ours.median / peer.median, 1 / 20, "")
        print("100,000 squarings in a Python loop (ms)")
        show("Jupyter kernel", measure(lambda: run(LOOP), n))
        show("Windward", measure(stepper(py, LOOP, "333328333350000"), n))


def compare_with_smolagents(n: int) -> None:
    """Their interpreter of Python in Python, which its documentation calls no security boundary."""
    from smolagents.local_python_executor import LocalPythonExecutor

    def create() -> LocalPythonExecutor:
        executor = LocalPythonExecutor([])
        executor.send_tools({})
        return executor

    print("smolagents LocalPythonExecutor, no isolation (ms)")
    show("create", measure(create, n))
    executor = create()
    show("step", measure(lambda: executor(STEP), 5 * n))
    show("100,000 squarings", measure(lambda: executor(LOOP), 3))


def compare_forks(n: int) -> None:
    """A session with libraries and 50 MB."""
    print("fork of a session with numpy, sympy, pandas and a 50 MB array (ms)")
    with Interpreter() as py:
        assert py.run(STATE).value == "50000000"
        alone, answered = forks(py, n)
        bare = bare_forks(n)
        show("bare os.fork + one byte back (nothing isolated or copied)", bare)
        show("Windward fork()", alone)
        show("Windward fork() and a first reply of the twin", answered)
        claim("fork()", alone.median, 10.0, " ms")
        print(f"  -> fork() / bare fork: {alone.median / bare.median:.2f}")


def live_sessions(count: int = 64) -> None:
    """Memory of many sessions at once."""
    print(f"{count} live sessions, each with a variable of its own (MB of 10^6 bytes, proportional)")
    before = descendants_pss_mb()
    sessions = [Interpreter() for _ in range(count)]
    for number, py in enumerate(sessions):
        assert py.run(f"x = {number}\nx").value == str(number)
    total = descendants_pss_mb()
    print(f"  the fork server alone {before:.0f} MB, with {count} sessions {total:.0f} MB")
    claim(f"{count} sessions and the server", total, 600, " MB")
    for py in sessions:
        py.close()


def main() -> None:
    """Runs everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=50, help="repetitions of the quick measurements")
    n = parser.parse_args().times
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}"
    )
    started = time.perf_counter()
    fork_server(True)
    print(
        f"fork server, once a program (numpy, pandas, sympy, scipy imported): {time.perf_counter() - started:.2f} s"
    )
    compare_with_jupyter(n)
    compare_forks(n)
    live_sessions()
    compare_with_smolagents(n)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    sys.exit(main())
