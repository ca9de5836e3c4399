"""Recorded runs of MINT, streamed from Parquet: one row a run, in the columns of `COLUMNS`.

```
model, feedback, feedback_setting, max_turns, max_proposals, task, task_id, prompt, reference, task_metadata,
messages [{role, content}], success, terminate_reason, error, n_propose, n_tool, n_invalid
```

A turn is parsed as MINT's own loop parsed it: an opening `<solution>` makes it a proposal, whatever else it holds; its
closed solution blocks, stripped, are joined by newlines. A proposal without a closed block was counted but never graded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from windward.evals.mint.instances import Instance, family_of
from windward.evals.mint.runs import FailureKind, Run, Setting

COUNTERS = ("n_propose", "n_tool", "n_invalid")
VERDICT_COLUMNS = (
    "model", "feedback", "feedback_setting", "max_turns", "max_proposals", "task", "task_id", "success",
    "terminate_reason", "error", *COUNTERS,
)  # fmt: skip
COLUMNS = (*VERDICT_COLUMNS, "prompt", "reference", "task_metadata", "messages")
_INTEGERS = ("max_turns", "max_proposals", *COUNTERS)
_BATCH = 2_000

_SOLUTION = re.compile(r"<solution>(.*?)</solution>", re.DOTALL)
_EXECUTE = re.compile(r"<execute>(.*?)</execute>", re.DOTALL)


class RecordingError(ValueError):
    """A file is no recording of MINT; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class RecordedTurn:
    """One turn of a recorded run.

    Attributes:
        kind: what the released loop took it for.
        text: the proposed solution or the code; None where the block was malformed.
        observation: what the user message after it says; None where none was recorded (the last one never is).
    """

    kind: Literal["proposal", "code", "invalid"]
    text: str | None
    observation: str | None


@dataclass(frozen=True)
class RecordedRun:
    """One recorded run.

    Attributes:
        model: name of the policy.
        setting: see `Setting`.
        max_proposals: p, proposals that it could make.
        instance: the problem; without prompt and reference where only verdicts were read.
        turns: in order; empty where only verdicts were read.
        success: as recorded.
        terminate_reason: as recorded: `task_success`, `max_steps`, `max_propose_steps`, `error`.
        error: head of the recorded error.
        proposals: turns counted as proposals.
        actions: turns counted as uses of the interpreter.
        invalid: turns counted as neither.
    """

    model: str
    setting: Setting
    max_proposals: int
    instance: Instance
    turns: tuple[RecordedTurn, ...]
    success: bool
    terminate_reason: str
    error: str
    proposals: int
    actions: int
    invalid: int

    def run(self) -> Run:
        """The run with its recorded verdict. A recorded run ends with the turn that solves it."""
        count = self.proposals + self.actions + self.invalid
        return Run(
            model=self.model,
            setting=self.setting,
            task=self.instance.task,
            task_id=self.instance.id,
            solved_at=max(1, count) if self.success else None,
            turns=count,
            proposals=self.proposals,
            invalid=self.invalid,
            failure=None if self.success else self.failure(),
            error=self.error,
        )

    def failure(self) -> FailureKind:
        """How a run that is not solved ended.

        The observation of a last turn is never recorded, so code that raised there counts as `out_of_turns`.
        Without the turns themselves, the reason for the end decides.
        """
        if self.turns:
            last = self.turns[-1]
            if last.kind == "invalid" or last.text is None:
                return "invalid_action"
            return "wrong_answer" if last.kind == "proposal" else "out_of_turns"
        return "wrong_answer" if self.terminate_reason == "max_propose_steps" else "out_of_turns"


