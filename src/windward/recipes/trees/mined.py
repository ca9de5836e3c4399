"""`windward trees mine`: a recording in; trees, rows, counts and a page out. No model is asked."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from windward.evals.folder import claim, write_json
from windward.recipes.codeact.runs import RunsError
from windward.recipes.trees.decontaminate import decontaminate
from windward.recipes.trees.made import write_made
from windward.recipes.trees.recorded import mint_runs
from windward.reports.trees import write_trees_report
from windward.rows import Result, write_results
from windward.trees import MineConfig, MineCounts, RecordedRun, Tree, mine
from windward.trees.mine import MODEL

RECORD = "mining.json"
_EVERY = 20_000


@dataclass(frozen=True)
class MineTreesConfig:
    """What trees are mined from, and how.

    Attributes:
        recording: recorded runs of MINT (Parquet).
        models: only runs of these; all without any.
        tasks: only these tasks; all without any.
        against: evaluation sets to compare with, names or files; a tree that overlaps is dropped, whatever its stamp says.
        data: the data folder whose sets are compared with beside these; None for none.
        mine: what is mined.
    """

    recording: Path
    models: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    data: Path | None = None
    mine: MineConfig = field(default_factory=MineConfig)


def mine_trees(
    config: MineTreesConfig,
    out: Path,
    *,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Writes `trees.jsonl`, `sft.parquet`, `pairs.parquet`, `augmented.parquet`, `results.parquet` and `report.html`.

    The same configuration on the same file gives the same bytes (but for `run.json`, which says when and where).

    Args:
        config: see `MineTreesConfig`.
        out: new, empty, or a folder of the same configuration.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The page.

    Raises:
        RunsError: the recording or an evaluation set cannot be read, or holds no runs.
        FolderError: the folder holds something else.
    """
    if not config.recording.is_file():
        raise RunsError(f"{config.recording} is not there: name a recording of MINT (Parquet)")
    claim("trees", out, _settings(config), command)
    left_out: Counter[str] = Counter()
    runs = mint_runs(config.recording, left_out, models=config.models, tasks=config.tasks)
    found, counts = mine(_told(runs, tell), config.mine)
    if not counts.runs:
        raise RunsError(
            f"{config.recording} holds no runs that trees can be mined from: {_reasons(left_out)}"
        )
    tell(
        f"{counts.runs.total():,} runs on {counts.problems.total():,} problems; left out: {_reasons(left_out)}"
    )
    clean = decontaminate(found, config.against, config.data)
    tell(f"{len(found):,} trees, {len(clean.dropped):,} dropped as they overlap with an evaluation set")
    made = write_made(out, clean.trees, model=MODEL, seed=config.mine.seed, tell=tell)
    write_results(out / "results.parquet", [*results(counts, found, clean.trees), *made])
    read = counts.runs.total() + left_out.total()
    source = {"file": str(config.recording), "sha256": _digest(config.recording)}
    write_json(
        out / RECORD,
        {"input": source, "runs_read": read, "runs_left_out": dict(sorted(left_out.items()))} | clean.told(),
    )
    return write_trees_report(out)


def results(counts: MineCounts, found: Sequence[Tree], left: Sequence[Tree]) -> list[Result]:
    """What the recording holds as rows of the result table; `n` is what a count is a part of.

    Args:
        counts: what was found.
        found: the trees.
        left: those that do not overlap with an evaluation set.
    """
    rows = []

    def add(metric: str, dataset: str, value: int, n: int, **condition: Any) -> None:
        rows.append(Result("trees", MODEL, dataset, "train", metric, float(value), n, condition))

    trees = Counter(tree.problem.family for tree in found)
    clean = Counter(tree.problem.family for tree in left)
    for family in sorted(counts.problems):
        add("runs", family, counts.runs[family], counts.runs[family])
        add("problems", family, counts.problems[family], counts.problems[family])
        add("trees_found", family, trees[family], counts.problems[family])
        add("trees", family, clean[family], trees[family])
    for name in ("correct", "incorrect", "partnerless", "over", "leaning", "pairs"):
        cells: Counter[tuple[str, int]] = getattr(counts, name)
        metric = "pairs_found" if name == "pairs" else name
        for (family, turn), value in sorted(cells.items()):
            whole = counts.incorrect if name == "incorrect" else counts.correct
            add(metric, family, value, whole[family, turn], turn=turn)
    return rows


def _told(runs: Iterator[RecordedRun], tell: Callable[[str], None]) -> Iterator[RecordedRun]:
    for number, run in enumerate(runs, start=1):
        yield run
        if number % _EVERY == 0:
            tell(f"  {number:,} runs merged")


def _reasons(left_out: Counter[str]) -> str:
    return "; ".join(f"{count:,} {reason}" for reason, count in sorted(left_out.items())) or "none"


def _settings(config: MineTreesConfig) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(json.dumps(asdict(config), default=str))
    mining: dict[str, Any] = settings.pop("mine")
    return settings | mining


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
