"""The one shape of every judgement: right or wrong, what was read, by which rule, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GradeStatus = Literal["ok", "unparsed", "timeout", "error"]


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and why.

    Attributes:
        correct: the judgement; False whenever `status` is not `ok`.
        extracted: the answer as read from the response; None if there was none.
        rule: the rule that decided, e.g. `boxed:symbolic` or `tests:3/3`.
        status: `unparsed` when no answer could be read (it stays in the denominator).
    """

    correct: bool
    extracted: str | None
    rule: str
    status: GradeStatus = "ok"
