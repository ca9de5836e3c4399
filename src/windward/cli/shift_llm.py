"""`windward shift llm`: a language model on a task's sets, without examples, with those of the set in distribution, with each set's own."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windward.cli.options import BaseUrl, ModelName, RunFolder
from windward.cli.outcome import finished, refuse, say
from windward.cli.shift import shift

if TYPE_CHECKING:
    from windward.evals.shift.paradigms.config import ParadigmConfig
    from windward.evals.shift.task import Example, Task


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
    local: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SET=PATH",
            help="Where a set is, file or folder (repeatable); else shift/ of WINDWARD_DATA, or the hub.",
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

    places = _places(local or [])

    def work() -> Path:
        from windward.evals.shift.paradigms.config import PARADIGMS, ParadigmConfig
        from windward.evals.shift.paradigms.measure import measure_paradigms
        from windward.models import resolve

        asked = _task(task)
        wanted = [one.value for one in paradigm or []]
        config = ParadigmConfig(
            tuple(one for one in PARADIGMS if one in wanted or not wanted),
            shots=shots,
            max_tokens=max_tokens,
            seed=seed,
        )
        strange = places.keys() - {one.name for one in asked.datasets}
        if strange:
            names = ", ".join(one.name for one in asked.datasets)
            raise ShiftError(f"task {task} has no set {min(strange)!r}; it has {names}")
        return measure_paradigms(
            resolve(model, base_url),
            asked,
            _sets(asked, places, config, limit),
            out,
            config,
            concurrency=concurrency,
            command=sys.argv,
            tell=say,
        )

    finished(work, (ShiftError,))


def _places(given: list[str]) -> dict[str, Path]:
    places = {}
    for one in given:
        name, equals, path = one.partition("=")
        if not equals or not name or not path:
            refuse(f"--local {one!r}: write the name of a set, =, and its file or folder")
        if name in places:
            refuse(f"--local names {name} twice")
        places[name] = Path(path)
    return places


def _task(name: str) -> Task:
    from windward.evals.shift.declared import TASKS
    from windward.evals.shift.task import ShiftError

    if name not in TASKS:
        raise ShiftError(f"there is no task {name!r}; there are {', '.join(TASKS)}")
    return TASKS[name]


def _sets(
    task: Task, places: dict[str, Path], config: ParadigmConfig, limit: int | None
) -> dict[str, dict[str, tuple[Example, ...]]]:
    """The tested split of each set, and its train split where it is shown; says what was left out of them."""
    from windward.evals.shift.loading import load
    from windward.evals.shift.paradigms.demonstrations import DEMONSTRATIONS_SPLIT

    found: dict[str, dict[str, tuple[Example, ...]]] = {}
    for dataset in task.datasets:
        found[dataset.name] = {}
        is_shown = ("id" if dataset is task.id else "ood") in config.paradigms
        train = [DEMONSTRATIONS_SPLIT] if is_shown and DEMONSTRATIONS_SPLIT in dataset.splits else []
        for name in (*train, config.split):
            loaded = load(
                dataset,
                name,
                local=places.get(dataset.name),
                seed=config.seed,
                limit=limit if name == config.split else None,
            )
            found[dataset.name][name] = loaded.examples
            if loaded.dropped:
                left_out = ", ".join(f"{count:,} {why}" for why, count in loaded.dropped.items())
                say(f"  {dataset.name}, {name}: {len(loaded.examples):,} examples; left out: {left_out}")
            if loaded.unreadable:
                say(f"  {dataset.name}, {name}: {loaded.unreadable}")
    return found
