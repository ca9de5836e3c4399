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
from windward.arrangement import coarse, embed, round_robin, weighted_similarity
from windward.cli import app
from windward.recipes.arrangement import METHODS, arrange_file
from windward.recipes.arrangement import arranged as arranged_module
from windward.recipes.arrangement.texts import ArrangeError, Rows
from windward.rows.arranged import among_targets, note_of

SUMS = [f"What is {n} plus {n + 1}?" for n in range(6)]
ANIMALS = [f"Name {n} animals that live in the sea." for n in range(2, 8)]


def _messages(asked: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": "Well."}]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    rows = [text for pair in zip(ANIMALS, SUMS, strict=True) for text in pair]
    train, target = tmp_path / "train.parquet", tmp_path / "target.jsonl"
    columns = {
        "messages": [_messages(text) for text in rows],
        "turn": list(range(len(rows))),
        "task": ["animals", "sums"] * 6,
    }
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
        embed(Rows(train).texts()), embed([f"How much is {n} and {n}?" for n in (3, 4)]), 4
    )
    assert found["messages"].to_pylist() == [before["messages"].to_pylist()[at] for at in plan.order]
    assert found["order"].to_pylist() == list(range(len(plan)))
    assert found["turn"].to_pylist() == plan.turn.tolist()
    assert found["turn_before"].to_pylist() == plan.order.tolist()
    assert all("plus" in row[0]["content"] for row in found["messages"].to_pylist()), "sums are near to sums"
    note = note_of(out)
    assert note is not None
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


def _told(*given: str) -> str:
    """What the command says when it ends with an error, in one line."""
    done = CliRunner().invoke(app, ["arrange", *given])
    assert done.exit_code == 2, done.output
    return " ".join(done.output.split())


def test_round_robin_and_cluster_order_tasks_and_embed_nothing(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any) -> None:
        raise AssertionError("texts were embedded")

    monkeypatch.setattr(arranged_module, "embed", refuse)
    made: dict[str, Any] = {}
    for method in ("round-robin", "cluster", "random"):
        out = tmp_path / f"{method}.parquet"
        made[method] = pq.read_table(
            arrange_file(*files, out, method=method, budget=7, tell=lambda _: None)
        ).to_pydict()
    assert made["round-robin"]["task"] == ["animals", "sums"] * 3 + ["animals"]
    assert made["round-robin"]["turn"] == [0, 0, 1, 1, 2, 2, 3]
    assert made["cluster"]["task"] == ["animals"] * 6 + ["sums"]  # as they first appear
    assert made["cluster"]["turn_before"] == [0, 2, 4, 6, 8, 10, 1]
    assert made["cluster"]["turn"] == [0] * 6 + [1]
    assert made["random"]["turn"] == [0] * 7


