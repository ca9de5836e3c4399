"""The folder of a live run: `run.json` says whose it is, and no other run is mixed into it."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

RECORD = "run.json"
_PACKAGES = ("windward", "torch", "transformers", "numpy", "sympy")


class FolderError(ValueError):
    """The folder cannot take this run; the message says why and what to do."""


def claim(system: str, folder: Path, settings: Mapping[str, Any], command: Sequence[str]) -> None:
    """Makes the folder this run's, or finds the same run in it.

    Args:
        system: whose run it is: `mint`, `tooluse`, …
        folder: new, empty, or of the same run.
        settings: all that decides the figures; plain JSON types.
        command: how the run was called, for the record.

    Raises:
        FolderError: it holds another run, or files that are no run's.
    """
    record, wanted = folder / RECORD, json.loads(json.dumps(settings))
    if record.exists():
        _same(system, record, wanted)
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderError(f"{folder} is no folder of a {system} run and not empty: give --out a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(
        record,
        {
            "system": system,
            "command": list(command),
            "settings": wanted,
            "seed": wanted.get("seed"),
            "versions": {name: version(name) for name in _PACKAGES} | {"python": platform.python_version()},
            "machine": {
                "system": platform.platform(),
                "processor": platform.processor() or platform.machine(),
                "cores": len(os.sched_getaffinity(0)),
            },
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        },
    )


def write_json(path: Path, value: object) -> None:
    """Writes JSON, whole or not at all."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a text file, whole or not at all."""
    temporary = path.with_suffix(path.suffix + ".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _same(system: str, record: Path, wanted: Mapping[str, Any]) -> None:
    try:
        stored = json.loads(record.read_text(encoding="utf-8"))
        before, found = stored["settings"], stored["system"]
    except (ValueError, KeyError, TypeError) as error:
        raise FolderError(
            f"{record} is no record of a {system} run ({error!r}): give --out a new folder"
        ) from error
    if found != system:
        raise FolderError(f"{record} is the record of a {found} run: give --out a new folder")
    differing = [
        f"{name} was {before.get(name)!r}, now {wanted.get(name)!r}"
        for name in sorted(before.keys() | wanted.keys())
        if before.get(name) != wanted.get(name)
    ]
    if differing:
        raise FolderError(
            f"{record.parent} holds another run ({'; '.join(differing)}): give --out a new folder, or the same "
            "settings to go on"
        )
