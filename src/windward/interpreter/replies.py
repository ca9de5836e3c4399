"""A session's reply as an observation. Its sender is hostile: every field is checked, cut and cleaned."""

from __future__ import annotations

import math
import re
from typing import Any

from windward.interpreter.types import Limits, Observation

_MAX_IMAGES = 100
_CUT_NOTE = 100  # characters that the note in the middle of a cut text may add


def read_reply(frame: dict[str, Any], limits: Limits, wall: float) -> Observation:
    """What a reply shows, whatever it says of itself; `wall` is the host's own measure, in seconds."""
    longest = limits.output_chars + _CUT_NOTE
    status = frame.get("status")
    return Observation(
        stdout=_text(frame.get("stdout"), longest) or "",
        stderr=_text(frame.get("stderr"), longest) or "",
        value=_text(frame.get("value"), longest),
        error=_text(frame.get("error"), longest),
        status=status if status in ("ok", "error", "memory", "refused") else "error",
        images=_file_names(frame.get("images")),
        cpu_seconds=_number(frame.get("cpu"), wall * limits.processes),
        wall_seconds=wall,
        truncated=int(_number(frame.get("cut"), 2**53)),
    )


def _text(value: object, limit: int) -> str | None:
    """A text that any encoding takes: lone surrogates are written out."""
    if not isinstance(value, str):
        return None
    return value[:limit].encode("utf-8", "backslashreplace").decode()


def _number(value: object, highest: float) -> float:
    """A figure in [0, highest]; 0 for what is none."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return min(max(float(value), 0.0), highest)


def _file_names(value: object) -> tuple[str, ...]:
    """The names that can be figures in the working folder."""
    names = value[:_MAX_IMAGES] if isinstance(value, list) else []
    return tuple(name for name in names if isinstance(name, str) and re.fullmatch(r"[\w-]{1,200}\.png", name))
