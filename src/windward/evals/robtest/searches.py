"""The searches: greedy by importance (the paper's), beam, genetic, Thompson sampling, and plain sampling.

What a search does depends on what can be changed: where the dimension gives choices for words, they are searched; where it only adds
text, additions are searched piece by piece (the paper's distraction); where it rewrites whole sentences, samples are asked about. Each
search spends the queries it has left on samples of the dimension, those of the rule-based test first: so it is never weaker than
that test, as long as the budget reaches.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from itertools import islice

from windward.evals.robtest.perturbed import Edit
from windward.evals.robtest.search import Rows, Search, Task, Wanting
from windward.evals.robtest.search_thompson import thompson

WIDTH = 4
"""States that a beam keeps."""
POPULATION, GENERATIONS = 16, 20
ROUNDS = 4
"""Passes over the words: a changed word is tried with other edits, and in malicious mode with one change more."""
STEPS = 10
"""Pieces that are added to a text, at most; as in the paper."""
SAMPLES, MOST_SAMPLES = 32, 1_024
"""Whole samples that are asked about at a time, and in all where there is no budget."""
_EMPTY = 8
"""Times that no new sample comes before there are said to be no more."""

Genes = dict[int, Edit]
"""The edit of each changed word, by its place."""


def greedy(task: Task) -> Wanting:
    """Words in the order of their importance, each changed for the edit that costs the label most, if any does."""
    order, states = yield from _opening(task)
    score, current = states[0]
    for _ in range(ROUNDS):
        for place in order:
            if task.over:
                return
            found = yield from _tried(task, [current], place)
            if found and found[0][0] < score:
                score, current = found[0]


def learnt(task: Task) -> Wanting:
    """Thompson sampling, and `greedy` on what it does not break: where words have few edits, samples come to an end soon."""
    yield from thompson(task)
    if not task.over:
        yield from greedy(task)


def beam(task: Task) -> Wanting:
    """As `greedy`, with the `WIDTH` best states going on from word to word."""
    order, states = yield from _opening(task)
    states = states[:WIDTH]
    for _ in range(ROUNDS):
        for place in order:
            if task.over:
                return
            found = yield from _tried(task, [genes for _, genes in states], place)
            distinct = {tuple(_rank(state)[1]): state for state in states + found}
            states = sorted(distinct.values(), key=_rank)[:WIDTH]


def genetic(task: Task) -> Wanting:
    """A population of edited texts: the better are more often parents; children take each word from one and change one more."""
    places = sorted(task.options)
    people = yield from _scored(task, [_mutated(task, {}, places) for _ in range(POPULATION)])
    for _ in range(GENERATIONS):
        if task.over or not people:
            return
        weights = [1.0001 - probability for probability, _ in people]
        children = []
        for _ in range(POPULATION):
            mother, father = task.rng.choices([genes for _, genes in people], weights, k=2)
            genes = {
                place: gene
                for place in places
                if (gene := (mother if task.rng.random() < 0.5 else father).get(place)) is not None
            }
            children.append(_mutated(task, genes, places))
        people = sorted(people + (yield from _scored(task, children)), key=_rank)[:POPULATION]


def appended(task: Task) -> Wanting:
    """Adds the piece that costs the label most, then the next behind it, as long as one does and fits in."""
    (pieces,) = task.options.values()
    end, added = pieces[0].start, ""
    for _ in range(STEPS):
        longer = [Edit(end, end, added + piece.after) for piece in pieces]
        made = [sample for edit in longer if (sample := task.made([edit])) is not None]
        before = task.probability
        if made:
            yield from task.ask(made)
        if task.over or task.probability >= before or task.best is None:
            return
        added = task.best.edits[0].after


def sampled(task: Task) -> Wanting:
    """Whole samples until one breaks the model, the budget is spent, or no new ones come."""
    draws = task.draws()
    empty = asked = 0
    while empty < _EMPTY and not task.over and (task.budget is not None or asked < MOST_SAMPLES):
        drawn = list(islice(draws, SAMPLES))
        if not drawn:
            return
        some = [sample for sample in drawn if sample.text not in task.asked]
        empty = 0 if some else empty + 1
        asked += len(some)
        if some:
            yield from task.ask(some)


def _whole(search: Search) -> Search:
    def both(task: Task) -> Wanting:
        if task.budget is not None:
            task.reserved = min(SAMPLES, task.budget // 4)
        if task.options:
            adds = all(edit.start == edit.end for found in task.options.values() for edit in found)
            yield from (appended if adds else search)(task)
        if not task.broken:
            task.reserved, task.ended = 0, "exhausted"
            yield from sampled(task)

    return both


SEARCHES: Mapping[str, Search] = {
    "greedy": _whole(greedy),
    "beam": _whole(beam),
    "genetic": _whole(genetic),
    "thompson": _whole(learnt),
    "sampled": sampled,
}


def _opening(
    task: Task,
) -> Generator[Sequence[str], Rows, tuple[list[int], list[tuple[float, Genes]]]]:
    """Places by importance, and states to go on from, best first.

    In general mode a word's importance is what one edit of it costs the label: as many queries as when words are left out, but each may
    break the text already. The edits are then made together, the most important first, for as many words as the degree allows. In
    malicious mode importance is what leaving the word out costs, and nothing is changed yet: first edits would take characters that
    better ones can use.
    """
    start = (float(task.asked[task.text][task.label]), Genes())
    if task.mode == "malicious":
        return (yield from _by_removal(task)), [start]
    one = [{place: task.rng.choice(task.options[place])} for place in sorted(task.options)]
    alone = sorted((yield from _scored(task, one)), key=_rank)
    together, more = Genes(), []
    for _, genes in alone:
        together = together | genes
        more.append(together)
    joined: list[tuple[float, Genes]] = []
    if not task.over:
        joined = yield from _scored(task, more[1:])
    order = [place for _, genes in alone for place in genes]
    return order, sorted([start, *alone, *joined], key=_rank)


def _by_removal(task: Task) -> Generator[Sequence[str], Rows, list[int]]:
    """Places that can change, by the label's probability without the word, lowest first."""
    places = sorted(task.options)
    without = []
    for place in places:
        start, end = task.sentence.spans[place]
        without.append(task.text[:start] + task.text[end:])
    asked = [text for text in dict.fromkeys(without) if text not in task.asked][: task.room]
    if asked:
        rows = yield asked
        task.asked.update(zip(asked, rows, strict=True))
    known = [
        (float(task.asked[text][task.label]) if text in task.asked else 2.0, place)
        for text, place in zip(without, places, strict=True)
    ]
    return [place for _, place in sorted(known)]


