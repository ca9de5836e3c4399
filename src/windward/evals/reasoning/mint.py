"""The two tests that `windward eval mint` runs, taken over from a run of it: MINT code and MINT maths."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

from windward.evals.data import DataError
from windward.evals.mint.instances import SIZES
from windward.evals.reasoning.items import MINT_COLUMNS
from windward.reports.intervals import wilson
from windward.rows import Result, read_results, select


def mint_results(folder: Path, model: str) -> list[Result]:
    """Success within five turns and without feedback, over the tasks of each test.

    Args:
        folder: `--out` of the run.
        model: name of the model that was evaluated.

    Raises:
        DataError: there is no result table, or none of this model with all tasks of a test.
    """
    path = folder / "results.parquet"
    try:
        table = read_results(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is no result table of `windward eval mint`: {error}") from error
    found = []
    for column, tasks in MINT_COLUMNS.items():
        rows = [
            select(table, system="mint", model=model, dataset=task, metric="success_rate",
                   condition={"k": 5, "feedback": "none"})[:1]
            for task in tasks
        ]  # fmt: skip
        if all(rows):
            found.append(_together(column, [row for of_task in rows for row in of_task], tasks))
    if not found:
        named = sorted({result.model for result in table})
        wanted = "; ".join(" + ".join(tasks) for tasks in MINT_COLUMNS.values())
        raise DataError(
            f"{path} has no success_rate at k=5 without feedback of {model} on {wanted} (models there: "
            f"{', '.join(named) or 'none'}): run `windward eval mint` with those tasks"
        )
    return found


def _together(column: str, rows: list[Result], tasks: tuple[str, ...]) -> Result:
    n = sum(row.n for row in rows)
    rate = sum(row.value * row.n for row in rows) / n
    low, high = wilson(rate, n)
    condition = {
        "mode": "turns",
        "k": 5,
        "of": sum(size for task, size in SIZES.items() if task in tasks),
        "low": round(low, 6),
        "high": round(high, 6),
        "profile": rows[0].condition.get("profile"),
    }
    unparsed = sum(row.unparsed for row in rows)
    stderr = sqrt(rate * (1 - rate) / n)
    return Result("reasoning", rows[0].model, column, "all", "accuracy", rate, n, condition, stderr, unparsed)
