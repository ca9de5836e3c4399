"""What probes trained on the set in distribution lose on each candidate, and how a probe trained on the candidate itself does there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from windward.evals.shift.distances import Vectors
from windward.evals.shift.probe import Inputs, Probe, Right, Split, folds, split, vectors_probe, words_probe
from windward.evals.shift.selection import Drop, SelectionConfig
from windward.evals.shift.task import ShiftError
from windward.evals.shift.text_files import TextSet

_OWN = 0.7
"""Share of a candidate that its own probe learns from."""


@dataclass(frozen=True)
class _Asked:
    """What one kind of probe sees of a set: its inputs (texts or vectors), the texts themselves and their labels."""

    inputs: Inputs
    texts: Sequence[str]
    labels: Sequence[str]
    learn: Callable[[Any, Sequence[str]], Probe]

    def of(self, places: Sequence[int]) -> tuple[Inputs, list[str]]:
        """Inputs and labels at these places."""
        labels = [self.labels[at] for at in places]
        if isinstance(self.inputs, np.ndarray):
            return self.inputs[list(places)], labels
        return [self.inputs[at] for at in places], labels


def _asked(one: TextSet, places: Sequence[int], vectors: Vectors) -> tuple[_Asked, ...]:
    """For the probe over vectors, which decides, the texts that were encoded; for that over words all of them."""
    encoded = _Asked(
        vectors, [one.texts[at] for at in places], [one.labels[at] for at in places], vectors_probe
    )
    return encoded, _Asked(one.texts, one.texts, one.labels, words_probe)


def drops_of(
    id_set: TextSet,
    candidates: Sequence[TextSet],
    places: dict[str, list[int]],
    vectors: dict[str, Vectors],
    config: SelectionConfig,
    tell: Callable[[str], None],
) -> dict[str, list[Drop]]:
    """For each candidate what either probe loses on it; nothing where its labels are not those of the set in distribution.

    Args:
        id_set: the set in distribution.
        candidates: to stand out of it.
        places: by the name of each set, the texts that were encoded.
        vectors: likewise, their vectors, [n, d].
        config: of the selection.
        tell: shows a line of progress.

    Raises:
        ShiftError: a fold of the set in distribution lacks every label of a candidate.
    """
    asked = {one.name: _asked(one, places[one.name], vectors[one.name]) for one in (id_set, *candidates)}
    comparable = [one for one in candidates if set(one.classes) <= set(id_set.classes)]
    found: dict[str, list[Drop]] = {one.name: [] for one in candidates}
    for place, inside in enumerate(asked[id_set.name]):
        apart = folds(inside.texts, count=config.folds, seed=config.seed)
        probes = [inside.learn(*inside.of(one.train)) for one in apart]
        tell(
            f"{probes[0].name} probe trained {len(probes)} times on {probes[0].trained:,} texts of {id_set.name}"
        )
        for one in comparable:
            found[one.name].append(_drop(one.name, probes, apart, inside, asked[one.name][place], config))
    return found


def _drop(
    name: str,
    probes: Sequence[Probe],
    apart: Sequence[Split],
    inside: _Asked,
    outside: _Asked,
    config: SelectionConfig,
) -> Drop:
    among = sorted(set(outside.labels))
    held_out = [[at for at in one.test if inside.labels[at] in among] for one in apart]
    if not all(held_out):
        raise ShiftError(
            f"a fold of the set in distribution holds no text with a label of {name}: give a larger one"
        )
    return Drop(
        probes[0].name,
        name,
        tuple(probe.right(*inside.of(places), among) for probe, places in zip(probes, held_out, strict=True)),
        tuple(probe.right(outside.inputs, outside.labels, among) for probe in probes),
        probes[0].trained,
        _own(outside, among, config),
    )


def _own(outside: _Asked, among: Sequence[str], config: SelectionConfig) -> Right | None:
    """How a probe does that was trained on most of the set itself."""
    apart = split(outside.texts, share=_OWN, seed=config.seed)
    learnt, labels = outside.of(apart.train)
    if not apart.test or len(set(labels)) < 2:
        return None
    return outside.learn(learnt, labels).right(*outside.of(apart.test), among)
