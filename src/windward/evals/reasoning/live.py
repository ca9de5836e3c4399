"""`windward eval reasoning`: asks a model every item in every mode, judges its replies, and makes the table of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.folder import claim
from windward.evals.reasoning.answers import (
    ANSWERS,
    Answer,
    answer_from_dict,
    answer_of,
    as_dict,
    write_answers,
)
from windward.evals.reasoning.decoding import PRESETS, Preset, decoding
from windward.evals.reasoning.figures import SYSTEM, averages, results_of
from windward.evals.reasoning.files import data_folder
from windward.evals.reasoning.grade import grade_item
from windward.evals.reasoning.items import BENCHMARKS, Item, Mode, benchmark_of
from windward.evals.reasoning.load import load_items
from windward.evals.reasoning.mint import mint_results
from windward.evals.reasoning.prompts import messages
from windward.grading.policies import Policy
from windward.interpreter import Interpreter
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.models import ContextOverflowError, Model, Reply, Sampling
from windward.reports.reasoning import write_reasoning_report
from windward.rows import Result, write_results

PROTOCOL = "1"
"""Changes with prompts, grading and what an answer records."""
AT_ONCE = 64
GRADING = 4
"""Replies whose code runs at once."""
RESULTS = "results.parquet"
SHIPPED = ("humaneval", "mbpp", "leetcode", "theoremqa", "svamp", "asdiv", "ifeval")
"""Benchmarks that a run takes where none is named: those of the twelve that a data folder usually holds."""


@dataclass(frozen=True)
class ReasoningConfig:
    """What a run does.

    Attributes:
        benchmarks: which ones.
        modes: how maths is asked; both are reported, never only the better one.
        preset: how replies are drawn: greedy, or the temperatures of the release's scripts.
        max_tokens: new tokens of a reply at most; None is the table of `decoding`.
        limit: items of each benchmark at most, drawn with `seed`; None is all.
        limits: of single benchmarks, in place of `limit`.
        seed: of this draw, and of sampled replies.
        policies: by whose rules replies are judged.
        sources: of single benchmarks, a file, folder or hub data set to read.
    """

    benchmarks: tuple[str, ...] = SHIPPED
    modes: tuple[Mode, ...] = ("cot", "pot")
    preset: Preset = "greedy"
    max_tokens: int | None = None
    limit: int | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0
    policies: tuple[Policy, ...] = ("strict",)
    sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses what cannot be run."""
        for name, value in {"max_tokens": self.max_tokens, "limit": self.limit, **self.limits}.items():
            if value is not None and value < 1:
                raise DataError(f"{name} is {value}; it must be at least 1")
        for name in (*self.benchmarks, *self.sources, *self.limits):
            benchmark_of(name)
        if self.preset not in PRESETS:
            raise DataError(f"no preset {self.preset!r}; there are {', '.join(PRESETS)}")
        if not self.benchmarks or not self.policies or not self.modes:
            raise DataError("a run needs a benchmark, a policy, and a mode for maths")

    def modes_of(self, benchmark: str) -> tuple[Mode, ...]:
        """How a benchmark is asked: those chosen, or its only way."""
        offered = BENCHMARKS[benchmark].modes
        return tuple(mode for mode in offered if mode in self.modes) or offered


