"""A run from two files to the page: killed and gone on with, claimed by another, models that answer, hostile answers."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.data import DataError
from windward.evals.folder import FolderError
from windward.evals.winrate import read_answers
from windward.evals.winrate.measure import WinRateConfig, measure_winrate
from windward.models import Message, ModelError
from windward.models.scripted_model import Scripted, scripted
from windward.rows import read_results, select

sys.path.insert(0, str(Path(__file__).parents[1] / "reports"))
from page_reading import PageReader

HOSTILE = "<script>document.title='stolen'</script><img src=x onerror=\"alert(1)\">\u202e"


def longest(messages: Sequence[Message]) -> str:
    """Prefers the longer answer."""
    parts = re.split(r"^--- \w+ (?:request|answer A|answer B|end) ---$", messages[0]["content"], flags=re.M)
    return f"{HOSTILE}\nVerdict: {'A' if len(parts[2]) > len(parts[3]) else 'B'}"


def answers(folder: Path, name: str, step: int) -> Path:
    rows = [
        {"instruction": f"{HOSTILE} {i}", "output": HOSTILE + "w" * (5 + (i * step) % 11), "generator": name}
        for i in range(12)
    ]
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(folder: Path, judge: Scripted, **more: object) -> Path:
    sides = [read_answers(answers(folder, name, step)) for name, step in (("mine", 3), ("theirs", 7))]
    return measure_winrate(*sides, judge, folder / "out", tell=lambda _: None, **more)  # type: ignore[arg-type]


def test_a_run_ends_in_a_table_and_a_page_that_shows_hostile_answers_as_text(tmp_path: Path) -> None:
    results = read_results(run(tmp_path, scripted(longest, name="by length")))
    (rate,) = select(results, metric="win_rate")
    assert (rate.model, rate.n, rate.system) == ("mine", 12, "winrate")
    assert rate.condition["judge"] == "by length" and rate.condition["baseline"] == "theirs"
    read = PageReader((tmp_path / "out" / "report.html").read_text())
    assert [a for name, a in read.elements if name == "img"] == [] and len(read.raw["script"]) == 1
    assert "<script>document.title='stolen'</script>" in read.text and "⟨U+202E⟩" in read.text
    assert any("at equal length" in cell for table in read.tables for row in table for cell in row)


def test_a_killed_run_goes_on_and_buys_no_verdict_twice(tmp_path: Path) -> None:
    class Dying(Scripted):
        async def generate(self, *args: object, **more: object):  # type: ignore[no-untyped-def, override]
            if len(self.calls) >= 9:
                raise ModelError("the endpoint went away")
            return await super().generate(*args, **more)  # type: ignore[arg-type]

    first = Dying(longest, "judge")
    with pytest.raises(RuntimeError, match="run the same command again"):
        run(tmp_path, first)
    assert not (tmp_path / "out" / "results.parquet").exists()
    second = scripted(longest, name="judge")
    run(tmp_path, second)
    asked = [call[0]["content"] for call in (*first.calls, *second.calls)]
    assert len(asked) == len(set(asked)) == 22  # two pairs are of equal answers: their orders are one call
    third = scripted(longest, name="judge")
    run(tmp_path, third)
    assert not third.calls


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    run(tmp_path, scripted(longest, name="judge"))
    with pytest.raises(FolderError, match="judge was 'judge', now 'other'"):
        run(tmp_path, scripted(longest, name="other"))
    with pytest.raises(FolderError, match="seed was 0, now 1"):
        run(tmp_path, scripted(longest, name="judge"), config=WinRateConfig(seed=1))


def test_two_models_may_answer_first(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("".join(json.dumps({"prompt": f"Question {i}?"}) + "\n" for i in range(8)))
    long = scripted(lambda m: m[-1]["content"] * 2, name="long")
    short = scripted(lambda m: m[-1]["content"], name="short")
    judge = scripted(longest, name="judge")
    config = WinRateConfig(limit=5)
    found = measure_winrate(
        long, short, judge, tmp_path / "out", config, prompts=prompts, tell=lambda _: None
    )
    (rate,) = select(read_results(found), metric="win_rate")
    assert (rate.value, rate.n, len(long.calls), len(judge.calls)) == (1, 5, 5, 10)
    with pytest.raises(DataError, match="needs prompts"):
        measure_winrate(long, short, judge, tmp_path / "other", tell=lambda _: None)


def test_a_limit_draws_pairs_by_the_seed(tmp_path: Path) -> None:
    run(tmp_path, scripted(longest), config=WinRateConfig(limit=4, seed=2))
    lines = (tmp_path / "out" / "judged.jsonl").read_text().splitlines()
    assert len(lines) == 4 and {json.loads(line)["outcome"] for line in lines} <= {"won", "lost", "split"}


@pytest.mark.parametrize("arguments", [["one.jsonl"], ["one.jsonl", "--model", "m"], ["a", "b", "c"]])
def test_the_command_says_what_it_needs(tmp_path: Path, arguments: list[str]) -> None:
    done = CliRunner().invoke(
        app, ["eval", "winrate", *arguments, "--judge", "embedded", "--out", str(tmp_path / "o")]
    )
    assert done.exit_code == 2 and "error: " in done.output and "Traceback" not in done.output


def test_a_file_that_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    gone = [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
    done = CliRunner().invoke(
        app, ["eval", "winrate", *gone, "--judge", "embedded", "--out", str(tmp_path / "o")]
    )
    assert done.exit_code == 2 and "a.jsonl cannot be read" in done.output
