"""Preferences under a condition, for CDPO (CPO §3.2): what the condition asks for decides which of two answers is chosen.

CDPO is DPO, −log σ(β [log π/π_ref(y_w | c, x) − log π/π_ref(y_l | c, x)]), on these pairs, with the CPSFT model as π_ref.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import combinations
from random import Random
from typing import Any

from windward.training.controllable.conditions import Condition, Scale, Style
from windward.training.controllable.objective import advantage
from windward.training.controllable.rated import PROVENANCE, RatedPrompt, own_condition, told, user


@dataclass(frozen=True)
class Quota:
    """A kind of condition, and how many of the pairs are to be under one.

    Attributes:
        share: of all pairs, relative to the other quotas' shares.
        controlled: the objectives that it names: with a level, only answers with this rating lend their ratings to the condition;
            with None, any does. Empty: pairs without a condition.
    """

    share: float
    controlled: Mapping[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses a share that is none."""
        if self.share <= 0:
            raise ValueError(f"a quota's share is {self.share}; it must be positive")


def paper_quotas() -> list[Quota]:
    """The released pair counts in thousands: no condition names honesty alone."""
    return [
        Quota(12, {"helpfulness": 5, "honesty": 5}),
        Quota(12, {"helpfulness": None, "honesty": None}),
        Quota(12, {"helpfulness": 5}),
        *(Quota(3, {"helpfulness": level}) for level in (4, 3, 2, 1)),
        Quota(24),
    ]


def balanced_quotas(scales: Mapping[str, Scale]) -> list[Quota]:
    """An equal share for each set of objectives, the empty one included."""
    names = list(scales)
    return [
        Quota(1, dict.fromkeys(some)) for size in range(len(names) + 1) for some in combinations(names, size)
    ]


@dataclass
class PairCounts:
    """What became of the answers' pairs.

    Attributes:
        made: pairs.
        ties: dropped, as R is the same.
        unrated: dropped, as a rating is missing.
        same: dropped, as the texts are the same.
        unconditioned: prompts without an answer that any quota asks for.
        by_quota: pairs, by the quota's place.
    """

    made: int = 0
    ties: int = 0
    unrated: int = 0
    same: int = 0
    unconditioned: int = 0
    by_quota: Counter[int] = field(default_factory=Counter)


def cdpo_pairs(
    prompts: Iterable[RatedPrompt],
    scales: Mapping[str, Scale],
    quotas: Sequence[Quota],
    *,
    per_prompt: int = 1,
    weights: Mapping[str, float] | None = None,
    strengths: Mapping[str, float] | None = None,
    style: Style = "text",
    seed: int = 0,
) -> tuple[list[dict[str, Any]], PairCounts]:
    """All pairs of each prompt's answers, under a condition that one of the answers fulfils.

    For each prompt the quota that lacks most pairs in its source is taken, among those that some answer fits; an answer that fits is
    drawn, and its ratings in the quota's objectives become the condition c. Of two answers the one with the larger R(y; c) is chosen. The order
    of `prompts` does not matter.

    Args:
        prompts: rated answers.
        scales: the objectives.
        quotas: of conditions.
        per_prompt: conditions of a prompt.
        weights: ω of R.
        strengths: λ of R.
        style: of the condition.
        seed: of the draws.

    Returns:
        Rows for `train_preference` (`prompt`, `chosen`, `rejected`, `margin` = the difference of R, `condition`, `source`, `prompt_id`,
        `provenance`, `chosen_model`, `rejected_model`, `never_score`), by prompt id; and counts.

    Raises:
        ValueError: there is no quota, or one names an objective or a level that is not there.
    """
    if not quotas:
        raise ValueError("there is no quota: name at least one kind of condition")
    for quota in quotas:
        if unknown := [name for name in quota.controlled if name not in scales]:
            raise ValueError(f"a quota names the objective {unknown[0]!r}; there are {', '.join(scales)}")
        Condition(scales, **{name: level for name, level in quota.controlled.items() if level is not None})
    counts = PairCounts()
    lacking = _Lacking(quotas)
    rows: dict[str, list[dict[str, Any]]] = {}
    for prompt in sorted(prompts, key=lambda one: _lot(seed, one.id)):
        draw = Random(f"cdpo/{seed}/{prompt.id}")
        own = rows.setdefault(prompt.id, [])
        asked: set[Condition] = set()
        for _ in range(per_prompt):
            found = _condition(prompt, scales, lacking, draw, asked)
            if found is None:
                counts.unconditioned += not asked
                break
            number, condition = found
            asked.add(condition)
            made = list(_compared(prompt, condition, counts, weights, strengths, style))
            own += made
            lacking.took(prompt.source, number, len(made))
            counts.by_quota[number] += len(made)
    counts.made = sum(map(len, rows.values()))
    return [row for name in sorted(rows) for row in rows[name]], counts


class _Lacking:
    """How far each quota is behind, in each source."""

    def __init__(self, quotas: Sequence[Quota]) -> None:
        whole = sum(quota.share for quota in quotas)
        self.quotas = quotas
        self._shares = [quota.share / whole for quota in quotas]
        self._made: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def order(self, source: str) -> list[int]:
        """The quotas' places, the one that lacks most first."""
        made = self._made[source]
        total = sum(made.values())
        return sorted(
            range(len(self._shares)),
            key=lambda number: (made[number] - self._shares[number] * (total + 1), number),
        )

    def took(self, source: str, number: int, pairs: int) -> None:
        """Counts pairs of a quota."""
        self._made[source][number] += pairs


def _condition(
    prompt: RatedPrompt, scales: Mapping[str, Scale], lacking: _Lacking, draw: Random, asked: set[Condition]
) -> tuple[int, Condition] | None:
    for number in lacking.order(prompt.source):
        wanted = lacking.quotas[number].controlled
        own = [own_condition(answer, wanted, scales) for answer in prompt.answers]
        fit = [
            condition
            for condition in own
            if condition is not None
            and condition not in asked
            and all(level is None or condition[name] == level for name, level in wanted.items())
        ]
        if fit:
            return number, draw.choice(fit)
    return None


def _compared(
    prompt: RatedPrompt,
    condition: Condition,
    counts: PairCounts,
    weights: Mapping[str, float] | None,
    strengths: Mapping[str, float] | None,
    style: Style,
) -> Iterator[dict[str, Any]]:
    for first, second in combinations(prompt.answers, 2):
        if first.text == second.text:
            counts.same += 1
            continue
        ahead = advantage(first.ratings, second.ratings, condition, weights=weights, strengths=strengths)
        if ahead is None:
            counts.unrated += 1
            continue
        if ahead == 0:
            counts.ties += 1
            continue
        chosen, rejected = (first, second) if ahead > 0 else (second, first)
        yield {
            "prompt": [user(condition.render(prompt.instruction, style))],
            "chosen": [{"role": "assistant", "content": chosen.text}],
            "rejected": [{"role": "assistant", "content": rejected.text}],
            "margin": abs(ahead),
            "condition": told(condition),
            "source": prompt.source,
            "prompt_id": prompt.id,
            "provenance": PROVENANCE,
            "chosen_model": chosen.model,
            "rejected_model": rejected.model,
            "never_score": list(prompt.never_score),
        }


def _lot(seed: int, name: str) -> bytes:
    return sha256(f"{seed}/{name}".encode()).digest()
