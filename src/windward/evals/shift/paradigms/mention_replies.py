"""Which entities a reply lists: `type: words` a line, or JSON.

The release asks for entities divided by `||` and splits at `|`, so that every later type lands in the first entity; here either divides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from windward.evals.shift.paradigms.label_replies import label_words
from windward.evals.shift.paradigms.reading import EMPTY, Read

NO_LIST = "no list of entities"
CUT_OFF = "cut off within the first entity"
NONE = "none"
"""What a model is to answer where there is no entity."""

_NO_ENTITY = re.compile(r"\W*(?:none|no (?:named )?entit(?:y|ies))\W*", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,3}[.)])\s*")
_DIVIDER = re.compile(r"\s*(?:\|+|;)\s*")
_FENCE = re.compile(r"^\s*```\w*\s*$")


@dataclass(frozen=True)
class Mention:
    """One entity as a model names it.

    Attributes:
        type: one of the types that were offered.
        words: of the sentence, or so the model says.
    """

    type: str
    words: str


def strict_mentions(reply: str, types: Sequence[str], *, cut: bool = False) -> Read[tuple[Mention, ...]]:
    """The entities of a reply each of whose lines is `type: words` with an offered type; none where it is `none`.

    Args:
        reply: the text.
        types: that were offered.
        cut: the reply was cut off, so that its last line is not whole and is left out.
    """
    if not reply.strip():
        return Read(None, EMPTY)
    lines = _lines(reply, cut)
    if not lines:
        return Read(None, CUT_OFF)
    if len(lines) == 1 and lines[0].strip().casefold() == NONE:
        return Read(())
    found = [_mention(line, types) for line in lines]
    whole = tuple(mention for mention in found if mention is not None)
    return Read(whole) if len(whole) == len(found) else Read(None, NO_LIST)


def lenient_mentions(reply: str, types: Sequence[str], *, cut: bool = False) -> Read[tuple[Mention, ...]]:
    """The entities that a reply lists, whatever stands around them; several on a line are divided by `|`, `||` or `;`.

    Args:
        reply: the text.
        types: that were offered.
        cut: as of `strict_mentions`.
    """
    if not reply.strip():
        return Read(None, EMPTY)
    lines = [line for line in _lines(reply, cut) if not _FENCE.match(line)]
    value = _json("\n".join(line for line in reply.splitlines() if not _FENCE.match(line)))
    if value is not None:
        listed = tuple(_of_json(value, types))
        return Read(listed) if listed or _is_empty(value) else Read(None, NO_LIST)
    found = tuple(mention for line in lines for mention in _divided(line, types))
    if found:
        return Read(found)
    return Read(()) if any(_denies(line, types) for line in lines) else Read(None, NO_LIST)


def _lines(reply: str, cut: bool) -> list[str]:
    lines = [line for line in reply.splitlines() if line.strip()]
    return lines[:-1] if cut else lines


def _mention(line: str, types: Sequence[str]) -> Mention | None:
    named, _, words = line.partition(":")
    kind, words = _type(named, types), words.strip()
    return Mention(kind, words) if kind is not None and words and not _NO_ENTITY.fullmatch(words) else None


def _denies(line: str, types: Sequence[str]) -> bool:
    """Whether a line says that there is no entity, or none of a type (`person: none`)."""
    named, colon, words = _BULLET.sub("", line).partition(":")
    none = words if colon and _type(named, types) is not None else line
    return _NO_ENTITY.fullmatch(none) is not None


def _type(named: str, types: Sequence[str]) -> str | None:
    said = label_words(named)
    return next((kind for kind in types if label_words(kind) == said), None)


def _divided(line: str, types: Sequence[str]) -> Iterator[Mention]:
    """The entities of a line; words without a type of their own have that of the entity before them."""
    kind: str | None = None
    for part in _DIVIDER.split(_BULLET.sub("", line)):
        mention = _mention(part, types)
        if mention is not None:
            kind = mention.type
        elif kind is not None and part.strip() and ":" not in part and not _NO_ENTITY.fullmatch(part):
            mention = Mention(kind, part.strip())
        if mention is not None:
            yield Mention(mention.type, mention.words.strip('*`"“” '))


def _json(text: str) -> Any:
    text = text.strip()
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_empty(value: Any) -> bool:
    """Whether a list says that there is nothing: `[]`, `{}`, `{type: []}`."""
    return not value or (isinstance(value, dict) and all(one == [] for one in value.values()))


def _of_json(value: Any, types: Sequence[str]) -> Iterator[Mention]:
    """Of `[{"type": …, "words": …}]`, `{type: [words]}`, or a list of either."""
    if isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                yield from _of_json(one, types)
    elif isinstance(value, dict):
        named = value.get("type") or value.get("label")
        words = value.get("words") or value.get("text") or value.get("entity")
        pairs = [(named, words)] if isinstance(named, str) and isinstance(words, str) else value.items()
        for key, given in pairs:
            kind = _type(str(key), types)
            for text in given if isinstance(given, list) else [given]:
                if kind is not None and isinstance(text, str) and text.strip():
                    yield Mention(kind, text.strip())
