"""Preference pairs from judged completions: by the mean of their aspects, or by their overall scores.

    s(y) = mean of the aspects that have a value        (fine-grained, 1 to 5)
    (y_c, y_r, m): s(y_c) > s(y_r),  m = (s(y_c) - s(y_r)) / widest gap of the scale

The prompt of a pair is the instruction alone. The system prompts under which completions were made are not part of it: they
differ within a pair, and a reward model that saw them would learn from them which answer is the better one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import combinations
from typing import Literal

from windward.feedback.records import ASPECTS, Completion, JudgeKind, Record

Score = Literal["fine_grained", "overall"]
Strategy = Literal["all_pairs", "best_vs_rest", "best_vs_random"]
Margin = Literal["normalized", "raw", "none"]

WIDEST_GAP: dict[Score, float] = {"fine_grained": 4.0, "overall": 9.0}
"""What lies between the ends of each scale: 1 to 5, and 1 to 10."""

_EQUAL = 1e-9
"""Means of the same ratings may differ by rounding; scores that close are a tie."""


@dataclass(frozen=True)
class FeedbackPair:
    """A preference: after `prompt`, `chosen` is better than `rejected`. The fields are columns on disk.

    Attributes:
        prompt: messages; of a record, one of the user's with the instruction.
        chosen: the assistant's message that scored higher.
        rejected: the one that scored lower.
        margin: m of the reward loss -log σ(r_c - r_r - m): at least 0, and 0 where only the order is known.
        source: dataset of the instruction.
        score_chosen: None where only the order is known.
        score_rejected: likewise.
        chosen_model: who wrote what is chosen.
        rejected_model: who wrote what is rejected.
        record_id: the record that it was made from.
        provenance: `feedback`; of pairs that were read from other files what these say, or `given`.
        never_score: benchmarks on which a model trained on this row must not be scored.
    """

    prompt: list[dict[str, str]]
    chosen: list[dict[str, str]]
    rejected: list[dict[str, str]]
    margin: float = 0.0
    source: str = ""
    score_chosen: float | None = None
    score_rejected: float | None = None
    chosen_model: str = ""
    rejected_model: str = ""
    record_id: str = ""
    provenance: str = "feedback"
    never_score: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PairOptions:
    """How pairs are made of a record.

    Attributes:
        score: `fine_grained`, the mean of the aspects, or `overall`, the critique's score.
        strategy: every pair (`all_pairs`, as UltraFeedback does), the best against each other (`best_vs_rest`), or against
            one that scored lower, drawn by the record's id (`best_vs_random`, as Zephyr does).
        margin: the gap as a share of the widest one that the scale allows (`normalized`), as it is (`raw`), or 0 (`none`).
        min_aspects: aspects with a value that a fine-grained score needs.
        kind: judges whose ratings count, `model` or `verifier`; None for all.
        unaudited: whether an overall score that no audit has looked at counts. One that an audit doubts never does.
        seed: of what is drawn.
    """

    score: Score = "fine_grained"
    strategy: Strategy = "all_pairs"
    margin: Margin = "normalized"
    min_aspects: int = 2
    kind: JudgeKind | None = None
    unaudited: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be done."""
        for name, value, known in (
            ("score", self.score, ("fine_grained", "overall")),
            ("strategy", self.strategy, ("all_pairs", "best_vs_rest", "best_vs_random")),
            ("margin", self.margin, ("normalized", "raw", "none")),
            ("kind", self.kind, (None, "model", "verifier")),
        ):
            if value not in known:
                raise ValueError(f"{name} {value!r} is none of {', '.join(str(one) for one in known)}")
        if not 1 <= self.min_aspects <= len(ASPECTS):
            raise ValueError(f"min_aspects must lie between 1 and {len(ASPECTS)}, found {self.min_aspects}")
        if self.score == "overall" and self.kind == "verifier":
            raise ValueError("verifiers give no overall score; pair by the fine-grained one")


@dataclass(frozen=True)
class PairCounts:
    """What became of completions and pairs. Counts add up over records.

    Attributes:
        records: looked at.
        completions: in them.
        absent: completions without a text.
        unscored: completions with too few aspects, or without an overall score.
        unaudited: completions whose overall score no audit has looked at, and that therefore did not count.
        doubtful: completions whose overall score an audit doubts.
        candidates: pairs that the strategy asks for.
        ties: of these, with equal scores.
        identical: of these, with the same text twice.
        pairs: of these, made.
    """

    records: int = 0
    completions: int = 0
    absent: int = 0
    unscored: int = 0
    unaudited: int = 0
    doubtful: int = 0
    candidates: int = 0
    ties: int = 0
    identical: int = 0
    pairs: int = 0

    def __add__(self, other: PairCounts) -> PairCounts:
        return PairCounts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


