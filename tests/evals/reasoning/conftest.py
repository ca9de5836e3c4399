"""The small benchmarks, importable and as a folder."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    from reasoning_small import write_small

    return write_small(tmp_path / "data")
