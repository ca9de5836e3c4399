"""Finds evaluation items in texts: by the word n-grams that they share.

Words are compared without case, punctuation and layout. An item is found in a text that holds a given share of the item's
n-grams, so it is found inside a longer text as well. N-grams that stand in many items of one set are its template ("Write a
function that …"), tell no item from another, and do not count. An item of fewer than n words is found where a whole text or
a whole line is equal to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

_WORD = re.compile(r"\w+")
_LINE_WORDS = 4
"""A line of fewer words is equal to a short item by chance (`x = 2`); a whole text of fewer is compared all the same."""


@dataclass(frozen=True)
class EvaluationItem:
    """One text that a model is scored on.

    Attributes:
        set: name of the evaluation set.
        id: unique within the set.
        text: what the model is asked.
    """

    set: str
    id: str
    text: str


@dataclass(frozen=True)
class Hit:
    """An evaluation item found in a text.

    Attributes:
        set: name of the evaluation set.
        item: id of the item.
        share: of the item's n-grams that count, those in the text (0 to 1); 1 for a short item that is equal.
        grams: how many these are; 0 for a short item.
    """

    set: str
    item: str
    share: float
    grams: int


class EvaluationIndex:
    """The n-grams of evaluation sets, built once; then a text is looked up in time linear in its words.

    Args:
        items: of all sets; items of one set with equal words are one item, the first.
        n: words of an n-gram. 8 as for UltraInteract (Yuan et al. 2024, appendix A), where any one in common is a hit.
        share: least share of an item's n-grams that a text must hold. Above 0 and at most 1; a share near 0 is
            UltraInteract's rule.
        template_items: an n-gram in more items of one set than this is template. An item made of nothing else is found
            only where a text holds all of it.

    Raises:
        ValueError: `n`, `share` or `template_items` is out of range.
    """

    def __init__(
        self,
        items: Iterable[EvaluationItem],
        *,
        n: int = 8,
        share: float = 0.5,
        template_items: int = 10,
    ) -> None:
        if n < 1 or template_items < 1 or not 0 < share <= 1:
            raise ValueError(
                f"n and template_items must be at least 1, share above 0 and at most 1: {n=}, {template_items=}, {share=}"
            )
        self.n, self.share, self.template_items = n, share, template_items
        self._items: list[EvaluationItem] = []
        self._counts: list[int] = []
        self.needed: list[float] = []
        self._short: dict[str, list[int]] = defaultdict(list)
        self._grams: dict[bytes, list[int]] = defaultdict(list)
        self._vocabulary: set[str] = set()
        by_set: dict[str, dict[str, EvaluationItem]] = defaultdict(dict)
        for item in items:
            by_set[item.set].setdefault(normalised(item.text), item)
        for of_set in by_set.values():
            self._add(of_set)

    def __len__(self) -> int:
        """How many different items are in the index."""
        return len(self._items)

    @property
    def sets(self) -> dict[str, int]:
        """Names of the sets, and how many different items each has."""
        return dict(Counter(item.set for item in self._items))

    def hits(self, *texts: str) -> list[Hit]:
        """The items found in any of these texts (parts of one row); by set, then the largest share first.

        N-grams of different texts are counted together, but none reaches over the end of a text.
        """
        found: set[bytes] = set()
        equal: set[int] = set()
        for text in texts:
            found |= self._found(words(text))
            if self._short:
                equal.update(self._equal(text))
        matched: Counter[int] = Counter()
        for gram in found:
            matched.update(self._grams[gram])
        hits = [
            Hit(self._items[place].set, self._items[place].id, count / self._counts[place], count)
            for place, count in matched.items()
            if count >= self.needed[place]
        ]
        hits += [Hit(self._items[place].set, self._items[place].id, 1.0, 0) for place in equal]
        return sorted(hits, key=lambda hit: (hit.set, -hit.share, hit.item))

    def _add(self, of_set: dict[str, EvaluationItem]) -> None:
        """Adds the items of one set, keyed by their words."""
        grams = {text: _grams(text.split(), self.n) for text in of_set}
        holding = Counter(gram for of_item in grams.values() for gram in of_item)
        for text, item in of_set.items():
            place = len(self._items)
            self._items.append(item)
            own = {gram for gram in grams[text] if holding[gram] <= self.template_items}
            counted = own or grams[text]
            self._counts.append(len(counted))
            self.needed.append(self.share * len(counted) if own else len(counted))
            if not grams[text]:
                if text:
                    self._short[text].append(place)
                continue
            self._vocabulary.update(text.split())
            for gram in counted:
                self._grams[gram].append(place)

    def _found(self, found: Sequence[str]) -> set[bytes]:
        """The n-grams of a text that are in the index."""
        grams: set[bytes] = set()
        known = 0
        for end, word in enumerate(found, start=1):
            # A word that no item has breaks every n-gram around it, so nothing need be hashed there.
            known = known + 1 if word in self._vocabulary else 0
            if known >= self.n:
                gram = _gram(found[end - self.n : end])
                if gram in self._grams:
                    grams.add(gram)
        return grams

    def _equal(self, text: str) -> Iterable[int]:
        yield from self._short.get(normalised(text), ())
        for line in text.splitlines():
            if _LINE_WORDS <= len(found := words(line)) < self.n:
                yield from self._short.get(" ".join(found), ())


def words(text: str) -> list[str]:
    """The words of a text (letters, digits and underscores), in lower case and one form of Unicode."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def normalised(text: str) -> str:
    """A text's words with one space between them."""
    return " ".join(words(text))


def _grams(found: Sequence[str], n: int) -> set[bytes]:
    return {_gram(found[start : start + n]) for start in range(len(found) - n + 1)}


def _gram(found: Sequence[str]) -> bytes:
    return blake2b(" ".join(found).encode("utf-8", "surrogatepass"), digest_size=8).digest()
