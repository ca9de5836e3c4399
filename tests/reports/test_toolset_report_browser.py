"""What a real browser makes of a library's page: slow, and skipped where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import IN_A_BROWSER, OUTSIDE
from test_report_page import HOSTILE
from test_toolset_report_page import TOOLS, VERDICTS, code, coverage, folders

from windward.reports.toolset import write_toolset_report
from windward.toolsets.records import Tool

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tools, and one of hostile text for each kind of it."""
    texts = [text for name, text in HOSTILE.items() if name != "surrogate"]
    hostile = [
        Tool(f"h{at}", text, text, text, text, code(f"hostile_{at}", repr(text) * 9), text, {"table": text})
        for at, text in enumerate(texts)
    ]
    verdicts = [
        *VERDICTS,
        *({"tool": tool.id, "verdict": "crash", "message": tool.question} for tool in hostile),
    ]
    made = folders(tmp_path_factory.mktemp("toolset"), [*TOOLS, *hostile], verdicts=verdicts, more=coverage())
    return write_toolset_report(*made)


@pytest.fixture
def shown(chromium: Any, page_path: Path) -> Iterator[Any]:
    page = chromium.new_page()
    page.goto(page_path.as_uri())
    yield page
    page.close()


def seen(page: Any) -> list[str]:
    """Ids of the entries that are not hidden, in their order."""
    found: list[str] = page.evaluate("[...document.querySelectorAll('.finder > details:not([hidden])')].map((one) => one.id)")  # fmt: skip
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820, 1280])
def test_nothing_sticks_out_of_the_page_with_everything_open(
    chromium: Any, page_path: Path, width: int, scheme: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(page_path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_search_leaves_entries_that_hold_every_word_anywhere_in_their_chain(shown: Any) -> None:
    shown.fill(".find input", "HATS third")
    assert seen(shown) == ["tool-3"]
    assert shown.inner_text(".find output").startswith("1 of ")
    shown.fill(".find input", "hats nowhere")
    assert seen(shown) == []
    shown.fill(".find input", "")
    assert seen(shown)[:3] == ["tool-1", "tool-2", "tool-3"]


def test_the_list_is_narrowed_by_verdict_and_put_in_another_order(shown: Any) -> None:
    shown.select_option("select[aria-label=Verdict]", "wrong")
    assert seen(shown) == ["tool-2"]
    shown.select_option("select[aria-label=Verdict]", "")
    shown.select_option("select[aria-label=Order]", "uses")
    assert seen(shown)[0] == "tool-1"
    shown.select_option("select[aria-label=Order]", "")
    assert seen(shown)[:2] == ["tool-1", "tool-2"]


def test_a_link_opens_an_entry_even_where_a_search_has_hidden_it(shown: Any) -> None:
    shown.fill(".find input", "pens")
    assert "tool-2" not in seen(shown)
    shown.click("#failures a[href='#tool-2']")
    assert shown.evaluate("document.getElementById('tool-2').open")
    assert "tool-2" in seen(shown)


def test_the_pages_own_script_runs_and_a_tools_does_not(chromium: Any, page_path: Path) -> None:
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_path.as_uri())
    assert page.evaluate("document.documentElement.className") == "ready"
    assert page.title() == "A library of tools"
    assert asked == [page_path.as_uri()], "nothing else is loaded"
    page.close()
