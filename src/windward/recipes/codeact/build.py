"""`windward trajectories`: runs in, rows to train on out, with what every filter dropped and a page to read."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from windward.evals.folder import claim, write_json
from windward.recipes.codeact.conversation import Learn, row_of
from windward.recipes.codeact.evaluation_sets import KNOWN, items_of, known_items, known_sets
from windward.recipes.codeact.runs import Run, RunsError
from windward.recipes.codeact.select import Losses, SelectionConfig, hits_of, ruled_in, selected, sifted
from windward.recipes.codeact.sources import Form, form_of, located, read
from windward.reports.trajectories import write_trajectories_report
from windward.rows import TrajectoryRow, write_trajectories
from windward.rows.contamination import EvaluationIndex, Hit

ROWS, DROPPED = "trajectories.parquet", "dropped.json"
_EVERY = 20_000
_LISTED = 200


@dataclass(frozen=True)
class TrajectoriesConfig:
    """What rows are made of, and how.

    Attributes:
        runs: files of runs, or folders of `windward eval mint`.
        form: what they hold; `auto` looks at each.
        models: only runs of these models; all without any.
        against: evaluation sets to compare with: names of known sets, files and folders. Every row that overlaps with one is
            dropped, whatever its stamp says.
        data: the data folder whose sets are compared with beside these; None for none.
        learn: whose messages are learnt.
        selection: what is kept.
    """

    runs: tuple[Path, ...]
    form: Form | Literal["auto"] = "auto"
    models: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    data: Path | None = None
    learn: Learn = "good"
    selection: SelectionConfig = field(default_factory=SelectionConfig)


def build_trajectories(
    config: TrajectoriesConfig,
    out: Path,
    *,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Writes `trajectories.parquet`, `dropped.json`, `run.json` and `report.html` into a folder.

    The same configuration on the same files gives the same rows and counts, byte for byte.

    Args:
        config: see `TrajectoriesConfig`.
        out: new, empty, or a folder of the same configuration.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The rows.

    Raises:
        RunsError: runs or evaluation sets cannot be read.
        FolderError: the folder holds something else.
        ReportError: the files written cannot be read back.
    """
    files = [
        (path := located(one), config.form if config.form != "auto" else form_of(path)) for one in config.runs
    ]
    if not files:
        raise RunsError(
            "no runs: name a recording of MINT, a folder of windward eval mint, or a JSONL of conversations"
        )
    claim("trajectories", out, _settings(config), command)
    losses = Losses()
    left = list(sifted(_read(files, config.models, tell), config.selection, losses))
    if not losses.read:
        raise RunsError(
            f"no runs of {', '.join(config.models) or 'any model'} in {', '.join(map(str, config.runs))}"
        )
    tell(
        f"{sum(losses.read.values()):,} runs read, {len(left):,} left after the filters that look at one run"
    )
    _unique(left)
    index, forced = _index(config)
    _tell_sets(index, config, tell)
    hits = {run.id: hits_of(run, index) for run in left}
    dropped = {run.id: found for run in left if (found := ruled_in(hits[run.id], run, forced))}
    kept = selected(left, config.selection, losses, lambda run: run.id in dropped)
    rows = [row_of(run, config.learn) for run in kept]
    write_trajectories(out / ROWS, rows)
    told = _told(losses, rows, index, dropped, _stamped(kept, hits))
    write_json(out / DROPPED, {"inputs": [_input(path) for path, _ in files]} | told)
    for name, counter in losses.dropped.items():
        tell(f"  {name:<16} {sum(counter.values()):>8,}  {losses.told[name]}")
    tell(f"{len(rows):,} rows kept, {sum(row.recovered for row in rows):,} of them recovered from an error")
    tell(f"report: {write_trajectories_report(out)}")
    return out / ROWS


