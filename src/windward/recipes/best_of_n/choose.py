"""`windward best-of-n`: prompts in; n answers each, the best of them as rows, and a curve over n out.

1. The policy answers every prompt n times (T = 1, top-p = 1 as in the paper); every call is journaled.
2. A reward model, or a rule, scores each answer; the best one is kept.
3. For n' = 1, 2, 4, 8, 16 up to n: the expected reward of the best of n' without bias, ln n' − (n' − 1)/n' of KL, and
   where rows say what is right, what the best is really worth beside a random answer, the vote and the ceiling.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from windward.evals.folder import claim
from windward.evals.reward.best_of import best_of_n_kl
from windward.evals.reward.curve import SIZES, gold_curve, reward_curve
from windward.evals.reward.rerank import RESULTS, Candidate, best_of_results, ranked
from windward.evals.reward.rerank import Problem as Choice
from windward.evals.reward.scorer import Scorer
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.models import Model, Sampling
from windward.recipes.best_of_n.prompts import Gold, Judged, Prompt, known_gold, read_prompts
from windward.recipes.best_of_n.rows import BEST, write_best
from windward.reports.best_of_n import write_best_of_n_report
from windward.rows import Result, write_results

SYSTEM = "best-of-n"
IN_FLIGHT = 256
"""Answers under way at once."""


@dataclass(frozen=True)
class BestOfNConfig:
    """What is asked, and how often.

    Attributes:
        prompts: see `read_prompts`.
        n: answers to each prompt.
        sampling: how they are drawn; at temperature 0 all n would be the same.
        limit: prompts at most, the first ones; None is all.
    """

    prompts: Path
    n: int = 16
    sampling: Sampling = field(default_factory=lambda: Sampling(temperature=1.0, seed=0))
    limit: int | None = None

    def __post_init__(self) -> None:
        """Refuses what leaves nothing to choose from."""
        if self.n < 1:
            raise ValueError(f"n is {self.n}; at least 1 answer must be drawn")
        if self.n > 1 and self.sampling.temperature <= 0:
            raise ValueError("at temperature 0 all answers are the same: raise it, or draw n = 1")

    @property
    def sizes(self) -> list[int]:
        """Every n of the curve."""
        return sorted({*(size for size in SIZES if size < self.n), self.n})


def choose_best(
    config: BestOfNConfig,
    model: Model,
    scorer: Scorer,
    out: Path,
    *,
    gold: Gold = known_gold,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Draws, scores, chooses and measures; a killed run goes on where it was and buys no answer twice.

    Writes into `out`: `best.parquet` (`messages`, which `windward train sft` learns), `ranked.jsonl` (all answers, best
    first), `results.parquet`, `report.html`, `run.json` and the journal.

    Args:
        config: see `BestOfNConfig`.
        model: the policy.
        scorer: a reward model or a rule; higher is better.
        out: new, empty, or the folder of the same run.
        gold: says what an answer is really worth.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The page.

    Raises:
        DataError: the prompts are not there or malformed.
        FolderError: `out` holds something else.
        BookError: the scores in it are damaged.
        ModelError: an answer cannot be scored.
        RowsFailedError: prompts could not be answered.
    """
    prompts = read_prompts(config.prompts)[: config.limit]
    settings = {
        "model": model.name,
        "scorer": scorer.name,
        "prompts": str(config.prompts),
        "rows": _digest(prompts),
        "n": config.n,
        "limit": config.limit,
        "seed": config.sampling.seed,
        "sampling": config.sampling.as_dict(),
    }
    claim(SYSTEM, out, settings, command)
    tell(f"{len(prompts):,} prompts, {config.n} answers each by {model.name}")
    with Journal(out / FILE_NAME) as journal:
        drawn = _drawn(prompts, JournaledModel(model, journal), journal, config)
    judged = [[gold(prompt, text) for text in texts] for prompt, texts in zip(prompts, drawn, strict=True)]
    votable = all(prompt.problem is not None and prompt.problem.kind != "code" for prompt in prompts)
    choices = [_choice(*one, votable) for one in zip(prompts, drawn, judged, strict=True)]
    scores = ranked(scorer, choices, out, tell=tell)
    kept = write_best(out / BEST, prompts, drawn, scores, policy=model.name, scorer=scorer.name)
    tell(f"{kept:,} rows in {out / BEST}" + (f", {len(prompts) - kept:,} best answers are empty" if kept < len(prompts) else ""))  # fmt: skip
    rows = _results(config, choices, scores, judged, policy=model.name, scorer=scorer.name)
    write_results(out / RESULTS, rows)
    for line in told(rows):
        tell(line)
    return write_best_of_n_report(out)


