"""Rows that teach a model to say "I don't know" where it is wrong, and to go on answering where it is right.

The nearest published idea is R-Tuning (Zhang et al. 2023, arXiv 2311.09677): a model is tuned on its own questions, told apart by whether
its own answers are right. Here each question also gives a pair, and questions without an answer are among them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from windward.evals.unknown.correct import ALIASES, correct
from windward.evals.unknown.prompts import answer_messages
from windward.evals.unknown.records import Answered, Verdict
from windward.models import Message
from windward.recipes.errors import RecipeError
from windward.recipes.unknown.phrases import odd_names, unknowing

Kind = Literal["invented", "wrong", "refused", "right", "answered"]
UNKNOWING: tuple[Kind, ...] = ("invented", "wrong")
"""Learnt: "I don't know". Of an unanswerable question that was answered; of an answerable one whose answer is wrong."""
KEPT: tuple[Kind, ...] = ("right", "answered")
"""Learnt: the model's own answer. It is right; or its question has an answer, but nobody says which."""
KINDS: tuple[Kind, ...] = (*UNKNOWING, "refused", *KEPT)
"""`refused` is an unanswerable question that the model declined: it learns its own reply, and there is no pair."""

SHORT = 10
"""Words of an answer that needs no full stop."""
_END = re.compile(r"(?<!\d)[.!?][\"'”’)\]]*(?=\s|$)")


@dataclass(frozen=True)
class Taught:
    """One question and what is learnt from the model's reply to it.

    Attributes:
        answered: question and reply.
        kind: why it is learnt; see `KINDS`.
        chosen: what the model should say.
        rejected: what it should not; "" where there is no pair.
    """

    answered: Answered
    kind: Kind
    chosen: str
    rejected: str

    def sft_row(self) -> dict[str, Any]:
        """For `train_sft`: `messages`, and where the row comes from."""
        return {"messages": [*self._prompt, _assistant(self.chosen)]} | self._provenance

    def pair(self) -> dict[str, Any]:
        """For `train_preference`: `prompt`, `chosen`, `rejected`, and where the pair comes from."""
        sides = {"chosen": [_assistant(self.chosen)], "rejected": [_assistant(self.rejected)]}
        return {"prompt": self._prompt} | sides | self._provenance

    @property
    def _prompt(self) -> list[Message]:
        return answer_messages(self.answered.question.text)

    @property
    def _provenance(self) -> dict[str, Any]:
        one = self.answered.question
        return {
            "question_id": one.id,
            "dataset": one.dataset,
            "split": one.split,
            "category": one.category,
            "kind": self.kind,
            "never_score": [one.dataset],
        }


