"""Which recorded runs a page shows, and that live runs and replays end in one."""

import json
from pathlib import Path

from mint_recording import execute, observe, recorded, solve, write_recording

from windward.evals.mint.recorded import read_recorded
from windward.evals.mint.replay import ReplayConfig, replay
from windward.evals.mint.shown import EACH, shown_runs
from windward.grading import Verdict

HEARD = "\nExpert feedback:\nThis is BAD: look at the numbers.\n"


def recording(path: Path) -> Path:
    """30 runs of each: right at once, right after code and feedback, wrong; a third of each by another model."""
    rows = []
    for number in range(30):
        of = {"task_id": str(number), "model": "m" if number % 3 else "other"}
        fed = of | {"feedback": "expert", "feedback_setting": "no_GT-textual"}
        rows.append(recorded([solve("42")], success=True, **of))
        rows.append(recorded([execute("print(42)"), observe("42") + HEARD, solve("42")], success=True, **fed))
        rows.append(recorded([solve("41"), "Your answer is wrong.", solve("40")], **of))
    return write_recording(path / "runs.parquet", rows)


def test_a_few_runs_of_each_ending_are_shown_with_what_was_recorded_of_them(tmp_path: Path) -> None:
    path = recording(tmp_path)
    runs = [record.run() for record in read_recorded(path)]
    shown = shown_runs(path, runs)
    assert len(shown) == 3 * EACH
    heard = [row for row in shown if row["run"]["setting"]["feedback"] == "expert"]
    assert len(heard) == EACH
    for row in heard:
        first, last = row["episode"]["turns"]
        assert (first["kind"], first["action"], first["reply"]) == (
            "execute",
            "print(42)",
            execute("print(42)"),
        )
        assert first["observation"].startswith("Observation:\n42\n") and "Expert" not in first["observation"]
        assert first["feedback"]["shown"] == "This is BAD: look at the numbers.\n"
        assert last["observation"] is None and last["verdicts"] == {"recorded": {"correct": True}}


def test_the_runs_shown_are_those_that_were_drawn_whatever_else_the_recording_holds(tmp_path: Path) -> None:
    path = recording(tmp_path)
    runs = [record.run() for record in read_recorded(path, models=["other"])]
    asked: list[tuple[str, int]] = []

    def said(place: int, turn: int) -> dict[str, Verdict]:
        asked.append((runs[place].task_id, turn))
        return {"strict": Verdict(False, None, "said of it")}

    shown = shown_runs(path, runs, said, models=["other"])
    assert {row["run"]["model"] for row in shown} == {"other"}
    proposals = [
        (row["run"]["task_id"], number)
        for row in shown
        for number, turn in enumerate(row["episode"]["turns"], start=1)
        if turn["kind"] == "solution"
    ]
    assert sorted(asked) == sorted(proposals)
    assert shown[0]["episode"]["turns"][-1]["verdicts"]["strict"]["rule"] == "said of it"


def test_runs_are_lines_of_runs_jsonl(tmp_path: Path) -> None:
    path = recording(tmp_path)
    shown = shown_runs(path, [record.run() for record in read_recorded(path)])
    assert json.loads(json.dumps(shown)) == shown


def test_a_replay_ends_in_a_page_whose_path_it_says(tmp_path: Path) -> None:
    told: list[str] = []
    for trusted in (True, False):
        out = tmp_path / str(trusted)
        replay(ReplayConfig(recording(tmp_path), trust_recorded=trusted), out, tell=told.append)
        assert f"report: {out / 'report.html'}" in told
        page = (out / "report.html").read_text()
        assert f"{3 * EACH} of 90 runs" in page and "This is BAD: look at the numbers." in page
        assert ("Nothing was graded again." in page) == trusted
        assert ("strict: " in page) != trusted
