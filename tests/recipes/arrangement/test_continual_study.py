"""A stream of tasks: the same rows task after task and mixed, and what is forgotten."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from study_rows import colours, sums, written
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.dynamics import TestRow
from windward.recipes.arrangement.continual import STREAMS, ContinualConfig, run_continual, streams
from windward.recipes.arrangement.study_cells import Training
from windward.recipes.arrangement.texts import ArrangeError
from windward.rows import read_results, select

TRAINING = Training(learning_rate=3e-3, batch_size=4, checkpoint_steps=2, max_length=256)
TASKS = ["sums", "colours", "sums", "words", "colours", "words", "sums", "words", "colours"] * 3


@pytest.mark.parametrize("seed", range(5))
def test_all_streams_hold_the_same_rows_of_every_task(seed: int) -> None:
    made = streams(TASKS, 4, seed)
    assert tuple(made) == STREAMS
    rows = {tuple(sorted(plan.order)) for plan in made.values()}
    assert len(rows) == 1 and len(next(iter(rows))) == 12
    after = [TASKS[place] for place in made["task-after-task"].order]
    assert [len(set(after[begin : begin + 4])) for begin in (0, 4, 8)] == [1, 1, 1]
    in_turn = [TASKS[place] for place in made["round-robin"].order]
    assert all(len(set(in_turn[begin : begin + 3])) == 3 for begin in range(0, 12, 3))


def test_the_order_of_the_tasks_and_the_rows_are_the_seeds() -> None:
    of_seed = [streams(TASKS, 4, seed)["task-after-task"].order.tolist() for seed in range(8)]
    assert of_seed[3] == streams(TASKS, 4, 3)["task-after-task"].order.tolist()
    assert len({tuple(sorted(order)) for order in of_seed}) > 1
    assert len({TASKS[order[0]] for order in of_seed}) > 1


def test_a_task_that_is_learnt_first_is_measured_after_every_other(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "stream"
    config = ContinualConfig(rows_per_task=8, seeds=(0, 1), tested=3, training=TRAINING)
    pool, tests = [*sums(0, 10), *colours(0, 10)], [*sums(500, 5), *colours(500, 5)]
    told: list[str] = []
    page = run_continual(pool, tests, out, config, model=tiny_checkpoint, model_name="tiny", tell=told.append)
    results = read_results(out / "results.parquet")
    for task in ("sums", "colours"):
        rows = select(results, metric="loss", dataset=task, condition={"run": "task-after-task.seed0"})
        assert [row.condition["step"] for row in rows] == [0, 2, 4] and {row.n for row in rows} == {3}
    first = pq.read_table(out / "rows" / "task-after-task.seed0.parquet").sort_by("order")["task"].to_pylist()
    assert len(set(first[:8])) == 1 and len(set(first[8:])) == 1
    forgotten = select(results, metric="forgetting", condition={"run": "task-after-task.seed0"})
    assert {row.dataset for row in forgotten} == {first[0], "all"}, (
        "the task learnt last cannot be forgotten yet"
    )
    assert {row.condition["arrangement"] for row in select(results, metric="forgetting")} == {STREAMS[0]}
    assert "arranged for no target rows; tested on 6 rows of 2 tasks" in page.read_text()


def test_a_stream_without_a_checkpoint_between_tasks_is_refused() -> None:
    with pytest.raises(ArrangeError, match="make the rows a multiple of 8"):
        ContinualConfig(rows_per_task=12, training=TRAINING)


def test_rows_that_do_not_reach_are_named(tiny_checkpoint: Path, tmp_path: Path) -> None:
    config = ContinualConfig(rows_per_task=8, seeds=(0, 1), training=TRAINING)

    def studied(pool: list[TestRow], tests: list[TestRow], name: str) -> None:
        run_continual(
            pool,
            tests,
            tmp_path / name,
            config,
            model=tiny_checkpoint,
            model_name="tiny",
            tell=lambda _: None,
        )

    with pytest.raises(ArrangeError, match="task colours has 5 rows"):
        studied([*sums(0, 9), *colours(0, 5)], [*sums(90, 2), *colours(90, 2)], "few")
    with pytest.raises(ArrangeError, match="no row of task colours is tested"):
        studied([*sums(0, 9), *colours(0, 9)], [*sums(90, 2)], "untested")
    with pytest.raises(ArrangeError, match="two tasks or more"):
        studied([*sums(0, 9)], [*sums(90, 2)], "one")


def test_the_command_refuses_a_file_without_tasks(tmp_path: Path) -> None:
    train, tests = (
        written(tmp_path / name, sums(n, 8)) for name, n in (("train.jsonl", 0), ("tests.jsonl", 50))
    )
    given = [
        "dynamics",
        "continual",
        str(train),
        str(tests),
        "--task-column",
        "topic",
        "--out",
        str(tmp_path / "out"),
    ]
    ended = CliRunner().invoke(app, given)
    assert ended.exit_code == 2 and "field topic" in ended.output
