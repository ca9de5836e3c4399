"""The report of the main job: from the files of a run to one page."""

from __future__ import annotations

from pathlib import Path

from windward.reports.page import footer, navigation, page, write_page
from windward.reports.quickstart_measured import errors, headline_block, success_curves, tokens
from windward.reports.quickstart_record import data_made, reproduce, steps
from windward.reports.quickstart_shown import examples_shown, trees_shown
from windward.reports.run_folder import read_run_folder
from windward.reports.run_records import RunFolder


def write_quickstart_report(out_dir: Path) -> Path:
    """Writes `out_dir/report.html` from the files of a run, whole or not at all.

    Parts that the run has not come to are named as missing; the page is the same for the same files.

    Args:
        out_dir: the run's folder, as `windward quickstart --out` made it.

    Returns:
        Path of the page.

    Raises:
        ReportError: the folder does not exist, or a file in it is malformed; says which file, line and field.
    """
    return write_page(Path(out_dir), quickstart_page(read_run_folder(Path(out_dir))))


def quickstart_page(run: RunFolder) -> str:
    """The page as text: what happened, how often, why not, examples, cost, data, and how to do it again."""
    sections = [
        ("success", "Success by turn", success_curves(run)),
        ("errors", "Errors", errors(run)),
        ("tokens", "Tokens", tokens(run)),
        ("trees", "Trees", trees_shown(run)),
        ("examples", "Examples", examples_shown(run)),
        ("steps", "Time and cost", steps(run)),
        ("data", "Data made", data_made(run)),
        ("again", "Do it again", reproduce(run)),
    ]
    head = headline_block(run)
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    return page(
        "Windward quickstart: what changed", head, contents, *(body for _, _, body in sections), footer()
    )
