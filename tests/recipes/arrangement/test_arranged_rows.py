"""`windward arrange`: rows in the order of their plan, with what is said of the target set."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from windward import arrangement
from windward.arrangement import embed
from windward.cli import app
from windward.recipes.arrangement import METHODS, arrange_file
from windward.recipes.arrangement.arranged import NOTE
from windward.recipes.arrangement.texts import ArrangeError, texts_of

SUMS = [f"What is {n} plus {n + 1}?" for n in range(6)]
ANIMALS = [f"Name {n} animals that live in the sea." for n in range(2, 8)]


def _messages(asked: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": "Well."}]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    rows = [text for pair in zip(ANIMALS, SUMS, strict=True) for text in pair]
    train, target = tmp_path / "train.parquet", tmp_path / "target.jsonl"
    columns = {"messages": [_messages(text) for text in rows], "turn": list(range(len(rows)))}
    pq.write_table(pa.table(columns), train)
    target.write_text("".join(json.dumps({"prompt": f"How much is {n} and {n}?"}) + "\n" for n in (3, 4)))
    return train, target


def test_rows_lie_in_the_order_of_the_plan_and_keep_what_they_had(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    train, target = files
    said: list[str] = []
    out = arrange_file(
        train, target, tmp_path / "out.parquet", budget=4, command=["windward"], tell=said.append
    )
    found, before = pq.read_table(out), pq.read_table(train)
    plan = arrangement.test_centric(
        embed(texts_of(before, train)), embed([f"How much is {n} and {n}?" for n in (3, 4)]), 4
    )
    assert found["messages"].to_pylist() == [before["messages"].to_pylist()[at] for at in plan.order]
    assert found["order"].to_pylist() == list(range(len(plan)))
    assert found["turn"].to_pylist() == plan.turn.tolist()
    assert found["turn_before"].to_pylist() == plan.order.tolist()
    assert all("plus" in row[0]["content"] for row in found["messages"].to_pylist()), "sums are near to sums"
    note = json.loads(found.schema.metadata[NOTE])
    assert (note["target"], note["turns"], note["budget"]) == (str(target), plan.turns, 4)
    assert any("do not test on it" in line for line in said)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_each_row_once_and_the_same_again(
    method: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    first, second = (
        pq.read_table(
            arrange_file(*files, tmp_path / f"{name}.parquet", method=method, seed=1, tell=lambda _: None)
        )
        for name in "ab"
    )
    assert first.equals(second)
    assert sorted(first["turn_before"].to_pylist()) == list(range(12))
    assert np.all(np.diff(first["turn"].to_numpy()) >= 0)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"messages": []}], "says nothing"),
        ([{"title": "a"}], "it needs messages, text"),
        ([{"text": "a", "order": 1}], "rename it"),
        ([], "holds no rows"),
    ],
)
def test_rows_that_cannot_be_arranged_are_refused(
    rows: list[dict[str, Any]], told: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    pq.write_table(
        pa.Table.from_pylist(rows, schema=None if rows else pa.schema([("text", pa.string())])),
        tmp_path / "odd.parquet",
    )
    with pytest.raises(ArrangeError, match=told):
        arrange_file(tmp_path / "odd.parquet", files[1], tmp_path / "out.parquet", tell=lambda _: None)


def test_a_file_that_is_there_is_never_written_over(files: tuple[Path, Path], tmp_path: Path) -> None:
    given = [str(files[0]), str(files[1]), "-o", str(tmp_path / "out.parquet"), "--budget", "3"]
    done = CliRunner().invoke(app, ["arrange", *given])
    assert done.exit_code == 0, done.output
    kept = (tmp_path / "out.parquet").read_bytes()
    again = CliRunner().invoke(app, ["arrange", *given])
    assert again.exit_code == 2 and "is there already" in again.output
    assert (tmp_path / "out.parquet").read_bytes() == kept
