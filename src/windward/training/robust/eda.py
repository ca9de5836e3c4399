"""Easy data augmentation (Wei and Zou 2019): copies of texts in which a few words are changed.

A copy of a text of l words comes from one of four operations, drawn at random, with n = max(1, ⌊αl⌋):
  synonym replacement   n words that have synonyms are each replaced by one of them
  random insertion      n times, a synonym of a word of the text is put before a random word
  random swap           n times, two words change places
  random deletion       each word goes with probability α; one always stays
An operation that cannot change the text (one word, no synonyms) leaves its turn to the next one. Punctuation, spacing and
letters' case stay as they are, while the authors' code drops them; then a copy would differ in more than the operation.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from windward.rows.labelled import Labelled

Synonyms = Callable[[str], Sequence[str]]
"""Words that can stand for a word, none where there are none; words that must stay (articles, negation) have none."""
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(frozen=True)
class Eda:
    """How texts are augmented.

    Attributes:
        alpha: share of a text's words that an operation changes.
        copies: augmented texts beside each text.
    """

    alpha: float = 0.1
    copies: int = 1


def with_augmented(
    data: Sequence[Labelled], synonyms: Synonyms, settings: Eda | None = None, *, seed: int = 0
) -> list[Labelled]:
    """The texts, then their augmented copies with the same labels; of a pair, each of the two texts is changed itself.

    Args:
        data: texts and labels.
        synonyms: see `Synonyms`.
        settings: see `Eda`.
        seed: of the operations; a text's copies do not depend on the other texts.
    """
    settings = settings or Eda()
    found = list(data)
    for copy in range(1, settings.copies + 1):
        for one in data:
            rng = random.Random(f"{seed}/{copy}/{one.id}")
            text = augmented(one.text, synonyms, rng, settings.alpha)
            second = augmented(one.second, synonyms, rng, settings.alpha)
            found.append(replace(one, id=f"{one.id}#eda{copy}", text=text, second=second))
    return found


def augmented(text: str, synonyms: Synonyms, rng: random.Random, alpha: float = 0.1) -> str:
    """One copy of a text; the text itself where no operation can change it, as one of punctuation only.

    Args:
        text: any.
        synonyms: see `Synonyms`.
        rng: that draws.
        alpha: share of the words that change.
    """
    words, gaps = _split(text)
    if not words:
        return text
    for operation in rng.sample((_replace, _insert, _swap, _delete), 4):
        made = operation(words, gaps, synonyms, rng, alpha)
        if made != text:
            return made
    return text


def _split(text: str) -> tuple[list[str], list[str]]:
    """The l words of a text, and the l + 1 pieces around them."""
    spans = [match.span() for match in _WORD.finditer(text)]
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    gaps = [text[edges[at] : edges[at + 1]] for at in range(0, len(edges), 2)]
    return [text[start:end] for start, end in spans], gaps


def _joined(words: Sequence[str], gaps: Sequence[str]) -> str:
    return gaps[0] + "".join(word + gap for word, gap in zip(words, gaps[1:], strict=True))


def _many(words: Sequence[str], alpha: float) -> int:
    return max(1, int(alpha * len(words)))


def _replace(words: list[str], gaps: list[str], synonyms: Synonyms, rng: random.Random, alpha: float) -> str:
    changed = list(words)
    left = _many(words, alpha)
    for place in rng.sample(range(len(words)), len(words)):
        options = [other for other in synonyms(words[place]) if other != words[place]]
        if options and left:
            changed[place], left = rng.choice(options), left - 1
    return _joined(changed, gaps)


def _insert(words: list[str], gaps: list[str], synonyms: Synonyms, rng: random.Random, alpha: float) -> str:
    sources = [
        options for word in dict.fromkeys(word.lower() for word in words) if (options := synonyms(word))
    ]
    changed = list(words)
    for _ in range(_many(words, alpha) if sources else 0):
        place = rng.randrange(len(changed))
        changed[place] = f"{rng.choice(rng.choice(sources))} {changed[place]}"
    return _joined(changed, gaps)


def _swap(words: list[str], gaps: list[str], synonyms: Synonyms, rng: random.Random, alpha: float) -> str:
    del synonyms
    changed = list(words)
    for _ in range(_many(words, alpha) if len(words) > 1 else 0):
        one, other = rng.sample(range(len(words)), 2)
        changed[one], changed[other] = changed[other], changed[one]
    return _joined(changed, gaps)


def _delete(words: list[str], gaps: list[str], synonyms: Synonyms, rng: random.Random, alpha: float) -> str:
    del synonyms
    kept = [rng.random() >= alpha for _ in words]
    if not any(kept):
        kept[rng.randrange(len(words))] = True
    made = gaps[0]
    for word, gap, keep in zip(words, gaps[1:], kept, strict=True):
        if keep:
            made += word + gap
        elif gap[:1].isspace() and (not made or made[-1:].isspace()):
            made += gap[1:]
        elif made.endswith(" ") and (not gap or gap[0] in ".,;:!?)"):
            made = made[:-1] + gap
        else:
            made += gap
    return made