def _read(
    files: Sequence[tuple[Path, Form]], models: Sequence[str], tell: Callable[[str], None]
) -> Iterator[Run]:
    for path, form in files:
        tell(f"{path} ({form})")
        for number, run in enumerate(read(path, form, models), start=1):
            yield run
            if number % _EVERY == 0:
                tell(f"  {number:,} runs read")


def _unique(runs: Sequence[Run]) -> None:
    """Two runs of one id would be told apart by nobody, and one conversation given twice is a mistake of the caller."""
    twice = [name for name, count in Counter(run.id for run in runs).items() if count > 1]
    if twice:
        raise RunsError(
            f"{len(twice)} ids stand for several runs, as {twice[0]!r}: give each run once, or its own id"
        )


def _index(config: TrajectoriesConfig) -> tuple[EvaluationIndex, frozenset[str]]:
    """The sets to compare with, and the names of those that were asked for."""
    named = [name for name in config.against if name in KNOWN]
    if named and config.data is None:
        raise RunsError(f"--against {named[0]} needs the data folder: set WINDWARD_DATA, or name a file")
    items = []
    if config.data is not None:
        for name in dict.fromkeys([*named, *known_sets(config.data)]):
            items += known_items(name, config.data)
    own = [item for one in config.against if one not in KNOWN for item in items_of(Path(one))]
    return EvaluationIndex([*items, *own]), frozenset([*named, *(item.set for item in own)])


def _tell_sets(index: EvaluationIndex, config: TrajectoriesConfig, tell: Callable[[str], None]) -> None:
    if index.sets:
        tell(f"compared with {len(index):,} items of {', '.join(index.sets)}")
    elif config.data is None:
        tell("compared with no evaluation set: set WINDWARD_DATA, or name files with --against")
    else:
        tell(f"compared with no evaluation set: {config.data} holds none that is known")


def _stamped(kept: Sequence[Run], hits: Mapping[str, list[Hit]]) -> Counter[str]:
    """Rows that overlap with a set which their stamp rules out, by set."""
    return Counter(name for run in kept for name in {hit.set for hit in hits[run.id]})


def _told(
    losses: Losses,
    rows: Sequence[TrajectoryRow],
    index: EvaluationIndex,
    contaminated: Mapping[str, list[Hit]],
    stamped: Counter[str],
) -> dict[str, Any]:
    """What `dropped.json` holds."""
    left = sum(losses.read.values())
    filters = []
    for name, counter in losses.dropped.items():
        left -= counter.total()
        filters.append(
            {
                "name": name,
                "drops": losses.told[name],
                "dropped": counter.total(),
                "left": left,
                "by_source": _sorted(counter),
            }
        )
    overlaps = [{"run": run, **asdict(hit)} for run, found in sorted(contaminated.items()) for hit in found]
    by_set = Counter(name for found in contaminated.values() for name in {hit.set for hit in found})
    return {
        "read": {"runs": losses.read.total(), "by_source": _sorted(losses.read)},
        "filters": filters,
        "kept": {"rows": len(rows), "by_source": _sorted(Counter(row.source for row in rows))},
        "never_score": _sorted(Counter(name for row in rows for name in row.never_score)),
        "compared_with": index.sets,
        "overlap": {"words": index.n, "share": index.share, "template_items": index.template_items},
        "contaminated": {
            "runs_by_set": _sorted(by_set),
            "overlaps": overlaps[:_LISTED],
            "listed_of": len(overlaps),
        },
        "ruled_out_overlaps": _sorted(stamped),
    }


def _sorted(counter: Mapping[str, int]) -> dict[str, int]:
    return {name: counter[name] for name in sorted(counter)}


def _settings(config: TrajectoriesConfig) -> dict[str, Any]:
    """All that decides the rows, flat, as plain JSON types."""
    told: dict[str, Any] = json.loads(json.dumps(asdict(config), default=str))
    selection: dict[str, Any] = told.pop("selection")
    return told | selection


def _input(path: Path) -> dict[str, Any]:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {"file": str(path), "bytes": path.stat().st_size, "sha256": digest}
