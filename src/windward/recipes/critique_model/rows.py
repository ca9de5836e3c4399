"""Critiques as supervised rows: the critic's own prompt, then feedback, a line break and `Overall Score: k`.

The prompt is `windward.feedback.criticise.critic_messages`, which `windward feedback critique` asks with: what is learnt is
what is asked, by construction. A target is kept only where our reader finds in it the very feedback and score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from windward.feedback.criticise import critic_messages
from windward.feedback.parquet import ParquetRows
from windward.feedback.records import Completion, Critique, Record
from windward.feedback.scores import read_critique
from windward.models import Message

critique_messages = critic_messages
"""What a critic is asked of one completion: the same function when it learns and when it is asked."""

LEARNT = ("kept", "repaired")
"""What the audit must have made of a score."""


@dataclass(frozen=True)
class CritiqueRow:
    """One critique to learn, or to compare with.

    Attributes:
        record: the record with this completion alone, its critique included.
        place: of the completion in its record.
        prompt: what a critic is asked.
        target: what it should say.
    """

    record: Record
    place: int
    prompt: list[Message]
    target: str

    @property
    def id(self) -> str:
        """Of the row: its record and its place there."""
        return f"{self.record.id}/{self.place}"

    @property
    def completion(self) -> Completion:
        """What is criticised."""
        return self.record.completions[0]

    @property
    def score(self) -> float:
        """The gold score, 1 to 10."""
        critique = self.completion.critique
        if critique is None or critique.score is None:
            raise ValueError(f"{self.id} has no score")
        return critique.score


@dataclass
class CritiqueCounts:
    """What became of the completions.

    Attributes:
        rows: critiques that are learnt.
        left_out: why others are not, and how many.
    """

    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def told(self) -> str:
        """In a line."""
        why = ", ".join(f"{count:,} {reason}" for reason, count in sorted(self.left_out.items()))
        return f"{self.rows:,} critiques" + (f"; left out: {why}" if why else "")


def critique_target(critique: Critique) -> str | None:
    """What a critic should say: feedback, a line break, the score. None where it would be read as something else.

    Whatever the reader takes off a text's ends is not learnt either. A feedback that names a score of its own is no
    target: it would be read as two scores.
    """
    if critique.score is None:
        return None
    text = read_critique(_target(critique.text.strip(), critique.score)).text
    target = _target(text, critique.score)
    again = read_critique(target)
    return target if text and again.text == text and again.mark.value == critique.score else None


def critique_rows(records: Iterable[Record], counts: CritiqueCounts) -> Iterator[CritiqueRow]:
    """The critiques whose score the audit kept or repaired, one after the other; `counts` says what is left out and why."""
    for record in records:
        for place, completion in enumerate(record.completions):
            target, why = _learnt(completion)
            if target is None:
                counts.left_out[why] += 1
                continue
            counts.rows += 1
            alone = record.with_completions([completion])
            yield CritiqueRow(alone, place, critique_messages(record.instruction, completion), target)


def write_critique_rows(records: Iterable[Record], path: Path) -> CritiqueCounts:
    """Writes rows that `windward.training.train_sft` reads: `messages`, of which the last is learnt; in flat memory.

    Args:
        records: audited.
        path: a Parquet file; the same records give the same bytes.
    """
    import pyarrow as pa

    from windward.rows.training import MESSAGES

    schema = pa.schema(
        [
            ("messages", MESSAGES),
            ("id", pa.string()),
            ("source", pa.string()),
            ("model", pa.string()),
            ("judge", pa.string()),
            ("score", pa.float64()),
            ("never_score", pa.list_(pa.string())),
        ]
    )
    counts = CritiqueCounts()
    with ParquetRows(path, schema) as file:
        for row in critique_rows(records, counts):
            critique = row.completion.critique
            file.write_row(
                {
                    "messages": [*row.prompt, {"role": "assistant", "content": row.target}],
                    "id": row.id,
                    "source": row.record.source,
                    "model": row.completion.model,
                    "judge": critique.judge if critique is not None else "",
                    "score": row.score,
                    "never_score": list(row.record.never_score),
                }
            )
    return counts


def _learnt(completion: Completion) -> tuple[str | None, str]:
    """The target, or why there is none."""
    critique = completion.critique
    if completion.absent or not completion.text.strip():
        return None, "without an answer"
    if critique is None or critique.score is None:
        return None, "without a score"
    if not critique.audit:
        return None, "not audited"
    if critique.audit not in LEARNT:
        return None, f"{critique.audit} by the audit"
    target = critique_target(critique)
    return target, "" if target is not None else "not read back as they are"


def _target(text: str, score: float) -> str:
    return f"{text}\nOverall Score: {score:g}"
