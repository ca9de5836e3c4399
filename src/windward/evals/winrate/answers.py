"""Answers of two systems to the same instructions, matched one to one.

{"instruction": "Name three rivers.", "output": "The Rhine, the Rhône and the Po.", "generator": "a-model"}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.reasoning.files import read_rows
from windward.models import Message

OUTPUTS = ("output", "response", "completion")
_NAMES = ("generator", "model")
_SPOKEN = {"system": "System", "user": "User", "assistant": "Assistant"}
_TOLD = 3
"""Mismatches named in an error."""


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        id: as its file has it; None where there is none.
        instruction: what was asked; a longer conversation with its speakers named.
        output: the answer; may be empty.
    """

    id: str | None
    instruction: str
    output: str


@dataclass(frozen=True)
class Answers:
    """All the answers of one system.

    Attributes:
        name: of the system.
        rows: in the order of the file.
    """

    name: str
    rows: tuple[Answer, ...]


@dataclass(frozen=True)
class AnswerPair:
    """What two systems answered to one instruction.

    Attributes:
        id: unique among the pairs.
        instruction: what was asked.
        a: the answer of the system under test.
        b: the baseline's.
    """

    id: str
    instruction: str
    a: str
    b: str

    @property
    def length_difference(self) -> int:
        """Characters that `a` is longer than `b`."""
        return len(self.a) - len(self.b)


def read_answers(path: str | Path) -> Answers:
    """The answers of a file (JSONL, JSON, Parquet).

    A row has `instruction` or `prompt` (a text or messages) and `output`, `response` or `completion` (a text); or `messages`,
    of which the last is the answer. `generator` or `model`, where all rows have one and the same, names the system; else
    the file's name does.

    Raises:
        DataError: it is not there or malformed, or two rows have one id or, without ids, one instruction.
    """
    path = Path(path)
    rows = read_rows(path)
    answers = [_answer(row, f"{path}, row {number}") for number, row in enumerate(rows, start=1)]
    seen: dict[str, int] = {}
    keyed = all(answer.id is not None for answer in answers)
    for number, answer in enumerate(answers, start=1):
        key = str(answer.id) if keyed else answer.instruction
        if key in seen:
            what = "id" if keyed else "instruction, and without ids rows are matched by it"
            raise DataError(f"{path}: rows {seen[key]} and {number} have the same {what}: {_short(key)}")
        seen[key] = number
    return Answers(_name(rows) or path.stem, tuple(answers))


def read_prompts(path: str | Path) -> list[tuple[str | None, list[Message]]]:
    """What models are to be asked: (id, messages) of each row with `instruction`, `prompt` or `messages`.

    Raises:
        DataError: it is not there or malformed.
    """
    found = []
    for number, row in enumerate(read_rows(Path(path)), start=1):
        where = f"{path}, row {number}"
        asked = row.get("instruction") or row.get("prompt") or row.get("messages")
        messages = _messages(asked, where)
        if messages[-1]["role"] == "assistant":
            messages = messages[:-1]
        if not messages:
            raise DataError(f"{where}: nothing is asked")
        found.append((_id(row), messages))
    return found


def match(first: Answers, second: Answers) -> list[AnswerPair]:
    """The answers of both systems to each instruction, in the order of the first.

    By id where every row of both has one, else by the text of the instruction.

    Raises:
        DataError: one has an instruction that the other lacks, or one id stands for two instructions; names them.
    """
    by_id = all(answer.id is not None for answer in (*first.rows, *second.rows))

    def keyed(answers: Answers) -> dict[str, Answer]:
        found = {str(one.id) if by_id else one.instruction: one for one in answers.rows}
        if len(found) < len(answers.rows):
            raise DataError(
                f"{answers.name}: an instruction has two answers; they could be told apart by ids in both files"
            )
        return found

    ours, theirs = keyed(first), keyed(second)
    what = "id" if by_id else "instruction"
    lacking = [
        f"{other.name} has no answer to {len(gone):,} of the {len(has):,} {what}s of {answers.name}: "
        + ", ".join(map(_short, gone[:_TOLD]))
        + (", …" if len(gone) > _TOLD else "")
        for answers, other, has, lacks in ((first, second, ours, theirs), (second, first, theirs, ours))
        if (gone := [key for key in has if key not in lacks])
    ]
    if lacking:
        raise DataError("; ".join(lacking) + ". Both must answer the same instructions, and nothing else.")
    differing = [key for key in ours if ours[key].instruction != theirs[key].instruction]
    if differing:
        raise DataError(
            f"{len(differing):,} ids stand for different instructions, the first {_short(differing[0])}: "
            f"{_short(ours[differing[0]].instruction)} and {_short(theirs[differing[0]].instruction)}"
        )
    return [
        AnswerPair(key if by_id else str(number), one.instruction, one.output, theirs[key].output)
        for number, (key, one) in enumerate(ours.items(), start=1)
    ]


def spoken(messages: Sequence[Message]) -> str:
    """A conversation as one text: a lone user message as it stands, else each under the name of who speaks."""
    if len(messages) == 1 and messages[0]["role"] == "user":
        return messages[0]["content"]
    return "\n\n".join(f"{_SPOKEN[message['role']]}: {message['content']}" for message in messages)


def _answer(row: dict[str, Any], where: str) -> Answer:
    output = next((row[name] for name in OUTPUTS if row.get(name) is not None), None)
    asked = row.get("instruction") or row.get("prompt")
    if output is None and row.get("messages"):
        messages = _messages(row["messages"], where)
        if messages[-1]["role"] != "assistant" or len(messages) < 2:
            raise DataError(f"{where}: the last of the messages must be the assistant's answer to others")
        return Answer(_id(row), spoken(messages[:-1]), messages[-1]["content"])
    if not isinstance(output, str):
        raise DataError(
            f"{where}: expected a text as {' or '.join(OUTPUTS)}, or messages; it has {', '.join(row)}"
        )
    if not asked:
        raise DataError(f"{where}: instruction (or prompt) is missing or empty")
    return Answer(_id(row), spoken(_messages(asked, where)), output)


def _messages(value: object, where: str) -> list[Message]:
    if isinstance(value, str):
        return [Message(role="user", content=value)]
    if not isinstance(value, list) or not value:
        raise DataError(f"{where}: expected a text or messages as what is asked, found {_short(repr(value))}")
    found = []
    for one in value:
        if (
            not isinstance(one, dict)
            or one.get("role") not in _SPOKEN
            or not isinstance(one.get("content"), str)
        ):
            raise DataError(f"{where}: a message needs role and content, found {_short(repr(one))}")
        found.append(Message(role=one["role"], content=one["content"]))
    return found


def _id(row: dict[str, Any]) -> str | None:
    value = row.get("id")
    return str(value) if isinstance(value, str | int) and value != "" else None


def _name(rows: Sequence[dict[str, Any]]) -> str:
    for field in _NAMES:
        names = {row.get(field) for row in rows}
        if len(names) == 1 and isinstance(name := names.pop(), str) and name:
            return name
    return ""


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")
