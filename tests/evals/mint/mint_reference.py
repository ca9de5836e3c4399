"""Where the recorded runs and the tables made of them are, when WINDWARD_DATA names them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_DATA = os.environ.get("WINDWARD_DATA")
RECORDING = Path(_DATA or ".") / "mint" / "trajectories.parquet"
FOLDER = Path(_DATA or ".").parent / "reference" / "mint"

needs_reference = pytest.mark.skipif(
    not (_DATA and RECORDING.is_file() and FOLDER.is_dir()),
    reason="WINDWARD_DATA names no folder with recorded runs and reference tables beside it",
)


def table(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def verdicts() -> list[dict[str, Any]]:
    lines = (FOLDER / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
