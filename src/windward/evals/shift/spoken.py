"""What two copies of a text have in common, however each was tokenised: words, and letters without spaces.

The same sentence stands in one file as `It doesn't work (yet)` and in another as `it does n't work -lrb- yet -rrb-`. Case, accents,
punctuation, spacing, marks of mark-up (`&amp;`) and the conventions of the Penn Treebank make no difference here.
"""

from __future__ import annotations

import html
import re
import unicodedata

_BRACKETS = re.compile(r"-[lr][rsc]b-")
_CLITIC = re.compile(r"\s+(?=(?:n[’']t|[’'](?:s|re|ve|ll|d|m))(?!\w))")
_INSIDE = re.compile(r"(?<=\w)[’'](?=\w)")
_ACCENT = re.compile("[\u0300-\u036f]")
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
"""Scripts that put no space between words (Thai, Lao, Burmese, Khmer, Japanese, Chinese) count every character as a word."""


def spoken(text: str) -> list[str]:
    """The words of a text: lower case, no accents, `does n't` and `doesn't` alike as `doesnt`."""
    plain = unicodedata.normalize("NFKD", html.unescape(text)).casefold()
    plain = unicodedata.normalize("NFKC", _ACCENT.sub("", plain))
    plain = _INSIDE.sub("", _CLITIC.sub("", _BRACKETS.sub(" ", plain)))
    return _WORD.findall(plain)


def letters(text: str, words: list[str] | None = None) -> str:
    """Letters and digits of a text without anything between them: equal for two copies of one text.

    A text without any (`:-)`) is its characters without space, so that two of these are equal only when they are the same.

    Args:
        text: any; empty or of spaces alone gives "".
        words: what `spoken` gave of it, if it was asked before.
    """
    found = "".join(spoken(text) if words is None else words)
    return found or "".join(unicodedata.normalize("NFKC", text).split())
