"""What there is to steal: a secret file, a secret variable, servers that listen, and another process."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import threading
from typing import Any, Self


class World:
    """Servers and secrets below one folder; the same on the host and in the control room."""

    def __init__(self, folder: str, secret: str | None = None, name_server: bool = False) -> None:
        token = secrets.token_hex(8)
        self.facts: dict[str, Any] = {
            "folder": folder,
            "file": f"{folder}/canary-{token}.txt",
            "secret": secret or f"secret-{token}",
            "variable": "WINDWARD_CANARY",
            "unix": f"{folder}/{token}.sock",
            "abstract": f"windward-{token}",
            "shm": f"/dev/shm/windward-{token}",
            "control": 0,
        }
        self._name_server = name_server
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        facts = self.facts
        for path in (facts["file"], facts["shm"]):
            with open(path, "w", encoding="ascii") as file:
                file.write(facts["secret"])
            self._stack.callback(os.remove, path)
        facts["tcp"] = self._serve(socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1]
        self._serve(socket.AF_UNIX, facts["unix"])
        self._serve(socket.AF_UNIX, "\0" + facts["abstract"])
        facts["udp"] = self._echo(("127.0.0.1", 0)).getsockname()[1]
        if self._name_server:
            self._echo(("127.0.0.1", 53), _address_of)
        victim = subprocess.Popen(
            ["sleep", "600"], env={**os.environ, facts["variable"]: facts["secret"]},
        )  # fmt: skip
        facts["victim"] = victim.pid
        self._stack.callback(victim.wait)
        self._stack.callback(victim.kill)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _serve(self, family: int, address: Any) -> socket.socket:
        server = self._stack.enter_context(socket.socket(family))
        server.bind(address)
        server.listen()

        def accept() -> None:
            with contextlib.suppress(OSError):  # closed at the end
                while True:
                    connection, _ = server.accept()
                    connection.sendall(b"welcome")
                    connection.close()

        threading.Thread(target=accept, daemon=True).start()
        return server

    def _echo(self, address: Any, answer: Any = bytes) -> socket.socket:
        server = self._stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        server.bind(address)

        def reply() -> None:
            with contextlib.suppress(OSError):  # closed at the end
                while True:
                    data, sender = server.recvfrom(2048)
                    server.sendto(answer(data), sender)

        threading.Thread(target=reply, daemon=True).start()
        return server


def _address_of(query: bytes) -> bytes:
    """A name server's answer to anything: 127.0.0.1."""
    end = query.index(b"\0", 12) + 5
    question = query[12:end]
    if question[-4:-2] != b"\0\1":  # not an IPv4 question: no such record
        return query[:2] + b"\x81\x80\0\1\0\0\0\0\0\0" + question
    return query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question + b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\1"
