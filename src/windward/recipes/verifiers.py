"""What a program can say of an answer: instructions that are met or not, answers that are right or wrong, words that occur.

A record's checks are plain dicts with a `kind`. Nothing of a model's text is executed; there is no model and no network.

* `{"kind": "instruction", "instruction_id": "punctuation:no_comma", "kwargs": {}}`: one of IFEval's checks;
* `{"kind": "begins", "with": "Well"}`: the first words, in any case, quotes and marks before them left out;
* `{"kind": "answer", "reference": "12"}`: the answer's value, as `windward.grading.grade_math` reads it;
* `{"kind": "mentions", "any_of": ["bread", "flour"]}`: one of the words or phrases occurs, in any case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from windward.feedback.judges import VerifierJudge
from windward.feedback.records import ASPECTS, Aspect, Completion, Rating, Record
from windward.grading import Verdict, check_instruction, grade_math

_UNWORDED = re.compile(r"\A[\W_]+")
REPEATED = 4
"""Words in a row that count as repeated where they occur a second time."""


def verify(record: Record, text: str) -> dict[Aspect, float | None]:
    """What an answer is worth in each aspect, 1 to 5; None where nothing of the record's checks bears on it.

    * instruction_following: 1 + 4 × the share of its `instruction` and `begins` checks that are met;
    * truthfulness: 5 where every `answer` is right, 1 where one is wrong, None where no answer could be read;
    * helpfulness: 1 + 4 × the share of its `mentions` checks that are met × (1 − the share of repeated four-word
      runs): about what was asked, and not the same again and again. It says nothing of style or depth;
    * honesty: None: no program knows what the model believes.

    Raises:
        ValueError: a check has no such kind, or its fields do not fit.
    """
    worth: dict[Aspect, float | None] = dict.fromkeys(ASPECTS)
    obeyed = [_met(check, record.instruction, text) for check in record.checks if _kind(check) in _ORDERS]
    if obeyed:
        worth["instruction_following"] = 1 + 4 * fmean(obeyed)
    verdicts = [_answer(check, text) for check in record.checks if _kind(check) == "answer"]
    if verdicts and all(verdict.status == "ok" for verdict in verdicts):
        worth["truthfulness"] = 5.0 if all(verdict.correct for verdict in verdicts) else 1.0
    said = [_met(check, record.instruction, text) for check in record.checks if _kind(check) == "mentions"]
    if said:
        worth["helpfulness"] = 1 + 4 * fmean(said) * (1 - repetition(text))
    return worth


def worth(record: Record, text: str) -> float:
    """The mean of what an answer is worth in the aspects that its checks bear on, as a share of the scale, 0 to 1.

    Raises:
        ValueError: no check bears on any aspect, or one is malformed.
    """
    found = [value for value in verify(record, text).values() if value is not None]
    if not found:
        raise ValueError(f"record {record.id!r}: no check bears on any aspect of this answer")
    return (fmean(found) - 1) / 4


def verifier_judge(name: str = "checks") -> VerifierJudge:
    """A judge for `annotate` that computes its ratings by `verify`; of honesty it says nothing."""

    def check(record: Record, completion: Completion, aspect: Aspect) -> Rating | None:
        value = verify(record, completion.text)[aspect]
        if value is not None:
            return Rating(aspect, value)
        asked = aspect == "truthfulness" and any(_kind(one) == "answer" for one in record.checks)
        return Rating(aspect, None, "unread: no answer") if asked else None

    return VerifierJudge(name, check, tuple(aspect for aspect in ASPECTS if aspect != "honesty"))


def checks_met(checks: Sequence[Mapping[str, Any]], text: str, instruction: str = "") -> float:
    """Share of checks, of any kind, that an answer meets, 0 to 1; an answer that cannot be read is not met.

    Raises:
        ValueError: there is no check, or one is malformed.
    """
    if not checks:
        raise ValueError("there is no check, so nothing to reward")
    return fmean(_met(check, instruction, text) for check in checks)


def verifier_reward(rows: Sequence[Record | Mapping[str, Any]], texts: Sequence[str]) -> list[float]:
    """The share of its checks that each text meets: a reward that is computed.

    Args:
        rows: records, or dicts with `checks` (a list, or JSON of one, as Parquet may hold it) and perhaps `instruction`.
        texts: one answer to each.

    Raises:
        ValueError: the numbers differ, or a row's checks are malformed; the message says which.
    """
    if len(rows) != len(texts):
        raise ValueError(f"{len(texts)} texts for {len(rows)} rows")
    rewards = []
    for number, (row, text) in enumerate(zip(rows, texts, strict=True)):
        try:
            rewards.append(checks_met(*_of(row, text)))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"row {number}: its checks do not fit: {error}") from error
    return rewards


def repetition(text: str, size: int = REPEATED) -> float:
    """Share of runs of `size` words that occurred before in the text, 0 to 1; 0 for a shorter text."""
    words = re.findall(r"\w+", text.lower())
    runs = [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def require_checks(checks: Sequence[Mapping[str, Any]]) -> None:
    """Refuses checks that could not be computed, before anything is sampled for them.

    Raises:
        ValueError: names the check.
    """
    for check in checks:
        _met(check, "", "A probe.")


def _of(row: Record | Mapping[str, Any], text: str) -> tuple[Sequence[Mapping[str, Any]], str, str]:
    if isinstance(row, Record):
        return row.checks, text, row.instruction
    checks = row["checks"]
    return json.loads(checks) if isinstance(checks, str) else checks, text, row.get("instruction") or ""


def _met(check: Mapping[str, Any], instruction: str, text: str) -> bool:
    kind = _kind(check)
    try:
        return _KINDS[kind](check, instruction, text)
    except KeyError as error:
        raise ValueError(f"a check of kind {kind!r} lacks the field {error}: {dict(check)}") from error


def _kind(check: Mapping[str, Any]) -> str:
    kind = str(check.get("kind"))
    if kind not in _KINDS:
        raise ValueError(f"there is no kind of check {kind!r}; there are {', '.join(_KINDS)}")
    return kind


def _instruction(check: Mapping[str, Any], instruction: str, text: str) -> bool:
    return check_instruction(check["instruction_id"], check.get("kwargs") or {}, text, instruction or None)


def _begins(check: Mapping[str, Any], instruction: str, text: str) -> bool:
    wanted, found = (_UNWORDED.sub("", one).split() for one in (check["with"], text))
    return [_bare(word) for word in found[: len(wanted)]] == [_bare(word) for word in wanted]


def _bare(word: str) -> str:
    return word.strip(".,:;!?\"'*_").lower()


def _mentions(check: Mapping[str, Any], instruction: str, text: str) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) for word in check["any_of"])


def _right(check: Mapping[str, Any], instruction: str, text: str) -> bool:
    return _answer(check, text).correct


def _answer(check: Mapping[str, Any], text: str) -> Verdict:
    kind = check.get("problem_kind", "math")
    if kind != "math":
        raise ValueError(f"an answer of kind {kind!r} is not computed here; only 'math' is")
    return grade_math(text, check["reference"])


_ORDERS = ("instruction", "begins")
_KINDS: Mapping[str, Callable[[Mapping[str, Any], str, str], bool]] = {
    "instruction": _instruction,
    "begins": _begins,
    "answer": _right,
    "mentions": _mentions,
}
