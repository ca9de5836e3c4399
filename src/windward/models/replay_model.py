"""A model that gives recorded replies: a run is looked at again, or scored anew, without the model that made it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from windward.models.protocol import Message, ModelError, Reply, Sampling, Usage

SHOWN = 200


class Replay:
    """Recorded replies by their messages. Make one with `replay`."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], name: str) -> None:
        self._name = name
        self._replies: dict[str, list[Reply]] = {}
        for number, row in enumerate(rows, 1):
            if not isinstance(row.get("messages"), Sequence) or "reply" not in row:
                raise ValueError(f"{name}: row {number} needs `messages` (a list) and `reply`")
            recorded = _reply(row["reply"], name, number)
            self._replies.setdefault(_key(row["messages"]), []).append(recorded)

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        """The reply that was recorded for these messages: the first for sample 0, the second for sample 1.

        Raises:
            ModelError: no such reply was recorded; the message shows the end of the prompt.
        """
        recorded = self._replies.get(_key(messages), [])
        if sample < len(recorded):
            return recorded[sample]
        last = messages[-1] if messages else {"role": "user", "content": ""}
        raise ModelError(
            f"{self.name}: {len(recorded)} replies were recorded for this prompt, sample {sample} was asked for. "
            f"It has {len(messages)} messages and ends with {last['role']}: …{last['content'][-SHOWN:]!r}. "
            "Record the run again with the model that made it."
        )


def replay(source: str | Path | Iterable[Mapping[str, Any]], *, name: str | None = None) -> Replay:
    """A model that gives recorded replies.

    Args:
        source: rows, or a `.jsonl` or `.parquet` file of them. A row holds `messages`, and as `reply` a text or the
            fields of a `Reply`. Rows with the same messages are samples 0, 1, ….
        name: default is `replay`, or the name of the file.

    Raises:
        ValueError: a row is malformed; the message names it.
    """
    if not isinstance(source, (str, Path)):
        return Replay(source, name or "replay")
    return Replay(_read(Path(source)), name or f"replay:{Path(source).name}")


def _read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}, line {number} is not JSON: {error}") from error
    return rows


def _key(messages: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps([[message["role"], message["content"]] for message in messages], ensure_ascii=False)


def _reply(recorded: Any, name: str, number: int) -> Reply:
    if isinstance(recorded, str):
        return Reply(text=recorded, model=name)
    try:
        fields = dict(recorded)
        fields["usage"] = Usage(**(fields.get("usage") or {}))
        if fields.get("logprobs") is not None:
            fields["logprobs"] = tuple(fields["logprobs"])
        return Reply(**fields)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: row {number} holds a reply that cannot be read: {error}") from error
