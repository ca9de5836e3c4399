"""What training on trajectories changed: two checkpoints on problems and texts that neither learnt from.

Of acting: how often the first turn's code runs, and success by turn, on generated problems. Of what was there before: the
accuracy of naming sentiments (SST-2) and the bits per byte of news (AG News). All of it is paired, text by text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from windward.evals.folder import claim, write_text
from windward.interpreter import Interpreter
from windward.journal import FILE_NAME, Journal, JournaledModel, Limits, run, run_rows, values
from windward.models import Model
from windward.recipes.codeact.effect_attempts import FORMS, Attempt, Form, attempt, attempt_from_dict
from windward.recipes.codeact.effect_figures import SYSTEM, Measured, figures, table
from windward.recipes.codeact.effect_general import (
    Choice,
    Passage,
    Scorer,
    bits,
    chosen,
    read_passages,
    read_sentiments,
)
from windward.recipes.errors import RecipeError
from windward.recipes.families import make_problems
from windward.rows import Problem, write_results
from windward.training import never_score

T = TypeVar("T")
Text = TypeVar("Text", Choice, Passage)
BATCH = 64
EPISODES = 64
TEXTS = 4
PROTOCOL = "1"
"""Changes with what is recorded of an attempt or a text."""
GENERAL = frozenset({"sst2", "agnews"})
RESULTS, ATTEMPTS, TABLE = "results.parquet", "attempts.jsonl", "effect.md"


@dataclass(frozen=True, kw_only=True)
class EffectConfig:
    """One comparison.

    Attributes:
        before: the first checkpoint: `embedded`, a folder or a model on the hub.
        after: the second.
        problems: problems of each of the two splits.
        turns: of an attempt at most.
        max_tokens: new tokens of a turn at most.
        texts: texts of each measure of general ability; 0 leaves it out.
        data: folder that holds `classification/`.
        seed: of problems and texts.
    """

    before: str = "embedded"
    after: str
    problems: int = 120
    turns: int = 3
    max_tokens: int = 128
    texts: int = 200
    data: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what measures nothing."""
        for name, least in (("problems", 1), ("turns", 1), ("max_tokens", 1), ("texts", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least {least}")


class Subject(Model, Scorer, Protocol):
    """A model that generates and scores."""


OpenModel = Callable[[str], Subject]


def open_local(model: str) -> Subject:
    """The checkpoint, in this process and in float32 on a CPU."""
    from windward.models import embedded_path, local

    return local(embedded_path() if model == "embedded" else model, max_batch=BATCH)


def measure_effect(
    config: EffectConfig,
    out: str | Path,
    *,
    command: Sequence[str] = (),
    open_model: OpenModel = open_local,
    tell: Callable[[str], None] = print,
) -> Path:
    """Measures both checkpoints and writes `results.parquet`, `attempts.jsonl` and the table `effect.md`.

    Every reply and every finished attempt is in `out/journal.sqlite`: a run that was killed goes on from there.

    Args:
        config: what is compared, on how much.
        out: the run's folder: new, empty, or of the same run.
        command: how it was called, for the record.
        open_model: opens a checkpoint.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        RecipeError: data are missing, or a checkpoint must not be scored on what is measured.
        FolderError: `out` holds another run.
        RowsFailedError: attempts failed; the same call tries only these again.
        ModelError: there is no such checkpoint.
        IsolationError: code cannot be isolated on this machine.
    """
    folder = Path(out)
    for model in (config.before, config.after):
        _may_be_scored(model, config)
    problems = make_problems(train=0, test=config.problems, test_families=config.problems, seed=config.seed)
    choices, passages = _texts(config)
    Interpreter().close()
    claim(SYSTEM, folder, asdict(config), command)
    with Journal(folder / FILE_NAME) as journal:
        before, after = (
            _measured(Bench(journal, open_model(model), stage, config), problems, choices, passages, tell)
            for stage, model in (("before", config.before), ("after", config.after))
        )
    _write_attempts(folder / ATTEMPTS, {"before": before, "after": after})
    results = figures(before, after, choices, passages, turns=config.turns, seed=config.seed)
    write_text(folder / TABLE, table(results))
    write_results(folder / RESULTS, results)
    tell("\n" + table(results))
    return folder / RESULTS


@dataclass(frozen=True)
class Bench:
    """Where one checkpoint is measured.

    Attributes:
        journal: of the run.
        subject: the checkpoint.
        stage: `before` or `after`.
        config: on how much.
    """

    journal: Journal
    subject: Subject
    stage: str
    config: EffectConfig

    def attempts(self, problems: Sequence[Problem], form: Form) -> list[Attempt]:
        """One attempt a problem; stored ones are taken as they are."""
        policy = JournaledModel(self.subject, self.journal, Limits(concurrency=BATCH))
        turns, max_tokens = self.config.turns, self.config.max_tokens

        async def tried(problem: Problem) -> dict[str, Any]:
            return asdict(await attempt(problem, policy, form, turns=turns, max_tokens=max_tokens))

        found = self._over(tried, problems, f"attempts, form {form}", f"{turns}/{max_tokens}", EPISODES)
        return [attempt_from_dict(value) for value in found]

    def scored(
        self, rows: Sequence[Text], score: Callable[[Text, Scorer], Awaitable[Any]], what: str
    ) -> dict[str, Any]:
        """A score of each text, by its id."""

        async def one(row: Text) -> Any:
            return await score(row, self.subject)

        found = self._over(one, rows, what, "", TEXTS)
        return {row.id: value for row, value in zip(rows, found, strict=True)}

    def _over(
        self,
        function: Callable[[T], Awaitable[Any]],
        rows: Sequence[T],
        what: str,
        version: str,
        at_once: int,
    ) -> list[Any]:
        stage = f"{self.stage}: {what}"
        outcomes = run(
            run_rows(
                function,
                rows,
                journal=self.journal,
                stage=stage,
                key="id",
                version=f"{PROTOCOL} {version} {self.subject.name}",
                concurrency=at_once,
            )
        )
        return values(outcomes, f"rows of {stage!r}")


def _measured(
    bench: Bench,
    problems: Sequence[Problem],
    choices: Sequence[Choice],
    passages: Sequence[Passage],
    tell: Callable[[str], None],
) -> Measured:
    attempts = [one for form in FORMS for one in bench.attempts(problems, form)]
    answers = bench.scored(choices, chosen, "choices")
    found = Measured(bench.subject.name, attempts, answers, bench.scored(passages, bits, "passages"))
    ran, solved = (
        sum(bool(verdict) for verdict in verdicts)
        for verdicts in ([one.executed for one in attempts], [one.solved_at for one in attempts])
    )
    tell(
        f"{bench.stage}: {found.model}: of {len(attempts)} attempts {ran} ran code at first, {solved} succeeded"
    )
    return found


def _may_be_scored(model: str, config: EffectConfig) -> None:
    seen = never_score(model) & GENERAL if config.texts else frozenset()
    if seen:
        raise RecipeError(
            f"{model} must not be scored on {', '.join(sorted(seen))} (its training.json): leave general ability out with "
            "--texts 0"
        )


def _texts(config: EffectConfig) -> tuple[list[Choice], list[Passage]]:
    if not config.texts:
        return [], []
    home = config.data or os.environ.get("WINDWARD_DATA")
    if home is None:
        raise RecipeError(
            "general ability is measured on SST-2 and AG News: name the folder that holds classification/ with --data or "
            "WINDWARD_DATA, or leave it out with --texts 0"
        )
    data, count, seed = Path(home), config.texts, config.seed
    return read_sentiments(data, count, seed), read_passages(data, count, seed)


def _write_attempts(path: Path, measured: Mapping[str, Measured]) -> None:
    """One attempt a line, for reading."""
    lines = [
        json.dumps({"stage": stage} | asdict(one))
        for stage, found in measured.items()
        for one in found.attempts
    ]
    write_text(path, "\n".join(lines) + "\n")
