"""Nothing gets out: every probe fails in an interpreter, and works where nothing holds it."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from corner import private_corner
from hostile_world import World
from probes import PREAMBLE, PROBES, Probe

from windward.interpreter import Interpreter, Limits

_HERE = Path(__file__).parent
_X86 = platform.machine() == "x86_64"
_CASES = [probe for probe in PROBES if _X86 or not probe.x86_only]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The host's secrets and servers; in this process's environment too."""
    with World(str(tmp_path_factory.mktemp("host"))) as world:
        os.environ[world.facts["variable"]] = world.facts["secret"]
        yield world
        del os.environ[world.facts["variable"]]


@pytest.fixture(scope="module")
def control_room(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """Runs the controls, beside the tests of the same probes."""
    asked = {item.callspec.params["probe"].name for item in request.session.items if _is_control(item)}
    probes = {probe.name: PREAMBLE + probe.code for probe in _CASES if probe.name in asked}
    room = subprocess.Popen(
        [*private_corner(), sys.executable, str(_HERE / "control_room.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "WINDWARD_CANARY": "secret-of-the-control-room"},
    )  # fmt: skip
    assert room.stdin is not None
    room.stdin.write(json.dumps(probes))
    room.stdin.close()
    room.stdin = None  # `communicate` takes it for open otherwise
    yield room
    room.kill()
    room.wait()


@pytest.fixture(scope="module")
def controls(control_room: subprocess.Popen[str]) -> dict[str, str]:
    """What each probe prints without isolation."""
    said, trouble = control_room.communicate(timeout=600)
    assert control_room.returncode == 0, trouble
    answers: dict[str, str] = json.loads(said)
    return answers


@pytest.fixture(scope="module", autouse=True)
def _begin_with_the_controls(request: pytest.FixtureRequest) -> None:
    """They take a while: let them run while the probes are tried in isolation."""
    with contextlib.suppress(pytest.skip.Exception):  # where there is no private corner, each control says so
        request.getfixturevalue("control_room")


def _is_control(item: pytest.Item) -> bool:
    return item.name.startswith("test_control[") and hasattr(item, "callspec")


@pytest.mark.parametrize("probe", _CASES, ids=lambda probe: probe.name)
def test_escape(isolation: None, world: World, probe: Probe) -> None:
    limits = Limits(**({"seconds": 8, "wall_seconds": 15, "file_mb": 64} | probe.limits))  # type: ignore[arg-type]
    with Interpreter(limits) as py:
        out = py.run(f"W = {world.facts!r}\n{PREAMBLE}{probe.code}")
        assert "ESCAPED" not in out.stdout + out.stderr + (out.value or ""), out
        assert world.facts["secret"] not in out.stdout + out.stderr
        assert py.run("6 * 7").value == "42" or py.run("6 * 7").value == "42"  # at most one loss of state


@pytest.mark.parametrize("probe", _CASES, ids=lambda probe: probe.name)
def test_control(controls: dict[str, str], probe: Probe) -> None:
    said = controls[probe.name]
    if "no namespaces" in said:
        pytest.skip(said)
    if probe.name in _NEEDS_ITS_KERNEL and any(
        word in said for word in ("not implemented", "not supported", "rotocol")
    ):
        pytest.skip(f"this kernel was built without it: {said.strip()[-80:]}")
    if os.geteuid() != 0 and ("not permitted" in said or "ermission denied" in said):
        pytest.skip(f"only the machine's root may do this even without isolation: {said.strip()[-80:]}")
    assert "ESCAPED" in said, said


_NEEDS_ITS_KERNEL = {
    "load_a_kernel_program", "watch_the_processor", "handle_page_faults", "submit_calls_by_ring", "keep_a_key",
    "read_the_key_ring", "watch_all_files", "open_a_message_queue", "use_the_local_descriptor_table",
    "share_memory_by_key", "share_a_semaphore_by_key", "queue_messages_by_key", "open_a_packet_socket",
    "compare_with_another_process",
}  # fmt: skip


def test_there_are_as_many_as_promised() -> None:
    assert len({probe.name for probe in PROBES}) == len(PROBES) >= 40
