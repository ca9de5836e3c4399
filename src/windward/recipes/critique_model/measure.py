"""A critique model on critiques that it has not learnt: how likely they are, whether its own can be read, and agree."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from math import isnan, nan, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Protocol

from windward.evals.folder import claim
from windward.feedback.criticise import criticise
from windward.feedback.figures_agreement import AgreementTable, record_weights
from windward.feedback.files import read_records
from windward.feedback.scores import SCORE_VERSION
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.models import ContextOverflowError, Message, Model, Sampling
from windward.recipes.critique_model.rows import CritiqueCounts, CritiqueRow, critique_rows
from windward.recipes.errors import RecipeError
from windward.recipes.feedback.stage import records_file
from windward.rows import Result, write_results

SYSTEM = "critique"
RESULTS = "results.parquet"
ROWS = 32
"""Critiques under way at once."""


class Critic(Model, Protocol):
    """A model that also says how likely a text is, as checkpoints in this process do."""

    async def score(self, messages: Sequence[Message], completion: str) -> tuple[float, ...]:
        """Log-probability (nats) of each token of `completion`."""
        ...


def measure_critique(
    models: Mapping[str, Critic],
    records: str | Path,
    out: Path,
    *,
    max_tokens: int = 512,
    limit: int | None = None,
    seed: int = 0,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> list[Result]:
    """Measures critique models on held-out records; a killed run goes on where it was.

    * `critique_nll`: mean negative log-likelihood (nats a token) of the gold critiques, and its standard error over
      critiques; those that do not fit the context are counted in `unparsed`;
    * `score_parse_rate`: how often the model's own critique, one greedy try, can be read;
    * `score_spearman`: rank correlation of its scores with the gold ones, over those that can be read (`condition.pairs`,
      the others are counted in `unparsed`); the 95 % interval, `low` to `high`, is of resampled records. NaN where either
      never varies.

    Args:
        models: by stage: `before` and `after` training, for example.
        records: audited records that were not learnt: a file, or a folder.
        out: folder of the run: new, or of the same run.
        max_tokens: new tokens of a critique at most.
        limit: critiques at most, the first ones.
        seed: of resampling.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        Three rows a model; also in `out/results.parquet`.

    Raises:
        RecipeError: there is no gold critique.
        FeedbackFileError: the records are not there or malformed.
        FolderError: `out` holds something else.
        RowsFailedError: critiques could not be asked for.
    """
    counts = CritiqueCounts()
    rows = list(critique_rows(read_records(records_file(Path(records))), counts))[:limit]
    if not rows:
        raise RecipeError(f"{records}: no critique to compare with ({counts.told()})")
    settings = {
        "models": {stage: model.name for stage, model in models.items()},
        "records": str(records),
        "rows": hashlib.sha256("".join(f"{row.prompt}{row.target}" for row in rows).encode("utf-8", "surrogatepass")).hexdigest()[:16],
        "max_tokens": max_tokens, "limit": limit, "seed": seed,
    }  # fmt: skip
    claim(SYSTEM, out, settings, command)
    found: list[Result] = []
    with Journal(out / FILE_NAME) as journal:
        for stage, model in models.items():
            said = _said(rows, model, journal, stage, max_tokens)
            made = _results(rows, said, model.name, Path(records).stem, {"stage": stage, "seed": seed})
            found += made
            tell(f"{stage}: " + ", ".join(map(_told, made)))
    write_results(out / RESULTS, found)
    return found


def _said(
    rows: Sequence[CritiqueRow], model: Critic, journal: Journal, stage: str, max_tokens: int
) -> list[dict[str, Any]]:
    """Of each row the mean NLL of its target, and the score that the model gives by itself; None where there is none."""
    asked = JournaledModel(model, journal)
    sampling = Sampling(temperature=0.0, max_tokens=max_tokens)

    async def measure(row: CritiqueRow) -> dict[str, Any]:
        try:
            nll: float | None = -fmean(await model.score(row.prompt, row.target))
        except ContextOverflowError:
            nll = None
        own = await criticise(row.record, asked, tries=1, sampling=sampling)
        critique = own.completions[0].critique
        return {"nll": nll, "score": critique.score if critique is not None else None}

    outcomes = run(
        run_rows(
            measure, rows, journal=journal, stage=f"measure critiques {stage}", key="id",
            version=f"{SCORE_VERSION} {model.name} {max_tokens}", concurrency=ROWS,
        )
    )  # fmt: skip
    return values(outcomes, "critiques")


def _results(
    rows: Sequence[CritiqueRow],
    said: Sequence[Mapping[str, Any]],
    model: str,
    dataset: str,
    condition: Mapping[str, Any],
) -> list[Result]:
    n = len(rows)
    likely = [one["nll"] for one in said if one["nll"] is not None]
    unread = sum(one["score"] is None for one in said)
    rate = 1 - unread / n
    table, seed = AgreementTable(), int(condition["seed"])
    for row, one in zip(rows, said, strict=True):
        if one["score"] is not None:
            table.add([(row.score, one["score"])], record_weights(row.record.id, seed=seed))
    rank, error, told = nan, None, dict(condition) | {"pairs": n - unread}
    if unread < n:
        agreement = table.agreement()
        rank, error = agreement.spearman, agreement.errors.get("spearman")
        if (span := agreement.intervals.get("spearman")) is not None and not isnan(rank):
            told |= {"low": span[0], "high": span[1]}

    def result(metric: str, value: float, stderr: float | None, unparsed: int, under: Mapping[str, Any]) -> Result:  # fmt: skip
        return Result(SYSTEM, model, dataset, "held-out", metric, value, n, dict(under), stderr, unparsed)

    spread = stdev(likely) / sqrt(len(likely)) if len(likely) > 1 else None
    return [
        result("critique_nll", fmean(likely) if likely else nan, spread, n - len(likely), condition),
        result("score_parse_rate", rate, sqrt(rate * (1 - rate) / n), unread, condition),
        result("score_spearman", rank, None if isnan(rank) else error, unread, told),
    ]


def _told(result: Result) -> str:
    under = result.condition
    if result.metric == "critique_nll":
        return f"NLL {result.value:.4f} ± {1.96 * (result.stderr or nan):.4f} nats a token (n = {result.n:,})"
    if result.metric == "score_parse_rate":
        return f"{100 * result.value:.1f} % of its own critiques are read"
    span = f" ({under['low']:.2f} to {under['high']:.2f})" if "low" in under else ""
    return f"Spearman {result.value:.2f}{span} with the gold score over {under['pairs']:,}"
