"""Options that several evaluations take, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
