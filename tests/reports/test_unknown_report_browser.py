"""What a real browser makes of UnknownBench's page: slow, and skipped where there is no Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsing import IN_A_BROWSER, OUTSIDE
from test_report_page import HOSTILE
from test_unknown_report_page import WHOLE, answer, elicited, folder_of, refusals

from windward.reports.unknown import write_unknown_report

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One of a single model, and one of three with two detectors; replies of hostile text in both."""
    answers = [answer(text, response=text) for name, text in HOSTILE.items() if name != "surrogate"]
    several = [
        one
        for name in ("a", "b", "a-model-with-a-rather-long-name-7b-chat")
        for one in (
            *refusals(0.1, 0.6, model=name),
            *refusals(0.1, 0.5, "lexical-paper", model=name),
            *elicited("verbalised", "0-10", 0.7, model=name),
            *elicited("question-perplexity", "negative-perplexity", 0.9, model=name),
        )
    ]
    folder = tmp_path_factory.mktemp("unknown")
    return [
        write_unknown_report(folder_of(folder / "one", WHOLE, answers)),
        write_unknown_report(folder_of(folder / "several", several, answers)),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820, 1280])
def test_nothing_sticks_out_of_the_page_with_everything_open(
    chromium: Any, pages: list[Path], width: int, scheme: str
) -> None:
    for page in pages:
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        shown = context.new_page()
        shown.goto(page.as_uri())
        shown.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        assert shown.evaluate(OUTSIDE) == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        context.close()


def test_the_pages_own_script_runs_and_a_replys_does_not(chromium: Any, pages: list[Path]) -> None:
    for page in pages:
        shown = chromium.new_page()
        asked: list[str] = []
        shown.on("request", lambda request, asked=asked: asked.append(request.url))
        shown.goto(page.as_uri())
        assert shown.evaluate("document.documentElement.className") == "ready"
        assert shown.title() == "UnknownBench"
        assert asked == [page.as_uri()], "nothing else is loaded"
        shown.close()
