"""The report of an evaluation by MINT: from the files in its folder to one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from windward.reports.again import again
from windward.reports.mint_failures import failures
from windward.reports.mint_feedback import feedback
from windward.reports.mint_figures import curves, head, models, tasks
from windward.reports.mint_flips import graders
from windward.reports.mint_folder import MintFolder, read_mint_folder
from windward.reports.mint_measured import measured
from windward.reports.mint_runs import runs_shown
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.run_records import Row


def write_mint_report(
    folder: Path,
    *,
    runs: Iterable[Row] | None = None,
    runs_in_all: int | None = None,
    chosen: Sequence[str] = (),
) -> Path:
    """Writes `folder/report.html` from the files of an evaluation, whole or not at all.

    What is not there is named as missing; the page is the same for the same files and runs.

    Args:
        folder: the folder of the evaluation, as `windward eval mint --out` made it.
        runs: runs to draw from, as lines of `runs.jsonl` hold them: `run`, `instance`, `episode`; a turn may have
            `verdicts` (grader to verdict) in place of one `verdict`. Without them, those in `folder/runs.jsonl`.
        runs_in_all: how many there are, where `runs` is a sample.
        chosen: models to draw besides the best.

    Returns:
        Path of the page.

    Raises:
        ReportError: there is no such folder, or a file or run is malformed; says which and where.
    """
    found = read_mint_folder(Path(folder), runs, runs_in_all)
    return write_page(Path(folder), mint_page(found, chosen))


def mint_page(folder: MintFolder, chosen: Sequence[str] = ()) -> str:
    """The page as text."""
    found = measured(folder, chosen)
    sections = [
        ("success", "Success by turns", curves(found)),
        ("models", "Models", models(folder, found)),
        ("feedback", "Feedback", feedback(found)),
        ("tasks", "Tasks", tasks(folder, found)),
        ("failures", "Failures", failures(folder, found)),
        ("graders", "Graders", graders(folder, found)),
        ("runs", "Runs", runs_shown(folder)),
        ("again", "Do it again", again(folder.record, folder.files)),
    ]
    shown = [(anchor, name, body) for anchor, name, body in sections if body is not None]
    contents = navigation([(anchor, name) for anchor, name, _ in shown])
    foot = footer()
    return page(
        "MINT: success in many turns", head(folder, found), contents, *(body for *_, body in shown), foot
    )
