"""What a real browser makes of the page of dynamics: slow, and skipped where there is no Chromium."""

from __future__ import annotations

from math import nan
from pathlib import Path
from typing import Any

import pytest
from browsing import IN_A_BROWSER, OUTSIDE
from dynamics_page_rows import effect, forgetting, row, run_rows
from test_report_page import HOSTILE

from windward.reports.dynamics import dynamics_page
from windward.reports.page import write_page

pytestmark = IN_A_BROWSER
MOVED = 'document.querySelector("g[data-curve=\\"6\\"]").getAttribute("transform")'


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All parts, with more arrangements than a chart holds and with long and hostile names."""
    names = [text for name, text in HOSTILE.items() if name != "surrogate"]
    rows = [
        one
        for name in names
        for task in ("all", "a-task-of-a-rather-long-name", names[0])
        for one in run_rows(name, {0: 2.0, 1000: 1.5, 1100: nan, 1200: 1.4}, dataset=task)
    ]
    rows += [effect("order", (name, names[0]), name, (-0.2, 0.1)) for name in names]
    rows += [forgetting(name, names[0], (0.1, 0.2)) for name in names]
    rows += [
        row("first_step", 9.0, of="loss", within=0.05, arrangement=name, seed=0, run=f"{name}-0", low=1.0, high=99.0)
        for name in names
    ]  # fmt: skip
    return write_page(tmp_path_factory.mktemp("dynamics"), dynamics_page(rows, statements=names))


@pytest.mark.parametrize("width", [360, 1200])
def test_nothing_sticks_out_of_the_page_with_everything_open(chromium: Any, report: Path, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    shown = context.new_page()
    shown.set_default_timeout(120_000)
    shown.goto(report.as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert shown.evaluate(OUTSIDE) == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_only_its_own_script_runs_and_a_chosen_curve_stays_at_its_steps(chromium: Any, report: Path) -> None:
    shown = chromium.new_page()
    shown.set_default_timeout(120_000)
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(report.as_uri())
    chips = shown.locator(".pick").first.locator("button")
    for place in (0, 6):
        chips.nth(place).evaluate("(one) => one.click()")
    assert shown.evaluate(MOVED) == "translate(0 0)"
    assert shown.title() == "Dynamics of training"
    assert asked == [report.as_uri()]
    shown.close()
