"""Reads what `windward eurus study` left in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.reports.run_folder import ReportError, object_in, results_in
from windward.rows import Result

_FILES = ("results.parquet", "study.json", "heads.jsonl", "held-out.jsonl", "policies")


@dataclass(frozen=True)
class StudyFolder:
    """A study on disk.

    Attributes:
        results: its table.
        study: `study.json`: how many pairs, seeds and runs.
        record: `run.json`.
        files: names of what is there.
    """

    results: tuple[Result, ...]
    study: Mapping[str, Any]
    record: Mapping[str, Any]
    files: tuple[str, ...]

    @property
    def features(self) -> list[str]:
        """Models that heads were trained on, in the order of the table."""
        return list(dict.fromkeys(row.model for row in self.results if row.metric == "balanced_accuracy"))


def read_study_folder(folder: Path) -> StudyFolder:
    """Reads the files of a study.

    Raises:
        ReportError: the folder holds no result table, or a file is malformed.
    """
    if not (folder / "results.parquet").is_file():
        raise ReportError(f"{folder} holds no results.parquet: give the --out of windward eurus study")
    return StudyFolder(
        tuple(results_in(folder / "results.parquet")),
        object_in(folder / "study.json") or {},
        object_in(folder / "run.json") or {},
        tuple(name for name in _FILES if (folder / name).exists()),
    )
