"""The peers, each in an environment of its own that is made on first use and kept."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PINS = HERE.parent / "feedback-peers.txt"


@dataclass(frozen=True)
class Client:
    """One client.

    Attributes:
        name: in the tables.
        script: what is run.
        style: how the endpoint words its replies to it.
        sdk: whether its calls go through OpenAI's SDK.
        keeps: whether it says that a later run goes on with what an earlier one stored.
        environment: name of its environment; "" for the one that this runs in.
        args: further arguments of the script.
    """

    name: str
    script: str
    style: str = "plain"
    sdk: bool = False
    keeps: bool = True
    environment: str = ""
    args: tuple[str, ...] = ()


OURS = Client("ours", "client_ours.py", style="ours")
VARIANTS = (
    Client("ours, figures as well", "client_ours.py", style="ours", args=("--whole",)),
    Client("ours, four aspects a row", "client_ours.py", style="ours", args=("--aspects", "4")),
)
"""Ours in other ways, of which only the cost is measured."""

PEERS = (
    Client("distilabel 1.5.3", "client_distilabel.py", "distilabel", sdk=True, environment="distilabel"),
    Client("curator 0.1.31", "client_curator.py", environment="curator"),
    Client("litellm 1.106.2, disk cache", "client_litellm.py", sdk=True, environment="litellm-disk"),
    Client("litellm 1.110.2", "client_litellm.py", sdk=True, keeps=False, environment="litellm"),
)


class NoPeerError(Exception):
    """A peer could not be installed; the message says why."""


def requirements(environment: str) -> list[str]:
    """The lines of the pins under `# environment`."""
    found: dict[str, list[str]] = {}
    for line in PINS.read_text().splitlines():
        if line.startswith("# "):
            lines = found.setdefault(line.removeprefix("# ").split(":")[0], [])
        elif line.strip():
            lines.append(line.strip())
    return found[environment]


def python(client: Client, folder: Path, wheels: Path | None) -> Path:
    """The interpreter that runs this client; installs what is missing.

    Raises:
        NoPeerError: it cannot be installed.
    """
    if not client.environment:
        return Path(sys.executable)
    home = folder / client.environment
    wanted = requirements(client.environment)
    ready, interpreter = home / "installed", home / "bin" / "python"
    if not ready.exists() or ready.read_text().splitlines() != wanted:
        print(f"installing {client.name} into {home}", file=sys.stderr, flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        links = ["--find-links", str(wheels)] if wheels else []
        _run([str(interpreter), "-m", "pip", "install", "--quiet", *links, *wanted])
        ready.write_text("\n".join(wanted) + "\n")
    return interpreter


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line and not line.startswith("WARNING")]
        raise NoPeerError(said[-1] if said else f"{command[0]} ended with {done.returncode}")
