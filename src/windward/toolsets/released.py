"""The released files of CRAFT (github.com/lifan-yuan/CRAFT): what each stage of each epoch wrote, and the libraries.

A domain's folder holds, for each epoch, `1_raw_specific_solutions.json` (JSON lines), `2_valid_specific_solutions.csv`,
`3_all_general_tools.json`, `4_valid_tools.csv`, `5_deduplicated_tools.csv` and `category_head.json`; beside the epochs
lie the last two again, for the whole library. For tables the second file is not filtered, and of the answers
some are written as floats in one file and as integers in another: they are kept as they were written.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from windward.toolsets.records import Tool

DOMAINS = {"math": "MATH/craft/algebra", "tables": "TabMWP/craft/tabmwp"}
"""Where the released archive keeps the domains that its snapshot has in full."""
LIBRARY = "5_deduplicated_tools.csv"
HEADS = "category_head.json"

_COLUMNS = {
    "tool_id": "id",
    "question": "question",
    "answer": "answer",
    "code": "solution",
    "api_call": "solution_call",
    "tool": "code",
    "tool_call": "call",
}
_NEEDED = ("tool_id", "question", "answer")


class ReleasedFileError(ValueError):
    """A released file that cannot be read; the message names file and row."""


@dataclass(frozen=True)
class Epoch:
    """What the stages of one epoch left.

    Attributes:
        raw: specific solutions as generated (1).
        solved: those that gave the right answer (2).
        general: their abstractions (3).
        valid: abstractions that give the right answer (4).
        kept: what de-duplication left (5).
        heads: heads by name (category_head.json).
    """

    raw: tuple[Tool, ...]
    solved: tuple[Tool, ...]
    general: tuple[Tool, ...]
    valid: tuple[Tool, ...]
    kept: tuple[Tool, ...]
    heads: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Released:
    """A domain: its epochs in order, and the library made of them."""

    epochs: tuple[Epoch, ...]
    library: tuple[Tool, ...]
    heads: Mapping[str, tuple[str, ...]]


def read_released(folder: str | Path) -> Released:
    """Reads a domain's folder, which holds `epoch_0`, `epoch_1`, ….

    Raises:
        ReleasedFileError: a file is missing or malformed; the message names it and the row.
    """
    folder = Path(folder)
    count = 0
    while (folder / f"epoch_{count}").is_dir():
        count += 1
    if not count:
        raise ReleasedFileError(
            f"{folder} holds no folder epoch_0: name a domain's folder, such as {DOMAINS['math']}"
        )
    return Released(
        tuple(_epoch(folder / f"epoch_{number}") for number in range(count)),
        tuple(read_tools(folder / LIBRARY)),
        read_heads(folder / HEADS),
    )


def _epoch(folder: Path) -> Epoch:
    return Epoch(
        raw=tuple(read_tools(folder / "1_raw_specific_solutions.json")),
        solved=tuple(read_tools(folder / "2_valid_specific_solutions.csv")),
        general=tuple(read_tools(folder / "3_all_general_tools.json")),
        valid=tuple(read_tools(folder / "4_valid_tools.csv")),
        kept=tuple(read_tools(folder / LIBRARY)),
        heads=read_heads(folder / HEADS),
    )


def read_tools(path: str | Path) -> list[Tool]:
    """Reads one stage's file, CSV or JSON lines by its suffix; texts and numbers stay as they are written.

    Columns other than the seven known ones (`level`, `table`, …) become facts of the tool.

    Raises:
        ReleasedFileError: the file is missing or no such file, or a row lacks a field or repeats an id.
    """
    path = Path(path)
    rows = {".csv": _csv_rows, ".json": _json_rows}.get(path.suffix)
    if rows is None:
        raise ReleasedFileError(f"{path}: neither .csv nor .json, which are what the release is made of")
    tools: dict[str, Tool] = {}
    seen: dict[str, int] = {}
    for number, row in rows(path):
        tool = _tool(row, f"{path}, row {number}")
        if tool.id in seen:
            raise ReleasedFileError(
                f"{path}, row {number}: tool_id {tool.id} is that of row {seen[tool.id]} too"
            )
        seen[tool.id] = number
        tools[tool.id] = tool
    return list(tools.values())


def read_heads(path: str | Path) -> dict[str, tuple[str, ...]]:
    """Reads a category_head.json: the heads of the kept tools by name.

    Raises:
        ReleasedFileError: the file is missing, or no object of lists of texts.
    """
    path = Path(path)
    try:
        found = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise ReleasedFileError(f"{path}: {error}") from error
    if not isinstance(found, dict) or not all(
        isinstance(heads, list) and all(isinstance(head, str) for head in heads) for heads in found.values()
    ):
        raise ReleasedFileError(f"{path}: no object whose values are lists of texts")
    return {name: tuple(heads) for name, heads in found.items()}


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except OSError as error:
        raise ReleasedFileError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReleasedFileError(f"{path}: not UTF-8 at byte {error.start}") from error


def _csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Rows with their number, the first under the header being 1."""
    number = 0
    try:
        for row in csv.DictReader(io.StringIO(_text(path), newline=""), strict=True):
            number += 1
            if None in row or None in row.values():
                raise ReleasedFileError(f"{path}, row {number}: not as many fields as the header has")
            yield number, row
    except csv.Error as error:
        raise ReleasedFileError(f"{path}, row {number + 1}: {error}") from error


def _json_rows(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:  # numbers stay as written: 5.0 is not 5 where answers are compared as texts
            row = json.loads(line, parse_float=str, parse_int=str)
        except (ValueError, RecursionError) as error:
            raise ReleasedFileError(f"{path}, row {number}: {error}") from error
        if not isinstance(row, dict):
            raise ReleasedFileError(f"{path}, row {number}: no JSON object")
        yield number, row


def _tool(row: Mapping[str, object], where: str) -> Tool:
    known: dict[str, str] = {}
    facts: dict[str, str] = {}
    for column, value in row.items():
        if not isinstance(value, str):
            raise ReleasedFileError(f"{where}: {column} is neither text nor a number")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ReleasedFileError(f"{where}: {column} holds half a character (a lone surrogate)") from error
        if column in _COLUMNS:
            known[_COLUMNS[column]] = value
        else:
            facts[column] = value
    for column in _NEEDED:
        if _COLUMNS[column] not in known or (column == "tool_id" and not known["id"]):
            raise ReleasedFileError(f"{where}: no {column}")
    return Tool(**known, facts=facts)
