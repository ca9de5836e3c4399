"""`windward eval unknown --replay`: recorded answers scored without a call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from windward.evals.data import DataError
from windward.evals.folder import claim
from windward.evals.unknown.confidence.scales import PROBABILITY, ConfidenceScale
from windward.evals.unknown.recorded_table import read_table
from windward.evals.unknown.records import SYSTEM, Answered
from windward.evals.unknown.released import RESPONSES, read_released
from windward.evals.unknown.results import unknown_results
from windward.reports.unknown import write_unknown_report
from windward.rows import Result, select, write_results

PROTOCOL = "1"
"""Changes with how recorded answers are read and scored."""
RESULTS = "results.parquet"


@dataclass(frozen=True)
class ReplayConfig:
    """How recorded answers are scored.

    Attributes:
        scale: of the `confidence` column of a Parquet; the released layout has scales of its own.
        seed: of the bootstraps.
    """

    scale: ConfidenceScale = PROBABILITY
    seed: int = 0


def read_replay(path: Path, scale: ConfidenceScale = PROBABILITY) -> dict[str, list[Answered]]:
    """Recorded answers, by model.

    Args:
        path: a folder in the layout of the released outputs (`read_released`), a Parquet file, or a folder of such (`read_table`).
        scale: of the Parquet's confidences.

    Raises:
        DataError: nothing of this kind is there, a file is malformed, or one model's question is answered in two files.
    """
    if path.is_file():
        return read_table(path, scale)
    if not path.is_dir():
        raise DataError(f"{path} does not exist: give a folder of recorded answers, or a Parquet file")
    if any(one.name.endswith(RESPONSES) for one in path.iterdir()):
        return read_released(path)
    found: dict[str, list[Answered]] = {}
    for file in sorted(path.glob("*.parquet")):
        for model, answered in read_table(file, scale).items():
            known = {one.question.id for one in found.get(model, [])}
            twice = next((one for one in answered if one.question.id in known), None)
            if twice is not None:
                raise DataError(
                    f"{file} answers {twice.question.text!r} ({twice.question.dataset}, {twice.question.split}) for {model} again"
                )
            found.setdefault(model, []).extend(answered)
    if not found:
        raise DataError(f"{path} holds neither folders …{RESPONSES} nor Parquet files")
    return found


def replay_unknown(
    path: Path,
    out: Path,
    config: ReplayConfig | None = None,
    *,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Scores recorded answers; writes `results.parquet`, `report.html` and `run.json` into `out`.

    Args:
        path: see `read_replay`.
        out: new, empty, or of the same replay.
        config: see `ReplayConfig`.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        DataError: see `read_replay`.
        FolderError: `out` holds another run.
    """
    config = config or ReplayConfig()
    found = read_replay(path, config.scale)
    settings = {
        "replay": path.name,
        "digest": answers_digest(found),
        "scale": config.scale.name,
        "seed": config.seed,
        "protocol": PROTOCOL,
    }
    claim(SYSTEM, out, settings, command)
    results: list[Result] = []
    for model, answered in found.items():
        tell(f"{model}: {len(answered):,} recorded answers")
        own = unknown_results(answered, model=model, seed=config.seed)
        for line in summary(own):
            tell(line)
        results += own
    write_results(out / RESULTS, results)
    tell(f"report: {write_unknown_report(out)}")
    return out / RESULTS


def answers_digest(found: dict[str, list[Answered]]) -> str:
    """What tells one set of recorded answers from another."""
    digest = hashlib.sha256()
    for model, answered in sorted(found.items()):
        digest.update(model.encode())
        for one in answered:
            values = [(name, confidence.value) for name, confidence in sorted(one.confidences.items())]
            digest.update(
                repr((one.question.id, one.question.references, one.response, values)).encode(
                    "utf-8", "replace"
                )
            )
    return digest.hexdigest()[:16]


def summary(results: Sequence[Result]) -> list[str]:
    """The main figures of a model, a line each."""
    lines = []
    for row in select(results, metric="refusal_rate"):
        lost = f", {row.unparsed} unread" if row.unparsed else ""
        lines.append(
            f"  {row.dataset}, {row.split}: {100 * row.value:.1f} % refused of {row.n:,} ({row.condition['detector']}{lost})"
        )
    for row in select(results, metric="accuracy"):
        lines.append(
            f"  {row.dataset}, {row.split}: {100 * row.value:.1f} % right of {row.n:,} (a reference is a substring)"
        )
    for row in select(results, metric="answerable_auroc"):
        lines.append(
            f"  {row.dataset}: {row.condition['method']} tells where there is an answer with AUROC {row.value:.3f} "
            f"(n {row.n:,}, {row.unparsed} without)"
        )
    return lines
