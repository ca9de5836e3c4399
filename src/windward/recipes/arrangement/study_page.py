"""The page of a study, from its table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from windward.reports.dynamics import dynamics_page
from windward.reports.page import write_page
from windward.reports.run_folder import object_in
from windward.rows import Result


def study_page(results: Sequence[Result], statements: Sequence[str], out: Path) -> Path:
    """Writes `report.html`; its path."""
    text = dynamics_page(
        results,
        statements=statements,
        record=object_in(out / "run.json"),
        files=["results.parquet", "points/", "rows/", "run.json"],
    )
    return write_page(out, text)
