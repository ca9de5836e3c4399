"""What a real browser makes of the page out of distribution: slow, and skipped where there is no Chromium."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import IN_A_BROWSER, OUTSIDE
from test_report_page import HOSTILE
from test_shift_page import curve_points, scores_of

from windward.evals.shift.correlation import Rule
from windward.evals.shift.effects import effect_results
from windward.evals.shift.fitted import curve_results
from windward.reports.page import write_page
from windward.reports.shift import shift_page
from windward.rows import Result

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All parts, with long and hostile names of sets, methods, models and paradigms."""
    names = [text for name, text in HOSTILE.items() if name != "surrogate"]
    rows: list[Result] = []
    for place, (kind, name) in enumerate(
        (("type I", "movie"), ("type III", "a-set-of-a-rather-long-name"), ("noise", names[0]))
    ):
        own = curve_points(kind, name)
        rows += [replace(row, condition=row.condition | {"seed": place}) for row in own]
    rows += [
        row
        for method in ("vanilla", *names)
        for seed in (0, 1)
        for row in scores_of(method, {"amazon": 0.6, "movie": 0.5 + seed / 90, names[1]: 0.4}, seed)
    ]
    asked = [
        Result(
            "shift",
            name,
            dataset,
            "test",
            "accuracy",
            0.3,
            200,
            {"paradigm": name, "reading": name},
            0.03,
            50,
        )
        for name in names
        for dataset in ("amazon", "movie", *names[:4])
    ]
    found = [*rows, *curve_results(rows, rule=Rule(draws=50)), *effect_results(rows), *asked]
    overlap = {
        "train": names[0],
        "test": names[1],
        "test_rows": 9,
        "exact": 1,
        "share": 0.1,
        "verdict": names[2],
    }
    return write_page(tmp_path_factory.mktemp("shift"), shift_page(found, overlaps=[overlap]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 820, 1280])
def test_nothing_sticks_out_of_the_page_with_everything_open(
    chromium: Any, report: Path, width: int, scheme: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    shown = context.new_page()
    shown.goto(report.as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert shown.evaluate(OUTSIDE) == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_only_the_pages_own_script_runs_and_nothing_is_loaded(chromium: Any, report: Path) -> None:
    shown = chromium.new_page()
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(report.as_uri())
    assert shown.evaluate("document.documentElement.className") == "ready"
    assert shown.title() == "Out of distribution"
    assert asked == [report.as_uri()]
    shown.close()
