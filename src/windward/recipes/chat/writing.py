"""A reply apart: the words for the user, and the code that is shown on its own. Pure."""

from __future__ import annotations

import re

_TAG = "<execute>"
_EXECUTE = re.compile(r"<execute>.*?(?:</execute>|\Z)", re.DOTALL)
_SOLUTION = re.compile(r"</?solution>")
_PYTHON = re.compile(
    r"^[ \t]*```[ \t]*(?:python3?|py|ipython|tool_code)?[ \t]*\n.*?(?:^[ \t]*```[ \t]*$|\Z)"
    r"|\[PYTHON\].*?(?:\[/PYTHON\]|\Z)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_HALF_TAG = re.compile(r"<(?:/?[a-z]{0,8})?\Z")


def prose(reply: str, *, acted: bool) -> str:
    """A reply without the code that is shown beside it.

    Args:
        reply: what the model wrote, or the beginning of it.
        acted: whether fences were code to run, too.
    """
    rest = _EXECUTE.sub("\n\n", reply)
    if acted and _TAG not in reply:
        rest = _PYTHON.sub("\n\n", rest)
    return _HALF_TAG.sub("", _SOLUTION.sub("", rest)).strip()


class Writing:
    """The words of a reply as they come, for a screen that takes nothing back.

    Attributes:
        tagged: whether code in tags has begun; it is not among the words.
        open_line: whether the last words given out did not end their line.
    """

    def __init__(self) -> None:
        self.tagged = False
        self.open_line = False
        self._text = ""
        self._given = 0

    def add(self, piece: str) -> str:
        """Takes a piece of the reply, and returns the new words; what may be half a tag is held back."""
        self._text += piece
        words, tag, _ = self._text.partition(_TAG)
        self.tagged = bool(tag)
        words = _SOLUTION.sub("", words)
        return self._give(words.rstrip() if tag else _HALF_TAG.sub("", words))

    def rest(self) -> str:
        """The words that were held back, at the end of the reply."""
        return self._give(_SOLUTION.sub("", self._text.partition(_TAG)[0]).rstrip())

    def _give(self, words: str) -> str:
        new = words[self._given :]
        self._given = max(self._given, len(words))
        if new:
            self.open_line = not new.endswith("\n")
        return new
