"""Which runs become rows: CodeActInstruct's filters (Wang et al. 2024, section 3 and the released code), then ours.

A filter looks at one run, or at all that are left; each one's losses are counted by source, in order. Nothing here is drawn
by chance: the seed is that of MinHash's permutations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from windward.recipes.codeact.runs import Run
from windward.rows.contamination import EvaluationIndex, Hit
from windward.rows.duplicates import duplicate_groups

_ALTERNATION = "ua"


@dataclass(frozen=True)
class SelectionConfig:
    """What is kept.

    Attributes:
        min_turns: least turns of a run. 3 is the paper's "medium": what two turns solve is left out as easy.
        max_chars: most characters of a row, all messages together. Four characters make about one token of English and
            code, so that 16,000 fit the 4,096 tokens that the paper packs to.
        per_source: rows of one source at most; None is all.
        per_problem: rows of one problem at most; None is all.
        near_duplicates: Jaccard similarity of what two agents wrote (five-word shingles) from which they are near-duplicates.
        feedback: keep runs in which an expert gave feedback. The paper has none; an agent trained on them learns to wait for it.
        unjudged: keep runs that nobody judged.
        trust_recorded: keep runs that are recorded as solved by an answer which our grader does not accept, as the paper does.
            MINT's released graders accept, for one, most sentences for option A, and such answers teach guessing.
        seed: of the near-duplicates' permutations.
    """

    min_turns: int = 3
    max_chars: int = 16_000
    per_source: int | None = None
    per_problem: int | None = None
    near_duplicates: float = 0.8
    feedback: bool = False
    unjudged: bool = False
    trust_recorded: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Rule:
    """A filter that looks at one run.

    Attributes:
        name: of the filter.
        told: what it drops, in words.
        drops: whether it drops a run.
    """

    name: str
    told: str
    drops: Callable[[Run], bool]


@dataclass
class Losses:
    """What each filter dropped, in the order of the filters.

    Attributes:
        read: runs by source before any filter.
        told: what each filter drops, in words, by its name.
        dropped: by name of the filter, then by source.
    """

    read: Counter[str] = field(default_factory=Counter)
    told: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, Counter[str]] = field(default_factory=dict)

    def open(self, name: str, told: str) -> Counter[str]:
        """The counter of a filter, 0 everywhere at first."""
        self.told[name] = told
        return self.dropped.setdefault(name, Counter())


def rules(config: SelectionConfig) -> tuple[Rule, ...]:
    """The filters that look at one run, in order.

    Those that ask about turns before the last do not concern a run of one turn.
    """
    return (
        Rule("unjudged", "nobody judged it", lambda run: run.success is None and not config.unjudged),
        Rule("failed", "not solved", lambda run: run.success is False),
        Rule(
            "unconfirmed",
            "recorded as solved by an answer that our grader does not accept",
            lambda run: not run.confirmed and not config.trust_recorded,
        ),
        Rule("feedback", "an expert gave feedback", lambda run: run.feedback and not config.feedback),
        Rule(
            "turns", f"fewer than {config.min_turns} turns", lambda run: len(run.turns) < config.min_turns
        ),
        Rule("all_invalid", "no turn before the last holds an action", all_invalid),
        Rule("odd_history", "its messages do not alternate from the task to a last one of the agent", odd),
        Rule("no_progress", "before the last turn, only rejected answers and code that shows an error", no_progress),
        Rule(
            "made_up",
            "a turn makes up an observation or a further turn",
            lambda run: any(turn.makes_up for turn in run.turns),
        ),
        Rule(
            "acts_twice",
            "a turn holds code and an answer at once",
            lambda run: any(turn.acts_twice for turn in run.turns),
        ),
        Rule(
            "length", f"more than {config.max_chars:,} characters", lambda run: size(run) > config.max_chars
        ),
    )  # fmt: skip


def all_invalid(run: Run) -> bool:
    """Whether no turn before the last holds an action."""
    return bool(run.before_last) and all(turn.kind == "invalid" for turn in run.before_last)


def odd(run: Run) -> bool:
    """Whether the history is of odd length, or its roles do not alternate."""
    return not run.roles or run.roles != _ALTERNATION * (len(run.roles) // 2)


def no_progress(run: Run) -> bool:
    """The self-debug filter: every turn before the last is a rejected answer, or code that shows an `Error`."""
    return bool(run.before_last) and all(turn.rejected or turn.shows_error for turn in run.before_last)


def size(run: Run) -> int:
    """Characters of all messages of a run."""
    return len(run.system) + sum(map(len, said(run)))


def said(run: Run) -> list[str]:
    """All messages of a run but the system message."""
    parts = [run.problem]
    for turn in run.turns:
        parts += [turn.text] if turn.observation is None else [turn.text, turn.observation]
    return parts


def sifted(runs: Iterable[Run], config: SelectionConfig, losses: Losses) -> Iterator[Run]:
    """Streams the runs that no filter of `rules` drops, and counts the others."""
    filters = [(rule, losses.open(rule.name, rule.told)) for rule in rules(config)]
    for run in runs:
        losses.read[run.source] += 1
        for rule, counter in filters:
            if rule.drops(run):
                counter[run.source] += 1
                break
        else:
            yield run


def selected(
    runs: Sequence[Run],
    config: SelectionConfig,
    losses: Losses,
    contaminated: Callable[[Run], bool] = lambda run: False,
) -> list[Run]:
    """Drops what overlaps with an evaluation set, near-duplicates, and what is over the caps.

    Of what repeats itself and where a cap bites, runs that recovered from an error are kept first, then those of fewer
    turns, then by id.

    Args:
        runs: what `sifted` left.
        config: see `SelectionConfig`.
        losses: counts what is dropped.
        contaminated: whether a run overlaps with a set that a model trained on it may be scored on.

    Returns:
        The runs that are kept, by source, problem and preference.
    """
    left = _without(runs, [run for run in runs if contaminated(run)], losses.open(
        "contaminated", "overlaps with an evaluation set"
    ))  # fmt: skip
    left = sorted(left, key=preference)
    groups = duplicate_groups(
        ["\n".join(turn.text for turn in run.turns) for run in left],
        threshold=config.near_duplicates,
        seed=config.seed,
    )
    repeats = [left[one.place] for group in groups for one in group.repeats]
    left = _without(left, repeats, losses.open("near_duplicate", "writes nearly what a kept run writes"))
    for name, cap, key in (
        ("per_problem", config.per_problem, lambda run: run.problem_id),
        ("per_source", config.per_source, lambda run: run.source),
    ):
        one = name.removeprefix("per_")
        told = f"no cap on rows of one {one}" if cap is None else f"more than {cap:,} of one {one}"
        left = _without(left, _over(left, cap, key), losses.open(name, told))
    return sorted(left, key=lambda run: (run.source, run.problem_id, preference(run)))


def preference(run: Run) -> tuple[bool, int, str]:
    """Sorts the run to keep first: one that recovered from an error, then fewer turns, then by id."""
    return not run.recovered, len(run.turns), run.id


def ruled_in(hits: Iterable[Hit], run: Run, forced: frozenset[str]) -> list[Hit]:
    """The hits that count: in sets that the run's own stamp does not rule out, or that were asked for by name."""
    return [hit for hit in hits if hit.set in forced or hit.set not in run.never_score]


def hits_of(run: Run, index: EvaluationIndex) -> list[Hit]:
    """The evaluation items found in a run's messages."""
    return index.hits(*said(run))


def _over(runs: Sequence[Run], cap: int | None, key: Callable[[Run], str]) -> list[Run]:
    seen: Counter[str] = Counter()
    over = []
    for run in runs:
        seen[key(run)] += 1
        if cap is not None and seen[key(run)] > cap:
            over.append(run)
    return over


def _without(runs: Sequence[Run], dropped: Sequence[Run], counter: Counter[str]) -> list[Run]:
    counter.update(run.source for run in dropped)
    gone = {id(run) for run in dropped}
    return [run for run in runs if id(run) not in gone]
