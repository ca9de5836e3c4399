"""`windward unknown study`: does a model that learns from its own mistakes say what it does not know, or only refuse more?"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from windward.evals.folder import claim, write_text
from windward.evals.unknown.generators.lists import Category, read_lists
from windward.evals.unknown.generators.own import SOURCES
from windward.evals.unknown.records import Answered, Question
from windward.journal import FILE_NAME, Journal
from windward.recipes.unknown.arms import (
    ALWAYS,
    BASE,
    ODD,
    SUPERVISED,
    TRAINED,
    always_refuses,
    odd_threshold,
    refuses_odd,
    trained,
)
from windward.recipes.unknown.asked_questions import StudyQuestions, study_questions
from windward.recipes.unknown.config import UnknownStudyConfig
from windward.recipes.unknown.figures import study_results
from windward.recipes.unknown.make import DETECTORS, counts_told, write_taught
from windward.recipes.unknown.make import PREFERENCE as PAIRS
from windward.recipes.unknown.make import SFT as ROWS
from windward.recipes.unknown.replies import Subject, read_replies, replies, write_replies
from windward.recipes.unknown.rows import TeachConfig, taught_rows
from windward.recipes.unknown.table import table
from windward.rows import write_results

PROTOCOL = "1"
"""Changes with the questions, what is asked, and how policies are trained."""
RESULTS, TABLE = "results.parquet", "study.md"
OpenModel = Callable[[Path], Subject]


def open_local(checkpoint: Path) -> Subject:
    """The checkpoint, in this process."""
    from windward.models import local

    return local(checkpoint, max_batch=64)


def run_unknown_study(
    out: Path,
    released: Sequence[Question],
    categories: Sequence[Category],
    start: Path,
    config: UnknownStudyConfig | None = None,
    *,
    command: Sequence[str] = (),
    open_model: OpenModel = open_local,
    tell: Callable[[str], None] = print,
) -> Path:
    """Asks, makes rows of the answers, trains on them twice over, asks again, and compares.

    The model learns from a part of RefuNQ and from a freshly generated set in NEC's style; NEC and FalseQA are held out as wholes, and of
    RefuNQ all that shares a word with what was learnt. Writes `answers/*.jsonl`, `rows/`, `training/*.json`, `results.parquet`, the
    table `study.md` and `run.json`. Checkpoints are dropped once they are measured. Killed at any point, the same command goes on where it was.

    Args:
        out: new, empty, or a folder of the same study.
        released: the three released sets.
        categories: lists that the generated set is made of.
        start: the checkpoint that is asked and trained.
        config: see `UnknownStudyConfig`.
        command: how it was called, for the record.
        open_model: opens a checkpoint to ask it.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        FolderError: the folder holds something else.
        RecipeError: there are too few pairs of questions.
        DataError: a list has too few names.
        RowsFailedError: a reply could not be had.
        OutputError: a checkpoint in it is of something else.
    """
    config = config or UnknownStudyConfig()
    asked = study_questions(released, categories, config)
    settings = {"questions": _digest(asked), "model": start.name, "protocol": PROTOCOL}
    claim("unknown-study", out, asdict(config) | settings, command)
    tell(f"{len(asked.train)} questions to learn from, {len(asked.held_out)} held out; {asked.shared} others share words with the first")  # fmt: skip
    with Journal(out / FILE_NAME) as journal:
        arms = _arms(_Study(out, asked, start, config, journal, open_model, tell))
    results = study_results(arms, config.seed)
    write_results(out / RESULTS, results)
    shutil.rmtree(out / "checkpoints", ignore_errors=True)
    write_text(out / TABLE, table(results))
    tell("\n" + table(results))
    return out / RESULTS


@dataclass(frozen=True)
class _Study:
    """One study under way."""

    out: Path
    asked: StudyQuestions
    start: Path
    config: UnknownStudyConfig
    journal: Journal
    open_model: OpenModel
    tell: Callable[[str], None]

    def replies(
        self, stage: str, questions: Sequence[Question], checkpoint: Callable[[], Path]
    ) -> list[Answered]:
        """What a checkpoint replies, asked once; the checkpoint is only needed where it was not."""
        file = self.out / "answers" / f"{stage}.jsonl"
        if not file.exists():
            model = self.open_model(checkpoint())
            self.tell(f"{stage}: asking {len(questions)} questions")
            odd, most = stage.startswith(BASE), self.config.max_tokens
            write_replies(file, replies(model, questions, self.journal, stage, most, perplexity=odd))
        return read_replies(file)

    def rows(self, train: Sequence[Answered]) -> Path:
        """The rows that the base model's replies teach, written once: a training run that goes on must find the same files."""
        folder = self.out / "rows"
        if not (folder / PAIRS).exists():
            verdicts = DETECTORS["lexical"].verdicts([one.response for one in train])
            teach = TeachConfig(keep_right=1.0, balanced=True, seed=self.config.seed)
            made, counts = taught_rows(train, verdicts, teach)
            folder.mkdir(exist_ok=True)
            write_taught(made, folder)
            write_text(folder / "counts.txt", "\n".join(counts_told(made, counts)) + "\n")
        for line in (folder / "counts.txt").read_text(encoding="utf-8").splitlines():
            self.tell(line)
        return folder

    def checkpoint(self, arm: str, rows: Path) -> Path:
        """The trained policy of an arm, and of what it starts from, trained where it is not there."""
        folder = self.out / "checkpoints" / arm
        start = self.start if arm == SUPERVISED else self.checkpoint(SUPERVISED, rows)
        self.tell(f"{arm}: training")
        made = trained(arm, start, rows / (ROWS if arm == SUPERVISED else PAIRS), folder, self.config)
        kept = self.out / "training" / f"{arm}.json"
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(made / "training.json", kept)
        return made


def _arms(study: _Study) -> dict[str, list[Answered]]:
    """Each arm's replies to the held-out questions."""
    held_out = study.asked.held_out
    train = study.replies(f"{BASE}, learnt from", study.asked.train, lambda: study.start)
    arms = {BASE: study.replies(BASE, held_out, lambda: study.start)}
    rows = study.rows(train)
    for arm in TRAINED:
        arms[arm] = study.replies(arm, held_out, partial(study.checkpoint, arm, rows))
    arms[ALWAYS] = always_refuses(arms[BASE])
    arms[ODD] = refuses_odd(arms[BASE], odd_threshold(train))
    return arms


def _digest(asked: StudyQuestions) -> str:
    """What tells one draw of questions from another."""
    told = "\n".join(f"{one.id} {one.text} {one.references}" for one in (*asked.train, *asked.held_out))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]


def packaged_categories() -> list[Category]:
    """The lists of existing names and templates that come with the package."""
    return read_lists(SOURCES / "concepts")
