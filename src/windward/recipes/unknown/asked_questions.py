"""Which questions the study learns from and which it measures on: no question, pseudo-word or name is on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from windward.evals.unknown.generators.concepts import invented_set
from windward.evals.unknown.generators.lists import Category
from windward.evals.unknown.records import Question, question_key
from windward.evals.unknown.sets_files import drawn
from windward.recipes.errors import RecipeError
from windward.recipes.unknown.config import UnknownStudyConfig
from windward.recipes.unknown.swaps import Swap, swaps, words_in

REFUNQ = "RefuNQ"
"""The one released set of which a part is learnt from."""


@dataclass(frozen=True)
class StudyQuestions:
    """The two sides.

    Attributes:
        train: pairs of RefuNQ, and a freshly generated set of existing and invented names.
        held_out: of all three released sets; of RefuNQ what shares no word with `train`.
        names: pseudo-words, invented and existing names that are learnt from.
        shared: released questions that are not measured on because they hold one of `names` or are an edit of a question learnt from.
    """

    train: list[Question]
    held_out: list[Question]
    names: frozenset[str]
    shared: int


def study_questions(
    released: Sequence[Question], categories: Sequence[Category], config: UnknownStudyConfig
) -> StudyQuestions:
    """Draws both sides.

    Args:
        released: FalseQA, NEC and RefuNQ; FalseQA and NEC are held out as wholes.
        categories: lists of existing names and templates that the generated set is made of.
        config: how many of each.

    Raises:
        RecipeError: RefuNQ has fewer pairs with pseudo-words of their own.
        DataError: a list has too few names.
    """
    pairs: dict[str, list[Swap]] = {}
    for swap in swaps([one for one in released if one.dataset == REFUNQ]):
        pairs.setdefault(swap.word.casefold(), []).append(swap)
    words = sorted(pairs)
    Random(f"words/{config.seed}").shuffle(words)
    if len(words) < config.refunq_pairs:
        raise RecipeError(
            f"RefuNQ has {len(words)} pairs with a pseudo-word of their own, {config.refunq_pairs} are asked for"
        )
    learnt = [Random(f"pair/{config.seed}/{word}").choice(pairs[word]) for word in words[: config.refunq_pairs]]  # fmt: skip
    fresh = invented_set(categories, config.concepts, config.seed)
    names = frozenset(
        [swap.word.casefold() for swap in learnt]
        + [name.casefold() for both in fresh.names.values() for pair in both for name in pair]
    )
    train = [one for swap in learnt for one in (swap.answerable, swap.unanswerable)]
    train += [row.question for row in fresh.rows]
    # An edit of a question that is learnt from is not measured on, either.
    edits = {swap.answerable.id for swap in learnt}
    edits |= {swap.unanswerable.id for same in pairs.values() for swap in same if swap.answerable.id in edits}
    keys = {question_key(one.text) for one in train}
    free = [
        one
        for one in released
        if one.id not in edits and question_key(one.text) not in keys and not names_in(one.text, names)
    ]
    return StudyQuestions(train, _measured(free, config), names, len(released) - len(free))


def names_in(text: str, names: Iterable[str]) -> list[str]:
    """The names (in lower case) that stand in a text as whole words, alone or with a plural s."""
    said = " ".join(words_in(text)).casefold()
    return [name for name in names if name in said and _whole(name, said)]


def _whole(name: str, said: str) -> bool:
    padded = f" {said} "
    return f" {' '.join(words_in(name))} " in padded or f" {name}s " in padded


def _measured(free: Sequence[Question], config: UnknownStudyConfig) -> list[Question]:
    answers = [one for one in free if one.dataset == REFUNQ and one.split == "answerable"]
    others = [one for one in free if one.dataset != REFUNQ or one.split != "answerable"]
    return [
        *drawn(others, config.held_out, config.seed),
        *drawn(answers, config.held_out_answers, config.seed),
    ]
