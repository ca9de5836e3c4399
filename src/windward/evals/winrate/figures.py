"""The rows of a win rate: raw, at equal length, by difference in length, and what the judge's orders say of the judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windward.evals.winrate.judge import Judged
from windward.evals.winrate.length import length_controlled
from windward.evals.winrate.rate import win_rate
from windward.feedback.figures_sums import ClusteredMean
from windward.rows import Result

SYSTEM, DATASET, SPLIT = "winrate", "pairs", "all"


def winrate_results(
    judged: Sequence[Judged], *, model: str, baseline: str, judge: str, seed: int = 0
) -> list[Result]:
    """All figures of some judged pairs.

    `win_rate` counts a pair whose orders disagree, and one that could not be read, as half; `bound_win_rate` is what it
    would be if all unread pairs were lost, or won. `length_controlled_win_rate` and `quartile_win_rate` (pairs by how much
    longer the model's answer is) are about length; `first_preferred_rate`, `split_rate`, `order_win_rate` about place.

    Args:
        judged: at least one.
        model: name of the system under test.
        baseline: name of the other.
        judge: name of the judge.
        seed: of the bootstrap.
    """
    base: dict[str, Any] = {"baseline": baseline, "judge": judge}

    def row(
        metric: str, value: float, n: int, stderr: float | None = None, unparsed: int = 0, **told: Any
    ) -> Result:
        return Result(SYSTEM, model, DATASET, SPLIT, metric, value, n, base | told, stderr, unparsed)

    outcomes = [one.outcome for one in judged]
    preferences = [one.preference for one in judged]
    unread = outcomes.count("unread")
    whole = win_rate(preferences)
    counts = {name: outcomes.count(name) for name in ("won", "lost", "tied", "split", "unread")}
    rows = [row("win_rate", whole.value, whole.n, whole.stderr, unread, **counts)]
    for taken, value in (("lost", 0.0), ("won", 1.0)):
        bound = win_rate([value if o == "unread" else p for o, p in zip(outcomes, preferences, strict=True)])
        rows.append(row("bound_win_rate", bound.value, bound.n, bound.stderr, unread, unread_as=taken))
    differences = [one.pair.length_difference for one in judged]
    controlled = length_controlled(preferences, differences, seed=seed)
    if controlled is not None:
        told = {name: getattr(controlled, name) for name in ("low", "high", "slope", "longer")}
        rows.append(
            row("length_controlled_win_rate", controlled.value, controlled.n, controlled.stderr, unread,
                seed=seed, **told)
        )  # fmt: skip
    for quartile, some in enumerate(_quartiles(differences), start=1):
        if some:
            of = win_rate([preferences[place] for place in some])
            ends = {"from_characters": min(differences[place] for place in some),
                    "to_characters": max(differences[place] for place in some)}  # fmt: skip
            lost = sum(outcomes[place] == "unread" for place in some)
            rows.append(row("quartile_win_rate", of.value, of.n, of.stderr, lost, quartile=quartile, **ends))
    for name in ("tied", "split"):
        rows.append(row(f"{name}_rate", counts[name] / len(judged), len(judged), unparsed=unread))
    rows += [_of(found, row, metric, **told) for metric, told, found in _calls(judged) if found.count]
    for name, of_system in (
        (model, [len(o.pair.a) for o in judged]),
        (baseline, [len(o.pair.b) for o in judged]),
    ):
        lengths = ClusteredMean()
        for length in of_system:
            lengths.add([float(length)])
        rows.append(_of(lengths, row, "answer_length", of=name))
    return rows


def _of(found: ClusteredMean, row: Any, metric: str, **told: Any) -> Result:
    made: Result = row(metric, found.mean, found.count, found.stderr, **told)
    return made


def _calls(judged: Sequence[Judged]) -> list[tuple[str, dict[str, Any], ClusteredMean]]:
    """Figures of single calls, the two of a pair being a cluster."""
    first, unread, replies = ClusteredMean(), ClusteredMean(), ClusteredMean()
    shown = {"first": ClusteredMean(), "second": ClusteredMean()}
    for one in judged:
        both = one.forward, one.backward
        first.add([float(call.verdict == "first") for call in both if call.verdict in ("first", "second")])
        unread.add([float(call.verdict is None) for call in both])
        replies.add([float(call.asked) for call in both])
        for place, call in zip(shown, both, strict=True):
            shown[place].add(
                [1.0 if call.verdict == place else 0.5 if call.verdict in (None, "tie") else 0.0]
            )
    return [
        ("first_preferred_rate", {}, first),
        *(("order_win_rate", {"shown": place}, found) for place, found in shown.items()),
        ("unread_rate", {}, unread),
        ("replies", {}, replies),
    ]


def _quartiles(differences: Sequence[int]) -> list[list[int]]:
    """Places of the pairs in four groups of growing difference; equal differences stay together."""
    import numpy as np

    edges = np.quantile(differences, [0.25, 0.5, 0.75])
    groups: list[list[int]] = [[], [], [], []]
    for place, difference in enumerate(differences):
        groups[int(np.searchsorted(edges, difference, side="left"))].append(place)
    return groups
