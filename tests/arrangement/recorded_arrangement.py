"""Recorded scores and curves of real embeddings, beside the data that WINDWARD_DATA names."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

DATA = os.environ.get("WINDWARD_DATA")


def recorded(name: str) -> Any:
    return json.loads(_path(f"{name}.json").read_text())


def recorded_arrays(name: str) -> dict[str, NDArray[np.float32]]:
    with np.load(_path(f"{name}.npz"), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}


def algebra(part: str) -> list[str]:
    """Questions of MATH, algebra; part is "train" or "test"."""
    path = Path(DATA or "") / "math" / ("train" if part == "train" else "") / "algebra.jsonl"
    if DATA is None or not path.is_file():
        pytest.skip("WINDWARD_DATA names no folder with MATH")
    return [json.loads(line)["question"] for line in path.read_text(encoding="utf-8").splitlines()]


def _path(name: str) -> Path:
    path = Path(DATA or "").parent / "reference" / "tma" / name
    if DATA is None or not path.is_file():
        pytest.skip("WINDWARD_DATA names no folder with recorded arrangements beside it")
    return path
