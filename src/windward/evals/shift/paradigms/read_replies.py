"""The reading of a reply that belongs to a task."""

from __future__ import annotations

from typing import Any

from windward.evals.shift.paradigms.answer_replies import lenient_answer, strict_answer
from windward.evals.shift.paradigms.asking import Answered
from windward.evals.shift.paradigms.label_replies import lenient_label, strict_label
from windward.evals.shift.paradigms.mention_replies import lenient_mentions, strict_mentions
from windward.evals.shift.paradigms.offered import Offered
from windward.evals.shift.paradigms.reading import Read, Reading
from windward.evals.shift.task import Task


def read_reply(reply: Answered, task: Task, labels: Offered, reading: Reading) -> Read[Any]:
    """A label, a tuple of `Mention`, or a text; nothing where there is no reply."""
    if reply.text is None:
        return Read(None, reply.absent)
    strict = reading == "strict"
    if task.kind == "classification":
        return (strict_label if strict else lenient_label)(reply.text, labels.labels)
    if task.kind == "tagging":
        listed = strict_mentions if strict else lenient_mentions
        return listed(reply.text, labels.labels, cut=reply.cut)
    return (strict_answer if strict else lenient_answer)(reply.text)
