"""What a real browser makes of a page: slow, and skipped where there is no Chromium."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from browsing import BROWSER, IN_A_BROWSER
from page_reading import PageReader
from synthetic_run import make_run

from windward.reports import write_quickstart_report

PROBE = "<script>document.title='stolen'</script><img src=x onerror=\"document.title='stolen'\">"

pytestmark = IN_A_BROWSER


def opened(page: Path, profile: Path) -> PageReader:
    """The page's document after its scripts ran."""
    options = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        f"--disable-component-update --disable-sync --user-data-dir={profile} --virtual-time-budget=2000 --dump-dom"
    )
    done = subprocess.run(
        [str(BROWSER), *options.split(), page.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return PageReader(done.stdout)


def title(read: PageReader) -> str:
    return read.text.lstrip().split("\n")[0]


def scripts_ran(read: PageReader) -> bool:
    return any(a.get("class") == "ready" for a in read.named("html"))


def test_the_pages_own_script_runs_and_a_completions_does_not(tmp_path: Path) -> None:
    page = write_quickstart_report(make_run(tmp_path / "run", action=PROBE, observation=PROBE))
    read = opened(page, tmp_path / "profile")
    assert scripts_ran(read) and read.named("button")
    assert "stolen" not in title(read) and PROBE in read.text


def test_even_markup_that_slipped_through_the_escaping_cannot_run(tmp_path: Path) -> None:
    page = write_quickstart_report(make_run(tmp_path / "run"))
    page.write_text(page.read_text().replace("<main>", f"<main>{PROBE}"))
    read = opened(page, tmp_path / "profile")
    assert scripts_ran(read) and "stolen" not in title(read)


def test_the_probe_does_run_where_there_is_no_policy(tmp_path: Path) -> None:
    page = write_quickstart_report(make_run(tmp_path / "run"))
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
    page.write_text(bare.replace("<main>", f"<main>{PROBE}"))
    assert "stolen" in title(opened(page, tmp_path / "profile"))
