"""Aspect annotation: what a judge is asked of all completions at once, and how its reply is read (UltraFeedback §2.3).

Ratings are matched to texts by the label that the judge wrote. A reply that cannot be read for a text says nothing of
that text, and why; it is never filled in from its place among the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from windward.feedback.fences import fence_rule, fenced, nonce
from windward.feedback.fields import Said, TextReading, fields_of, read_text
from windward.feedback.json_replies import json_sections
from windward.feedback.marks import unread
from windward.feedback.records import Aspect, Record
from windward.feedback.rubrics import References, form, known, rubric_text
from windward.feedback.sections import Section, sections
from windward.feedback.thinking import after_thinking
from windward.models import Message

READER_VERSION = "1"
"""To be changed with what `read_aspect` returns for any text."""


@dataclass(frozen=True)
class AspectReading:
    """What was read of each text, in the order of the labels: `texts[0]` is Text 1."""

    texts: tuple[TextReading, ...]

    @property
    def unread(self) -> int:
        """Texts that the reply says nothing readable of."""
        return sum(not text.mark.read for text in self.texts)


@dataclass(frozen=True)
class Refused:
    """A reply of which nothing can be used, and why."""

    reason: str


def answered(record: Record) -> list[int]:
    """Places of the completions that have a text: those that are judged."""
    return [
        place for place, one in enumerate(record.completions) if not one.absent and one.text.strip() != ""
    ]


def judge_messages(
    record: Record, aspect: Aspect, order: Sequence[int], references: References = "auto"
) -> list[Message]:
    """What a judge is asked: one call judges all completions of a record in one aspect.

    Args:
        record: instruction and completions.
        aspect: what to rate.
        order: places of the completions that have a text, in the order in which they are shown as Text 1, Text 2, …
        references: whether a judge of truthfulness is told what is known (`rubrics.known`).

    Raises:
        ValueError: `order` is not an order of exactly those completions.
    """
    if sorted(order) != answered(record) or not order:
        raise ValueError(
            f"{list(order)} is not an order of the completions that have a text, {answered(record)}"
        )
    texts = [record.completions[place].text for place in order]
    told = known(record, references) if aspect == "truthfulness" else ""
    mark = nonce([aspect, record.instruction, told, *texts])
    parts = [fenced("instruction", record.instruction, mark)]
    if told:
        parts.append("What is known:\n" + fenced("known", told, mark))
    parts += [fenced(f"Text {label}", text, mark) for label, text in enumerate(texts, 1)]
    parts.append(_form(aspect, len(texts)))
    system = f"You judge texts that answer an instruction. {rubric_text(aspect)}\n\n{fence_rule(mark)}"
    return [{"role": "system", "content": system}, {"role": "user", "content": "\n\n".join(parts)}]


def read_aspect(aspect: Aspect, text: str, count: int) -> AspectReading | Refused:
    """Reads a judge's reply on `count` texts.

    Read are ratings of 1 to 5 and N/A (in every aspect, since judges give it in every aspect), in whatever order the
    texts come, in sections or as JSON. Refused as a whole is a reply without labels (unless there is a single text), or
    one that rates a text that was not there: its numbers cannot be trusted. Refused for a text are no rating, one
    outside the scale, and two that differ.
    """
    said = after_thinking(text)
    if said is None:
        return Refused("the reply ends before the judge has done thinking")
    found = json_sections(said)
    doubtful: list[Section] = []
    if found is None:
        lines = said.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        sure, doubtful = sections(lines, count)
        found = [(section.label, fields_of(section.lines)) for section in sure]
        if not found and not doubtful and count == 1:
            found = [(1, fields_of(lines))]
    if not found:
        return Refused("no text is named in the reply")
    named = {label for label, _ in found} | {section.label for section in doubtful}
    strange = sorted(named - set(_labels(count)))
    if strange:
        return Refused(f"the reply rates Text {strange[0]}, and there are {count} texts")
    return AspectReading(tuple(_text(aspect, label, found, doubtful) for label in _labels(count)))


def _text(
    aspect: Aspect, label: int, found: Sequence[tuple[int, Said]], doubtful: Sequence[Section]
) -> TextReading:
    own = [said for named, said in found if named == label]
    if any(section.label == label for section in doubtful):
        return TextReading(unread(f"it is not clear whether a rating belongs to Text {label}"))
    if not own:
        return TextReading(unread(f"Text {label} is not in the reply"))
    return read_text(aspect, own)


def _labels(count: int) -> range:
    return range(1, count + 1)


def _form(aspect: Aspect, count: int) -> str:
    texts = "the text" if count == 1 else f"each of the {count} texts"
    return (
        f"Write one section for {texts}, headed by its label, in this form:\n\n"
        + "\n\n".join(f"#### Text {label}\n{form(aspect)}" for label in range(1, min(count, 2) + 1))
        + ("" if count <= 2 else f"\n\nand so on up to Text {count}.")
    )