def read_recorded(
    path: str | Path,
    *,
    models: Sequence[str] = (),
    tasks: Sequence[str] = (),
    verdicts_only: bool = False,
) -> Iterator[RecordedRun]:
    """Streams the recorded runs, in the order of the file.

    Args:
        path: the recording.
        models: only these; all without any.
        tasks: only these; all without any.
        verdicts_only: reads no messages, prompts and references, which is many times faster.

    Raises:
        RecordingError: the file is not there or no Parquet, lacks a column, or holds what does not belong there.
    """
    columns = VERDICT_COLUMNS if verdicts_only else COLUMNS
    start = 0
    for batch in batches(Path(path), columns, models, tasks):
        for offset, row in enumerate(batch.to_pylist()):
            try:
                yield recorded_of(row)
            except (KeyError, TypeError, ValueError, StopIteration) as error:
                where = f"{row.get('model')!r}, {row.get('task')!r}, {row.get('task_id')!r}"
                raise RecordingError(
                    f"{path}, run {start + offset} of those asked for ({where}): {type(error).__name__}: {error}"
                ) from error
        start += batch.num_rows


def batches(path: Path, columns: Sequence[str], models: Sequence[str], tasks: Sequence[str]) -> Iterator[Any]:
    """The rows asked for, as Arrow batches of these columns.

    Raises:
        RecordingError: as `read_recorded`.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not path.is_file():
        raise RecordingError(f"{path} is not there: name the Parquet file of recorded runs with --replay")
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise RecordingError(f"{path} is no Parquet file: {error}") from error
    missing = [name for name in columns if name not in file.schema_arrow.names]
    if missing:
        raise RecordingError(f"{path} is no recording of MINT: columns {', '.join(missing)} are missing")
    try:
        for batch in file.iter_batches(batch_size=_BATCH, columns=list(columns)):
            for name, wanted in (("model", models), ("task", tasks)):
                if wanted:
                    batch = batch.filter(pc.is_in(batch[name], value_set=pa.array(list(wanted), pa.string())))
            if batch.num_rows:
                yield batch
    except (pa.ArrowException, OSError) as error:
        raise RecordingError(f"{path} cannot be read: {error}") from error


def recorded_of(row: dict[str, Any]) -> RecordedRun:
    """A row as a run.

    Raises:
        ValueError: a value is none of its column's.
    """
    for name in _INTEGERS:
        if type(row[name]) is not int:
            raise ValueError(f"column {name} holds {row[name]!r}, which is no count")
    if type(row["success"]) is not bool:
        raise ValueError(f"column success holds {row['success']!r}, which is no verdict")
    family_of(row["task"])
    return RecordedRun(
        model=row["model"],
        setting=_setting(row),
        max_proposals=row["max_proposals"],
        instance=Instance(
            row["task"],
            str(row["task_id"]),
            row.get("prompt", ""),
            row.get("reference"),
            json.loads(row.get("task_metadata") or "{}"),
        ),
        turns=_turns(row["messages"]) if "messages" in row else (),
        success=row["success"],
        terminate_reason=row["terminate_reason"] or "",
        error=(row["error"] or "").split("\n", 1)[0],
        proposals=row["n_propose"],
        actions=row["n_tool"],
        invalid=row["n_invalid"],
    )


def _setting(row: dict[str, Any]) -> Setting:
    """`no_GT-textual` → textual feedback by a model that does not see the reference (ground truth)."""
    if row["feedback"] in (None, "None", "none"):
        return Setting(row["max_turns"])
    seen, _, form = row["feedback_setting"].partition("-")
    if seen not in ("GT", "no_GT") or not form:
        raise ValueError(
            f"column feedback_setting holds {row['feedback_setting']!r}, not `no_GT-textual` or alike"
        )
    return Setting(row["max_turns"], row["feedback"], form, with_reference=seen == "GT")


def _turns(messages: list[dict[str, str]]) -> tuple[RecordedTurn, ...]:
    turns = []
    for place, message in enumerate(messages):
        if message["role"] == "assistant":
            after = messages[place + 1] if place + 1 < len(messages) else None
            kind, text = parse_turn(message["content"])
            turns.append(
                RecordedTurn(kind, text, after["content"] if after and after["role"] == "user" else None)
            )
    return tuple(turns)


def parse_turn(content: str) -> tuple[Literal["proposal", "code", "invalid"], str | None]:
    """What the released loop took a turn for, and its solution or code; None where no block is closed."""
    if "<solution>" in content:
        blocks = _SOLUTION.findall(content)
        return "proposal", "\n".join(block.strip() for block in blocks) or None
    code = "\n".join(block.strip() for block in _EXECUTE.findall(content))
    return ("code", code) if code else ("invalid", None)
