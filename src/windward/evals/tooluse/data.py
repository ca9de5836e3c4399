"""Where the tasks of the tool-use suites lie: in a folder of the user's, never in the package."""

from __future__ import annotations

import os
from pathlib import Path


class DataError(ValueError):
    """The data folder lacks something; the message says what, where, and how to provide it."""


def data_folder(folder: str | Path | None = None) -> Path:
    """The folder of the tasks: the one named, or `codeact/` in the folder that `WINDWARD_DATA` names.

    Raises:
        DataError: none is named and the variable is not set.
    """
    if folder is not None:
        return Path(folder)
    home = os.environ.get("WINDWARD_DATA")
    if not home:
        raise DataError(
            "no tasks to work on: name the folder that holds m3tooleval_tasks.jsonl and apibank_level1.jsonl with "
            "--data, or set WINDWARD_DATA to the folder that holds codeact/"
        )
    return Path(home) / "codeact"
