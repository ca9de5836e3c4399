"""The searches: greedy by importance (the paper's), beam, genetic, and plain sampling for what changes no single words."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from itertools import islice

from windward.evals.robtest.perturbed import Edit, Perturbed
from windward.evals.robtest.search import Rows, Search, Task, Wanting

CANDIDATES = 8
"""Edits of a word that are tried, at most; drawn by the seed where there are more."""
WIDTH = 4
"""States that a beam keeps."""
POPULATION, GENERATIONS = 16, 20
SAMPLES, MOST_SAMPLES = 32, 1_024
"""Whole samples that are asked about at a time, and in all where there is no budget."""


def greedy(task: Task) -> Wanting:
    """Words in the order of their importance, each changed for the edit that costs the label most, if any does."""
    if not task.options:
        yield from sampled(task)
        return
    current: tuple[Edit, ...] = ()
    for place in (yield from _by_importance(task)):
        made = [sample for edit in _some(task, place) if (sample := task.made([*current, edit])) is not None]
        if not made:
            continue
        before = task.probability
        yield from task.ask(made)
        if task.over:
            return
        if task.probability < before and task.best is not None:
            current = task.best.edits


def beam(task: Task) -> Wanting:
    """As `greedy`, with the `WIDTH` best states going on from word to word."""
    if not task.options:
        yield from sampled(task)
        return
    states = [(task.probability, Perturbed(task.text, (), 0.0))]
    for place in (yield from _by_importance(task)):
        made = [
            sample
            for _, state in states
            for edit in _some(task, place)
            if (sample := task.made([*state.edits, edit])) is not None
        ]
        if not made:
            continue
        scores = yield from task.ask(made)
        if task.over:
            return
        states += zip(scores, made, strict=False)
        states = sorted(states, key=lambda state: (state[0], state[1].text))[:WIDTH]


def genetic(task: Task) -> Wanting:
    """A population of edited texts: the better are more often parents; children take each word from one and change one more."""
    if not task.options:
        yield from sampled(task)
        return
    places = sorted(task.options)
    first = [_mutated(task, {}, places) for _ in range(POPULATION)]
    people = yield from _scored(task, first)
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
        people = sorted(people + (yield from _scored(task, children)), key=lambda one: one[0])[:POPULATION]


def sampled(task: Task) -> Wanting:
    """Whole samples until one breaks the model, the budget is spent, or no new ones come."""
    draws = task.draws()
    for _ in range(0, MOST_SAMPLES if task.budget is None else task.budget, SAMPLES):
        if task.over:
            return
        some = [sample for sample in islice(draws, SAMPLES) if sample.text not in task.asked]
        if not some:
            return
        yield from task.ask(some)


SEARCHES: Mapping[str, Search] = {"greedy": greedy, "beam": beam, "genetic": genetic, "sampled": sampled}


def _by_importance(task: Task) -> Generator[Sequence[str], Rows, list[int]]:
    """Places that can change, by the label's probability without the word, lowest first."""
    places = sorted(task.options)
    without = []
    for place in places:
        start, end = task.sentence.spans[place]
        without.append(task.text[:start] + task.text[end:])
    room = len(without) if task.budget is None else max(0, task.budget - len(task.asked))
    asked = list(dict.fromkeys(text for text in without[:room] if text not in task.asked))
    if asked:
        rows = yield asked
        task.asked.update(zip(asked, rows, strict=True))
    known = [
        (float(task.asked[text][task.label]) if text in task.asked else 2.0, place)
        for text, place in zip(without, places, strict=True)
    ]
    return [place for _, place in sorted(known)]


def _some(task: Task, place: int) -> list[Edit]:
    options = list(task.options[place])
    return options if len(options) <= CANDIDATES else task.rng.sample(options, CANDIDATES)


Genes = dict[int, Edit]


def _mutated(task: Task, genes: Genes, places: list[int]) -> Genes:
    """With one word more or otherwise changed; where that is too much, others are given back at random."""
    place = task.rng.choice(places)
    changed = genes | {place: task.rng.choice(task.options[place])}
    while len(changed) > 1 and task.made(list(changed.values())) is None:
        changed.pop(task.rng.choice([other for other in changed if other != place]))
    return changed


def _scored(task: Task, people: list[Genes]) -> Generator[Sequence[str], Rows, list[tuple[float, Genes]]]:
    fitting = [(sample, genes) for genes in people if (sample := task.made(list(genes.values()))) is not None]
    if not fitting:
        return []
    scores = yield from task.ask([sample for sample, _ in fitting])
    return [(score, genes) for score, (_, genes) in zip(scores, fitting, strict=False)]
