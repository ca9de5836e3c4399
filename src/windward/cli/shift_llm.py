"""`windward shift llm`: a language model on a task's sets, without examples, with those of the set in distribution, with each set's own."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.options import BaseUrl, ModelName, RunFolder
from windward.cli.outcome import finished, say
from windward.cli.shift import shift


class ParadigmChoice(StrEnum):
    """What a model is shown before it is asked."""

    zero_shot = "zero-shot"
    id = "id"
    ood = "ood"


def register(app: typer.Typer) -> None:
    """Adds `llm` to `windward shift`."""
    del app
    shift.command(
        epilog="windward shift llm --task rated --model embedded --shots 3 --limit 100 --out asked  ·  "
        "windward shift llm --task inference --model NAME --base-url http://localhost:8000/v1 --paradigm zero-shot --limit 500 --out asked"
    )(llm)


def llm(
    task: Annotated[str, typer.Option(metavar="NAME", help="Whose sets: rated, sentiment, toxicity, ….")],
    out: RunFolder,
    model: ModelName = "embedded",
    base_url: BaseUrl = None,
    paradigm: Annotated[
        list[ParadigmChoice] | None,
        typer.Option(
            help="What is shown (repeatable; all three without): nothing, examples of the set in distribution, examples of each set's own "
            "train split."
        ),
    ] = None,
    shots: Annotated[
        int, typer.Option(min=1, metavar="N", help="Examples of each class or type; in all, for questions.")
    ] = 3,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Texts of each set at most, drawn by the seed.")
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(
            min=1, help="New tokens of an answer at most: 16 for a class, 256 for entities, 64 for an answer."
        ),
    ] = None,
    fine_tuned: Annotated[
        str | None,
        typer.Option(
            "--fine-tuned",
            metavar="PATH",
            help="A checkpoint trained on the set in distribution, measured beside on the same texts.",
        ),
    ] = None,
    local: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PATH",
            help="(repeatable) A file or folder of one set; NAME:SPLIT=PATH for a file of one split. Without it: shift/ of WINDWARD_DATA, then the hub.",
        ),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at once.")] = 64,
    seed: Annotated[int, typer.Option(help="Of the draws of texts and demonstrations.")] = 0,
) -> None:
    """A language model in and out of distribution, strictly read, leniently read and, in this process, by the log-probabilities of labels.

    What cannot be read counts as wrong; accuracy of what can stands beside it. Writes replies.jsonl, demonstrations.json,
    results.parquet and run.json. Killed at any point, the same command goes on and buys nothing twice.
    """
    from windward.evals.shift.task import ShiftError

    def work() -> Path:
        from windward.evals.shift.declared import TASKS
        from windward.evals.shift.paradigms.config import PARADIGMS, ParadigmConfig
        from windward.evals.shift.paradigms.finetuned import fine_tuned as load_fine_tuned
        from windward.evals.shift.paradigms.loaded import loaded_sets
        from windward.evals.shift.paradigms.measure import measure_paradigms
        from windward.evals.shift.preparing import sources
        from windward.models import resolve

        if task not in TASKS:
            raise ShiftError(f"there is no task called {task!r}; there are {', '.join(TASKS)}")
        asked = TASKS[task]
        places = sources(asked, local or [])
        wanted = [one.value for one in paradigm or []]
        config = ParadigmConfig(
            tuple(one for one in PARADIGMS if one in wanted or not wanted),
            shots=shots,
            max_tokens=max_tokens,
            seed=seed,
        )
        return measure_paradigms(
            resolve(model, base_url),
            asked,
            loaded_sets(asked, config, local=places, limit=limit, tell=say),
            out,
            config,
            beside=None if fine_tuned is None else load_fine_tuned(asked, fine_tuned),
            concurrency=concurrency,
            command=sys.argv,
            tell=say,
        )

    finished(work, (ShiftError,))
