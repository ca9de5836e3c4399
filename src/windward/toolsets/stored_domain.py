"""Which domain a library's folder is of: the run that made it says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from windward.toolsets.domains import MATH
from windward.toolsets.parquet_files import ToolsetError

RUN = "run.json"
"""The record of the run that made a folder; its settings name the `domain`."""


def domain_of(folder: str | Path) -> str:
    """The name of a library's domain, as its `run.json` has it; `math` where nothing is stored.

    The name need not be one of `domains.DOMAINS`: a user may have domains of his own.

    Args:
        folder: of a library that was built (`windward toolset build`) or imported (`windward toolset import`).

    Raises:
        ToolsetError: `run.json` is there and cannot be read.
    """
    domain = run_settings(folder).get("domain")
    return domain if isinstance(domain, str) and domain else MATH.name


def run_settings(folder: str | Path) -> dict[str, Any]:
    """The settings of the run that made a folder; none where no run is on record.

    Raises:
        ToolsetError: `run.json` is there and cannot be read.
    """
    path = Path(folder) / RUN
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["settings"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ToolsetError(
            f"{path} is no record of a run ({error!r}): import or build the library again"
        ) from error
