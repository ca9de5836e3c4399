"""What a reply answers to a question about a text."""

from __future__ import annotations

import re

from windward.evals.shift.paradigms.reading import EMPTY, Read

_PREFIX = re.compile(r"^\W*(?:the\s+)?answer(?:\s+is)?\s*:\s*", re.IGNORECASE)


def strict_answer(reply: str) -> Read[str]:
    """The whole reply."""
    return Read(reply.strip()) if reply.strip() else Read(None, EMPTY)


def lenient_answer(reply: str) -> Read[str]:
    """The first line of a reply that holds anything, without `Answer:` before it and quotation marks around it."""
    for line in reply.splitlines():
        answer = _PREFIX.sub("", line).strip().strip('"“”`* ')
        if answer:
            return Read(answer)
    return Read(None, EMPTY)
