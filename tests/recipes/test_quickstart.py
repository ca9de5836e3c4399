import json

import pytest
from quickstart_fakes import SIZE, Fake, go

from windward.evals import read_evaluations
from windward.recipes.errors import RecipeError
from windward.recipes.quickstart import SIZES
from windward.rows import ProblemError, read_problems, read_results, select


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("quickstart") / "run"
    told: list[str] = []
    report = go(out, tell=told.append)
    return out, report, told


def test_a_run_leaves_every_file_behind(finished):
    out, report, _ = finished
    assert report == out / "report.html"
    names = {path.name for path in out.iterdir()}
    assert names >= {
        "run.json", "steps.json", "journal.sqlite", "problems.jsonl", "trees.jsonl", "sft.parquet", "pairs.parquet",
        "sft", "preference", "evaluations.jsonl", "results.parquet", "report.html",
    }  # fmt: skip
    assert not [name for name in names if name.endswith(".part")]


def test_results_hold_every_stage_split_and_turn(finished):
    out, *_ = finished
    results = read_results(out / "results.parquet")
    success = {
        (r.condition["stage"], r.split, r.condition["turn"]): r
        for r in select(results, metric="success_rate")
    }
    assert set(success) == {
        (stage, split, turn)
        for stage in ("before", "sft", "after")
        for split in ("test", "test-families")
        for turn in (1, 2)
    }
    assert all(r.n == 4 and r.condition["seed"] == 0 for r in success.values())
    changes = select(results, metric="success_rate_change", condition={"stage": "after", "against": "before"})
    assert {(r.split, r.condition["turn"]) for r in changes} == {
        (split, turn) for split in ("test", "test-families") for turn in (1, 2)
    }


def test_training_and_measuring_share_no_problem(finished):
    out, *_ = finished
    trained = {
        json.loads(line)["problem"]["prompt"] for line in (out / "trees.jsonl").read_text().splitlines()
    }
    measured = {record.problem.prompt for record in read_evaluations(out / "evaluations.jsonl")}
    assert trained
    assert measured
    assert not trained & measured


def test_steps_say_what_they_took(finished):
    out, *_ = finished
    steps = {step["name"]: step for step in json.loads((out / "steps.json").read_text())}
    assert list(steps) == [
        "problems", "measure before", "grow trees", "rows", "sft", "measure sft", "preference", "measure after",
    ]  # fmt: skip
    assert steps["measure before"]["calls"] > 0
    assert steps["grow trees"]["tokens"] > 0
    assert "calls" not in steps["sft"]


def test_the_record_says_how_to_do_it_again(finished):
    out, *_ = finished
    record = json.loads((out / "run.json").read_text())
    assert record["config"]["seed"] == record["seed"] == 0
    assert record["versions"]["torch"]
    assert record["machine"]["cores"] >= 1


def test_markup_that_a_model_wrote_is_data_in_files_and_text_in_the_report(finished):
    out, report, _ = finished
    assert "<script>alert(1)</script>" in (out / "trees.jsonl").read_text()
    assert "<script>alert(1)" not in report.read_text()


def test_the_end_shows_intervals_of_both_splits(finished):
    *_, told = finished
    assert "test-families" in told[-1]
    assert "points [" in told[-1]


def test_a_finished_run_costs_nothing_again(finished):
    out, *_ = finished
    log = out.parent / "calls.log"
    told: list[str] = []
    go(out, log=log, tell=told.append)
    assert not log.exists()
    assert sum("done before" in line for line in told) == 8


@pytest.mark.parametrize(("name", "value"), [("seed", 1), ("model", "other"), ("size", "small")])
def test_the_folder_of_another_run_is_refused(finished, name, value):
    out, *_ = finished
    with pytest.raises(RecipeError, match=f"another run.*{name} was"):
        go(out, **{name: value})


def test_a_folder_of_foreign_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RecipeError, match=r"not empty.*thesis\.tex.*new folder"):
        go(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(RecipeError, match="is a file"):
        go(tmp_path / "out")


def test_a_malformed_problem_names_its_line_before_anything_is_made(tmp_path):
    rows = tmp_path / "mine.jsonl"
    rows.write_text('{"prompt": "a", "reference": "1", "kind": "math"}\n{"prompt": "b"}\n')
    with pytest.raises(ProblemError, match="line 2"):
        go(tmp_path / "out", problems=str(rows))
    assert not (tmp_path / "out").exists()


def test_own_problems_are_split_into_training_and_test(tmp_path):
    rows = tmp_path / "mine.jsonl"
    rows.write_text(
        "".join(
            json.dumps({"prompt": f"What is {i} + 10?", "reference": i + 10, "kind": "math"}) + "\n"
            for i in range(6)
        )
    )
    with pytest.raises(RecipeError, match=r"holds a correct action"):
        go(tmp_path / "out", problems=str(rows))  # the scripted model cannot solve them
    splits = [problem.split for problem in read_problems(tmp_path / "out" / "problems.jsonl")]
    assert sorted(splits) == ["test"] * 2 + ["train"] * 4


def test_an_actor_without_its_endpoint_is_refused(tmp_path):
    with pytest.raises(RecipeError, match="both, or neither"):
        go(tmp_path / "out", actor="big")


def test_a_model_that_fails_leaves_a_run_that_goes_on(tmp_path, monkeypatch):
    from windward.models import ModelError

    good = Fake.generate
    asked = []

    async def failing(self, messages, sampling=None, *, sample=0):
        asked.append(1)
        if len(asked) == 3:
            raise ModelError("no such model")
        return await good(self, messages, sampling, sample=sample)

    monkeypatch.setattr(Fake, "generate", failing)
    with pytest.raises(RecipeError, match=r"1 of 8 problems failed.*no such model"):
        go(tmp_path / "out")
    assert go(tmp_path / "out").exists()


def test_sizes_grow():
    assert SIZES["tiny"].train < SIZES["small"].train < SIZES["full"].train
    assert SIZES["tiny"].test < SIZES["small"].test < SIZES["full"].test
    assert SIZE.train < SIZES["tiny"].train


def test_no_family_gives_more_than_its_share_of_the_rows() -> None:
    from windward.recipes.quickstart.steps import balanced
    from windward.rows import SftRow

    def row(family: str, node: str) -> SftRow:
        return SftRow(
            messages=[], tree_id="t", model="m", family=family, kind="math", seed=0, turn=1, node_id=node
        )

    found = [
        row("easy", "1"),
        row("easy", "2"),
        row("hard", "3"),
        row("easy", "4"),
        row("", "5"),
        row("", "6"),
    ]
    assert [kept.node_id for kept in balanced(found, 2)] == ["1", "2", "3", "5", "6"]
    assert balanced(found, None) == found
