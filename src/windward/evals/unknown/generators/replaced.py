"""Real questions with one word replaced by one that does not exist (RefuNQ)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from windward.evals.data import DataError
from windward.evals.reasoning.files import read_rows
from windward.evals.unknown.generators.existing import Existing
from windward.evals.unknown.generators.inventing import Inventor
from windward.evals.unknown.generators.nouns import english_stop_words, noun_of
from windward.evals.unknown.generators.sets import Match, SetRow, rows_of_matches
from windward.evals.unknown.generators.surface import Surface, surface
from windward.evals.unknown.generators.words import in_case_of, spans_of, words_of

DATASET = "replaced-word"
GAP = "{word}"


@dataclass(frozen=True)
class Asked:
    """A real question.

    Attributes:
        question: as it is asked.
        references: right answers, aliases of each other.
        noun: the word to replace; "" to let `noun_of` choose.
        category: what it is about; "" for none.
    """

    question: str
    references: tuple[str, ...]
    noun: str = ""
    category: str = ""


@dataclass(frozen=True)
class ReplacedSet:
    """A set and how it came about.

    Attributes:
        rows: the set; each pair differs in one word.
        replaced: the word and the one in its place, of every pair.
        without: questions in which no word would do.
        rejected: how many words that were drawn were rejected for which reason.
        surface: how well the looks of the two words alone tell the halves apart.
    """

    rows: list[SetRow]
    replaced: list[tuple[str, str]]
    without: list[str]
    rejected: Counter[str]
    surface: Surface


def read_questions(path: str | Path) -> list[Asked]:
    """Questions with answers: rows with `question` and `references` (a text or a list), and perhaps `noun` and `category`.

    Raises:
        DataError: the file cannot be read, or a row lacks one of the two.
    """
    return [_asked(row, f"{path}, row {number}") for number, row in enumerate(read_rows(Path(path)), start=1)]


def replaced_set(
    asked: Sequence[Asked],
    seed: int = 0,
    words: Iterable[str] = (),
    times: int = 1,
    stop_words: Collection[str] | None = None,
    dataset: str = DATASET,
) -> ReplacedSet:
    """Makes a set: one word of each question gives way to one that is spelled like the questions' words and does not exist.

    The new word is as long as the old one, has its case, and ends in the same letter where it can (so that a plural in -s stays one); all
    else of the question stays as it is.

    Args:
        asked: the questions.
        seed: of all draws.
        words: that exist, beside those of the questions: no new word is one of them.
        times: in how many questions the same new word may stand at most.
        stop_words: words that are never replaced where `noun_of` chooses; None for the English ones.
        dataset: name of the set.

    Raises:
        DataError: no question has a word that can be replaced, or a `noun` is not in its question exactly once.
    """
    passed = english_stop_words() if stop_words is None else stop_words
    vocabulary = sorted({word.lower() for one in asked for word in words_of(one.question)})
    content = [word for word in vocabulary if word not in passed]
    inventor = Inventor(content, Existing(content, [*words, *vocabulary]), f"{seed}/{dataset}")
    rng = Random(f"{seed}/{dataset}/nouns")
    uses: Counter[str] = Counter()
    matches, replaced, without = [], [], []
    for one in asked:
        span = _span(one, rng, passed)
        word = None if span is None else one.question[span[0] : span[1]]
        new = None if word is None else _new_word(word, inventor, uses, times)
        if span is None or word is None or new is None:
            without.append(one.question)
            continue
        start, end = one.question[: span[0]], one.question[span[1] :]
        matches.append(
            Match(one.question, start + new + end, one.references, one.category, start + GAP + end)
        )
        replaced.append((word, new))
    if not matches:
        raise DataError(
            "no question has a word that can be replaced; name it in a column noun, one word of the question a row"
        )
    looks = surface([old for old, _ in replaced], [new for _, new in replaced], vocabulary)
    return ReplacedSet(rows_of_matches(dataset, matches, seed), replaced, without, inventor.rejected, looks)


def differing_words(one: str, other: str) -> int | None:
    """In how many words two questions differ; None where they differ in anything else, or in their number of words."""
    spans, others = spans_of(one), spans_of(other)
    if len(spans) != len(others) or _between(one, spans) != _between(other, others):
        return None
    return sum(first != second for first, second in zip(words_of(one), words_of(other), strict=True))


def _between(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    return [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _span(one: Asked, rng: Random, passed: Collection[str]) -> tuple[int, int] | None:
    if not one.noun:
        return noun_of(one.question, rng, passed)
    places = [(start, end) for start, end in spans_of(one.question) if one.question[start:end] == one.noun]
    if len(places) != 1:
        raise DataError(
            f"{one.question!r} has the word {one.noun!r} {len(places)} times; a noun must be in its question once"
        )
    return places[0]


def _new_word(word: str, inventor: Inventor, uses: Counter[str], times: int) -> str | None:
    """A new word, or one that was made for a word of the same length and last letter and may be used again."""
    ending = word[-1].lower()
    for made, used in uses.items():
        if used < times and len(made) == len(word) and made.endswith(ending):
            uses[made] += 1
            return in_case_of(made, word)
    new = inventor.word(word, ending) or inventor.word(word)
    if new is not None:
        uses[new.lower()] += 1
    return new


def _asked(row: dict[str, Any], where: str) -> Asked:
    question, given = row.get("question"), row.get("references")
    references = [given] if isinstance(given, str) else given
    if not isinstance(question, str) or not question.strip():
        raise DataError(f"{where}: 'question' is {question!r}; it must be a text that is not empty")
    if (
        not isinstance(references, list)
        or not references
        or not all(isinstance(one, str) for one in references)
    ):
        raise DataError(
            f"{where}: 'references' is {given!r}; it must hold the right answer, or a list of its aliases"
        )
    return Asked(question, tuple(references), str(row.get("noun") or ""), str(row.get("category") or ""))
