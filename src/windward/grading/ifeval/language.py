"""Which language a text is in: always the same answer for the same text."""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from typing import Any

import langdetect  # type: ignore[import-untyped]
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory  # type: ignore[import-untyped]

MAX_CHARS = 10_000
"""So much of a text decides."""

SHORT = 20
"""With fewer letters than these, statistics of letters say little about the language."""

_lock = threading.Lock()


@lru_cache(maxsize=1)
def _factory() -> Any:
    """Language profiles in a factory of our own, so that nobody else's seed is touched."""
    factory = DetectorFactory()
    factory.seed = 0
    factory.load_profile(os.fspath(PROFILES_DIRECTORY))
    return factory


def language_of(text: str, folded: bool = True) -> str | None:
    """The language code that langdetect gives, such as `en`; None where there is no letter to go by.

    Args:
        text: any text.
        folded: read capitals as small letters; the profiles are made of running text, and take capitals for German.
    """
    detector_text = text[:MAX_CHARS].lower() if folded else text[:MAX_CHARS]
    with _lock:
        detector = _factory().create()
        detector.append(detector_text)
        try:
            return str(detector.detect())
        except langdetect.LangDetectException:
            return None


def may_be_english(text: str) -> bool:
    """Whether nothing speaks against English: a few letters alone do not."""
    return sum(map(str.isalpha, text)) < SHORT or language_of(text) in {"en", None}
