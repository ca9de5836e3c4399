"""The reply channel: whatever is written to it, the host stays in step, alive, and fooled by no forgery.

A run's own code may say of itself what it likes (it could as well have printed it). What it may not do is speak for
another run, another twin or another interpreter, or hold up the host.
"""

from __future__ import annotations

import resource
import time

import pytest

FORGE = """
import json, os, struct, sys, threading, time
def frame(message):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack('!I', len(body)) + body
def send(data, fd=1001):
    while data: data = data[os.write(fd, data):]
def own_id():  # any code can look for it in the frames below its own
    frame = sys._getframe()
    while frame:
        if 'request' in frame.f_locals: return frame.f_locals['request']['id']
        frame = frame.f_back
"""


def honest(py) -> None:
    """The next two runs are what they should be; at most the first says that state was lost."""
    first = py.run("6 * 7")
    assert first.value == "42" or (first.status == "crash" and first.state_lost and first.value is None)
    assert py.run("6 * 7").value == "42"


NONSENSE = [
    "struct.pack('!I', 2**32 - 1)",
    "struct.pack('!I', 60 << 20)",
    "struct.pack('!I', 100) + b'{'",
    "b'\\x00'",
    "frame(b'not json')",
    "frame(b'')",
    "frame(b'[1, 2]')",
    "frame(b'null')",
    "frame(b'\\xff\\xfe')",
    "frame(b'[' * 100_000)",
    "frame(b'{\"a\":' * 50_000)",
    "frame(b'9' * 100_000)",
    "frame({'id': 1, 'value': 'forged'})",
    "frame({'id': None}) * 100",
    "frame({'tool': 'nothing', 'args': [], 'kwargs': {}}) * 5000",
    "frame({'tool': ['x'], 'args': 1, 'kwargs': []})",
    "frame({'hello': True}) * 10",
    "os.urandom(100_000)",
]
WAITING = ("struct.pack('!I', 100) + b'{'", "b'\\x00'", "frame({'tool': ['x'], 'args': 1, 'kwargs': []})")


@pytest.mark.parametrize(
    ("data", "after"), [*((data, "") for data in NONSENSE), *((data, "\ntime.sleep(30)") for data in WAITING)]
)
def test_nonsense_on_the_channel_costs_the_session_and_nothing_else(make, data, after):
    py, other = make(seconds=0.5, wall_seconds=1), make()
    started = time.monotonic()
    out = py.run(f"{FORGE}\nsend({data}){after}")
    assert time.monotonic() - started < 8
    assert out.value != "forged"
    honest(py)
    assert other.run("1").value == "1"


def test_a_slow_drip_wins_no_time(make):
    py = make(seconds=1, wall_seconds=1.5)
    started = time.monotonic()
    drip = f"{FORGE}\nsend(struct.pack('!I', 10_000))\nwhile True:\n    send(b'x'); time.sleep(0.1)"
    assert py.run(drip).status == "timeout"
    assert time.monotonic() - started < 6
    honest(py)


def test_endless_tool_calls_win_no_time(make):
    py = make(seconds=1, wall_seconds=1.5, tools={"nothing": lambda: None})
    code = f"{FORGE}\nwhile True:\n    try: nothing()\n    except Exception: pass"
    started = time.monotonic()
    assert py.run(code).status == "timeout"
    assert time.monotonic() - started < 8
    honest(py)


@pytest.mark.parametrize("item", ["b'[],'", "b'\"a\",'", "b'{},'"])
def test_a_large_reply_is_not_read_into_the_hosts_memory(make, item):
    py = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    body = "b'{\"id\":\"' + own_id().encode() + b'\",\"images\":[' + ITEM * 5_000_000 + b'0]}'".replace(
        "ITEM", item
    )
    out = py.run(f"{FORGE}\nsend(frame({body}))")
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 100
    assert out.images == ()
    honest(py)


