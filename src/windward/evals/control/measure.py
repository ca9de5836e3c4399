"""`windward eval control`: every level of every objective asked for, and what came. Killed at any point, it goes on where it was."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from windward.evals.control.figures import Answered, Measured, control_results
from windward.evals.control.levels import SYSTEM
from windward.evals.control.prompts import Prompt, told
from windward.evals.control.raters import Rater, raters
from windward.evals.control.requests import Request, conditions, label
from windward.evals.control.tax import tax_results
from windward.evals.data import DataError
from windward.evals.folder import claim, write_text
from windward.feedback.asking import lies_in_the_prompt
from windward.feedback.thinking import after_thinking
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.models import Model, ModelError, Sampling
from windward.reports.control import write_eval_control_report
from windward.rows import Result, write_results
from windward.training.controllable import Scale, Style

PROTOCOL = "1"
"""Changes with what is asked, of the model or of a judge, and how it is read."""
ANSWERS, RESULTS = "answers.jsonl", "results.parquet"


@dataclass(frozen=True)
class ControlConfig:
    """What is asked for, and how.

    Attributes:
        objectives: and their scales, in the order in which a condition names them.
        style: how conditions are written: as the model learnt them.
        together: ask for each combination of levels, too.
        plain: ask without conditions only: for models that were trained without them.
        limit: prompts at most, drawn by the seed; None is all.
        temperature: of the answers.
        max_tokens: new tokens of an answer at most.
        judge_tokens: new tokens of a judge's reply at most.
        tries: replies of a judge at most for one rating.
        seed: of the draws of prompts and answers, and of the bootstrap.
    """

    objectives: Mapping[str, Scale]
    style: Style = "text"
    together: bool = False
    plain: bool = False
    limit: int | None = None
    temperature: float = 0.0
    max_tokens: int = 512
    judge_tokens: int = 512
    tries: int = 3
    seed: int = 0

    def settings(self) -> dict[str, Any]:
        """All of it, as plain JSON types."""
        scales = {name: asdict(scale) for name, scale in self.objectives.items()}
        return {**vars(self), "objectives": scales}


def measure_control(
    model: Model,
    prompts: Sequence[Prompt],
    dataset: str,
    out: Path,
    config: ControlConfig,
    *,
    judge: Model | None = None,
    harmful: bool = False,
    specialists: Mapping[str, Path] | None = None,
    contaminated: Sequence[str] = (),
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Asks, rates, and writes `answers.jsonl`, `results.parquet`, `report.html` and `run.json` into `out`.

    Every call goes through `out/journal.sqlite`: a run that was killed buys no stored reply twice. Neither programs nor judges are
    told what was asked for.

    Args:
        model: whose control is measured.
        prompts: what it is asked.
        dataset: their name in the table.
        out: folder of the run: new, empty, or of the same run.
        config: what is asked for, and how.
        judge: rates what no program computes.
        harmful: whether the prompts are harmful requests.
        specialists: runs of models trained for one objective alone, by objective, for the alignment tax.
        contaminated: benchmarks that the model has seen, for the record.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        DataError: an objective cannot be rated, there is no prompt, or a specialist's run does not fit.
        FolderError: `out` holds another run.
        RowsFailedError: calls failed for a reason that another try may overcome.
    """
    if not prompts:
        raise DataError("there is no prompt to ask")
    raters(list(config.objectives), judge)  # what cannot be rated is said before anything is asked
    drawn = _drawn(prompts, config)
    settings = config.settings() | {
        "model": model.name,
        "judge": None if judge is None else judge.name,
        "dataset": dataset,
        "prompts": prompts_digest(drawn),
        "harmful": harmful,
        "contaminated": list(contaminated),
        "protocol": PROTOCOL,
    }
    claim(SYSTEM, out, settings, command)
    asked = conditions(config.objectives, together=config.together, plain=config.plain)
    requests = [Request(prompt, condition) for prompt in drawn for condition in asked]
    tell(f"{told(drawn)}; each under {len(asked)} conditions: {len(requests):,} answers of {model.name}")
    with Journal(out / FILE_NAME) as journal:
        texts = _texts(model, requests, journal, config)
        answers, judges = _rated(judge, requests, texts, journal, config)
    measured = Measured(
        model.name,
        dataset,
        config.objectives,
        judges,
        harmful,
        {"style": config.style, "seed": config.seed, "temperature": config.temperature},
    )
    results = control_results(answers, measured, seed=config.seed)
    results += tax_results(results, measured, specialists or {}, settings["prompts"])
    write_text(out / ANSWERS, "".join(json.dumps(_told(one, config.style)) + "\n" for one in answers))
    write_results(out / RESULTS, results)
    for line in summary(results):
        tell(line)
    tell(f"report: {write_eval_control_report(out)}")
    return out / RESULTS


