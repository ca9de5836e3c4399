"""Which overall scores can be believed, and putting right those that cannot.

The public release holds 2,628 scores of 10 of which many were a 1: a reader took every score of at most 1 for a fraction
of one and multiplied it by ten. The fine-grained ratings, which other calls gave, tell most of them apart. The bounds are
the release's own repair; what they leave open is asked again instead of guessed.
"""

from __future__ import annotations

from dataclasses import replace

from windward.feedback.asking import JUDGING
from windward.feedback.criticise import criticise_some
from windward.feedback.records import Completion, Critique, Record
from windward.models import Model, Sampling

SUSPECT = 10.0
"""The score that a 1 was turned into."""

POOR = 2.0
"""A fine-grained mean of at most this says that a 10 was a 1."""

GOOD = 4.0
"""One above this says that a 10 was meant."""


def audit(record: Record) -> Record:
    """The record with every overall score marked `kept`, `repaired` or `doubtful`. Pure; a second audit changes nothing.

    * a 10 whose fine-grained mean is at most 2 was a 1: it becomes one, and `score_before` keeps the 10;
    * a 10 whose mean is above 4 is kept; one between, or without any mean (no aspect rated, or all N/A), is doubtful;
    * a score without feedback is doubtful: nothing says what it stands for;
    * any other score is kept. A score that was repaired stays so; one that is absent has nothing to mark.
    """
    return record.with_completions([_audited(one) for one in record.completions])


async def repair(record: Record, model: Model, *, tries: int = 3, sampling: Sampling = JUDGING) -> Record:
    """Audits a record and asks for the doubtful critiques again.

    One that is read then, with feedback, is `repaired`, whatever its score: our reader has no rule that turns a 1 into a
    10. One that is not keeps what it said before, and stays doubtful. `asked` counts all replies, old and new.

    Raises:
        ModelError: a call failed that may work another time.
    """
    audited = audit(record)
    # As many replies as there are already: a journal would answer a sample that it has seen with the old reply.
    samples = {
        place: one.critique.asked
        for place, one in enumerate(audited.completions)
        if one.critique is not None and one.critique.audit == "doubtful" and one.text.strip()
    }
    again = await criticise_some(audited, model, samples, tries=tries, sampling=sampling)
    completions = list(audited.completions)
    for place in samples:
        completions[place] = _repaired(audited.completions[place], again.completions[place].critique)
    return audited.with_completions(completions)


def _audited(completion: Completion) -> Completion:
    critique = completion.critique
    if critique is None or critique.score is None or critique.audit == "repaired":
        return completion
    return replace(completion, critique=_judged(critique, completion.fine_grained()))


def _judged(critique: Critique, mean: float | None) -> Critique:
    suspect = critique.score == SUSPECT
    if suspect and mean is not None and mean <= POOR:
        return replace(critique, score=1.0, score_before=critique.score, audit="repaired")
    undecided = suspect and (mean is None or mean <= GOOD)
    return replace(critique, audit="doubtful" if undecided or not critique.text.strip() else "kept")


def _repaired(completion: Completion, new: Critique | None) -> Completion:
    old = completion.critique
    if old is None or new is None:
        return completion
    asked = old.asked + new.asked
    if new.score is None or not new.text.strip():
        return replace(completion, critique=replace(old, asked=asked))
    before = None if new.score == old.score else old.score
    return replace(completion, critique=replace(new, asked=asked, audit="repaired", score_before=before))
