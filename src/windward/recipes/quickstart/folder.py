"""A run's folder: whose it is, which steps are done, and what they took."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from windward.recipes.errors import RecipeError

RUN = "run.json"
STEPS = "steps.json"
STEP_COUNT = 8
_PACKAGES = ("windward", "torch", "transformers", "peft", "numpy", "sympy")


@dataclass
class RunFolder:
    """The folder of one run, claimed by `run.json` and filled step by step.

    Attributes:
        path: the folder.
        steps: the record of finished steps, in order; written after each.
        begun: steps begun or skipped by this process.
    """

    path: Path
    steps: list[dict[str, Any]] = field(default_factory=list)
    begun: int = 0

    def file(self, name: str) -> Path:
        """A file or folder in it."""
        return self.path / name

    def step(
        self,
        name: str,
        inputs: object,
        outputs: Sequence[str],
        work: Callable[[], str],
        *,
        tell: Callable[[str], None],
    ) -> None:
        """Does a step, unless it was done with the same inputs and its outputs are there.

        Args:
            name: of the step.
            inputs: all that decides its outputs; plain JSON types.
            outputs: names of what it writes, each of them whole or not at all.
            work: does it and says in a few words what came of it.
            tell: shows a line to the user.
        """
        digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]
        done = next((step for step in self.steps if step["name"] == name), None)
        self.begun += 1
        label = f"[{self.begun}/{STEP_COUNT}] {name}"
        if done and done["inputs"] == digest and all(self.file(output).exists() for output in outputs):
            tell(f"{label}: done before ({done['detail']})")
            return
        tell(f"{label} …")
        started = time.monotonic()
        detail = work()
        seconds = round(time.monotonic() - started, 2)
        tell(f"{label}: {detail}, in {seconds:.0f} s")
        record = {"name": name, "seconds": seconds, "detail": detail, "inputs": digest}
        self.steps = [step for step in self.steps if step["name"] != name] + [record]
        self.save_steps()

    def save_steps(self) -> None:
        """Writes the record of steps."""
        write_json(self.file(STEPS), self.steps)


def open_folder(path: Path, config: dict[str, Any], command: Sequence[str]) -> RunFolder:
    """Claims a new or empty folder for a run, or finds the same run in it and goes on.

    Raises:
        RecipeError: the folder holds another run, or files that are no run's.
    """
    if path.exists() and not path.is_dir():
        raise RecipeError(f"{path} is a file: give --out the name of a folder")
    record, config = path / RUN, json.loads(json.dumps(config))
    if record.exists():
        _same_run(record, config)
        steps = path / STEPS
        return RunFolder(path, _read_json(steps) if steps.exists() else [])
    if path.exists() and any(path.iterdir()):
        found = ", ".join(sorted(entry.name for entry in path.iterdir())[:3])
        raise RecipeError(
            f"{path} is not empty and is no run's folder (it holds {found}): give --out a new folder"
        )
    path.mkdir(parents=True, exist_ok=True)
    write_json(record, _record(config, command))
    return RunFolder(path)


def write_json(path: Path, value: object) -> None:
    """Writes JSON, whole or not at all."""
    temporary = path.with_suffix(path.suffix + ".part")
    temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def _same_run(record: Path, config: dict[str, Any]) -> None:
    stored = _read_json(record)
    if not isinstance(stored, dict) or stored.get("recipe") != "quickstart":
        raise RecipeError(f"{record} is not a quickstart's: give --out a new folder")
    before = stored["config"]
    differing = [
        name for name in sorted(before.keys() | config.keys()) if before.get(name) != config.get(name)
    ]
    if differing:
        told = "; ".join(f"{name} was {before.get(name)!r}, now {config.get(name)!r}" for name in differing)
        raise RecipeError(
            f"{record.parent} holds another run ({told}): give --out a new folder, or the same settings to go on"
        )


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RecipeError(f"{path} is damaged ({error}): give --out a new folder") from error


def _record(config: dict[str, Any], command: Sequence[str]) -> dict[str, Any]:
    return {
        "recipe": "quickstart",
        "command": list(command),
        "config": config,
        "seed": config["seed"],
        "versions": {name: version(name) for name in _PACKAGES} | {"python": platform.python_version()},
        "machine": {"system": platform.platform(), "processor": _processor(), "cores": _cores()},
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _processor() -> str:
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        for line in cpu.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
