"""`windward shift llm`: a model on every set of a task under every paradigm. Killed at any point, it goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from windward.evals.answer_scores import Scorer
from windward.evals.folder import claim, write_json, write_text
from windward.evals.shift.metrics import SYSTEM
from windward.evals.shift.paradigms.asked import Asked, Sets, asked_sets, plain, tested
from windward.evals.shift.paradigms.asking import PROTOCOL, Answered, Asker
from windward.evals.shift.paradigms.config import ParadigmConfig
from windward.evals.shift.paradigms.figures import (
    largest_class_results,
    reply_results,
    score_results,
)
from windward.evals.shift.paradigms.log_likelihoods import Scored
from windward.evals.shift.paradigms.prompts import PROMPTS_VERSION, shown_label
from windward.evals.shift.paradigms.remarks import remarks, reply_lines
from windward.evals.shift.paradigms.shown_table import table
from windward.evals.shift.task import Task
from windward.journal import FILE_NAME, Journal, run
from windward.models import Model
from windward.rows import write_results

if TYPE_CHECKING:
    from windward.evals.shift.paradigms.finetuned import FineTuned

REPLIES, DEMONSTRATIONS, RESULTS = "replies.jsonl", "demonstrations.json", "results.parquet"


def measure_paradigms(
    model: Model,
    task: Task,
    sets: Sets,
    out: Path,
    config: ParadigmConfig | None = None,
    *,
    beside: FineTuned | None = None,
    concurrency: int = 64,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Asks, reads and scores; writes `replies.jsonl`, `demonstrations.json`, `results.parquet` and `run.json` into `out`.

    Every call goes through `out/journal.sqlite`, and what a local model finds likely is stored there too: a run that was killed does nothing
    twice. Demonstrations are drawn once for a set and stay the same; where they do not all fit a request, the fewest are left out of it.

    Args:
        model: that is asked; one that scores answers (`windward.models.Local`) also chooses classes by their log-probabilities.
        task: its sets, labels, masks.
        sets: of each of its sets the split that is tested, and `train` for demonstrations.
        out: folder of the run: new, empty, or of the same run.
        config: what is asked, and how.
        beside: a fine-tuned classifier that is measured on the same examples.
        concurrency: requests at once.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        ShiftError: a set has no examples to test, or examples that do not fit the task.
        FolderError: `out` holds another run.
        RowsFailedError: calls failed for a reason that another try may overcome.
    """
    config = config or ParadigmConfig()
    tokens = config.tokens(task.kind)
    examples = tested(task, sets, config)
    asked = asked_sets(task, sets, examples, config, tell)
    settings = asdict(config) | {
        "task": task.name,
        "model": model.name,
        "fine_tuned": None if beside is None else beside.name,
        "max_tokens": tokens,
        "examples": _digest([[name, *map(asdict, own)] for name, own in examples.items()]),
        "asked": _digest([plain(one) for one in asked]),
        "prompts": PROMPTS_VERSION,
        "protocol": PROTOCOL,
    }
    claim(SYSTEM, out, settings, command)
    write_json(out / DEMONSTRATIONS, [one.record() for one in asked])
    results = largest_class_results(task, examples, config, model.name)
    lines: list[str] = []
    with Journal(out / FILE_NAME) as journal:
        heard = run(_heard(model, Asker(model, journal, concurrency), asked, tokens, tell))
    for one, own in zip(asked, heard, strict=True):
        results += reply_results(one, own.replies, config, model.name)
        results += score_results(one, own.scored, own.without_text, config, model.name)
        lines += reply_lines(one, own.replies)
    if beside is not None:
        results += beside.results(task, examples, config)
    write_text(out / REPLIES, "".join(lines))
    write_results(out / RESULTS, results)
    for told in table(results, task.kind):
        tell(told)
    return out / RESULTS


@dataclass(frozen=True)
class _Heard:
    """What came back about a set: replies, and how likely each label was, where the model shows that."""

    replies: list[Answered]
    scored: list[Scored | None]
    without_text: Scored | None


async def _heard(
    model: Model, asker: Asker, asked: Sequence[Asked], max_tokens: int, tell: Callable[[str], None]
) -> list[_Heard]:
    found = []
    for one in asked:
        prompts = one.prompts(model, max_tokens)
        replies = await asker.replies(one.stage, prompts, max_tokens)
        for told in remarks(one, replies, max_tokens):
            tell(told)
        scored: list[Scored | None] = []
        without_text = None
        if one.task.kind == "classification" and isinstance(model, Scorer):
            names = [shown_label(label) for label in one.labels.labels]
            scored = await asker.scores(f"{one.stage} log-probabilities", prompts, names)
            free = one.content_free(model, max_tokens)
            (without_text,) = await asker.scores(f"{one.stage} without text", [free], names)
        found.append(_Heard(replies, scored, without_text))
    return found


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()[:16]
