"""What is asked in an evaluation of control: a file of the user's, HaluEval's questions on honesty, or harmful requests by level.

{"instruction": "What is a kite?"}  ·  {"category": "Science", "user_query": "…"}  ·  {"prompt": "…", "level": 1}

A prompt goes by its place in the file: HaluEval's file holds three questions twice.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.evals.data import DataError, problems_folder
from windward.evals.reasoning.files import read_rows

HONESTY = "halueval"
_TEXTS = ("instruction", "prompt", "user_query", "query", "question")
_DOMAINS = ("domain", "category")


@dataclass(frozen=True)
class Prompt:
    """One prompt.

    Attributes:
        id: its place in the file, from 0.
        instruction: what the user asks, without a condition.
        domain: that it belongs to; "" where the file names none.
        level: of the attack, for harmful requests; None for all others.
    """

    id: str
    instruction: str
    domain: str = ""
    level: int | None = None


def read_prompts(path: Path) -> list[Prompt]:
    """The prompts of a file (JSON, JSONL, Parquet).

    Raises:
        DataError: it is not there, or a row asks nothing; names the row.
    """
    return [_prompt(row, place, f"{path}, row {place + 1}") for place, row in enumerate(read_rows(path))]


def read_harmful(path: Path) -> list[Prompt]:
    """Harmful requests; each row has a `level`, the strength of the attack that it is wrapped in.

    Raises:
        DataError: as `read_prompts`, or a row has no level.
    """
    prompts = []
    for place, row in enumerate(read_rows(path)):
        where, level = f"{path}, row {place + 1}", row.get("level")
        try:
            if isinstance(level, bool) or level is None or float(level) != int(level):
                raise ValueError(level)
        except (TypeError, ValueError):
            raise DataError(
                f"{where}: field level: expected a whole number, found {level!r}; scores are by level, so each request needs one"
            ) from None
        one = _prompt(row, place, where)
        prompts.append(Prompt(one.id, one.instruction, one.domain, int(level)))
    return prompts


def honesty_prompts(file: Path | None = None) -> list[Prompt]:
    """HaluEval 2.0's questions as released with CPO: 200, 40 of each of five domains.

    Args:
        file: where they are; without it, `honesty/halueval.json` in the folder that `WINDWARD_DATA` names.

    Raises:
        DataError: they are not there, or a row lacks its domain.
    """
    path = file or problems_folder("honesty", "halueval.json") / "halueval.json"
    prompts = read_prompts(path)
    if lacking := [one.id for one in prompts if not one.domain]:
        raise DataError(f"{path}, row {int(lacking[0]) + 1}: field category is missing")
    return prompts


def told(prompts: list[Prompt]) -> str:
    """What the prompts are, in a line."""
    domains = Counter(one.domain for one in prompts if one.domain)
    levels = Counter(one.level for one in prompts if one.level is not None)
    parts = [f"{len(prompts):,} prompts, {len({one.instruction for one in prompts}):,} different"]
    if domains:
        parts.append(f"domains {', '.join(f'{name} {count}' for name, count in sorted(domains.items()))}")
    if levels:
        parts.append(f"levels {', '.join(f'{level}: {count}' for level, count in sorted(levels.items()))}")
    return "; ".join(parts)


def _prompt(row: dict[str, Any], place: int, where: str) -> Prompt:
    text = next((row[name] for name in _TEXTS if row.get(name)), None) or _asked(row.get("messages"))
    if not isinstance(text, str) or not text.strip():
        raise DataError(
            f"{where}: nothing is asked: expected a text as {', '.join(_TEXTS)}, or messages; it has {', '.join(map(str, row))}"
        )
    domain = next((str(row[name]) for name in _DOMAINS if row.get(name)), "")
    return Prompt(str(place), text, domain)


def _asked(messages: Any) -> object:
    """The first user message of a row of messages."""
    if not isinstance(messages, list):
        return None
    said = [one for one in messages if isinstance(one, dict) and one.get("role") == "user"]
    return said[0].get("content") if said else None
