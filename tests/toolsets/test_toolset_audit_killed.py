"""An audit that is killed goes on where it was: what had a verdict is not run again, and the report is the same."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toolset_audit_fakes import Row, row, write_release

from windward.recipes.toolsets.importing import ImportConfig, import_released

COMMAND = [sys.executable, "-m", "windward", "toolset", "audit"]


def _stored(journal: Path) -> int:
    """How many verdicts are on disk."""
    if not journal.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM outcomes").fetchone()[0])
    except sqlite3.OperationalError:  # its table is not there yet
        return 0


@pytest.mark.slow
def test_a_killed_audit_runs_no_tool_twice(tmp_path: Path) -> None:
    slow = "import time\ndef f():\n    time.sleep(0.5)\n    return 7"
    rows: list[Row] = [row(number, "7", "", "", slow, "print(f())") for number in range(90, 102)]
    released = write_release(tmp_path / "release", rows)
    library = tmp_path / "library"
    import_released(ImportConfig(released), library, tell=lambda line: None)
    command = [*COMMAND, str(library), "--json", str(tmp_path / "audit.json"), "--jobs", "1"]
    first = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while _stored(library / "audit.sqlite") < 3:
        assert first.poll() is None
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    done = _stored(library / "audit.sqlite")
    assert 3 <= done < len(rows)
    assert not (tmp_path / "audit.json").exists()
    second = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{len(rows)} of {len(rows)} rows, {done} from the journal" in second.stderr
    told = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert {tool["outcome"] for tool in told["tools"].values()} == {"ok"}
    assert told["counts"]["tools"] == len(rows)