def _tried(
    task: Task, states: Sequence[Genes], place: int
) -> Generator[Sequence[str], Rows, list[tuple[float, Genes]]]:
    """Each state with the word changed in some ways, or changed once more, best first."""
    people = []
    for genes in states:
        options = task.options[place]
        if place in genes and task.mode == "malicious":
            options = [*options, *task.again(place, genes[place])]
        tried = task.some([edit for edit in options if edit != genes.get(place)])
        people += [genes | {place: edit} for edit in tried]
    return sorted((yield from _scored(task, people)), key=_rank)


def _rank(one: tuple[float, Genes]) -> tuple[float, list[Edit]]:
    return one[0], sorted(one[1].values())


def _mutated(task: Task, genes: Genes, places: list[int]) -> Genes:
    """With one word more or otherwise changed; where that is too much, others are given back at random."""
    place = task.rng.choice(places)
    options = task.options[place]
    if task.mode == "malicious" and place in genes and task.rng.random() < 0.5:
        options = task.again(place, genes[place]) or options
    changed = genes | {place: task.rng.choice(options)}
    while len(changed) > 1 and task.made(list(changed.values())) is None:
        changed.pop(task.rng.choice([other for other in changed if other != place]))
    return changed


def _scored(task: Task, people: Sequence[Genes]) -> Generator[Sequence[str], Rows, list[tuple[float, Genes]]]:
    """Those that keep the degree, with the label's probability, as far as the budget reaches."""
    fitting = [(sample, genes) for genes in people if (sample := task.made(list(genes.values()))) is not None]
    if not fitting:
        return []
    scores = yield from task.ask([sample for sample, _ in fitting])
    return [(score, genes) for score, (_, genes) in zip(scores, fitting, strict=False)]
