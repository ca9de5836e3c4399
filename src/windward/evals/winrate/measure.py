"""`windward eval winrate`: two systems' answers and a judge in, a win rate out. Killed at any point, it goes on where it was."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.folder import claim, write_text
from windward.evals.winrate.answers import Answer, AnswerPair, Answers, match, read_prompts, spoken
from windward.evals.winrate.figures import SYSTEM, winrate_results
from windward.evals.winrate.judge import Judged, judge_pair, judged_from_dict
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.models import Message, Model, Reply, Sampling
from windward.reports.winrate import write_winrate_report
from windward.rows import write_results

PROTOCOL = "1"
"""Changes with the prompt, its reading, and what a pair records."""
JUDGED, RESULTS = "judged.jsonl", "results.parquet"


@dataclass(frozen=True)
class WinRateConfig:
    """How pairs are judged.

    Attributes:
        tries: replies at most for one verdict.
        max_tokens: new tokens of a verdict at most.
        limit: pairs at most, drawn with `seed`; None is all.
        seed: of this draw, of the bootstrap, and of the examples on the page.
        answer_tokens: new tokens of an answer at most, where answers are made.
    """

    tries: int = 3
    max_tokens: int = 512
    limit: int | None = None
    seed: int = 0
    answer_tokens: int = 1024

    def __post_init__(self) -> None:
        """Refuses what cannot be run."""
        for name in ("tries", "max_tokens", "answer_tokens", "limit"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise DataError(f"{name} is {value}; it must be at least 1")


def measure_winrate(
    a: Answers | Model,
    b: Answers | Model,
    judge: Model,
    out: Path,
    config: WinRateConfig | None = None,
    *,
    prompts: Path | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Judges both systems' answers; writes `judged.jsonl`, `results.parquet`, `report.html` and `run.json` into `out`.

    Every call goes through `out/journal.sqlite`: a run that was killed buys no stored reply twice.

    Args:
        a: the system under test: its answers, or a model that answers `prompts`, greedily.
        b: what it is compared with.
        judge: who judges.
        out: folder of the run: new, empty, or of the same run.
        config: how.
        prompts: what models are asked; needed where `a` or `b` is one.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        DataError: answers or prompts are malformed or do not belong together.
        FolderError: `out` holds another run.
        RowsFailedError: calls failed for a reason that another try may overcome.
    """
    config = config or WinRateConfig()
    asked = None if prompts is None else _drawn(read_prompts(prompts), config)
    if asked is None and not (isinstance(a, Answers) and isinstance(b, Answers)):
        raise DataError("a model needs prompts to answer: name a file of them")
    settings = asdict(config) | {
        "model": a.name,
        "baseline": b.name,
        "judge": judge.name,
        "protocol": PROTOCOL,
        "prompts": _digest(asked),
        "answers": [_digest(asdict(side)) if isinstance(side, Answers) else "made" for side in (a, b)],
    }
    if isinstance(a, Answers) and isinstance(b, Answers):
        match(a, b)  # what does not belong together is said before a folder is made
    claim(SYSTEM, out, settings, command)
    with Journal(out / FILE_NAME) as journal:
        sides = [
            side if isinstance(side, Answers) else _made(side, asked or [], journal, config, tell)
            for side in (a, b)
        ]
        pairs = match(*sides)
        if asked is None:
            pairs = _drawn(pairs, config)
        tell(f"{len(pairs):,} pairs: {a.name} against {b.name}, judged by {judge.name} in both orders")
        judged = _judged(judge, pairs, journal, config)
    rows = winrate_results(judged, model=a.name, baseline=b.name, judge=judge.name, seed=config.seed)
    write_text(out / JUDGED, "".join(json.dumps(one.as_dict()) + "\n" for one in judged))
    write_results(out / RESULTS, rows)
    for row in rows:
        if row.metric in ("win_rate", "length_controlled_win_rate"):
            tell(f"  {row.metric.replace('_', ' ')}: {100 * row.value:.1f} % of {row.n:,}")
    tell(f"report: {write_winrate_report(out)}")
    return out / RESULTS


def _judged(
    judge: Model, pairs: Sequence[AnswerPair], journal: Journal, config: WinRateConfig
) -> list[Judged]:
    asked = JournaledModel(judge, journal)
    sampling = Sampling(max_tokens=config.max_tokens)

    async def verdicts(pair: AnswerPair) -> dict[str, Any]:
        return (await judge_pair(asked, pair, sampling, tries=config.tries)).as_dict()

    version = f"{PROTOCOL} {config.tries} {config.max_tokens} {judge.name}"
    outcomes = run(run_rows(verdicts, pairs, journal=journal, stage="judge", key="id", version=version))
    return [judged_from_dict(value) for value in values(outcomes, "pairs")]


def _made(
    model: Model,
    prompts: Sequence[tuple[str | None, list[Message]]],
    journal: Journal,
    config: WinRateConfig,
    tell: Callable[[str], None],
) -> Answers:
    """The model's answers to the prompts."""
    asked = JournaledModel(model, journal)
    sampling = Sampling(max_tokens=config.answer_tokens)
    rows = [{"place": place, "messages": messages} for place, (_, messages) in enumerate(prompts)]

    async def answer(row: dict[str, Any]) -> str:
        reply: Reply = await asked.generate(row["messages"], sampling)
        return reply.text

    tell(f"{model.name} answers {len(prompts):,} prompts")
    stage = f"answers of {model.name}"
    version = f"{PROTOCOL} {config.answer_tokens}"
    outcomes = run(run_rows(answer, rows, journal=journal, stage=stage, key="place", version=version))
    texts = values(outcomes, "prompts")
    answers = (Answer(name, spoken(of), text) for (name, of), text in zip(prompts, texts, strict=True))
    return Answers(model.name, tuple(answers))


def _drawn(items: list[Any], config: WinRateConfig) -> list[Any]:
    """At most `limit` of them, in their order."""
    if config.limit is None or config.limit >= len(items):
        return items
    places = random.Random(config.seed).sample(range(len(items)), config.limit)
    return [items[place] for place in sorted(places)]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()[:16]
