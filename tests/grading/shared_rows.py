"""Rows with a known truth and the data sets, where WINDWARD_DATA names the shared data."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ["WINDWARD_DATA"]) if os.environ.get("WINDWARD_DATA") else None
needs_data = pytest.mark.skipif(DATA is None, reason="WINDWARD_DATA is not set")


def reference(name: str) -> list[dict[str, Any]]:
    """The rows of a reference file; skips where it is not there."""
    assert DATA is not None
    path = DATA.parent / "reference" / "eurus" / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def problems(name: str) -> Any:
    """A data set of the reasoning suite."""
    assert DATA is not None
    path = DATA / "reasoning" / name
    if path.suffix == ".gz":
        return [json.loads(line) for line in gzip.open(path, "rt", encoding="utf-8")]
    text = path.read_text("utf-8")
    lines = name in {"leetcode.json", "ifeval.jsonl"}
    return [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
