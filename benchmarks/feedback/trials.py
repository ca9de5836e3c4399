"""One run of one client against an endpoint of its own: what it cost, what it made, and what it paid for."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import work
from peers import Client

HERE = Path(__file__).parent
PATIENCE = 300.0
"""Seconds without a request after which a client counts as hung."""

QUIET = {
    "TELEMETRY_ENABLED": "false",
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OPENAI_API_KEY": "x",
    "PYTHONHASHSEED": "0",
}


@dataclass
class Trial:
    """What came of one run.

    Attributes:
        rows: asked for.
        wall: seconds from start to end, start-up included.
        cpu: seconds of the process and of all its children that ended, user and system, start-up included.
        rss: peak resident MiB of the largest process.
        ended: "" when it ended well, `killed` as planned, `hung`, or `exit <n>`.
        valid: rows whose four ratings are all there and right.
        wrong: rows with a rating that belongs to another completion.
        counts: what the endpoint counted, since it started.
        endpoint_cpu: CPU seconds of the endpoint.
        said: the last line on standard error where not all rows are valid.
    """

    rows: int
    wall: float
    cpu: float
    rss: float
    ended: str
    valid: int = 0
    wrong: int = 0
    counts: dict[str, Any] = field(default_factory=dict)
    endpoint_cpu: float = 0.0
    said: str = ""


class Endpoint:
    """The endpoint in a process of its own; its counts, while it lives."""

    def __init__(self, style: str, faults: float, seed: int) -> None:
        command = [sys.executable, str(HERE / "endpoint.py"), "--style", style]
        command += ["--faults", str(faults), "--seed", str(seed)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        port, self.counts_port = map(int, self.process.stdout.readline().split())
        self.url = f"http://127.0.0.1:{port}/v1"

    def counts(self) -> dict[str, Any]:
        """What it counted so far."""
        with socket.create_connection(("127.0.0.1", self.counts_port)) as connection:
            blocks = iter(lambda: connection.recv(65536), b"")
            return json.loads(b"".join(blocks))

    def cpu(self) -> float:
        """CPU seconds so far (it has one thread)."""
        return int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[0]) / 1e9


@contextlib.contextmanager
def endpoint(style: str, faults: float = 0.0, seed: int = 0) -> Iterator[Endpoint]:
    """An endpoint for as long as it is needed."""
    server = Endpoint(style, faults, seed)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def run_client(
    client: Client,
    python: Path,
    server: Endpoint,
    rows: Path,
    folder: Path,
    *,
    in_flight: int,
    kill_when_paid: int | None = None,
    limit: float = 3600.0,
) -> Trial:
    """Runs a client over rows to its end, or kills it with all its children once so many rows are paid."""
    out, errors = folder / "out.jsonl", folder / "errors.txt"
    command = [str(python), str(HERE / client.script), "--url", server.url, "--rows", str(rows)]
    command += ["--out", str(out), "--folder", str(folder / "kept"), "--in-flight", str(in_flight)]
    command += client.args
    started, spent = time.monotonic(), server.cpu()
    with errors.open("w") as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=said,
            cwd=folder,
            env=os.environ | QUIET,
            start_new_session=True,
        )
        try:
            ended, usage = _watch(process, server, started, kill_when_paid, limit)
        except BaseException:
            _kill_rest(process.pid)
            raise
    trial = Trial(
        rows=sum(1 for _ in work.rows(rows)),
        wall=time.monotonic() - started,
        cpu=usage.ru_utime + usage.ru_stime,
        rss=usage.ru_maxrss / 1024,
        ended=ended,
        counts=server.counts(),
        endpoint_cpu=server.cpu() - spent,
    )
    if out.exists() and not ended:
        trial.valid, trial.wrong = judged(rows, out)
    if ended != "killed" and trial.valid < trial.rows:
        lines = [line.strip() for line in errors.read_text(errors="replace").splitlines() if line.strip()]
        trial.said = (lines or [""])[-1][:300]
    return trial


def _watch(
    process: subprocess.Popen[bytes],
    server: Endpoint,
    started: float,
    kill_when_paid: int | None,
    limit: float,
) -> tuple[str, Any]:
    """Waits for the end, the kill or a hang; how it ended, and what it used."""
    killed = ""
    looked = started
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = code = os.waitstatus_to_exitcode(status)
            _kill_rest(process.pid)
            return killed or (f"exit {code}" if code else ""), usage
        now = time.monotonic()
        if not killed and kill_when_paid is not None:
            if server.counts()["paid"] >= kill_when_paid:
                killed = "killed"
        elif not killed and now - looked > 2:
            looked = now
            if now - started > limit or min(now - started, server.counts()["idle"]) > PATIENCE:
                killed = "hung"
        if killed:
            _kill_rest(process.pid)
        time.sleep(0.005 if kill_when_paid is not None else 0.02)


def _kill_rest(group: int) -> None:
    """Ends a client and what it started by kill -9."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def judged(rows: Path, out: Path) -> tuple[int, int]:
    """Valid rows, and rows with a wrong rating."""
    expected = {row["id"]: row["expected"] for row in work.rows(rows)}
    valid = wrong = 0
    for row in work.rows(out):
        ratings = row["ratings"]
        if ratings is None or any(one is None for one in ratings):
            continue
        if ratings == expected.pop(row["id"], None):
            valid += 1
        else:
            wrong += 1
    return valid, wrong
