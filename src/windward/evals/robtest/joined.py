"""`windward robtest unknown`: does a typo flip an abstention? The questions of `evals.unknown`, asked as they are and changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from windward.evals.data import DataError
from windward.evals.folder import claim, write_text
from windward.evals.robtest.dimension import Dimension, RobTestError, perturb
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.evals.robtest.joined_figures import Condition, Pair, flips, joined_results
from windward.evals.robtest.joined_page import joined_table, write_joined_page
from windward.evals.robtest.perturbed import Mode, Perturbed
from windward.evals.robtest.results import SYSTEM
from windward.evals.unknown.measure import UnknownConfig, measure_unknown, questions_digest
from windward.evals.unknown.prompts import PROMPTS_VERSION, Shots
from windward.evals.unknown.records import Answered, Question
from windward.evals.unknown.sets_files import drawn
from windward.models import Model
from windward.rows import write_results

PROTOCOL = "1"
"""Changes with what is asked, and how it is counted."""
ASKED, RESULTS, TABLE, FLIPS = "asked", "results.parquet", "joined.md", "flips.jsonl"
ORIGINAL = "original"


@dataclass(frozen=True)
class JoinedConfig:
    """What is asked, and how it is changed.

    Attributes:
        dimensions: by name, each in its first mode where `mode` is None.
        degrees: of the changes. In words, a question of ten has one changed at 0.1 and none below.
        mode: general or malicious.
        limit: questions of each half of each set at most, drawn by the seed; None is all.
        shots: whether answered questions come before each question.
        max_tokens: new tokens of a reply at most.
        keep: words that stay, beside those of right answers.
        seed: of the draws of questions and changes, and of bootstraps.
    """

    dimensions: tuple[str, ...] = ("typo", "glyph")
    degrees: tuple[float, ...] = (0.1, 0.2, 0.4)
    mode: Mode | None = None
    limit: int | None = None
    shots: Shots = "zero-shot"
    max_tokens: int = 64
    keep: tuple[str, ...] = ()
    seed: int = 0

    def chosen(self) -> list[tuple[Dimension, Mode]]:
        """The dimensions, each with its mode.

        Raises:
            RobTestError: there is none of a name, one does not have the mode, or a degree is none.
        """
        if unknown := [name for name in self.dimensions if name not in DIMENSIONS]:
            raise RobTestError(f"there is no dimension {unknown[0]!r}; there are {', '.join(DIMENSIONS)}")
        if strange := [degree for degree in self.degrees if not 0 < degree <= 1]:
            raise RobTestError(f"a degree lies above 0 and at most at 1, not at {strange[0]}")
        found = []
        for name in dict.fromkeys(self.dimensions):
            dimension = DIMENSIONS[name]()
            mode = self.mode or dimension.modes[0]
            if mode not in dimension.modes:
                raise RobTestError(
                    f"{name} has no {mode} mode, only {', '.join(dimension.modes)}: leave it out, or the mode"
                )
            found.append((dimension, mode))
        return found


def measure_joined(
    model: Model,
    questions: Sequence[Question],
    out: Path,
    config: JoinedConfig,
    *,
    contaminated: Sequence[str] = (),
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Asks every question as it is and changed in every way, and compares the replies, question by question.

    Each way is a run of `windward eval unknown` in `out/asked/`, without elicitations, and goes on where it was when killed. A question
    that a way cannot change (too short for the degree, or nothing of it may change) is not asked again: it counts with its first reply.
    Writes `results.parquet`, the table `joined.md`, `flips.jsonl` (replies that turned), `report.html` and `run.json`.

    Args:
        model: who is asked.
        questions: of any sets; see `evals.unknown.sets_files`.
        out: folder of the run: new, empty, or of the same run.
        config: see `JoinedConfig`.
        contaminated: sets that the model has seen, for the record.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The page.

    Raises:
        DataError: there is no question, or one comes twice.
        RobTestError: a dimension, mode or degree is none, or a dimension lacks its resource.
        FolderError: `out` holds another run.
        RowsFailedError: calls failed for a reason that another try may overcome.
    """
    chosen = config.chosen()
    asked = drawn(questions, config.limit, config.seed)
    if not asked:
        raise DataError("there is no question to ask")
    settings = {"model": model.name, "questions": questions_digest(asked), "prompts": PROMPTS_VERSION, "protocol": PROTOCOL}  # fmt: skip
    resources = {dimension.name: dimension.resource for dimension, _ in chosen}
    if contaminated:
        settings["contaminated"] = ", ".join(contaminated)
    claim(SYSTEM, out, asdict(config) | settings | {"joined": "unknown", "resources": resources}, command)
    how = UnknownConfig(config.shots, (), None, config.max_tokens, seed=config.seed)

    def replies(name: str, some: Sequence[Question]) -> list[Answered]:
        if not some:
            return []
        return measure_unknown(
            model, some, out / ASKED / name, how, contaminated=contaminated, command=command, tell=tell
        ).answered

    before = replies(ORIGINAL, asked)
    pairs: dict[Condition, list[Pair]] = {}
    for dimension, mode in chosen:
        for degree in config.degrees:
            condition = Condition(dimension.name, mode, degree)
            made = [changed(dimension, one, degree, mode, config) for one in asked]
            tell(
                f"{condition.name}: {sum(bool(one.edits) for one in made)} of {len(made)} questions are changed"
            )
            new = [
                replace(one, text=sample.text)
                for one, sample in zip(asked, made, strict=True)
                if sample.edits
            ]
            after = {one.question.id: one for one in replies(condition.name, new)}
            pairs[condition] = [
                Pair(first, after.get(first.question.id, first), sample)
                for first, sample in zip(before, made, strict=True)
            ]
    results = joined_results(pairs, model=model.name, shots=config.shots, seed=config.seed)
    found = flips(pairs)
    write_text(out / FLIPS, "".join(one.line() + "\n" for one in found))
    write_results(out / RESULTS, results)
    write_text(out / TABLE, joined_table(results))
    tell("\n" + joined_table(results))
    return write_joined_page(out, results, found)


def changed(
    dimension: Dimension, question: Question, degree: float, mode: Mode, config: JoinedConfig
) -> Perturbed:
    """A question's one change; the words of its right answers stay."""
    keep = {*config.keep, *(word for one in question.references for word in one.split())}
    return perturb(dimension, question.text, degree, n=1, mode=mode, seed=config.seed, keep=keep).samples[0]
