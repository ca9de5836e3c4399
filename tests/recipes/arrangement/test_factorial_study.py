"""The factorial study: the same rows in three orders, tested on rows that no arrangement saw."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from study_rows import asked, colours, sums, written
from typer.testing import CliRunner

from windward import arrangement
from windward.cli import app
from windward.evals.dynamics import TestRow
from windward.recipes.arrangement import study_cells
from windward.recipes.arrangement.factorial_study import FactorialConfig, run_factorial
from windward.recipes.arrangement.study_cells import Training
from windward.recipes.arrangement.texts import ArrangeError
from windward.rows import read_results, select
from windward.rows.arranged import among_targets, note_of
from windward.training import SFTConfig, Trained, train_sft

CONFIG = FactorialConfig(
    budget=8,
    seeds=(0, 1),
    training=Training(learning_rate=1e-3, batch_size=4, checkpoint_steps=1, max_length=256),
)
ORDERS = ("near-first", "far-first", "shuffled")


@pytest.fixture(scope="module")
def study(
    tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[TestRow], list[str]]:
    """A finished study, its pool, and what it told; one row of the pool is one of the target set's."""
    out = tmp_path_factory.mktemp("studies") / "factorial"
    targets = sums(100, 12)
    pool = [*colours(0, 14), *sums(0, 14), *targets]
    told: list[str] = []
    page = run_factorial(
        pool, targets, out, CONFIG, model=tiny_checkpoint, model_name="tiny", tell=told.append
    )
    assert page == out / "report.html"
    return out, pool, told


def seen(out: Path, arrangement: str, seed: int) -> list[dict[str, object]]:
    """The rows of a run, in the order in which they were trained on."""
    rows: list[dict[str, object]] = (
        pq.read_table(out / "rows" / f"{arrangement}.seed{seed}.parquet").sort_by("order").to_pylist()
    )
    return rows


@pytest.mark.parametrize("seed", CONFIG.seeds)
@pytest.mark.parametrize("rows", ["near", "random"])
def test_three_orders_hold_the_same_rows(
    study: tuple[Path, list[TestRow], list[str]], rows: str, seed: int
) -> None:
    near, far, shuffled = (
        [row["row"] for row in seen(study[0], f"{rows}-rows.{order}", seed)] for order in ORDERS
    )
    assert len(near) == 8 and far == near[::-1]
    assert set(shuffled) == set(near) and shuffled not in (near, far)


def test_near_rows_are_of_the_targets_kind_and_random_ones_are_drawn_anew(
    study: tuple[Path, list[TestRow], list[str]],
) -> None:
    assert {row["task"] for row in seen(study[0], "near-rows.near-first", 0)} == {"sums"}
    drawn = [{row["row"] for row in seen(study[0], "random-rows.shuffled", seed)} for seed in (0, 1)]
    assert drawn[0] != drawn[1] and "colours" in {
        row["task"] for row in seen(study[0], "random-rows.shuffled", 0)
    }


def test_no_tested_row_is_trained_on_or_arranged_for(study: tuple[Path, list[TestRow], list[str]]) -> None:
    out, _, told = study
    targets = sums(100, 12)
    split = arrangement.split_target(["sums"] * 12, texts=[row.text for row in targets], seed=0)
    tested = [targets[place].text for place in split.tests]
    results = select(
        read_results(out / "results.parquet"), metric="loss", dataset="all", condition={"seed": 0}
    )
    assert {row.n for row in results} == {len(tested)} == {6}
    for path in (out / "rows").glob("*.parquet"):
        note = note_of(path)
        assert note is not None and note["targets"] == 3 and among_targets(note, tested) == []
        assert len(among_targets(note, [targets[place].text for place in split.arranges])) == 3
        trained = {row["messages"][0]["content"] for row in pq.read_table(path).to_pylist()}
        assert trained.isdisjoint(tested) and len(trained) == 8
    statement = next(line for line in told if "No tested row took part" in line)
    assert "tested on 6 others" in statement and "tested on 6 others" in (out / "report.html").read_text()


def test_rows_like_tested_ones_are_left_out(study: tuple[Path, list[TestRow], list[str]]) -> None:
    assert any(
        "rows of the pool that hold half of a tested row's 8-grams were left out" in line for line in study[2]
    )
    clean = next(line for line in study[2] if "8-grams" in line)
    left = int(clean.split("; ")[-1].split(" stay")[0])
    assert left <= 40 - 6


def test_every_run_and_effect_is_in_the_table(study: tuple[Path, list[TestRow], list[str]]) -> None:
    results = read_results(study[0] / "results.parquet")
    losses = select(results, metric="loss", dataset="all")
    runs = {row.condition["run"] for row in losses if "run" in row.condition}
    assert len(runs) == 12
    assert {row.condition["step"] for row in losses} == {0, 1, 2}
    starts = {row.value for row in losses if row.condition["step"] == 0 and "run" in row.condition}
    assert len(starts) == 1, "all runs start from one checkpoint"
    assert len(select(results, metric="effect", condition={"of": "loss"})) == 9
    assert not select(results, metric="forgetting"), "tasks are mixed"
    assert not list((study[0] / "runs").glob("*")), "weights are gone"


def test_a_study_that_was_cut_off_trains_what_is_missing_and_ends_the_same(
    study: tuple[Path, list[TestRow], list[str]],
    tiny_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, pool, _ = study
    trained: list[str] = []
    most = 5

    def counted(model: Path, rows: Path, out: Path, config: SFTConfig) -> Trained:
        if len(trained) == most:
            raise KeyboardInterrupt
        trained.append(rows.stem)
        return train_sft(model, rows, out, config)

    def go_on() -> Path:
        return run_factorial(
            pool, sums(100, 12), tmp_path / "cut", CONFIG, model=tiny_checkpoint, model_name="tiny",
            cache=whole / "vectors", tell=lambda _: None,
        )  # fmt: skip

    monkeypatch.setattr(study_cells, "train_sft", counted)
    with pytest.raises(KeyboardInterrupt):
        go_on()
    trained.clear()
    most = 12
    go_on()
    assert len(trained) == 7
    assert read_results(tmp_path / "cut" / "results.parquet") == read_results(whole / "results.parquet")


def test_what_cannot_be_studied_is_refused(tiny_checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ArrangeError, match="two or more different seeds"):
        FactorialConfig(seeds=(1,))
    with pytest.raises(ArrangeError, match="no ranking 'nearest'"):
        FactorialConfig(ranking="nearest")  # type: ignore[arg-type]
    with pytest.raises(ArrangeError, match="lower the budget"):
        run_factorial(
            colours(0, 6),
            sums(0, 6),
            tmp_path / "small",
            CONFIG,
            model=tiny_checkpoint,
            model_name="tiny",
            tell=lambda _: None,
        )


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    target = written(tmp_path / "target.jsonl", sums(0, 6))
    given = [
        "dynamics",
        "factorial",
        str(tmp_path / "none.jsonl"),
        str(target),
        "--out",
        str(tmp_path / "out"),
    ]
    lost = CliRunner().invoke(app, given)
    assert lost.exit_code == 2 and "none.jsonl: there is no such file" in lost.output
    empty = written(tmp_path / "train.jsonl", [asked("What?", "", "sums")])
    given[2] = str(empty)
    bad = CliRunner().invoke(app, given)
    assert (
        bad.exit_code == 2
        and "row 1, field" in bad.output
        and "an answer" in bad.output
        and not (tmp_path / "out").exists()
    )