def test_every_field_of_a_forged_reply_is_made_harmless(make):
    py = make(output_chars=100)
    body = (
        'b\'{"id":"\' + own_id().encode() + b\'","status":"fine","cpu":NaN,"cut":-7,"stdout":[1],'
        '"stderr":null,"value":"\\\\ud800","error":7,"images":["../../etc/x.png","/a.png","ok.png",3,"a\\\\u0000.png"]}\''
    )
    out = py.run(f"{FORGE}\nsend(frame({body}))")
    assert out.status == "error" and out.images == ("ok.png",)
    assert out.cpu_seconds == 0 and out.truncated >= 0 and out.wall_seconds < 10
    assert (out.stdout, out.stderr, out.error) == ("", "", None)
    assert out.text.encode()
    honest(py)


def test_a_reply_for_a_later_run_is_not_taken(make):
    py = make()
    py.run(f"{FORGE}\nfor n in range(200): send(frame({{'id': n, 'status': 'ok', 'value': 'forged'}}))")
    for _ in range(3):
        assert py.run("6 * 7").value != "forged"
    assert py.run("6 * 7").value == "42"


def test_a_child_left_behind_cannot_answer_for_a_later_run(make):
    py = make(seconds=2, wall_seconds=4)
    code = (
        f"{FORGE}\nmine = own_id()\nif os.fork() == 0:\n    time.sleep(0.3)\n    while True:\n"
        "        for name in (mine, 1, 2, 3, None, '', True): send(frame({'id': name, 'status': 'ok', 'value': 'forged'}))"
    )
    py.run(code)
    time.sleep(0.2)
    seen = [py.run("import time\ntime.sleep(0.4)\n6 * 7") for _ in range(3)]
    assert all(out.value != "forged" for out in seen)
    assert seen[-1].value == "42"


def test_a_run_that_answers_early_does_not_shift_the_answers(make):
    py = make()
    out = py.run(
        f"{FORGE}\nsend(frame({{'id': own_id(), 'status': 'ok', 'value': 'early'}}))\ntime.sleep(0.3)\n'late'"
    )
    assert out.value in ("early", None)
    for number in range(3):
        assert py.run(f"{number} + 100").value in (f"{number + 100}", None)
    assert py.run("6 * 7").value == "42"


@pytest.mark.parametrize(
    "vandalism",
    [
        "os.close(1001)",
        "os.closerange(3, 5000)",
        "os.closerange(0, 5000)",
        "os.dup2(os.open('/dev/null', os.O_RDWR), 1001)",
        "os.dup2(os.open('/dev/zero', os.O_RDWR), 1001)",
        "os.close(1002)",
        "os.close(1000)",
        "os.dup2(os.open('/', os.O_RDONLY), 1000)",
        "os.close(1); os.close(2)",
        "os.dup2(os.open('/dev/full', os.O_WRONLY), 1)",
        "os.dup2(os.open('/dev/zero', os.O_RDWR), 1)",
        "sys.stdout = sys.stderr = None",
        "sys.stdout.close(); sys.stderr.close()",
        "sys.stdout.detach()",
        "send(b'x' * 100, 1002)",
        "[send(b'1 9', 1002) for _ in range(1000)]",
        "send(b'%d %d' % (os.getpid(), 10**30), 1002)",
        "send(b'9' * 255, 1002)",
        "import json; json.dumps = json.loads = json.JSONEncoder = None",
        "import builtins; builtins.compile = builtins.repr = builtins.print = builtins.len = None",
        "import builtins; builtins.eval = builtins.isinstance = builtins.str = None",
        "import ast, traceback, linecache; ast.parse = traceback.extract_tb = linecache.cache = None",
        "import socket, select; socket.socket.sendall = socket.socket.recv = None; select.poll = None",
        "import os as o; o.fork = o._exit = o.getpid = o.dup2 = o.read = o.fstat = None",
        "import time as t, random; t.perf_counter = t.process_time = None; random.getstate = None",
        "sys.modules.clear()",
        "sys.path.clear(); sys.meta_path.clear()",
        "sys.settrace(lambda *a: 1 / 0)",
        "sys.setprofile(lambda *a: 1 / 0)",
        "threading.settrace(lambda *a: 1 / 0); sys.setrecursionlimit(60)",
        "import atexit; atexit.register(lambda: os._exit(9))",
        "sys.excepthook = sys.unraisablehook = sys.displayhook = None",
        "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Worker': o.__dict__.clear()",
        "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Worker': o.limit = -5; o.cells = 'x'",
        "globals().clear()",
        "__builtins__.__dict__.clear()",
        "import signal; [signal.signal(n, lambda *a: os._exit(5)) for n in (2, 14, 15, 17)]",
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))",
        "import signal; signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP); time.sleep(1)",
        "import asyncio; asyncio.get_event_loop_policy().set_event_loop(asyncio.new_event_loop())",
        "os.chdir('/'); os.rename('/proc/self/fd/1000/work', '/proc/self/fd/1000/w')",
        "os.rename('/proc/self/fd/1000/work', '/proc/self/fd/1000/w'); os.symlink('/proc/1/root', '/proc/self/fd/1000/work')",
        "import shutil; [shutil.rmtree(f'/proc/self/fd/1000/{n}', True) for n in ('work', 'tmp', 'shm')]",
        "os.umask(0o777); os.chmod('/proc/self/fd/1000', 0)",
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))",
        "os.fork()",
        "import ctypes; ctypes.memset(id(None), 0, 16)",
        "import faulthandler; faulthandler._sigabrt()",
    ],
)
def test_vandalism_at_home_hurts_nobody_else_and_a_new_session_is_whole(make, vandalism):
    """The session may be lost; the host, the twins and a session started afresh are not."""
    py = make(seconds=1, wall_seconds=3)
    py.run("kept = 1")
    twin = py.fork()
    started = time.monotonic()
    py.run(f"{FORGE}\n{vandalism}")
    py.run("1")
    assert time.monotonic() - started < 12
    assert twin.run("kept + 41").value == "42"
    py.reset()
    assert py.run("import os\nopen('f', 'w').write('x')\n(os.getcwd(), 6 * 7)").value == "('/episode', 42)"
    assert py.read_file("f") == b"x"
    assert py.fork().run("6 * 7").value == "42"


