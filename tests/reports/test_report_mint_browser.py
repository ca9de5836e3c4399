"""Choosing curves and sorting tables on MINT's page, in a real browser: slow, and skipped where there is no Chromium."""

from __future__ import annotations

import re
from pathlib import Path

from browsing import IN_A_BROWSER
from page_reading import PageReader
from synthetic_mint import live_folder, replay_folder, run
from test_report_browser import PROBE, opened, scripts_ran, title

from windward.reports import write_mint_report

pytestmark = IN_A_BROWSER
MODELS = [f"m{number:02d}" for number in range(12)]


def after(page: Path, does: str, profile: Path) -> PageReader:
    """The page once a reader has done something; the policy, which would forbid the test's own script, is taken out."""
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
    page.write_text(bare.replace("</body>", f"<script>{does}</script></body>"))
    return opened(page, profile)


def drawn(read: PageReader) -> dict[str, str]:
    return {
        str(a["data-curve"]): str(a["class"])
        for a in read.named("g")
        if "data-curve" in a and a["class"] != "off"
    }


def test_a_reader_swaps_one_curve_for_another(tmp_path: Path) -> None:
    page = write_mint_report(replay_folder(tmp_path / "run", MODELS))
    press = "for (const at of [0, 9]) document.querySelector(`button[data-curve='${at}']`).click();"
    read = after(page, press, tmp_path / "profile")
    assert drawn(read) == {
        "1": "series-1", "2": "series-2", "3": "series-3", "4": "series-4", "9": "series-0",
    }  # fmt: skip


def test_no_seventh_curve_can_be_chosen(tmp_path: Path) -> None:
    page = write_mint_report(replay_folder(tmp_path / "run", MODELS))
    press = "for (const at of [9, 10]) document.querySelector(`button[data-curve='${at}']`).click();"
    read = after(page, press, tmp_path / "profile")
    assert set(drawn(read)) == {"0", "1", "2", "3", "4", "9"}
    disabled = {a["data-curve"] for a in read.named("button") if "disabled" in a}
    assert disabled == {"5", "6", "7", "8", "10", "11"}


def test_a_heading_sorts_its_table_and_turns_it_round(tmp_path: Path) -> None:
    page = write_mint_report(replay_folder(tmp_path / "run", MODELS))
    press = (
        "const head = [...document.querySelectorAll('#models th button')].find((b) => b.textContent === 'SR_1');"
        "head.click(); head.click();"
    )
    read = after(page, press, tmp_path / "profile")
    (heads, *rows) = next(table for table in read.tables if "points a turn" in table[0])
    rates = [float(row[heads.index("SR_1")].split("\u00a0")[0]) for row in rows]
    assert rates == sorted(rates) and rates[0] < rates[-1]
    assert rows[-1][0] == "m00"


def test_a_script_in_a_run_does_not_run(tmp_path: Path) -> None:
    read = opened(
        write_mint_report(live_folder(tmp_path / "run", [run(0, text=PROBE)])), tmp_path / "profile"
    )
    assert scripts_ran(read) and "stolen" not in title(read) and PROBE in read.text
