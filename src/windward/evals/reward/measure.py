"""`windward eval reward`: pairs and a scorer in, accuracies out. Killed at any point, it goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from windward.evals.folder import claim, write_text
from windward.evals.reward.accuracy import PairScore, pair_results
from windward.evals.reward.book import Book
from windward.evals.reward.pairs import JudgedPair, read_judged
from windward.evals.reward.rewardbench import (
    HUB_NAME,
    NAME,
    OVERLAPS,
    SPLIT,
    is_rewardbench,
    rewardbench_results,
)
from windward.evals.reward.scorer import Scorer, scored
from windward.rows import write_results

SCORES, JUDGED, RESULTS = "scores.jsonl", "pairs.jsonl", "results.parquet"


def measure_pairs(
    scorer: Scorer,
    source: str,
    out: Path,
    *,
    by: str | None = None,
    split: str = "train",
    limit: int | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Scores both answers of each pair; writes `scores.jsonl`, `pairs.jsonl`, `results.parquet` and `run.json`.

    Args:
        scorer: who scores.
        source: `rewardbench`, a file or folder, or a data set on the hub; see `read_judged`.
        out: folder of the run: new, empty, or of the same run.
        by: the column that says where a pair comes from.
        split: of a data set on the hub.
        limit: pairs at most, the first ones.
        command: how the run was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        DataError: the pairs are not there or malformed.
        FolderError: `out` holds another run.
        BookError: the scores in it are damaged.
        ModelError: a conversation cannot be scored.
    """
    name, part = (HUB_NAME, SPLIT) if source == NAME else (source, split)
    pairs = read_judged(name, by=by, split=part)[:limit]
    bench = is_rewardbench([pair.source for pair in pairs])
    dataset = NAME if bench else Path(source).stem if Path(source).exists() else source
    settings = {
        "scorer": scorer.name, "pairs": source, "split": part, "by": by, "limit": limit, "rows": _digest(pairs),
    }  # fmt: skip
    claim("reward", out, settings, command)
    tell(f"{len(pairs):,} pairs of {dataset}, scored by {scorer.name}")
    both = [conversation for pair in pairs for conversation in pair.conversations()]
    values = scored(scorer, both, Book(out / SCORES), tell=tell)
    scores = [
        PairScore(pair.id, pair.source, chosen, rejected)
        for pair, chosen, rejected in zip(pairs, values[0::2], values[1::2], strict=True)
    ]
    lines = (json.dumps(asdict(one) | {"verdict": one.verdict}) for one in scores)
    write_text(out / JUDGED, "".join(line + "\n" for line in lines))
    rows = pair_results(scores, model=scorer.name, dataset=dataset)
    if bench:
        rows += rewardbench_results(scores, model=scorer.name)
    write_results(out / RESULTS, rows)
    for row in rows:
        if row.metric.endswith("accuracy"):
            tell(f"  {_told(row.condition) or 'all pairs'}: {100 * row.value:.1f} % of {row.n:,}")
    return out / RESULTS


def overlapping(source: str) -> tuple[str, ...]:
    """Benchmarks whose problems a source holds, as far as its name tells."""
    return OVERLAPS if source in (NAME, HUB_NAME) else ()


def _told(condition: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in condition.items())


def _digest(pairs: Sequence[JudgedPair]) -> str:
    text = json.dumps([asdict(pair) for pair in pairs], sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]
