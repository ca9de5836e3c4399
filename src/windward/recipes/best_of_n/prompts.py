"""Prompts that are answered n times, and what is known of a right answer to them.

{"prompt": "What is 2 + 2?", "reference": "4", "kind": "math"}
{"instruction": "Name a tree, without commas.", "checks": [{"kind": "instruction", "instruction_id": "punctuation:no_comma"}]}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.reasoning.files import read_rows
from windward.evals.reward.pairs import messages_of
from windward.grading.problems import grade_answer
from windward.models import Message
from windward.recipes.verifiers import checks_met, require_checks
from windward.rows import KINDS, Problem


@dataclass(frozen=True)
class Prompt:
    """What a model is asked.

    Attributes:
        id: its own in a file.
        messages: the last of them the user's.
        problem: the right answer and how it is checked; None where the row has none.
        checks: what a program can say of an answer; see `windward.recipes.verifiers`.
        never_score: benchmarks that nothing trained on the answers may be scored on.
    """

    id: str
    messages: tuple[Message, ...]
    problem: Problem | None = None
    checks: tuple[dict[str, Any], ...] = ()
    never_score: tuple[str, ...] = ()

    @property
    def asked(self) -> str:
        """The user's last message."""
        return self.messages[-1]["content"]


@dataclass(frozen=True)
class Judged:
    """What an answer is worth by a measure that the scorer does not know.

    Attributes:
        worth: 0 to 1.
        answer: what it answers, for the vote; None where that is not read.
        unread: whether an answer should have been read, and could not be; it is worth nothing.
    """

    worth: float
    answer: str | None = None
    unread: bool = False


Gold = Callable[[Prompt, str], Judged | None]
"""Judges an answer to a prompt; None where nobody knows."""


def known_gold(prompt: Prompt, text: str) -> Judged | None:
    """By the row itself: its reference (1 right, 0 wrong), or the share of its checks that are met.

    Code is run in the isolated interpreter; nothing else of a text is executed.
    """
    if prompt.problem is not None:
        verdict = grade_answer(prompt.problem, text)
        read = verdict.extracted if prompt.problem.kind != "code" else None
        return Judged(float(verdict.correct), read, verdict.status == "unparsed")
    if prompt.checks:
        return Judged(checks_met(prompt.checks, text, prompt.asked))
    return None


def read_prompts(path: Path) -> list[Prompt]:
    """Prompts of a JSONL, JSON or Parquet file.

    A row has `prompt` (a text or messages) or `instruction`, perhaps an `id`, and to measure by either `reference` and
    `kind` (math, table, code) or `checks`; `never_score` is handed on.

    Raises:
        DataError: the file is not there, or a row is malformed; the message says which and what.
    """
    if not path.is_file():
        raise DataError(f"{path} is not there: name a JSONL file of prompts")
    found: dict[str, Prompt] = {}
    for number, row in enumerate(read_rows(path)):
        where = f"{path}, row {number}"
        prompt = _prompt(row, str(number), where)
        if prompt.id in found:
            raise DataError(f"{where}: id {prompt.id!r} was there before; give every row its own, or none")
        found[prompt.id] = prompt
    return list(found.values())


def _prompt(row: Mapping[str, Any], number: str, where: str) -> Prompt:
    messages = messages_of(row.get("prompt") or row.get("instruction"), f"{where}, prompt")
    if messages[-1]["role"] != "user":
        raise DataError(f"{where}, prompt: the last message must be the user's")
    name = number if row.get("id") is None else str(row["id"])
    problem = _problem(row, name, messages[-1]["content"], where)
    checks = _checks(row, where)
    if problem is not None and checks:
        raise DataError(f"{where}: give a reference or checks, not both: an answer has one worth")
    named = row.get("never_score") or ()
    if not isinstance(named, list | tuple) or not all(isinstance(one, str) for one in named):
        raise DataError(f"{where}, never_score: expected a list of names, found {named!r:.80}")
    return Prompt(name, messages, problem, checks, tuple(named))


def _problem(row: Mapping[str, Any], name: str, asked: str, where: str) -> Problem | None:
    reference, kind = row.get("reference"), row.get("kind")
    if reference is None:
        return None
    if isinstance(reference, int | float) and not isinstance(reference, bool):
        reference = str(reference)
    if not isinstance(reference, str) or not reference.strip():
        raise DataError(f"{where}, reference: expected a text that is not empty, found {reference!r:.80}")
    if kind not in KINDS:
        raise DataError(f"{where}, kind: it says how the reference is checked, one of {', '.join(KINDS)}; found {kind!r:.80}")  # fmt: skip
    return Problem(name, asked, reference, kind)


def _checks(row: Mapping[str, Any], where: str) -> tuple[dict[str, Any], ...]:
    found = row.get("checks") or ()
    try:
        checks = json.loads(found) if isinstance(found, str) else found
        if not all(isinstance(one, dict) for one in checks):
            raise ValueError(f"expected a list of objects, found {found!r:.80}")
        # Structs of Parquet hold every field that any row has.
        kept = tuple({name: value for name, value in one.items() if value is not None} for one in checks)
        require_checks(kept)
    except (TypeError, ValueError) as error:
        raise DataError(f"{where}, checks: {error}") from error
    return kept
