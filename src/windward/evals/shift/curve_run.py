"""From a file of points to verdicts and a page."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from windward.evals.folder import claim
from windward.evals.shift.axes import Axis
from windward.evals.shift.effects import EFFECT, effect_results
from windward.evals.shift.fitted import FEWEST, curve_results
from windward.evals.shift.points import SYSTEM, points
from windward.evals.shift.task import ShiftError
from windward.reports.page import write_page
from windward.reports.run_folder import object_in
from windward.reports.shift import shift_page
from windward.reports.shift_curves import verdict_lines
from windward.rows import Result, read_results, write_results

_INSIDE, _OUTSIDE = "the training distribution", "another distribution"


def run_curve(
    path: Path,
    out: Path,
    *,
    axis: Axis = "raw",
    seed: int = 0,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Fits every curve of a file, tells the verdicts, and writes `results.parquet` and `report.html`; the page's path.

    Args:
        path: of `read_scores`.
        out: folder, new or of the same run.
        axis: of `correlate`.
        seed: of the resamples.
        command: how it was called, for the record.
        tell: takes each line of the verdicts.

    Raises:
        ShiftError: the file has no points, or some that cannot be compared.
        FolderError: the folder is another run's.
    """
    rows = read_scores(path)
    curves = curve_results(rows, axis=axis, seed=seed)
    if not curves:
        raise ShiftError(
            f"{path} has {len(points(rows))} points, and no set has the {FEWEST} that a shape needs: rows of system {SYSTEM} are points if "
            "they have a role (id or ood) and a factor in their condition, and a model that was trained has both roles"
        )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    claim("shift-curve", out, {"points": path.name, "sha256": digest, "axis": axis, "seed": seed}, command)
    results = rows + curves + effect_results(rows)
    write_results(out / "results.parquet", results)
    for line in verdict_lines(results):
        tell(line)
    return write_page(
        out, shift_page(results, record=object_in(out / "run.json"), files=["results.parquet", "run.json"])
    )


def read_scores(path: Path) -> list[Result]:
    """Scores of a result table (Parquet), without fits that it may hold already; or of a CSV.

    A CSV has a line a model, with columns `id` and `ood` (shares between 0 and 1) and, where there are such, `group` (the training run, whose
    points are drawn together), `set` (the name of the set out of distribution) and `factor` (what the points are coloured by).

    Raises:
        ShiftError: the file cannot be read, lacks a column, or a score is no number; the message says which line.
    """
    if not path.is_file():
        raise ShiftError(f"{path} is no file: give a results.parquet, or a CSV with columns id and ood")
    if path.suffix.lower() == ".csv":
        return _of_csv(path)
    import pyarrow as pa

    try:
        rows = read_results(path)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise ShiftError(f"{path} is neither a result table nor a .csv: {error}") from error
    return [row for row in rows if not row.metric.startswith("curve_") and row.metric != EFFECT]


def _of_csv(path: Path) -> list[Result]:
    rows: list[Result] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            lacking = {"id", "ood"} - set(lines.fieldnames or ())
            if lacking:
                raise ShiftError(
                    f"{path} lacks the column {' and '.join(sorted(lacking))}: its first line must name id and ood, and may name group, "
                    f"set and factor; it has {', '.join(lines.fieldnames or ()) or 'nothing'}"
                )
            for line in lines:
                rows += _of_line(line, f"{path}, line {lines.line_num}", len(rows) // 2)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ShiftError(f"{path} cannot be read as CSV in UTF-8: {error}") from error
    return rows


def _of_line(line: dict[str, str | None], where: str, place: int) -> list[Result]:
    told = {name: (line.get(name) or "").strip() for name in ("id", "ood", "group", "set", "factor")}
    condition: dict[str, object] = {"task": "", "factor": told["factor"] or "model", "value": str(place + 1)}
    if told["group"]:
        condition["run"] = told["group"]
    scored = (("id", _INSIDE), ("ood", told["set"] or _OUTSIDE))
    return [
        Result(
            SYSTEM,
            "",
            name,
            "test",
            "accuracy",
            _number(told[role], role, where),
            0,
            condition | {"role": role},
        )
        for role, name in scored
    ]


def _number(text: str, name: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ShiftError(f"{where}: {name} is {text!r}, which is no number") from None
    if not 0 <= value <= 1:
        raise ShiftError(f"{where}: {name} is {text}, no share between 0 and 1: divide percentages by 100")
    return value
