"""One reply to one item, and what was made of it; plain data that JSON holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from windward.evals.reasoning.grade import Graded
from windward.evals.reasoning.items import Item, Mode

ANSWERS = "answers.jsonl"
_SHOWN = 400


@dataclass(frozen=True)
class Answer:
    """A reply and its verdicts.

    Attributes:
        benchmark: of the item.
        mode: how it was asked.
        item: the item's id.
        group: its part of the benchmark; empty where there are none.
        prompt: what was asked, without instructions of ours.
        reference: the right answer as text, cut where it is long; empty where there is none to show.
        response: the reply.
        finish: why the reply ended; `context` where the prompt did not fit, `saved` where nobody knows.
        tokens: tokens of the reply.
        verdicts: by policy: `correct`, `extracted`, `rule`, `status`.
        parts: of instructions, by policy: which ones are followed, `strict` and `loose`.
    """

    benchmark: str
    mode: Mode
    item: str
    group: str
    prompt: str
    reference: str
    response: str
    finish: str
    tokens: int
    verdicts: Mapping[str, Mapping[str, Any]]
    parts: Mapping[str, Mapping[str, Sequence[bool]]] = field(default_factory=dict)

    def correct(self, policy: str) -> bool:
        """Whether it is right by that policy."""
        return bool(self.verdicts[policy]["correct"])


def answer_of(
    item: Item, mode: Mode, response: str, graded: Graded, *, finish: str, tokens: int = 0
) -> Answer:
    """The record of a graded reply."""
    shown = "" if item.reference is None else str(item.reference)
    return Answer(
        item.benchmark,
        mode,
        item.id,
        item.group,
        item.prompt,
        shown if len(shown) <= _SHOWN else shown[:_SHOWN] + " …",
        response,
        finish,
        tokens,
        {policy: asdict(verdict) for policy, verdict in graded.verdicts.items()},
        graded.parts,
    )


def as_dict(answer: Answer) -> dict[str, Any]:
    """An answer as plain JSON types."""
    return asdict(answer)


def answer_from_dict(row: Mapping[str, Any]) -> Answer:
    """An answer from its JSON object."""
    return Answer(**row)


def write_answers(path: Path, answers: Iterable[Answer]) -> None:
    """Writes one answer a line, whole or not at all."""
    temporary = path.with_suffix(path.suffix + ".part")
    with temporary.open("w", encoding="utf-8") as file:
        for answer in answers:
            file.write(json.dumps(as_dict(answer)) + "\n")  # ASCII: a reply may hold halves of characters
    temporary.replace(path)


def read_answers(path: Path) -> list[Answer]:
    """Reads the answers back."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [answer_from_dict(json.loads(line)) for line in lines if line.strip()]