@dataclass(frozen=True)
class TeachConfig:
    """Which rows are made.

    Attributes:
        keep_right: rows that keep an answer, at most so many for each row that says "I don't know"; None keeps all.
        balanced: where fewer answers are kept than that, cut the rows that say "I don't know" to match, an equal share of each set and
            kind.
        seed: of sentences and of what is cut.
    """

    keep_right: float | None = None
    balanced: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be made.

        Raises:
            RecipeError: the ratio is not above 0.
        """
        if self.keep_right is not None and self.keep_right <= 0:
            raise RecipeError(
                f"keep_right is {self.keep_right}; it must be above 0: a model that keeps no answer learns to refuse everything"
            )


@dataclass
class TaughtCounts:
    """What became of the replies.

    Attributes:
        found: by dataset, half and kind, how many there were.
        cut: likewise, how many the ratio left out.
        left_out: by dataset, half and reason, what teaches nothing.
    """

    found: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    cut: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    left_out: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def taught_rows(
    answered: Sequence[Answered], verdicts: Sequence[Verdict], config: TeachConfig | None = None
) -> tuple[list[Taught], TaughtCounts]:
    """What one model's replies teach it.

    * unanswerable, answered: "I don't know" rather than its invention (`invented`);
    * unanswerable, refused: its own reply (`refused`);
    * answerable with references, none of them named: "I don't know" rather than its answer (`wrong`), unless it refused;
    * answerable with references, one named (aliases as people write them): its own answer rather than a refusal (`right`);
    * answerable without references: likewise, if it did not refuse (`answered`).

    Of its own answers whole sentences are learnt. A missing reply, an unread verdict, a refused question that has an answer and an answer
    without a whole sentence teach nothing, and are counted.

    Args:
        answered: replies.
        verdicts: whether each refuses.
        config: see `TeachConfig`.
    """
    config = config or TeachConfig()
    names = odd_names([one.question for one in answered])
    counts = TaughtCounts()
    rows: list[Taught] = []
    for one, verdict in zip(answered, verdicts, strict=True):
        question = one.question
        made = _taught(one, verdict, unknowing(question, names.get(question.id, ""), config.seed))
        if isinstance(made, Taught):
            counts.found[question.dataset, question.split, made.kind] += 1
            rows.append(made)
        else:
            counts.left_out[question.dataset, question.split, made] += 1
    kept = _cut(rows, config)
    stay = {id(row) for row in kept}
    for row in rows:
        if id(row) not in stay:
            question = row.answered.question
            counts.cut[question.dataset, question.split, row.kind] += 1
    return kept, counts


def whole_sentences(text: str) -> str:
    """The text up to the end of its last whole sentence, since replies are cut at a number of tokens.

    A text without an end of a sentence is whole if it has at most `SHORT` words; else there is nothing whole, and the result is "".
    """
    ends = [found.end() for found in _END.finditer(text)]
    if not ends:
        return text.strip() if len(text.split()) <= SHORT else ""
    return text[: ends[-1]].strip()


def _taught(one: Answered, verdict: Verdict, sentence: str) -> Taught | str:
    """What a reply teaches, or why it teaches nothing."""
    reply = (one.response or "").strip()
    if not reply:
        return "no reply"
    right = correct(one, ALIASES)
    if verdict.refused is None and not right:
        return "verdict unread"
    if one.question.split == "unanswerable":
        if not verdict.refused:
            return Taught(one, "invented", sentence, reply)
        own = whole_sentences(reply)
        return Taught(one, "refused", own, "") if own else "no whole sentence"
    if verdict.refused and not right:
        return "refused, though it has an answer"
    if one.question.references and not right:
        return Taught(one, "wrong", sentence, reply)
    own = whole_sentences(reply)
    if not own or (right and not correct(Answered(one.question, own), ALIASES)):
        return "no whole sentence"
    return Taught(one, "right" if right else "answered", own, sentence)


def _cut(rows: Sequence[Taught], config: TeachConfig) -> list[Taught]:
    """Without what is too much of one side."""
    unknowing_rows = [row for row in rows if row.kind in UNKNOWING]
    kept = [row for row in rows if row.kind in KEPT]
    ratio = config.keep_right
    if ratio is not None:
        kept = _shared_out(kept, int(ratio * len(unknowing_rows)), config.seed)
    if config.balanced:
        unknowing_rows = _shared_out(unknowing_rows, int(len(kept) / (ratio or 1)), config.seed)
    stay = {id(row) for row in (*unknowing_rows, *kept)}
    return [row for row in rows if row.kind == "refused" or id(row) in stay]


def _shared_out(rows: Sequence[Taught], most: int, seed: int) -> list[Taught]:
    """At most so many rows: as evenly from each set and kind as these have them, drawn within each."""
    groups: dict[tuple[str, str], list[Taught]] = {}
    for row in rows:
        groups.setdefault((row.answered.question.dataset, row.kind), []).append(row)
    for key, group in groups.items():
        Random(f"cut/{seed}/{'/'.join(key)}").shuffle(group)
    chosen: list[Taught] = []
    while len(chosen) < most and any(groups.values()):
        for key in sorted(groups):
            if groups[key] and len(chosen) < most:
                chosen.append(groups[key].pop())
    return chosen


def _assistant(text: str) -> Message:
    return Message(role="assistant", content=text)