_Left = Literal["absent", "unscored", "unaudited", "doubtful"]
_Scored = tuple[float, Completion]


def build_pairs(
    record: Record,
    *,
    score: Score = "fine_grained",
    strategy: Strategy = "all_pairs",
    margin: Margin = "normalized",
    min_aspects: int = 2,
    kind: JudgeKind | None = None,
    unaudited: bool = False,
    seed: int = 0,
) -> list[FeedbackPair]:
    """The pairs of one record; the arguments are those of `PairOptions`, and `pair_record` also counts what is left out.

    Raises:
        ValueError: an option is unknown or does not go with another.
    """
    return pair_record(record, PairOptions(score, strategy, margin, min_aspects, kind, unaudited, seed))[0]


def pair_record(record: Record, options: PairOptions) -> tuple[list[FeedbackPair], PairCounts]:
    """The pairs of one record, and what became of its completions. Their order in the record makes no difference."""
    scored: list[_Scored] = []
    left: dict[_Left, int] = {}
    for completion in sorted(record.completions, key=lambda one: (one.model, one.text, one.system)):
        found = score_of(completion, options)
        if isinstance(found, float):
            scored.append((found, completion))
        else:
            left[found] = left.get(found, 0) + 1
    pairs: list[FeedbackPair] = []
    candidates = ties = identical = 0
    for first, second in _candidates(scored, record.id, options):
        candidates += 1
        if abs(first[0] - second[0]) <= _EQUAL:
            ties += 1
        elif first[1].text.strip() == second[1].text.strip():
            identical += 1
        else:
            pairs.append(_pair(record, first, second, options))
    counts = PairCounts(
        records=1,
        completions=len(record.completions),
        candidates=candidates,
        ties=ties,
        identical=identical,
        pairs=len(pairs),
        **left,
    )
    return pairs, counts


def score_of(completion: Completion, options: PairOptions) -> float | _Left:
    """A completion's score, or why it has none that counts."""
    if completion.absent or not completion.text.strip():
        return "absent"
    if options.score == "fine_grained":
        valued = sum(completion.rating(aspect, options.kind) is not None for aspect in ASPECTS)
        mean = completion.fine_grained(options.kind)
        return "unscored" if mean is None or valued < options.min_aspects else mean
    critique = completion.critique
    if critique is None or critique.score is None:
        return "unscored"
    if critique.audit == "doubtful":
        return "doubtful"
    if not critique.audit and not options.unaudited:
        return "unaudited"
    return float(critique.score)


def _candidates(
    scored: Sequence[_Scored], record_id: str, options: PairOptions
) -> Iterator[tuple[_Scored, _Scored]]:
    if len(scored) < 2:
        return
    if options.strategy == "all_pairs":
        yield from combinations(scored, 2)
        return
    chance = random.Random(f"pairs/{options.seed}/{record_id}")
    top = max(score for score, _ in scored)
    best = chance.choice([one for one in scored if top - one[0] <= _EQUAL])
    rest = [one for one in scored if one is not best]
    if options.strategy == "best_vs_random":
        lower = [one for one in rest if top - one[0] > _EQUAL]
        rest = [chance.choice(lower or rest)]  # where all are equal, the pair is a tie and counted as one
    for other in rest:
        yield best, other


def _pair(record: Record, first: _Scored, second: _Scored, options: PairOptions) -> FeedbackPair:
    (high, chosen), (low, rejected) = sorted((first, second), key=lambda one: -one[0])
    gap = high - low
    margin = {"normalized": gap / WIDEST_GAP[options.score], "raw": gap, "none": 0.0}[options.margin]
    return FeedbackPair(
        prompt=[{"role": "user", "content": record.instruction}],
        chosen=[{"role": "assistant", "content": chosen.text}],
        rejected=[{"role": "assistant", "content": rejected.text}],
        margin=margin,
        source=record.source,
        score_chosen=high,
        score_rejected=low,
        chosen_model=chosen.model,
        rejected_model=rejected.model,
        record_id=record.id,
        never_score=list(record.never_score),
    )
