"""What every episode does, done once before any is forked.

Python fills method caches and specialises bytecode when code first runs. Done in the fork server, that work is
shared; done after the fork, each process gets a private copy of the pages that it writes to.
"""

from __future__ import annotations

import io
import linecache
import os
import random
import socket
from typing import Any

from windward.interpreter.inside import calls, execute, processes
from windward.interpreter.inside.wire import recv_frame, recv_packet, send_frame, send_packet

_ROUNDS = 20  # bytecode is specialised after eight
_CELLS = ("x = 1 + 1; x", "def f(n):\n    return [n, 'text']\nf(2)", "1 / 0", "print('text')", "if")
_MESSAGE = {"op": "start", "id": 1, "value": "2", "error": None, "cpu": 0.5, "images": [], "isolated": True}


def rehearse(isolated: bool) -> None:
    """Runs what supervisors and sessions run, without a process of its own."""
    namespace: dict[str, Any] = {"print": lambda text: io.StringIO().write(text)}
    table = processes.Processes(isolated=False)
    table.table()
    for _ in range(_ROUNDS):
        for code in _CELLS:
            execute.refusal(code)
            cell = execute.Cell(code, 0)
            execute.run_cell(cell, namespace)
            del linecache.cache[cell.filename]
        _talk()
        table.ended(os.getpid())
        processes.tree(1, {1: processes.Process(0, 0.5, 1.0), 2: processes.Process(1, 0.5, 1.0)}, {1})
        random.seed(0)
    table.close()
    if isolated:
        calls.program()


def _talk() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        send_packet(ours, _MESSAGE, (theirs.fileno(),))
        for fd in recv_packet(theirs)[1]:
            os.close(fd)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send_frame(ours, _MESSAGE)
        recv_frame(theirs)
