"""`windward toolset stats` from the command line: what it writes, that it is repeatable, and what it says when it cannot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

import windward.models
from windward.cli import app
from windward.rows import read_results, select
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool
from windward.toolsets.solved import Solved, write_solved
from windward.toolsets.toolset import Toolset


class Letters:
    """Counts letters: alike are texts with the same letters."""

    name = "letters"
    asked: ClassVar[list[int]] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append(len(texts))
        counts = [[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]
        return np.array(counts, dtype=np.float32)


@pytest.fixture(autouse=True)
def encoder(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(windward.models, "sentence_encoder", Letters, raising=False)
    monkeypatch.setattr(Letters, "asked", [])
    return Letters.asked


@pytest.fixture
def library(tmp_path: Path) -> Path:
    tools = [Tool(str(at), f"{word}?", "1", code=f"def {word}(a):\n    '''{word} it'''\n    return a\n") for at, word in enumerate(("adds", "divides", "halves"))]  # fmt: skip
    Toolset(tuple(tools)).save(tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    path = tmp_path / "asked.jsonl"
    path.write_text(
        "".join(json.dumps({"question": text, "answer": "1"}) + "\n" for text in ("adds?", "zzz?"))
    )
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["toolset", "stats", *map(str, arguments)])


def test_it_writes_table_rows_and_page_and_asks_nothing_of_an_encoder_without_problems(
    tmp_path: Path, library: Path, encoder: list[int]
) -> None:
    seen = call(library, "--out", tmp_path / "out")
    assert seen.exit_code == 0, seen.output
    assert "atomic tools: 100.0\u00a0% [43.9–100.0\u00a0%] of 3" in seen.output
    assert "3 tools" in seen.output and f"results: {tmp_path / 'out' / 'report.html'}" in seen.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "described.parquet", "report.html", "results.parquet", "run.json", "uses.parquet",
    }  # fmt: skip
    results = read_results(tmp_path / "out" / "results.parquet")
    assert select(results, metric="atomic_rate")[0].value == 1
    assert encoder == []


def test_the_same_command_writes_the_same_bytes(tmp_path: Path, library: Path, problems: Path) -> None:
    arguments = (library, "--problems", problems, "--out", tmp_path / "out")
    assert call(*arguments).exit_code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert call(*arguments).exit_code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_problems_are_covered_from_the_tool_on_that_resembles_them(
    tmp_path: Path, library: Path, problems: Path
) -> None:
    assert call(library, "--problems", problems, "--out", tmp_path / "out").exit_code == 0
    results = read_results(tmp_path / "out" / "results.parquet")
    similar = select(results, metric="similar_rate", condition={"threshold": 0.8})
    assert [(row.condition["tools"], row.value, row.n) for row in similar] == [(1, 0.5, 2), (2, 0.5, 2), (3, 0.5, 2)]  # fmt: skip
    assert {row.dataset for row in similar} == {"asked"}
    assert select(results, metric="repeated")[0].value == 1


def test_verdicts_of_an_audit_and_solved_runs_come_into_table_and_page(tmp_path: Path, library: Path) -> None:
    rows = [{"tool": "0", "verdict": "ok", "strict": "ok", "message": ""}, {"tool": "1", "verdict": "crash", "strict": "crash", "message": "KeyError: 'ducks'"}]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), library / "verdicts.parquet")
    done = Solved(ToolProblem("p", "adds what?", "1"), ("0", "1"), (3, 2), ("0",), "", "1", "ok", True, True)
    write_solved(tmp_path / "run", [done])
    seen = call(library, "--solved", tmp_path / "run", "--out", tmp_path / "out")
    assert seen.exit_code == 0, seen.output
    results = read_results(tmp_path / "out" / "results.parquet")
    verdicts = {row.condition["verdict"]: row.value for row in select(results, metric="verdict_rate")}
    assert verdicts == {name: pytest.approx(1 / 3) for name in ("ok", "crash", "not audited")}
    assert [row.value for row in select(results, metric="answered_rate")] == [1, 1, 1]
    page = (tmp_path / "out" / "report.html").read_text()
    for told in ("KeyError: &#x27;ducks&#x27;", "adds what?", "programs that call a tool"):
        assert told in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{tmp}/nothing"], "tools.parquet"),
        (["{tmp}/library", "--problems", "{tmp}/nothing.jsonl"], "no such file"),
        (["{tmp}/library", "--solved", "{tmp}/nothing"], "solved.parquet"),
        (["{tmp}/library", "--audit", "{tmp}/library"], "verdicts.parquet is not there"),
        (["{tmp}/library", "--solved", "{tmp}/a/run", "--solved", "{tmp}/b/run"], "have one name"),
    ],
)
def test_what_cannot_be_described_is_said_and_no_traceback(
    tmp_path: Path, library: Path, arguments: list[str], said: str
) -> None:
    seen = call(*(one.format(tmp=tmp_path) for one in arguments), "--out", tmp_path / "out")
    assert seen.exit_code == 2
    assert said in " ".join(seen.output.split()) and "Traceback" not in seen.output
    assert not (tmp_path / "out" / "report.html").exists()


def test_a_folder_of_another_library_is_not_written_over(tmp_path: Path, library: Path) -> None:
    assert call(library, "--out", tmp_path / "out").exit_code == 0
    Toolset((Tool("9", "q", "a", code="def f(): pass"),)).save(library)
    seen = call(library, "--out", tmp_path / "out")
    assert seen.exit_code == 2 and "holds another run" in seen.output
