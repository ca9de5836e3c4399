"""Rows that ask for answers: a prompt each, and whatever a reward needs to know about it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.models.chat import prompt_ids
from windward.models.protocol import Message
from windward.training.conversations import RowError
from windward.training.stamp import COLUMN

Row = dict[str, Any]
ROLES = ("system", "user", "assistant")


@dataclass(frozen=True)
class Prompt:
    """What is answered.

    Attributes:
        row: the row as it was read; rewards look into it.
        messages: the conversation so far.
        tokens: what the policy reads.
    """

    row: Row
    messages: tuple[Message, ...]
    tokens: tuple[int, ...]


def read_rows(path: str | Path) -> list[Row]:
    """Rows of a Parquet or JSON-lines file (by its name, `.jsonl`).

    Raises:
        FileNotFoundError: there is no such file.
        RowError: it cannot be read, or holds no rows.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"no rows at {file}: name a Parquet or .jsonl file")
    rows = _json_lines(file) if file.suffix == ".jsonl" else _parquet(file)
    if not rows:
        raise RowError(f"{file} holds no rows")
    return rows


def _json_lines(file: Path) -> list[Row]:
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise RowError(f"{file}, line {number}: it is no JSON: {error}") from error
        if not isinstance(row, dict):
            raise RowError(f"{file}, line {number}: it is no object")
        rows.append(row)
    return rows


def _parquet(file: Path) -> list[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[Row] = pq.read_table(file).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise RowError(f"{file} cannot be read as Parquet: {error}") from error
    return rows


def messages_of(row: Row, where: str) -> tuple[Message, ...]:
    """The conversation of a row: `prompt` (messages or a text), or `instruction` (a text).

    Raises:
        RowError: it has neither, or they are not as they should be; `where` names the row.
    """
    prompt = row.get("prompt", row.get("instruction"))
    if isinstance(prompt, str) and prompt.strip():
        return ({"role": "user", "content": prompt},)
    if not isinstance(prompt, list) or not prompt:
        raise RowError(f"{where}: it needs `prompt` (messages, or a text) or `instruction` (a text)")
    for message in prompt:
        fits = isinstance(message, dict) and message.get("role") in ROLES
        if not fits or not isinstance(message.get("content"), str):
            raise RowError(
                f"{where}: `prompt` must hold messages of `role` ({', '.join(ROLES)}) and `content`"
            )
    return tuple({"role": message["role"], "content": message["content"]} for message in prompt)


def read_prompts(path: str | Path, tokenizer: Any, longest: int) -> tuple[list[Prompt], int]:
    """Prompts of a file, and how many were left out because they are longer than `longest` tokens.

    Raises:
        FileNotFoundError: there is no such file.
        RowError: a row is malformed, or none is short enough.
        ModelError: the chat template cannot render one.
    """
    prompts = []
    rows = read_rows(path)
    for number, row in enumerate(rows):
        messages = messages_of(row, f"{path}, row {number}")
        tokens = tuple(prompt_ids(tokenizer, messages))
        if len(tokens) <= longest:
            prompts.append(Prompt(row, messages, tokens))
    if not prompts:
        raise RowError(f"{path}: no prompt has at most {longest} tokens; raise max_prompt_tokens")
    return prompts, len(rows) - len(prompts)


def never_score_of(rows: Sequence[Row]) -> frozenset[str]:
    """Benchmarks that rows name in their column `never_score`."""
    return frozenset(name.lower() for row in rows for name in row.get(COLUMN) or ())


def drawn(count: int, start: int, size: int, seed: int) -> list[int]:
    """Numbers of the rows that come at places `start` … `start + size − 1`: each pass over all rows in its own order."""
    orders: dict[int, list[int]] = {}
    numbers = []
    for place in range(start, start + size):
        epoch, at = divmod(place, count)
        if epoch not in orders:
            orders[epoch] = list(range(count))
            random.Random(f"{seed}/{epoch}").shuffle(orders[epoch])
        numbers.append(orders[epoch][at])
    return numbers
