"""What became of each problem on its way to a tool: one row a step, so that the chain can be read and run again offline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from windward.toolsets.parquet_files import ToolsetError, read_checked, text_schema, write_checked

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "steps.parquet"
Stage = Literal["solution", "solution verdict", "abstraction", "abstraction verdict"]
"""Stages 1 to 4 of CRAFT; the fifth, de-duplication, is the toolset's decisions."""
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        tool: id of the tool, which is that of its problem.
        epoch: of the sampling, from 0.
        stage: which step it is.
        code: the function's text as the step made or ran it; "" where there was none to be had.
        call: the text that calls it, likewise.
        verdict: `ok`, `wrong`, `crash`, `timeout` of a verdict; of a step that a model makes `ok`, or `unread` where nothing
            could be read; `recorded` where only the outcome is known (it is in the next file, or not).
        why: what was printed, the error, or why there is nothing.
        environment: where a verdict was found, as JSON; "" for other steps.
    """

    tool: str
    epoch: int
    stage: Stage
    code: str
    call: str
    verdict: str
    why: str = ""
    environment: str = ""


def write_steps(folder: str | Path, steps: Iterable[Step]) -> None:
    """Writes `steps.parquet` into a toolset's folder.

    Raises:
        ToolsetError: a text cannot be written as UTF-8.
    """
    write_checked(Path(folder) / FILE, [asdict(step) for step in steps], _schema())


def read_steps(folder: str | Path) -> list[Step]:
    """The steps of a toolset's folder; none where their file is not there.

    Raises:
        ToolsetError: the file was damaged.
    """
    path = Path(folder) / FILE
    if not path.exists():
        return []
    steps = [Step(**row) for row in read_checked(path, _schema(), "steps of a toolset")]
    for number, step in enumerate(steps, 1):
        if step.stage not in STAGES:
            raise ToolsetError(
                f"{path}, row {number}: no stage {step.stage!r}; there are {', '.join(STAGES)}"
            )
    return steps


def _schema() -> pa.Schema:
    import pyarrow as pa

    return text_schema(("tool", "stage", "code", "call", "verdict", "why", "environment"), epoch=pa.int64())
