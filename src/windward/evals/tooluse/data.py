"""Where the tasks of the tool-use suites lie."""

from __future__ import annotations

from pathlib import Path

from windward.evals.data import problems_folder


def data_folder(folder: str | Path | None = None) -> Path:
    """The folder of the tasks: the one named, or `codeact/` in the folder that `WINDWARD_DATA` names.

    Raises:
        DataError: none is named and the variable is not set.
    """
    return problems_folder("codeact", "m3tooleval_tasks.jsonl and apibank_level1.jsonl", folder)
