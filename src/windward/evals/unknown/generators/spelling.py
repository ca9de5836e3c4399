"""How words of a list are spelled: a character model that is learnt from them, scores others and draws new ones."""

from __future__ import annotations

import math
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from itertools import accumulate, pairwise
from random import Random

START, END = "\x02", "\x03"


class Spelling:
    """Character n-grams with Witten–Bell interpolation, learnt from distinct words; it has nothing to tune but n.

    With c(h) the count of a context h and t(h) the number of distinct characters seen after it,
    p(x | h) = (count(h x) + t(h) p(x | h′)) / (c(h) + t(h)), where h′ is h without its first character; below the empty context all
    characters are alike (Witten and Bell, 1991). Any alphabet will do: the characters are those of the words.

    Attributes:
        order: n, the length of the longest n-grams.
        vowels: of its alphabet: those given, or else those of the words.
    """

    def __init__(self, words: Iterable[str], order: int, vowels: Collection[str] | None = None) -> None:
        self.order = order
        words = sorted(set(words))
        self._after: dict[str, Counter[str]] = defaultdict(Counter)
        for word in words:
            text = START * (order - 1) + word + END
            for place in range(order - 1, len(text)):
                for length in range(order):
                    self._after[text[place - length : place]][text[place]] += 1
        self._totals = {context: seen.total() for context, seen in self._after.items()}
        self._choices = {
            context: ("".join(seen), list(accumulate(seen.values())))
            for context, seen in self._after.items()
            if context
        }
        self.vowels = vowels_of(words) if vowels is None else frozenset(vowels)

    def log_probability(self, word: str) -> float:
        """Log-probability of a word and of its end, in nats; finite for every word."""
        text = START * (self.order - 1) + word + END
        return sum(
            math.log(self._probability(text[place - self.order + 1 : place], text[place]))
            for place in range(self.order - 1, len(text))
        )

    def surprise(self, word: str) -> float:
        """Negative log-probability a character, the end counted as one, in nats: high for words spelled unlike the list's."""
        return -self.log_probability(word) / (len(word) + 1)

    def draw(self, rng: Random, longest: int) -> str:
        """A word drawn from the model, cut off where it is longer than `longest`.

        A context is left for a shorter one with the probability that the interpolation gives to it, down to two characters; down to
        one only where the three that come to stand in a row are neither all vowels nor all consonants nor at an end of the word. So
        every pair of characters stands in some word of the list, and every triple that is hard to say.
        """
        text = START * (self.order - 1)
        while len(text) - self.order + 1 <= longest:
            context = text[-(self.order - 1) :]
            while len(context) > 2 and not self._stays(context, rng):
                context = context[1:]
            drawn = self._next(context, rng)
            if len(context) == 2 and not self._stays(context, rng):
                other = self._next(context[1:], rng)
                if self._is_easy(context + other):
                    drawn = other
            if drawn == END:
                break
            text += drawn
        return text[self.order - 1 :]

    def _next(self, context: str, rng: Random) -> str:
        characters, reached = self._choices[context]
        return characters[bisect(reached, rng.random() * reached[-1])]

    def _stays(self, context: str, rng: Random) -> bool:
        seen = self._after.get(context)
        if seen is None:
            return False
        total = self._totals[context]
        return rng.random() < total / (total + len(seen))

    def _is_easy(self, triple: str) -> bool:
        vowels = sum(one in self.vowels for one in triple)
        return START not in triple and END not in triple and 0 < vowels < len(triple)

    def _probability(self, context: str, character: str) -> float:
        value = 1 / (len(self._after[""]) + 1)
        for start in range(len(context), -1, -1):
            seen = self._after.get(context[start:])
            if seen is not None:
                value = (seen[character] + len(seen) * value) / (self._totals[context[start:]] + len(seen))
        return value


def vowels_of(words: Iterable[str]) -> frozenset[str]:
    """The vowels of an alphabet, told from words by Sukhotin's algorithm (1962): letters that stand beside many others.

    All letters begin as consonants. The one with the most neighbours that are consonants becomes a vowel, as long as there is one with
    more consonants than vowels beside it. A consonant such as the h of th and ch may be taken for one.
    """
    beside: dict[str, Counter[str]] = defaultdict(Counter)
    for word in sorted(set(words)):
        for one, other in pairwise(word):
            if one != other:
                beside[one][other] += 1
                beside[other][one] += 1
    excess = {letter: seen.total() for letter, seen in sorted(beside.items())}
    vowels: set[str] = set()
    while excess:
        letter = max(excess, key=lambda one: excess[one])
        if excess.pop(letter) <= 0:
            break
        vowels.add(letter)
        for other in excess:
            excess[other] -= 2 * beside[letter][other]
    return frozenset(vowels)
