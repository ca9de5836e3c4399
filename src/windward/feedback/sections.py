"""Splitting a judge's reply into the sections of the texts it speaks of. A section belongs to its label, wherever it stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from windward.feedback.marks import HEAD, is_only_mark

MARKUP = " \t#>*_=-–—•`|[](){}<\"'"
"""What may stand before a label or a field."""

_NUMBERED = re.compile(r"[0-9]{1,2}[.)]\s{1,3}")
_LABEL = re.compile(
    r"(?:(?:output|rating|evaluation|assessment|judge?ment|review)s?\s{1,3}(?:for|of)\s{1,3})?(?:the\s{1,3})?"
    r"(?:text|response|completion)(s?)[\s#*_(\[-]{0,4}([0-9]{1,4})(?![0-9])",
    re.I,
)
_TITLE = re.compile(r"\([^()0-9]{0,60}\)[\s:*_]{0,4}")
FIELD = re.compile(
    r"(rationale[\s_]for[\s_](?:the[\s_])?rating|(?:final\s|overall\s)?rating|score|types?|rationale|reason(?:ing)?"
    r"|explanation|justification)[\s*_`]{0,4}(?:\([^()]{0,30}\)[\s*_`]{0,4})?[:=]",
    re.I,
)


@dataclass
class Section:
    """The lines under one label.

    Attributes:
        label: number of the text.
        sure: whether the line was a heading beyond doubt; else it may be a sentence that begins with `Text 2`.
        head: the line itself.
        lines: what follows, with what stood on the line beside the label first.
    """

    label: int
    sure: bool
    head: str
    lines: list[str] = field(default_factory=list)

    @property
    def rates(self) -> bool:
        """Whether there is a field in it."""
        return any(FIELD.match(bare(line)) for line in self.lines)


def bare(line: str) -> str:
    """The beginning of a line without markup or a number of a list."""
    head = line[:HEAD].lstrip(MARKUP)
    numbered = _NUMBERED.match(head)
    return head[numbered.end() :].lstrip(MARKUP) if numbered else head


def sections(lines: Sequence[str], count: int) -> tuple[list[Section], list[Section]]:
    """The sections of a reply, and those of which it is not clear whose they are.

    A line that begins with a label ends the section before it, in whatever form it is. It begins one of its own if
    nothing else stands on it, or a field or a mark does. Otherwise it may be prose: it is given back to the
    section before it where no field follows, and belongs to nobody where one does; unless all headings of the
    reply are of this form, with each text labelled exactly once.
    """
    found: list[Section] = []
    for line in lines:
        section = _heading(line)
        if section is not None:
            found.append(section)
        elif found:
            found[-1].lines.append(line)
    labels = Counter(section.label for section in found)
    if not any(section.sure for section in found) and labels == Counter(range(1, count + 1)):
        return found, []
    return _settled(found)


def _settled(found: Sequence[Section]) -> tuple[list[Section], list[Section]]:
    sure: list[Section] = []
    doubtful: list[Section] = []
    before: Section | None = None
    for section in found:
        if section.sure:
            sure.append(section)
            before = section
        elif section.rates:
            doubtful.append(section)
            before = None
        elif before is not None:
            before.lines += [section.head, *section.lines[1:]]
    return sure, doubtful


def _heading(line: str) -> Section | None:
    start = bare(line)
    label = _LABEL.match(start)
    if label is None:
        return None
    after = start[label.end() :]
    rest = after.lstrip(MARKUP + ".:")
    separators = after[: len(after) - len(rest)]
    shown = rest + line[HEAD:]
    if not rest or _TITLE.fullmatch(after.strip(" *_:#-")):
        sure, first = True, ""
    elif FIELD.match(rest):
        sure, first = True, shown
    elif is_only_mark(rest) and (":" in separators or "|" in separators) and "-" not in separators:
        sure, first = True, f"Rating: {shown}"
    else:
        sure, first = False, _from_rating(shown)
    return Section(int(label[2]), sure and not label[1], line, [first])


def _from_rating(rest: str) -> str:
    """What stands beside a label, from the rating on, where there is one in the first words."""
    found = re.search(r"\b(?:rating|score)\b[\s*_`]{0,4}[:=]", rest[:HEAD], re.I)
    return rest[found.start() :] if found else rest
