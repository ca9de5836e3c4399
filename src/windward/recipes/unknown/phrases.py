"""How a model says that it does not know: sentences of ours, drawn by the question, and the odd word that some of them name."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from windward.evals.unknown.generators.existing import fold
from windward.evals.unknown.records import Question
from windward.recipes.unknown.swaps import swaps, words_in

PLAIN = (
    "I don't know.",
    "I don't know the answer to that.",
    "I'm sorry, but I don't know.",
    "I don't know enough about this to answer.",
    "I do not know, and I would rather not guess.",
    "I'm not sure about this, so I will not guess.",
    "Sorry, I don't have an answer to that.",
    "I can't answer this, because I don't know.",
)
"""For any question."""
NAMING = (
    "I don't know of anything called {name}.",
    "I'm not aware of any {name}, so I can't say.",
    "I don't know what {name} is.",
    "As far as I know, there is no {name}.",
    "I have not heard of {name}, so I don't know.",
    "Sorry, I'm not familiar with {name}.",
)
"""Where the odd word is known."""
NOWHERE = (
    "There is no such thing that I know of.",
    "I'm not aware of any such thing.",
)
"""Where there is no answer and no word to name."""
_JOINING = frozenset({"&", "of", "and", "the", "de", "la", "with", "in"})
_MARKS = '.,;:?!"“”()'


def unknowing(question: Question, name: str, seed: int) -> str:
    """A sentence that says so; the same question and seed draw the same one.

    Args:
        question: that cannot be answered.
        name: the odd word in it; "" where none is known.
        seed: of the draw.
    """
    rng = Random(f"unknowing/{seed}/{question.id}")
    if name:
        # Half of the sentences name it: a model that must always repeat the word learns to copy, not to decline.
        return rng.choice(NAMING if rng.random() < 0.5 else PLAIN).format(name=name)
    return rng.choice((*PLAIN, *NOWHERE) if question.split == "unanswerable" else PLAIN)


def odd_names(questions: Sequence[Question]) -> dict[str, str]:
    """The word or name that a question stands or falls with, where its writing gives it away; by the question's id.

    * Of a question with a category, as NEC's have: its only run of words with capitals after the first word. Of an unanswerable one, none
      that stands in an answerable one.
    * Of an unanswerable question that differs from an answerable one in one word alone, as RefuNQ's do: that word, if it is the only one
      with a capital (a pseudo-word; "sky" in place of "sea" is no odd word).

    What is not sure is left out: a sentence that names nothing is never wrong.
    """
    swapped = {swap.unanswerable.id: swap.word for swap in swaps(questions)}
    known = " ".join(fold(one.text) for one in questions if one.split == "answerable")
    found: dict[str, str] = {}
    for one in questions:
        name = ""
        if one.category:
            name = _capitals(one.text)
            if one.split == "unanswerable" and fold(name) in known:
                name = ""
        elif one.id in swapped:
            capitals = [word for word in words_in(one.text) if word[:1].isupper()]
            name = swapped[one.id] if capitals == [swapped[one.id]] else ""
        if name:
            found[one.id] = name
    return found


def _capitals(text: str) -> str:
    """The only run of words with capitals after the first word; "" where there is none or more than one."""
    runs: list[list[str]] = []
    within = False
    for part in text.split()[1:]:
        for word in words_in(part):
            if word[:1].isupper():
                if not within:
                    runs.append([])
                runs[-1].append(word)
                within = True
            elif within and word in _JOINING:
                runs[-1].append(word)
            else:
                within = False
        within = within and part[-1] not in ",;:?!"
    if len(runs) != 1:
        return ""
    name = runs[0]
    while name[-1] in _JOINING:
        name.pop()
    return " ".join(name)