def test_nothing_that_comes_from_inside_is_unpickled_or_evaluated_on_the_host(make, tmp_path):
    py = make()
    code = (
        (
            "class Bomb:\n    def __reduce__(self): return (open, (PATH, 'w'))\n    def __repr__(self): return CALL\n"
            "    __str__ = __repr__\nimport pickle\n"
        )
        .replace("PATH", repr(str(tmp_path / "exploded")))
        .replace("CALL", repr(f"open({str(tmp_path / 'exploded')!r}, 'w')"))
    )
    for last in ("Bomb()", "print(Bomb())", "raise ValueError(Bomb())", "pickle.dumps(Bomb())"):
        py.run(code + last)
    assert list(tmp_path.iterdir()) == []


def test_paths_lead_nowhere_but_below_the_working_folder(make, tmp_path):
    from windward.interpreter import InterpreterError

    secret = tmp_path / "secret"
    secret.write_text("canary")
    py = make()
    py.run(
        f"import os\nos.symlink({str(secret)!r}, 'file')\nos.symlink({str(tmp_path)!r}, 'folder')\nos.symlink('/', 'root')\n"
        "os.symlink('/proc/1/environ', 'environ')\nos.mkfifo('pipe')\nos.mkdir('d')\nos.symlink('../..', 'd/up')\n"
        "os.symlink('file', 'twice')\nkeep = os.open('pipe', os.O_RDWR)"
    )
    names = [
        "file", "folder/secret", "root/etc/passwd", "environ", "twice", "d/up/tmp", "../secret", "..", ".", "",
        "d/../../tmp/x", str(secret), "/etc/passwd", "pipe", "d", "/", "a\0b", "\ud800", "a" * 100_000, "x/" * 30_000,
        "proc/../../../etc/passwd", "~/x", "//etc/passwd",
    ]  # fmt: skip
    for name in names:
        with pytest.raises(InterpreterError):
            py.read_file(name)
    for name in set(names) - {"~/x"}:
        with pytest.raises(InterpreterError):
            py.write_file(name, b"overwritten")
    assert secret.read_text() == "canary" and [p.name for p in tmp_path.iterdir()] == ["secret"]
    honest(py)
