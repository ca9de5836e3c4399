"""A private corner of the machine, for controls: what runs there ends there."""

from __future__ import annotations

import functools
import os
import subprocess

import pytest

_NAMESPACES = ["--mount", "--pid", "--fork", "--mount-proc", "--net", "--ipc", "--uts", "--kill-child"]


@functools.cache
def _command() -> list[str] | str:
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *user, *_NAMESPACES]
    try:
        done = subprocess.run([*command, "true"], capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        return "no unshare program here"
    return command if done.returncode == 0 else f"unshare is not permitted here ({done.stderr.strip()[:200]})"


def private_corner() -> list[str]:
    """The command that starts another in namespaces of its own; skips the control where that is not possible."""
    command = _command()
    if isinstance(command, str):
        pytest.skip(f"{command}: the control is not run")
    return list(command)