def run_reasoning(
    model: Model,
    out: str | Path,
    config: ReasoningConfig | None = None,
    *,
    data: str | Path | None = None,
    mint: str | Path | None = None,
    contaminated: Sequence[str] = (),
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Runs a model on the tests; writes `answers.jsonl`, `results.parquet`, `report.html` and `run.json` into `out`.

    Every call goes through `out/journal.sqlite`: a run that was killed buys no stored reply twice.

    Args:
        model: who answers.
        out: folder of the run: new, empty, or of the same run.
        config: what to do.
        data: folder of the problems; None is `reasoning/` in the folder that `WINDWARD_DATA` names.
        mint: folder of a `windward eval mint` run of the same model, for the two tests that it makes.
        contaminated: benchmarks whose problems the model was trained on, for the record.
        command: how the run was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        DataError: problems are not there or malformed, or `mint` holds no run of this model.
        FolderError: `out` holds another run.
        IsolationError: code cannot be isolated on this machine.
        RowsFailedError: items failed for a reason that another try may overcome.
    """
    config, folder, source = config or ReasoningConfig(), Path(out), data_folder(data)
    found = {name: load_items(name, source, config.sources.get(name)) for name in config.benchmarks}
    sizes = {name: len(items) for name, items in found.items()}
    items = {
        name: drawn(of, config.limits.get(name, config.limit), config.seed) for name, of in found.items()
    }
    borrowed = mint_results(Path(mint), model.name) if mint is not None else []
    settings = asdict(config) | {
        "model": model.name,
        "protocol": PROTOCOL,
        "sizes": sizes,
        "contaminated": list(contaminated),
        "mint": "" if mint is None else str(mint),
        "items": digest({name: [asdict(item) for item in of] for name, of in items.items()}),
    }
    Interpreter().close()  # what is missing on this machine is said at once, and not by each item
    claim(SYSTEM, folder, settings, command)
    answers: list[Answer] = []
    results: list[Result] = []
    with Journal(folder / FILE_NAME) as journal:
        asked = JournaledModel(model, journal)
        for name in config.benchmarks:
            for mode in config.modes_of(name):
                sampling = decoding(name, mode, config.preset, max_tokens=config.max_tokens, seed=config.seed)
                tell(f"{BENCHMARKS[name].title}, {mode}: {len(items[name])} of {sizes[name]} items")
                of = _answers(asked, journal, items[name], name, mode, sampling, config)
                tell(f"  {sum(one.correct(config.policies[0]) for one in of)} of {len(of)} right")
                answers += of
                results += results_of(
                    of,
                    model=model.name,
                    condition=told(sampling, config.preset, config.seed),
                    whole=sizes[name],
                )
    return finish(folder, answers, [*results, *borrowed], tell)


def finish(
    folder: Path, answers: Sequence[Answer], results: Sequence[Result], tell: Callable[[str], None]
) -> Path:
    """Writes what a run ends in: answers, the table with its averages, the page."""
    write_answers(folder / ANSWERS, answers)
    write_results(folder / RESULTS, [*results, *averages(results)])
    tell(f"report: {write_reasoning_report(folder)}")
    return folder / RESULTS


def told(sampling: Sampling, preset: str, seed: int) -> dict[str, Any]:
    """Decode settings as the condition of a figure."""
    return {
        "preset": preset,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": seed,
    }


def _answers(
    model: Model,
    journal: Journal,
    items: Sequence[Item],
    name: str,
    mode: Mode,
    sampling: Sampling,
    config: ReasoningConfig,
) -> list[Answer]:
    places = asyncio.Semaphore(GRADING)

    async def play(item: Item) -> dict[str, Any]:
        try:
            reply = await model.generate(messages(item, mode), sampling)
            ended = str(reply.finish)
        except ContextOverflowError:
            reply, ended = Reply(""), "context"
        async with places:
            graded = await asyncio.to_thread(grade_item, item, mode, reply.text, config.policies)
        tokens = reply.usage.completion_tokens
        return as_dict(answer_of(item, mode, reply.text, graded, finish=ended, tokens=tokens))

    outcomes = run(
        run_rows(
            play,
            items,
            journal=journal,
            stage=f"{name}, {mode}",
            key="id",
            version=f"{PROTOCOL} {'+'.join(config.policies)} {digest(sampling.as_dict())}",
            concurrency=AT_ONCE,
        )
    )
    return [answer_from_dict(value) for value in values(outcomes, "items")]


def drawn(items: Sequence[Item], limit: int | None, seed: int) -> list[Item]:
    """At most `limit` items, drawn with a seed, in the order of the benchmark."""
    if limit is None or limit >= len(items):
        return list(items)
    places = random.Random(f"{seed} {items[0].benchmark}").sample(range(len(items)), limit)
    return [items[place] for place in sorted(places)]


def digest(value: Any) -> str:
    """A short hash of plain data."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
