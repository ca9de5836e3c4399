"""Memory depends on the chunk and not on the file: what ten times the rows add to the peak."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import feedback_memory

ALLOWED = 24
"""MiB more for nine thousand rows more: a tenth of the peak, and a fraction of what their records hold."""


def measured(rows: int, folder: Path) -> dict[str, float]:
    command = [sys.executable, feedback_memory.__file__, str(rows), str(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    print(told.strip())
    found: dict[str, float] = json.loads(told)
    return found


@pytest.mark.slow
def test_ten_times_the_rows_take_no_more_memory(tmp_path: Path) -> None:
    few, many = measured(1_000, tmp_path / "few"), measured(10_000, tmp_path / "many")
    assert many["peak"] < few["peak"] + ALLOWED
