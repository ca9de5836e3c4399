"""Where the problems of an evaluation lie: in a folder of the user's, never in the package."""

from __future__ import annotations

import os
from pathlib import Path


class DataError(ValueError):
    """The data lack something; the message says what, where, and how to provide it."""


def problems_folder(part: str, holds: str, folder: str | Path | None = None) -> Path:
    """The folder of some problems: the one named, or a part of the folder that `WINDWARD_DATA` names.

    Args:
        part: name of the part, e.g. `mint`.
        holds: what lies in it, for the message.
        folder: the folder that the user named; None for none.

    Raises:
        DataError: none is named and the variable is not set.
    """
    if folder is not None:
        return Path(folder)
    home = os.environ.get("WINDWARD_DATA")
    if not home:
        raise DataError(
            f"no problems to work on: name the folder that holds {holds} with --data, or set WINDWARD_DATA to the folder "
            f"that holds {part}/"
        )
    return Path(home) / part
