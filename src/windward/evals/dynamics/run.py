"""From trained runs and tested rows to the figures and their page: one folder, gone on with where it was cut off."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from windward.evals.dynamics.curves import DynamicsError, RunCurve
from windward.evals.dynamics.measure import DynamicsSettings, measure_run
from windward.evals.dynamics.stored import POINTS
from windward.evals.dynamics.table import SYSTEM, dynamics_results
from windward.evals.dynamics.tested_rows import ALL, read_tests
from windward.evals.dynamics.trained import known_run, target_statement, trained_run
from windward.evals.folder import claim
from windward.reports.page import write_page
from windward.reports.run_folder import object_in
from windward.rows import Result, select, write_results

RESULTS = "results.parquet"


@dataclass(frozen=True)
class MeasuredRun:
    """A training run that is to be measured.

    Attributes:
        arrangement: what its rows and their order are called.
        path: folder of the run.
        seed: None is that of its training.
    """

    arrangement: str
    path: Path
    seed: int | None = None


def run_dynamics(
    runs: Sequence[MeasuredRun],
    tests: Path,
    out: Path,
    settings: DynamicsSettings | None = None,
    *,
    task_column: str | None = None,
    within: float = 0.05,
    seed: int = 0,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Measures runs; writes `points/`, `results.parquet`, `run.json` and `report.html`, and returns the page's path.

    Args:
        runs: those of one arrangement differ in nothing but the seed.
        tests: file of tested rows; see `read_tests`.
        out: new folder, or that of the same measurement.
        settings: what is measured of a checkpoint.
        task_column: see `read_tests`.
        within: see `dynamics_results`.
        seed: of the draws of tested rows.
        command: how it was called, for the record.
        tell: takes a line of progress.

    Raises:
        DynamicsError: rows or runs cannot be measured.
        FolderError: the folder is another measurement's.
        ModelError: a checkpoint cannot be read.
    """
    from windward.reports.dynamics import dynamics_page

    settings = settings or DynamicsSettings()
    rows = read_tests(tests, task_column)
    names = run_names(runs)
    trained = [known_run(one.path, out / POINTS / name) for one, name in zip(runs, names, strict=True)]
    statements = list(dict.fromkeys(filter(None, (target_statement(found, rows) for found in trained))))
    claim(
        SYSTEM,
        out,
        {
            "tests": tests.name,
            "sha256": hashlib.sha256(tests.read_bytes()).hexdigest()[:16],
            "task_column": task_column,
            "runs": {name: found.digest for name, found in zip(names, trained, strict=True)},
            "settings": settings.as_dict(),
            "statements": statements,
            "within": within,
            "seed": seed,
        },
        command,
    )
    curves = [
        measure_run(
            one.path, rows, out, settings, name=name, arrangement=one.arrangement, seed=one.seed, tell=tell
        )
        for one, name in zip(runs, names, strict=True)
    ]
    results = dynamics_results(curves, rows, within=within, seed=seed)
    write_results(out / RESULTS, results)
    for line in said(results, curves, within):
        tell(line)
    page = dynamics_page(
        results,
        statements=statements,
        record=object_in(out / "run.json"),
        files=[RESULTS, f"{POINTS}/", "run.json"],
    )
    return write_page(out, page)


def run_names(runs: Sequence[MeasuredRun]) -> list[str]:
    """What runs are called: by their arrangement, and by their seed too where an arrangement has several.

    Raises:
        DynamicsError: two runs of an arrangement have the same seed.
    """
    several = Counter(one.arrangement for one in runs)
    names = []
    for one in runs:
        if several[one.arrangement] == 1:
            names.append(one.arrangement)
            continue
        seed = trained_run(one.path).seed if one.seed is None else one.seed
        names.append(f"{one.arrangement}@{seed}")
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise DynamicsError(
            f"{several[twice[0].partition('@')[0]]} runs are called {twice[0].partition('@')[0]}, two of them with seed "
            f"{twice[0].partition('@')[2]}: give NAME@SEED=PATH, or names that tell them apart"
        )
    return names


def said(results: Sequence[Result], curves: Sequence[RunCurve], within: float) -> list[str]:
    """A line for each arrangement: loss at the start and in the end, and where it comes near that; over seeds where there are."""
    arrangements = list(dict.fromkeys(curve.arrangement for curve in curves))
    wide = max(len("arrangement"), *map(len, arrangements))
    lines = [
        f"{'arrangement':<{wide}}  {'runs':>4}  {'first loss':>12}  {'last loss':>23}  "
        f"within {100 * within:g} % of it from step"
    ]
    for arrangement in arrangements:
        runs = [curve for curve in curves if curve.arrangement == arrangement]
        of = {"arrangement": arrangement} | ({"over": "seeds"} if len(runs) > 1 else {})
        losses = select(results, metric="loss", dataset=ALL, condition=of)
        near = select(results, metric="first_step", dataset=ALL, condition=of | {"of": "loss"})
        first = min(losses, key=lambda row: row.condition["step"])
        last = max(losses, key=lambda row: row.condition["step"])
        lines.append(
            f"{arrangement:<{wide}}  {len(runs):>4}  {_mean(first):>12}  {_shown(last):>23}  {_shown(near[0], 'g')}"
        )
    of_runs = [row for row in select(results, metric="loss", dataset=ALL) if "run" in row.condition]
    worst = max(of_runs, key=lambda row: row.unparsed)
    if worst.unparsed:
        lines.append(
            f"rows without a loss are counted, and in no mean: {worst.unparsed:,} of {worst.n:,} at step "
            f"{worst.condition['step']} of {worst.condition['run']}"
        )
    return lines


def _shown(row: Result, form: str = ".4f") -> str:
    """A figure, with its interval where it has one."""
    ends = [row.condition.get(end) for end in ("low", "high")]
    interval = "" if None in ends else f" [{ends[0]:{form}}, {ends[1]:{form}}]"
    return f"{_mean(row, form)}{interval}"


def _mean(row: Result, form: str = ".4f") -> str:
    return "not a number" if isnan(row.value) else f"{row.value:{form}}"