def test_a_seed_draws_the_order_of_clusters_and_keeps_each_together(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    first = set()
    for seed in range(8):
        out = arrange_file(
            *files, tmp_path / f"{seed}.parquet", method="cluster", seed=seed, tell=lambda _: None
        )
        tasks = pq.read_table(out)["task"].to_pylist()
        assert tasks in (["animals"] * 6 + ["sums"] * 6, ["sums"] * 6 + ["animals"] * 6)
        first.add(tasks[0])
    assert first == {"animals", "sums"}


def test_coarse_puts_the_task_first_whose_mean_is_nearest_and_far_the_other(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    train, target = files
    near, far = (
        pq.read_table(
            arrange_file(
                train, target, tmp_path / f"{far}.parquet", method="coarse", far=far, tell=lambda _: None
            )
        ).to_pydict()
        for far in (False, True)
    )
    assert near["task"] == ["sums"] * 6 + ["animals"] * 6  # the targets are sums
    assert far["task"] == ["animals"] * 6 + ["sums"] * 6
    assert near["turn"] == far["turn"] == [0] * 6 + [1] * 6
    rows = pq.read_table(train)
    aims = embed([f"How much is {n} and {n}?" for n in (3, 4)])
    plan = coarse(
        embed(Rows(train).texts()),
        rows["task"].to_pylist(),
        lambda means: weighted_similarity(means, aims).scores,
    )
    assert near["turn_before"] == plan.order.tolist()


def test_tasks_come_from_the_named_column_and_a_missing_one_is_named(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    train, target = files
    kind = [n % 3 for n in range(12)]
    odd = pq.read_table(train).drop_columns("task").append_column("kind", pa.array(kind))
    pq.write_table(odd, tmp_path / "kinds.parquet")
    given = [str(tmp_path / "kinds.parquet"), str(target), "--method", "round-robin"]
    told = _told(*given, "-o", str(tmp_path / "out.parquet"))
    assert "kinds.parquet has no column 'task'" in told and "there are messages, turn, kind" in told
    out = tmp_path / "named.parquet"
    done = CliRunner().invoke(app, ["arrange", *given, "-o", str(out), "--task-column", "kind"])
    assert done.exit_code == 0, done.output
    assert pq.read_table(out)["turn_before"].to_pylist() == round_robin(kind).order.tolist()  # type: ignore[arg-type]
    told = _told(*given, "-o", str(tmp_path / "out.parquet"), "--task-column", "messages")
    assert "column 'messages' holds no names" in told
    odd = odd.set_column(odd.column_names.index("kind"), "kind", pa.array([*kind[:4], None, *kind[5:]]))
    pq.write_table(odd, tmp_path / "kinds.parquet")
    assert "row 5 has no task" in _told(*given, "-o", str(tmp_path / "out.parquet"), "--task-column", "kind")


@pytest.mark.parametrize("method", ["random", "round-robin", "cluster"])
def test_nothing_is_far_for_a_method_that_looks_at_no_target(
    method: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    told = _told(
        str(files[0]), str(files[1]), "-o", str(tmp_path / "out.parquet"), "--method", method, "--far"
    )
    assert "leave --far out" in told
    assert not (tmp_path / "out.parquet").exists()


PROBLEMS = [f"Ann has {n} pears and eats one.\nHow many are left?" for n in range(2, 9)]


def test_tested_rows_are_found_among_the_targets_however_their_file_writes_them(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    talks, asked = tmp_path / "talks.parquet", tmp_path / "asked.parquet"
    pq.write_table(pa.table({"messages": [_messages(text) for text in PROBLEMS[:4]]}), talks)
    pq.write_table(pa.table({"question": PROBLEMS[:4], "answer": ["one"] * 4}), asked)
    tested = tmp_path / "tested.jsonl"
    rows = [
        {"question": f"  {text.upper()} ".replace("\n", "  "), "answer": "1, and why"}
        for text in PROBLEMS[2:]
    ]
    tested.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for target in (talks, asked):
        out = arrange_file(
            files[0], target, tmp_path / f"by-{target.stem}.parquet", budget=3, tell=lambda _: None
        )
        note = note_of(out)
        assert note is not None and len(note["target_prompts"]) == note["targets"] == 4
        for path in (talks, asked):
            assert among_targets(note, Rows(path).prompts()) == [0, 1, 2, 3]
        assert among_targets(note, Rows(tested).prompts()) == [0, 1]
        assert among_targets(note, PROBLEMS) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ({"messages": [{"role": "system", "content": "Add."}, *_messages("1 + 1")]}, "Add.\n\n1 + 1"),
        ({"messages": [*_messages("a"), *_messages("b")]}, "a\n\nWell.\n\nb"),
        ({"messages": [{"role": "user", "content": "a"}]}, "a"),
        ({"messages": [{"role": "assistant", "content": "Hello."}]}, "Hello."),
        ({"text": "All of it.", "prompt": "not this"}, "All of it."),
        ({"problem": "1 + 1", "solution": "2"}, "1 + 1"),
        ({"prompt": "", "question": "b", "answer": "c"}, "b"),
        ({"answer": "only this"}, "only this"),
    ],
)
def test_what_a_row_asks_is_all_that_stands_before_its_answer(
    row: dict[str, Any], asked: str, tmp_path: Path
) -> None:
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "rows.parquet")
    assert Rows(tmp_path / "rows.parquet").prompts() == [asked]


def test_a_turn_may_end_at_the_budget_with_its_nearest_rows(files: tuple[Path, Path], tmp_path: Path) -> None:
    train, target = files
    out = arrange_file(
        train, target, tmp_path / "out.parquet", budget=3, cut=True, by_distance=True, tell=lambda _: None
    )
    rows, targets = (embed(Rows(path).texts()) for path in (train, target))
    plan = arrangement.test_centric(rows, targets, 3, cut=True, within="distance")
    assert pq.read_table(out)["turn_before"].to_pylist() == plan.order.tolist() and len(plan) == 3
    whole = arrange_file(train, target, tmp_path / "whole.parquet", budget=3, tell=lambda _: None)
    assert pq.read_table(whole)["turn_before"].to_pylist() != plan.order.tolist()


@pytest.mark.parametrize(
    ("more", "says"),
    [({"cut": True, "method": "random", "budget": 3}, "no turns to cut"), ({"cut": True}, "give --budget N")],
)
def test_what_cannot_be_cut_is_said(
    files: tuple[Path, Path], tmp_path: Path, more: dict[str, Any], says: str
) -> None:
    with pytest.raises(ArrangeError, match=says):
        arrange_file(*files, tmp_path / "out.parquet", tell=lambda _: None, **more)
