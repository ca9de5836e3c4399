"""`lexical-paper`: the paper's rule. A reply that holds one of thirteen words has refused, whatever it does with the word.

Known to mislead: "cannot" is not among the words, and an answer that merely denies something ("rabbits, not hares") holds one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from windward.evals.unknown.records import Verdict

NAME = "lexical-paper"
WORDS = (
    "not", "no", "sorry", "don't", "doesn't", "didn't", "can't", "couldn't", "won't", "wouldn't", "isn't", "unknown", "unclear",
)  # fmt: skip
"""The thirteen of the released evaluation."""
CANNOT = ("cannot",)
"""The word whose absence reverses an ordering of models that was reported."""
EXTENDED = (
    *CANNOT, "neither", "nor", "never", "none", "aren't", "wasn't", "weren't", "haven't", "hasn't", "unable", "insufficient",
    "unavailable", "unrecognized", "unfamiliar", "fictional", "fictitious", "misunderstanding", "typo", "misspell*", "without more",
    "without specific", "without additional", "as an ai",
)  # fmt: skip
"""A longer list, to see how much hangs on it; `*` stands for any ending."""

_HINTS = ("no", "n't")
"""Nearly every word of denial holds one of them, and looking for two letters costs a tenth of a search for a word."""
REFUSED, ANSWERED = Verdict(refused=True), Verdict(refused=False)


def straight(text: str) -> str:
    """The text with its curly apostrophes straightened: models write both, and word lists know one."""
    return text.replace("’", "'").replace("‘", "'") if "’" in text or "‘" in text else text


@dataclass(frozen=True)
class LexicalPaper:
    """Case-folded search for whole words, one compiled alternation.

    Attributes:
        apostrophes: straighten curly apostrophes first; the paper does not, so that "don’t" is missed.
        also: more words than the paper's, such as `CANNOT` or `EXTENDED`; `*` at the end of a word stands for any ending.
    """

    apostrophes: bool = False
    also: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`lexical-paper`, and what is changed about it: figures of two rules must never share a name."""
        more = {(): "", CANNOT: "+cannot", EXTENDED: "+extended"}.get(self.also, "+" + "+".join(self.also))
        return NAME + ("+apostrophes" if self.apostrophes else "") + more

    def verdicts(self, responses: Sequence[str | None]) -> list[Verdict]:
        """One verdict a reply; one that is None or blank has not refused. Whether it challenges the premise is not told."""
        found, hints = self._pattern.search, self._hints
        verdicts = []
        for response in responses:
            text = "" if response is None else response.casefold()
            if self.apostrophes:
                text = straight(text)
            held = any(hint in text for hint in hints) and found(text) is not None
            verdicts.append(REFUSED if held else ANSWERED)
        return verdicts

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return (*WORDS, *(word.casefold() for word in self.also))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        each = (
            re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "") for word in self._words
        )
        return re.compile(rf"\b(?:{'|'.join(each)})\b")

    @cached_property
    def _hints(self) -> tuple[str, ...]:
        """Strings of which each word of the list holds one."""
        others = (word.removesuffix("*") for word in self._words)
        return (*_HINTS, *(word for word in others if not any(hint in word for hint in _HINTS)))
