"""Options that several evaluations take, worded once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import refuse

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
RunFolder = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder of the run: new, or of the same run to go on.")
]
ModelName = Annotated[
    str,
    typer.Option(
        "--model", metavar="NAME", help="embedded, a checkpoint folder, a hub id, or an endpoint's name."
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", help="OpenAI-compatible endpoint of --model, e.g. http://localhost:8000/v1."),
]


def named_path(given: str) -> tuple[str, Path]:
    """What `NAME=PATH` says; the command ends where it says nothing."""
    name, mark, path = given.partition("=")
    if not mark or not path or not _NAME.match(name):
        refuse(f"{given}: give NAME=PATH, the name of letters, digits, points, hyphens and underscores")
    return name, Path(path)
