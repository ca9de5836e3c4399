"""Several runs side by side, by one detector and on the same scales; anything else is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from windward.evals.data import DataError
from windward.evals.folder import claim
from windward.evals.unknown.records import SYSTEM
from windward.evals.unknown.refusal.comparable import comparable
from windward.evals.unknown.replay import RESULTS
from windward.reports.unknown import write_unknown_report
from windward.rows import Result, read_results, select, write_results


def compare_runs(
    runs: Sequence[Path],
    out: Path,
    detector: str = "lexical",
    *,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Writes one result table and page of several runs' models.

    Args:
        runs: folders of `measure_unknown` or `replay_unknown`.
        out: new, empty, or of the same comparison.
        detector: whose refusal rates are kept.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        DataError: a run has no table, none of this detector, or two runs measured one model on one half; or there are fewer than two.
        IncomparableError: two runs elicited one confidence on two scales.
        FolderError: `out` holds something else.
    """
    if len(runs) < 2:
        raise DataError(f"a comparison needs two runs or more, not {len(runs)}")
    tables = {run: _by_detector(run, detector) for run in runs}
    measured: dict[tuple[str, str, str], Path] = {}
    for run, results in tables.items():
        for row in select(results, metric="refusal_rate"):
            other = measured.setdefault((row.model, row.dataset, row.split), run)
            if other != run:
                raise DataError(
                    f"{other} and {run} both measure {row.model} on {row.dataset}, {row.split}: name one of them"
                )
    merged = [row for results in tables.values() for row in results]
    comparable(select(merged, metric="refusal_rate"))
    elicited = select(merged, metric="confidence_mean")
    for method in dict.fromkeys(row.condition["method"] for row in elicited):
        comparable(select(elicited, condition={"method": method}))
    claim(SYSTEM, out, {"compared": [str(run) for run in runs], "detector": detector}, command)
    write_results(out / RESULTS, merged)
    for row in select(merged, metric="refusal_difference"):
        tell(
            f"  {row.model}, {row.dataset}: {100 * row.value:+.1f} points more refused where there is no answer (n {row.n:,})"
        )
    tell(f"report: {write_unknown_report(out)}")
    return out / RESULTS


def _by_detector(run: Path, detector: str) -> list[Result]:
    """A run's rows that depend on no detector, or on this one."""
    if not (run / RESULTS).is_file():
        raise DataError(f"{run} holds no {RESULTS}: give the --out of windward eval unknown")
    results = [row for row in read_results(run / RESULTS) if row.system == SYSTEM]
    known = dict.fromkeys(row.condition["detector"] for row in results if "detector" in row.condition)
    if detector not in known:
        raise DataError(
            f"{run} has no refusal rate by {detector}, but by {', '.join(known) or 'none'}: rates of two detectors are not compared"
        )
    return [row for row in results if row.condition.get("detector", detector) == detector]