def told(rows: Sequence[Result]) -> list[str]:
    """A line for each n: reward, KL, and where it is known what the best answer is worth."""
    by = {(row.metric, row.condition["by"], row.condition["n"]): row for row in rows}
    lines = []
    for n in sorted({n for *_, n in by}):
        parts = [f"reward {by['best_of_reward', 'best', n].value:.4f}", f"KL {best_of_n_kl(n):.4f} nats"]
        for metric, ceiling in (("best_of_accuracy", "pass"), ("best_of_gold", "oracle")):
            if (metric, "best", n) in by:
                best, lot, most = (100 * by[metric, name, n].value for name in ("best", "random", ceiling))
                named = "right" if metric.endswith("accuracy") else "checks met"
                parts.append(f"{named} {best:.1f} % (random {lot:.1f} %, at most {most:.1f} %)")
        lines.append(f"  n = {n}: " + ", ".join(parts))
    return lines


def _drawn(
    prompts: Sequence[Prompt], model: JournaledModel, journal: Journal, config: BestOfNConfig
) -> list[list[str]]:
    """The texts of all answers, [prompts][n]."""

    async def answer(prompt: Prompt) -> list[str]:
        replies = await asyncio.gather(
            *(model.generate(prompt.messages, config.sampling, sample=number) for number in range(config.n))
        )
        return [reply.text for reply in replies]

    outcomes = run(
        run_rows(
            answer, prompts, journal=journal, stage="draw answers", key="id",
            version=json.dumps([model.name, config.n, config.sampling.as_dict()]),
            concurrency=max(1, IN_FLIGHT // config.n),
        )
    )  # fmt: skip
    return values(outcomes, "prompts")


def _choice(prompt: Prompt, texts: Sequence[str], judged: Sequence[Judged | None], votable: bool) -> Choice:
    """A prompt with its answers, as they are ranked; right is what is worth all that can be."""
    candidates = (
        Candidate(text) if one is None else Candidate(text, one.answer if votable else None, one.worth == 1.0)
        for text, one in zip(texts, judged, strict=True)
    )
    return Choice(prompt.id, prompt.messages, tuple(candidates))


def _results(
    config: BestOfNConfig,
    choices: Sequence[Choice],
    scores: Sequence[Sequence[float]],
    judged: Sequence[Sequence[Judged | None]],
    *,
    policy: str,
    scorer: str,
) -> list[Result]:
    """The curves; what is right is said of the prompts that anything is known of."""
    dataset, drawn_by = config.prompts.stem, config.sampling.seed
    rows = reward_curve(
        scores, config.sizes, model=scorer, dataset=dataset, policy=policy, draw_seed=drawn_by
    )
    known = [place for place, of in enumerate(judged) if all(one is not None for one in of)]
    if not known:
        return rows
    some = [scores[place] for place in known]
    worth = [[one.worth for one in judged[place] if one is not None] for place in known]
    unread = sum(one.unread for place in known for one in judged[place] if one is not None)
    rows += best_of_results(
        [choices[place] for place in known],
        some,
        config.sizes,
        model=scorer,
        dataset=dataset,
        policy=policy,
        draw_seed=drawn_by,
    )
    if any(value not in (0.0, 1.0) for of in worth for value in of):
        rows += gold_curve(
            some, worth, config.sizes, model=scorer, dataset=dataset, policy=policy, draw_seed=drawn_by
        )
    return [_counted(row, unread) for row in rows]


def _counted(row: Result, unread: int) -> Result:
    return replace(row, unparsed=unread) if row.metric in ("best_of_accuracy", "best_of_gold") else row


def _digest(prompts: Sequence[Prompt]) -> str:
    rows: list[dict[str, Any]] = [asdict(prompt) for prompt in prompts]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode("ascii")).hexdigest()[:16]
