"""What a reader of a set's figures must know of its replies, and the replies themselves as lines of a file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from windward.evals.shift.paradigms.asked import Asked
from windward.evals.shift.paradigms.asking import Answered
from windward.evals.shift.paradigms.prompts import answered
from windward.evals.shift.paradigms.read_replies import read_reply
from windward.evals.shift.paradigms.reading import READINGS


def remarks(one: Asked, replies: Sequence[Answered], max_tokens: int) -> list[str]:
    """Replies that were cut off, demonstrations that were left out, and why replies could not be read: a line each."""
    lines = []
    n = len(replies)
    cut = sum(reply.cut for reply in replies)
    if cut:
        lines.append(f"{cut:,} of {n:,} replies were cut off at {max_tokens} tokens")
    if one.demonstrations is not None:
        full = len(one.turns)
        fewer = [reply.shown for reply in replies if reply.shown < full]
        if fewer:
            lines.append(
                f"{len(fewer):,} of {n:,} requests held fewer than {full} demonstrations (the least {min(fewer)}): they did not fit"
            )
        short = [f"{count} of {name}" for name, count in one.demonstrations.short.items()]
        if short:
            lines.append(f"fewer demonstrations than wanted: {', '.join(short)}")
    for reading in READINGS:
        read = [read_reply(reply, one.task, one.labels, reading) for reply in replies]
        reasons = Counter(each.why.partition(":")[0] for each in read if each.value is None)
        if reasons:
            said = ", ".join(f"{count:,} {why}" for why, count in reasons.most_common())
            lines.append(f"unparsed of {n:,} ({reading}): {said}")
    return [f"  {one.stage}: {line}" for line in lines]


def reply_lines(one: Asked, replies: Sequence[Answered]) -> list[str]:
    """Each reply, what was right, and how it was read, as JSON."""
    lines = []
    for reply, example in zip(replies, one.tested, strict=True):
        read = {name: asdict(read_reply(reply, one.task, one.labels, name)) for name in READINGS}
        right = answered(example, one.task, one.labels)
        row = {"paradigm": one.paradigm, "dataset": one.dataset.name, **asdict(reply), "right": right, "read": read}  # fmt: skip
        lines.append(json.dumps(row) + "\n")
    return lines
