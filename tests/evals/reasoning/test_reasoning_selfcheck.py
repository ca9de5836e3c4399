"""Each benchmark is checked itself: right answers score all, answers that know nothing what they deserve."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from reasoning_small import ALL, items_of
from typer.testing import CliRunner

import windward.evals.reasoning.selfcheck as selfcheck
from windward.evals.data import DataError
from windward.evals.reasoning.files import data_folder
from windward.evals.reasoning.golds import CONTRADICTED, fenced, gold
from windward.evals.reasoning.grade import grade_item
from windward.evals.reasoning.items import BENCHMARKS
from windward.evals.reasoning.live import SHIPPED, drawn
from windward.evals.reasoning.load import load_items
from windward.evals.reasoning.selfcheck import GOLD, check_items, run_selfcheck
from windward.grading import check_prompt
from windward.rows import read_results, select

real = pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")


def assert_sound(name: str, items: list, jobs: int = 2) -> None:
    for mode in BENCHMARKS[name].modes:
        for check in check_items(items, mode, jobs=jobs):
            assert check.ok, check
            assert check.n == len(items)
            if check.answer == GOLD:
                assert check.right == check.n and not check.none
            elif not check.answer.startswith("always") and name != "ifeval":
                assert check.right == 0


@pytest.mark.parametrize("name", ALL)
def test_small_benchmarks_hold_golds_at_all_and_know_nothings_at_what_they_deserve(name, data):
    assert_sound(name, items_of(data, name))


@real
@pytest.mark.parametrize("name", SHIPPED)
def test_real_benchmarks_hold_on_a_sample(name):
    assert_sound(name, drawn(load_items(name, data_folder()), 12, seed=0))


@real
@pytest.mark.slow
@pytest.mark.parametrize("name", [*SHIPPED, "math-numeric"])
def test_whole_real_benchmarks_hold(name):
    assert_sound(name, load_items(name, data_folder()))


@real
def test_a_text_can_obey_all_instructions_of_every_prompt_of_ifeval():
    for item in load_items("ifeval", data_folder()):
        found = check_prompt(
            item.meta["instructions"], item.meta["kwargs"], str(gold(item, "chat")), item.prompt
        )
        assert found.loose_prompt, item.id


@real
def test_an_item_said_to_contradict_itself_does_so_and_its_reference_is_not_changed():
    for (name, wanted), _ in CONTRADICTED.items():
        item = next(item for item in load_items(name, data_folder()) if item.id == wanted)
        own = grade_item(item, "pot", fenced(item.meta["program"])).verdicts["strict"]
        assert not own.correct and own.status == "ok"
        assert (item.reference, own.extracted) == (1.0, "5.0")


def test_a_grader_that_accepts_everything_or_nothing_is_found_out(data, monkeypatch, tmp_path):
    from windward.evals.reasoning.grade import Graded
    from windward.grading import Verdict

    for verdict in (True, False):
        fake = Graded({"strict": Verdict(verdict, None, "fake")})
        monkeypatch.setattr(selfcheck, "grade_item", lambda *args, fake=fake, **kwargs: fake)
        told: list[str] = []
        _, failed = run_selfcheck(tmp_path, benchmarks=["svamp"], data=data, tell=told.append)
        assert failed and any(line.startswith("FAIL") and "chal-1" in line for line in told)


def test_the_command_writes_the_table_leaves_out_what_is_not_there_and_ends_with_one_on_failure(
    data, tmp_path, monkeypatch
):
    from windward.cli import app

    (data / "leetcode.json").unlink()
    call = ["eval", "selfcheck", "--data", str(data), "--out", str(tmp_path / "check")]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    assert "leetcode: left out" in done.output and "FAIL" not in done.output
    table = read_results(tmp_path / "check" / "results.parquet")
    golds = select(table, condition={"answer": GOLD})
    assert {row.dataset for row in golds} == set(ALL) - {"leetcode"} and {row.value for row in golds} == {1.0}
    named = CliRunner().invoke(app, [*call, "--benchmark", "leetcode"])
    assert named.exit_code == 2 and "LeetCode is not in" in named.output
    monkeypatch.setattr("windward.evals.reasoning.golds.fenced", lambda code: "print('wrong')")
    failing = CliRunner().invoke(app, [*call, "--benchmark", "mbpp"])
    assert failing.exit_code == 1 and "FAIL mbpp" in failing.output


def test_a_folder_without_any_benchmark_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="no benchmark's problems"):
        run_selfcheck(tmp_path / "out", data=tmp_path, tell=lambda line: None)
