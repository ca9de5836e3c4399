"""A released library becomes a folder: its problems, the right answers, and what the release's steps produced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from windward.toolsets.parquet_files import ToolsetError
from windward.toolsets.stored_domain import domain_of


def test_the_domain_is_what_the_run_that_made_the_folder_says_and_else_mathematics(tmp_path: Path) -> None:
    assert domain_of(tmp_path) == "math"
    (tmp_path / "run.json").write_text(json.dumps({"settings": {"seed": 1}}))
    assert domain_of(tmp_path) == "math"
    (tmp_path / "run.json").write_text(json.dumps({"settings": {"domain": "tables"}}))
    assert domain_of(tmp_path) == "tables"


@pytest.mark.parametrize("text", ["{", "[]", '{"settings": 3}', "{}"])
def test_a_damaged_record_of_the_run_is_told_and_not_taken_for_mathematics(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ToolsetError, match=r"run\.json is no record of a run"):
        domain_of(tmp_path)
