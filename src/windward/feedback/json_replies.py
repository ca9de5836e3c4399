"""Reading a judge that answers in JSON: by label as well, never by position."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from windward.feedback.fields import Said

_LABEL = re.compile(r"(?:output[\s_]for[\s_])?(?:text|response|completion)?[\s_#-]{0,3}([0-9]{1,4})", re.I)
_LABEL_KEYS = ("text", "label", "id", "index", "text_id", "number")


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it was written, keys that come twice included."""


def json_sections(text: str) -> list[tuple[int, Said]] | None:
    """Label and fields of each text in a reply that is JSON; None for one that is not, or names no labels."""
    content = _unfenced(text.strip())
    if not content.startswith(("{", "[")):
        return None
    try:
        value = json.loads(content, object_pairs_hook=_Pairs, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return list(_labelled(value)) or None


def _unfenced(text: str) -> str:
    """What stands in the one code block of a reply; the reply itself where there is none."""
    lines = text.split("\n")
    fences = [place for place, line in enumerate(lines) if line.strip().startswith("```")]
    return "\n".join(lines[fences[0] + 1 : fences[1]]).strip() if len(fences) == 2 else text


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no rating")


def _labelled(value: Any, depth: int = 0) -> Iterator[tuple[int, Said]]:
    if isinstance(value, _Pairs):
        found = [(match, inner) for key, inner in value if (match := _LABEL.fullmatch(key.strip()))]
        yield from ((int(match[1]), _said(inner)) for match, inner in found)
        if found:
            return
        if (label := _own_label(value)) is not None:
            yield label, _said(value)
        elif len(value) == 1 and depth < 2:
            yield from _labelled(value[0][1], depth + 1)
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, _Pairs):
                yield from _labelled(one, 2)


def _own_label(pairs: _Pairs) -> int | None:
    for key, value in pairs:
        if (
            key.strip().lower() in _LABEL_KEYS
            and isinstance(value, str | int)
            and not isinstance(value, bool)
        ):
            label = str(value).strip()[:40] if isinstance(value, str) or abs(value) < 10_000 else ""
            if match := _LABEL.fullmatch(label):
                return int(match[1])
    return None


def _said(value: Any) -> Said:
    said = Said([], [], [], [], [])
    if not isinstance(value, _Pairs):
        said.ratings.append(_plain(value))
        return said
    into: Mapping[str, list[str]] = {
        "rating": said.ratings,
        "score": said.scores,
        "type": said.types,
        "types": said.types,
        "rationale": said.reasons,
        "reason": said.reasons,
        "explanation": said.reasons,
        "rationale for rating": said.later,
    }
    for key, inner in value:
        target = into.get(key.strip().lower().replace("_", " "))
        if target is not None:
            target.append(_plain(inner))
    return said


def _plain(value: Any) -> str:
    """A JSON value as a judge would have written it in a line; lists are joined by commas."""
    if isinstance(value, bool) or value is None or isinstance(value, _Pairs):
        return "" if value is None else "?"
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value) or "None"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
