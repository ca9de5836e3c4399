from __future__ import annotations

from pathlib import Path

import pytest
from synthetic_run import make_run


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A complete made-up run."""
    return make_run(tmp_path / "run")
