"""The line in which a judge that was asked for `Verdict: word` says it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LINE = re.compile(r"^[ \t*_#>`-]*verdict\b[ \t*_`]*[:=]?(.*)$", re.IGNORECASE | re.MULTILINE)
_LEFT, _RIGHT = " \t*_`[(\"'", " \t*_`])\"'.!\r"


def verdict_word(text: str, words: Sequence[str], *, before: Sequence[str] = ()) -> str | None:
    """The word that the lines beginning with `Verdict` say.

    Args:
        text: a judge's reply, any text; read in linear time.
        words: what it may say, in lower case.
        before: what may stand before the word, e.g. `answer `.

    Returns:
        One of the words; None where no line says one, a line says anything else, or two lines differ.
    """
    found: set[str | None] = set()
    for line in _LINE.finditer(text):
        said = line[1].strip(_LEFT + _RIGHT).lower()
        for prefix in before:
            said = said.removeprefix(prefix)
        found.add(said if said in words else None)
    return found.pop() if len(found) == 1 else None
