"""Twins of one episode share a process namespace and a past. One of them attacks; the others must not notice."""

from __future__ import annotations

import time

import pytest
from host_processes import descendants

ATTACKS = {
    "signals": (
        "import ctypes, os\nlibc = ctypes.CDLL(None)\n"
        "for pid in range(1, 100):\n    if pid != os.getpid():\n        for number in (9, 15, 19, 40): libc.kill(pid, number)\n"
        "libc.kill(-1, 9); libc.killpg(0, 9)\nlibc.syscall(200, PID, 9); libc.syscall(234, PID, PID, 9)"
    ),
    "signals_by_the_supervisor": (
        "import os\nfor pid in range(1, 100):\n    if pid != os.getpid(): os.write(1002, b'%d 9' % pid)\n"
        "for pid in (0, -1, -PID, 1, PID):\n    os.write(1002, b'%d 9' % pid)\n"
        "for text in (b'', b'x', b'1', b'9' * 255, b'1 1 1', b'%d %d' % (os.getpid(), 10**30), b'\\xff 9', b'-1 9'):\n"
        "    os.write(1002, text)"
    ),
    "signals_by_a_descriptors_owner": (
        "import fcntl, os, socket\nfor pid in range(1, 100):\n    if pid == os.getpid(): continue\n"
        "    a, b = socket.socketpair()\n    try: fcntl.fcntl(a, 8, pid)\n    except OSError: continue\n"
        "    for number in (9, 40):\n        try: fcntl.fcntl(a, 10, number)\n        except OSError: pass\n"
        "    fcntl.fcntl(a, fcntl.F_SETFL, fcntl.fcntl(a, fcntl.F_GETFL) | os.O_ASYNC); b.send(b'x')"
    ),
    "files_through_proc": (
        "import os\nfor pid in range(1, 100):\n    if pid == os.getpid(): continue\n"
        "    for where in ('cwd', 'root/episode', 'fd/1000/work', 'fd/1', 'mem'):\n"
        "        for name in ('', '/secret', '/planted'):\n"
        "            path = f'/proc/{pid}/{where}{name}'\n"
        "            try: print('ESCAPED', path, os.listdir(path))\n            except OSError: pass\n"
        "            try: print('ESCAPED', path, open(path, 'r+b').read(9))\n            except OSError: pass"
    ),
    "all_processes_taken": (
        "import os, time\nfor _ in range(500):\n    try:\n        if os.fork() == 0: time.sleep(8); os._exit(0)\n    except OSError: break"
    ),
    "all_memory_taken": "x = []\ntry:\n    while True: x.append(bytearray(1 << 20))\nexcept MemoryError: pass",
    "all_disk_taken": (
        "try:\n    for n in range(999): open(f'f{n}', 'wb').write(bytes(1 << 20))\nexcept OSError: pass"
    ),
    "strays_without_end": (
        "import os\nif os.fork() == 0:\n    os.setsid()\n    while True:\n"
        "        try:\n            if os.fork(): os._exit(0)\n        except OSError: pass"
    ),
    "a_sibling_of_ones_own": (
        "import ctypes, os, time\npid = ctypes.CDLL(None).syscall(56, 0x8000 | 17, 0, 0, 0, 0)\n"
        "if pid == 0:\n    time.sleep(8); os._exit(0)"
    ),
    "a_flood_for_the_supervisor": (
        "import os\nif os.fork() == 0:\n    os.set_blocking(1002, False)\n    while True:\n"
        "        try: os.write(1002, b'1 9')\n        except OSError: pass"
    ),
    "descriptors_for_the_supervisor": (
        "import array, os, socket\ns = socket.socket(fileno=os.dup(1002))\nf = [os.open('/dev/null', 0) for _ in range(200)]\n"
        "for _ in range(50):\n    s.sendmsg([b'x 9'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', f))])"
    ),
    "shared_objects_by_key": (
        "import ctypes\nlibc = ctypes.CDLL(None)\n"
        "for call in (libc.shmget, libc.semget):\n    if call(0x77, 4096, 0o1666) >= 0: print('ESCAPED', call)\n"
        "if libc.msgget(0x77, 0o1666) >= 0: print('ESCAPED')"
    ),
    "the_work_folder_turned_into_a_link": (
        "import os\nos.rename('/proc/self/fd/1000/work', '/proc/self/fd/1000/w')\n"
        "os.symlink('/proc/1/cwd', '/proc/self/fd/1000/work')"
    ),
    "death_by_a_nameless_signal": (
        "import ctypes, time\n"
        "class E(ctypes.Structure): _fields_ = [('v', ctypes.c_void_p), ('s', ctypes.c_int), ('n', ctypes.c_int), ('p', ctypes.c_char * 48)]\n"
        "libc = ctypes.CDLL(None); t = ctypes.c_void_p()\nlibc.timer_create(0, ctypes.byref(E(None, 41, 0)), ctypes.byref(t))\n"
        "libc.timer_settime(t, 0, (ctypes.c_long * 4)(0, 0, 0, 1000), None); time.sleep(1)"
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_on_a_twin_finds_nothing_and_breaks_nothing(make, name):
    py = make(seconds=4, wall_seconds=12, processes=12, memory_mb=200, disk_mb=24, file_mb=8)
    py.run("import os\nx = 41\nopen('secret', 'w').write('canary')")
    victim, attacker, bystander = py.fork(), py.fork(), py.fork()
    victim.run("y = 1\nopen('secret', 'a').write(' of the victim')")
    pid = victim.run("os.getpid()").value
    out = attacker.run(ATTACKS[name].replace("PID", str(pid)))
    assert "ESCAPED" not in out.stdout
    started = time.monotonic()
    for one, secret in ((victim, "canary of the victim"), (bystander, "canary"), (py, "canary")):
        look = "(x + 1, open('secret').read(), sorted(os.listdir()), os.path.exists('planted'))"
        assert one.run(look).value == f"(42, '{secret}', ['secret'], False)"
        assert one.run("print('mine')").stdout == "mine\n"
    attacker.reset()
    assert attacker.run("import os\n'planted' in os.listdir()").value == "False"
    attacker.close()
    grandchild = victim.fork()
    assert grandchild.run("x, y").value == "(41, 1)"
    assert time.monotonic() - started < 10


def test_descriptors_that_code_kept_before_a_fork_lead_a_twin_nowhere(make):
    py = make()
    py.run(
        "import json, os, socket, struct\nchannel, link, folder = os.dup(1001), os.dup(1002), os.open('.', os.O_RDONLY)\n"
        "parts = os.open('/proc/self/fd/1000', os.O_RDONLY)\nout = os.dup(1)\nopen('mine', 'w').write('parent')"
    )
    twin = py.fork()
    code = """
frame = json.dumps({'id': 1, 'status': 'ok', 'value': 'forged'}).encode()
for fd in (channel, link):
    try: os.write(fd, struct.pack('!I', len(frame)) + frame)
    except OSError: pass
for fd in (folder, parts):
    for name in ('planted', 'work/planted'):
        try: os.close(os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=fd))
        except OSError: pass
try: os.write(out, b'from the twin')
except OSError: pass
"""
    twin.run(code)
    assert py.run("print('mine')\nos.listdir()").text == "mine\n['mine']"
    assert py.run("6 * 7").value == "42"


def test_twins_do_not_see_each_others_processes(make):
    py = make()
    twin = py.fork()
    assert (
        twin.run(
            "import os\nsorted(int(n) for n in os.listdir('/proc') if n.isdigit()) == [os.getpid()]"
        ).value
        == "True"
    )


def test_other_episodes_are_not_there_at_all(make):
    a, b = make(), make()
    a.run(
        "open('/tmp/f', 'w').write('a'); open('/dev/shm/g', 'w').write('a'); open('/episode/h', 'w').write('a')"
    )
    look = "import os\n[os.path.exists(p) for p in ('/tmp/f', '/dev/shm/g', '/episode/h')]"
    assert b.run(look).value == "[False, False, False]"
    for folder in ("/", "/run", "/dev", "/var", "/usr", "/windward", "/etc", "/proc", "/work"):
        assert a.run(f"open('{folder}/planted', 'w')").status == "error"


def test_work_left_running_is_held_to_the_memory_limit(make):
    py = make(memory_mb=100)
    twin = py.fork()
    before = descendants()
    py.run(
        "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        time.sleep(0.5)\n"
        "        x = bytearray(60 << 20); x[::4096] = b'1' * len(x[::4096])\n        time.sleep(60)"
    )
    assert descendants() - before
    end = time.monotonic() + 8
    while descendants() - before and time.monotonic() < end:
        time.sleep(0.1)
    assert not descendants() - before
    assert twin.run("6 * 7").value == "42"
    assert py.run("6 * 7").value in ("42", None) and py.run("6 * 7").value == "42"


def test_a_twin_that_ends_beside_a_busy_parent_harms_nobody(make):
    from concurrent.futures import ThreadPoolExecutor

    py = make()
    twin, other = py.fork(), py.fork()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(py.run, "import os, time\ntime.sleep(0.6)\nos._exit(3)")
        time.sleep(0.2)
        twin.close()
        assert run.result().status == "crash"
    assert (other.run("6 * 7").value, py.run("6 * 7").value) == ("42", "42")
    assert other.fork().run("6 * 7").value == "42"


@pytest.mark.slow
@pytest.mark.parametrize("drip", [False, True], ids=["silent", "dripping"])
def test_a_hook_at_the_fork_holds_the_host_up_for_seconds_only(make, drip):
    hook = """
import os, socket, struct, time
def hook():
    channel = None
    for fd in range(3, 1000):
        try: s = socket.socket(fileno=os.dup(fd))
        except OSError: continue
        try:
            if s.type == socket.SOCK_SEQPACKET: s.send(b'{"twin": true}')
            else: s.send(struct.pack('!I', 100)); channel = s
        except OSError: pass
    end = time.time() + 40
    while time.time() < end:
        time.sleep(0.3)
        try: channel.send(b'x')
        except Exception: break
"""
    py = make()
    py.run(
        (hook if drip else "import os, time\ndef hook(): time.sleep(40)")
        + "\nos.register_at_fork(after_in_child=hook)"
    )
    started = time.monotonic()
    with pytest.raises(Exception, match="fork"):
        py.fork()
    assert time.monotonic() - started < 25
    assert py.run("6 * 7").value == "42"