def summary(results: Sequence[Result]) -> list[str]:
    """The main figures, a line each."""
    lines = []
    for row in results:
        condition, lost = row.condition, f", {row.unparsed} unread" if row.unparsed else ""
        of = f"{condition.get('objective', '')}, judged by {condition.get('judge', '')}"
        whole = condition.get("named") == "alone" and "requested" not in condition
        if row.metric == "absolute_error" and whole:
            lines.append(f"  {of}: requested less realised {row.value:.2f} (n {row.n}{lost})")
        elif row.metric == "monotonicity" and whole:
            lines.append(f"  {of}: order of requested and realised τ {row.value:.2f} ({row.n} prompts{lost})")
        elif row.metric in ("refusal_rate", "over_refusal_rate") and condition["asked"] == "free":
            lines.append(f"  {row.metric.replace('_', ' ')} (lexical): {100 * row.value:.1f} % of {row.n}")
        elif row.metric == "harmlessness_score_mean":
            lines.append(
                f"  harmlessness under {condition['asked']}, judged by {condition['judge']}: {row.value:.2f} of 10 (n {row.n}{lost})"
            )
        elif row.metric in ("hypervolume", "alignment_tax"):
            lines.append(
                f"  {row.metric.replace('_', ' ')} {condition.get('objective', '')}: {row.value:.2f} (n {row.n}{lost})"
            )
    return lines


def prompts_digest(prompts: Sequence[Prompt]) -> str:
    """What tells one set of prompts from another."""
    said = json.dumps([asdict(one) for one in prompts], sort_keys=True)
    return hashlib.sha256(said.encode("ascii")).hexdigest()[:16]


def _texts(
    model: Model, requests: Sequence[Request], journal: Journal, config: ControlConfig
) -> list[dict[str, str]]:
    """Each request's answer; one that its endpoint refuses to answer is no answer, and says so."""
    asked = JournaledModel(model, journal)
    sampling = Sampling(temperature=config.temperature, max_tokens=config.max_tokens, seed=config.seed)
    rows = [{"id": one.id, "messages": one.messages(config.style)} for one in requests]

    async def answer(row: dict[str, Any]) -> dict[str, str]:
        try:
            reply = await asked.generate(row["messages"], sampling)
        except ModelError as error:
            if not lies_in_the_prompt(error):
                raise
            return {"text": "", "absent": f"no reply: {error}"}
        return {"text": reply.text, "absent": ""}

    version = f"{PROTOCOL} {config.temperature} {config.max_tokens} {config.seed}"
    outcomes = run(run_rows(answer, rows, journal=journal, stage="answers", key="id", version=version))
    return values(outcomes, "answers")


def _rated(
    judge: Model | None,
    requests: Sequence[Request],
    texts: Sequence[dict[str, str]],
    journal: Journal,
    config: ControlConfig,
) -> tuple[list[Answered], dict[str, str]]:
    """The answers with their ratings, and who rated each objective."""
    asked = None if judge is None else JournaledModel(judge, journal)
    who = raters(
        list(config.objectives), asked, tries=config.tries, max_tokens=config.judge_tokens, seed=config.seed
    )
    shown = [after_thinking(said["text"]) or "" for said in texts]
    ratings: list[dict[str, dict[str, Any]]] = [{} for _ in requests]
    for name, rater in who.items():
        for own, rated in zip(ratings, _by_one(name, rater, requests, shown, journal, config), strict=True):
            own[name] = rated
    answers = [
        Answered(
            request.prompt,
            request.condition,
            text,
            {name: None if said["absent"] else one["value"] for name, one in rated.items()},
            {name: why for name, one in rated.items() if (why := said["absent"] or one["absent"])},
        )
        for request, text, said, rated in zip(requests, shown, texts, ratings, strict=True)
    ]
    return answers, {name: rater.name for name, rater in who.items()}


def _by_one(
    name: str,
    rater: Rater,
    requests: Sequence[Request],
    shown: Sequence[str],
    journal: Journal,
    config: ControlConfig,
) -> list[dict[str, Any]]:
    rows = [
        {"id": request.id, "instruction": request.prompt.instruction, "answer": text}
        for request, text in zip(requests, shown, strict=True)
    ]

    async def rate(row: dict[str, str]) -> dict[str, Any]:
        return (await rater.rate(row["id"], row["instruction"], row["answer"])).as_dict()

    async def every() -> list[dict[str, Any]]:
        return [await rate(row) for row in rows]

    if not rater.by_model:  # a program's rating is worked out again, not stored
        return asyncio.run(every())
    version = f"{PROTOCOL} {rater.name} {config.tries} {config.judge_tokens} {config.seed}"
    outcomes = run(run_rows(rate, rows, journal=journal, stage=f"rate {name}", key="id", version=version))
    return values(outcomes, f"ratings of {name}")


def _drawn(prompts: Sequence[Prompt], config: ControlConfig) -> list[Prompt]:
    """At most `limit` of them, in their order."""
    if config.limit is None or config.limit >= len(prompts):
        return list(prompts)
    places = random.Random(config.seed).sample(range(len(prompts)), config.limit)
    return [prompts[place] for place in sorted(places)]


def _told(answer: Answered, style: Style) -> dict[str, Any]:
    return {
        "prompt_id": answer.prompt.id,
        "domain": answer.prompt.domain,
        "level": answer.prompt.level,
        "asked": label(answer.condition),
        "condition": dict(answer.condition),
        "sent": answer.condition.render(answer.prompt.instruction, style),
        "answer": answer.text,
        "ratings": dict(answer.ratings),
        "absent": dict(answer.absent),
    }
