"""`windward unknown rows`: a model's answers in; rows that teach it to say what it does not know out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from windward.evals.folder import RECORD, claim
from windward.evals.unknown.answers_file import ANSWERS, read_answers
from windward.evals.unknown.records import Answered
from windward.evals.unknown.refusal.detector import Detector
from windward.evals.unknown.replay import answers_digest, read_replay
from windward.evals.unknown.results import detectors
from windward.recipes.errors import RecipeError
from windward.recipes.unknown.rows import (
    KEPT,
    KINDS,
    UNKNOWING,
    Taught,
    TaughtCounts,
    TeachConfig,
    taught_rows,
)
from windward.rows import Result, write_results
from windward.rows.training import MESSAGES, write_rows

if TYPE_CHECKING:
    import pyarrow as pa

SYSTEM = "unknown rows"
RESULTS, SFT, PREFERENCE = "results.parquet", "sft.parquet", "preference.parquet"
PROTOCOL = "1"
"""Changes with what is made of the same answers."""
DETECTORS: dict[str, Detector] = {one.name: one for one in detectors()}
_PROVENANCE = ("question_id", "dataset", "split", "category", "kind")


def make_unknown_rows(
    answers: Path,
    out: Path,
    config: TeachConfig | None = None,
    *,
    detector: str = "lexical",
    model: str | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Writes `sft.parquet`, `preference.parquet`, `results.parquet` (counts) and `run.json` into `out`.

    Every row names its set in `never_score`, and a checkpoint trained on it inherits the name: it is not scored on that set.

    Args:
        answers: see `answers_of`.
        out: new, empty, or of the same run.
        config: see `TeachConfig`.
        detector: what decides whether a reply refuses: `lexical` or `lexical-paper`.
        model: whose answers are taken, where the file holds several models'.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The table of counts.

    Raises:
        DataError: the answers cannot be read.
        RecipeError: there are several models' answers and none is named, or nothing can be learnt from them.
        FolderError: `out` holds something else.
    """
    config = config or TeachConfig()
    name, answered = answers_of(answers, model)
    if detector not in DETECTORS:
        raise RecipeError(f"there is no detector {detector!r} here: known are {', '.join(DETECTORS)}")
    rows, counts = taught_rows(
        answered, DETECTORS[detector].verdicts([one.response for one in answered]), config
    )
    for kinds, lacking in ((UNKNOWING, "is answered wrongly"), (KEPT, "is answered rightly")):
        if not any(row.kind in kinds for row in rows):
            raise RecipeError(
                f"{answers}: no question {lacking}, so there would be only one thing to learn: give answers to both halves of a set"
            )
    digest = answers_digest({name: answered})
    settings = {"answers": answers.name, "digest": digest, "model": name, "detector": detector, "protocol": PROTOCOL}  # fmt: skip
    claim(SYSTEM, out, settings | asdict(config), command)
    write_taught(rows, out)
    results = count_results(counts, name, detector)
    write_results(out / RESULTS, results)
    for line in counts_told(rows, counts):
        tell(line)
    return out / RESULTS


def answers_of(path: Path, model: str | None = None) -> tuple[str, list[Answered]]:
    """One model's answers, and its name.

    Args:
        path: a run of `windward eval unknown` or its `answers.jsonl`; or what `windward eval unknown --replay` reads: a folder in the
            released layout, a Parquet file of `dataset`, `split`, `question`, `references`, `response`, or a folder of such.
        model: which, where there are several. A JSON file does not name its model: the run beside it does, else the file's name.

    Raises:
        DataError: they cannot be read.
        RecipeError: there are several models and none of this name.
    """
    file = path / ANSWERS if path.is_dir() else path
    if file.suffix == ".jsonl" and file.exists():
        answered = [row.answered for row in read_answers(file)]
        if not answered:
            raise RecipeError(f"{file} holds no answers")
        return model or _asked_model(file), answered
    found = read_replay(path)
    if model is None and len(found) == 1:
        return next(iter(found.items()))
    if model is None or model not in found:
        raise RecipeError(
            f"{path} holds answers of {', '.join(sorted(found))}; rows are made of one model's own answers: name it with --model"
        )
    return model, found[model]


def _asked_model(file: Path) -> str:
    record = file.parent / RECORD
    if file.name != ANSWERS or not record.exists():
        return file.stem
    try:
        return str(json.loads(record.read_text(encoding="utf-8"))["settings"]["model"])
    except (ValueError, KeyError, TypeError) as error:
        raise RecipeError(f"{record} is no record of a run ({error!r}): say with --model whose answers these are") from error  # fmt: skip


def write_taught(rows: Sequence[Taught], out: Path) -> None:
    """Writes `sft.parquet` and `preference.parquet`, each whole or not at all; the order is that of the answers."""
    pairs = [row.pair() for row in rows if row.rejected]
    write_rows(out / SFT, [row.sft_row() for row in rows], _schema("messages"))
    write_rows(out / PREFERENCE, pairs, _schema("prompt", "chosen", "rejected"))


def count_results(counts: TaughtCounts, model: str, detector: str) -> list[Result]:
    """`replies` by kind, the `rows` made of them, and `replies_left_out` by reason; n is the half's replies."""
    results: list[Result] = []
    totals: Counter[tuple[str, str]] = Counter()
    for (dataset, split, _), number in (*counts.found.items(), *counts.left_out.items()):
        totals[dataset, split] += number

    def count(metric: str, key: tuple[str, str, str], value: int, **told: str) -> None:
        dataset, split, _ = key
        condition = {"detector": detector, **told}
        n = totals[dataset, split]
        results.append(Result(SYSTEM, model, dataset, split, metric, float(value), n, condition))

    for key, number in sorted(counts.found.items()):
        count("replies", key, number, kind=key[2])
        count("rows", key, number - counts.cut[key], kind=key[2])
    for key, number in sorted(counts.left_out.items()):
        count("replies_left_out", key, number, why=key[2])
    return results


def counts_told(rows: Sequence[Taught], counts: TaughtCounts) -> list[str]:
    """In a few lines."""
    lines = []
    for kind in KINDS:
        found = sum(number for key, number in counts.found.items() if key[2] == kind)
        kept = sum(row.kind == kind for row in rows)
        lines.append(f"  {_SHOWN[kind]}: {kept:,} rows" + (f" of {found:,}" if kept < found else ""))
    out: Counter[str] = Counter()
    for (_, _, why), number in counts.left_out.items():
        out[why] += number
    lines += [f"  left out, {why}: {number:,}" for why, number in sorted(out.items())]
    pairs = sum(bool(row.rejected) for row in rows)
    return [f"{len(rows):,} rows for SFT, {pairs:,} pairs", *lines]


_SHOWN = {
    "invented": 'no answer, but it gave one → "I don\'t know"',
    "wrong": 'wrong → "I don\'t know"',
    "refused": "no answer, and it said so → its own words",
    "right": "right → its own answer",
    "answered": "has an answer that nobody gives here → its own answer",
}


def _schema(*messages: str) -> pa.Schema:
    import pyarrow as pa

    texts = [(name, pa.string()) for name in _PROVENANCE]
    return pa.schema(
        [*((name, MESSAGES) for name in messages), *texts, ("never_score", pa.list_(pa.string()))]
    )
