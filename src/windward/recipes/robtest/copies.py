"""What an arm learns from: every text, and beside it the text again or a changed copy, so that all arms make equal steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from windward.evals.robtest.dimension import perturb_sentence
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.evals.robtest.sentence import read_sentence
from windward.rows.labelled import Labelled

UNCHANGED = "unchanged"


def with_copies(
    data: Sequence[Labelled], dimensions: Sequence[str], degree: float, seed: int
) -> tuple[list[Labelled], Counter[str]]:
    """The texts, then one copy of each; the dimensions take turns.

    A text that its dimension cannot change goes on to the next one; one that none can change is copied as it is.

    Args:
        data: texts and labels.
        dimensions: names; empty copies every text as it is.
        degree: of the copies.
        seed: of the changes.

    Returns:
        Twice as many rows, and how many copies each dimension made (`unchanged`: none did).
    """
    made = [DIMENSIONS[name]() for name in dimensions]
    counts: Counter[str] = Counter()
    copies = []
    for place, one in enumerate(data):
        sentence = read_sentence(one.text)
        text, by = one.text, UNCHANGED
        for turn in range(len(made)):
            dimension = made[(place + turn) % len(made)]
            text = perturb_sentence(dimension, sentence, degree, n=1, seed=seed).samples[0].text
            if text != one.text:
                by = dimension.name
                break
        counts[by] += 1
        copies.append(Labelled(f"{one.id}-{by}", text, one.label))
    return [*data, *copies], counts
