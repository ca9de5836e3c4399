"""The recorded runs of 37 models give the tables that were made of them, and both profiles their known verdicts."""

from __future__ import annotations

from typing import Any

import pytest
from mint_reference import RECORDING, needs_reference, table, verdicts

from windward.evals.mint.code_tasks import grade_code_released, grade_code_strict
from windward.evals.mint.graders import grade
from windward.evals.mint.instances import Instance
from windward.evals.mint.metrics import percent, results_of
from windward.evals.mint.recorded import read_recorded
from windward.evals.mint.regrade import MALFORMED
from windward.evals.mint.runs import Run, Setting
from windward.interpreter import Interpreter, IsolationError
from windward.rows import Result

pytestmark = needs_reference

EVALUATED = "gpt-3.5-turbo-0613"
Key = tuple[str, str, str, Setting]


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return [record.run() for record in read_recorded(RECORDING, verdicts_only=True)]


@pytest.fixture(scope="module")
def results(runs: list[Run]) -> dict[Key, Result]:
    return keyed(results_of(runs, profile="recorded"))


def keyed(results: list[Result]) -> dict[Key, Result]:
    """By model, dataset, metric and setting; the quality of a provider for one evaluated model only."""
    found = {}
    for row in results:
        told = row.condition
        setting = Setting(
            told["k"], told["feedback"], told.get("form", ""), told.get("with_reference", False)
        )
        if row.metric != "failure_rate" and told.get("evaluated", EVALUATED) == EVALUATED:
            found[row.model, row.dataset, row.metric, setting] = row
    return found


def rates(entry: dict[str, Any]) -> dict[str, tuple[int, int, float]]:
    """Of a reference table: n, successes and SR in percent by dataset."""
    parts = {"all": entry | {"sr": entry["sr_micro"]}} | entry["by_task"] | entry["by_type"]
    return {name: (part["n"], part["success"], part["sr"]) for name, part in parts.items()}


def ours(results: dict[Key, Result], model: str, setting: Setting) -> dict[str, tuple[int, int, float]]:
    found = {}
    for (name, dataset, metric, under), row in results.items():
        if (name, metric, under) == (model, "success_rate", setting):
            success = round(row.value * row.n)
            found[dataset] = (row.n, success, percent(success, row.n))
    return found


def test_success_rates_equal_the_tables_for_every_model_task_and_k(results: dict[Key, Result]) -> None:
    models = {key[0] for key in results if key[2] == "success_rate"}
    tables = table("sr_tables")["models"]
    assert len(models) == 37 and models <= tables.keys()
    for model in models:
        for k, entry in tables[model]["sr_k"].items():
            assert ours(results, model, Setting(int(k))) == rates(entry), (model, k)
        if "gpt4_feedback" in tables[model]:
            told = Setting(5, "gpt-4-0613", "textual")
            assert ours(results, model, told) == rates(tables[model]["gpt4_feedback"]), model


def test_slopes_and_gains_from_feedback_equal_the_tables(results: dict[Key, Result]) -> None:
    for model, entry in table("sr_tables")["models"].items():
        if (model, "all", "tool_slope", Setting(5)) not in results:
            continue
        for name, line in entry["delta_tools"].items():
            dataset = "all" if name == "micro" else name.removeprefix("task:")
            row = results[model, dataset, "tool_slope", Setting(5)]
            r2 = row.condition["r2"]
            assert round(row.value, 3) == line["slope"], (model, name)
            assert r2 is line["r2"] is None or r2 == pytest.approx(line["r2"], abs=1e-4), (model, name)
        delta = entry.get("delta_feedback", {"micro": None, "by_type": {}, "by_task": {}})
        wanted = {"all": delta["micro"]} | delta["by_type"] | delta["by_task"]
        for dataset, points in wanted.items():
            if points is not None:
                told = Setting(5, "gpt-4-0613", "textual")
                assert results[model, dataset, "feedback_delta", told].value == points, (model, dataset)


def test_the_quality_of_feedback_providers_equals_the_table(results: dict[Key, Result]) -> None:
    providers = table("feedback_providers")["providers"]
    assert len(providers) == 14
    for entry in providers.values():
        seen, _, form = entry["setting"].removeprefix("PHF=").partition("-")
        told = Setting(5, entry["provider"], form, with_reference=seen == "GT")
        assert ours(results, EVALUATED, told) == rates(entry["detail"]), entry["setting"]
        for dataset, points in ({"all": entry["delta_micro"]} | entry["delta_by_type"]).items():
            row = results[entry["provider"], dataset, "provider_quality", told]
            assert row.value == points, (entry["provider"], dataset)
            if dataset == "all" and "provider_success" in row.condition:
                assert row.condition["provider_success"] == entry["provider_own_sr5"]


def test_prefixes_of_the_longest_runs_equal_the_table(runs: list[Run]) -> None:
    plain = [run for run in runs if run.setting.feedback == "none"]
    results = keyed(results_of(plain, profile="recorded", mode="prefix"))
    wanted = {model: entry for model, entry in table("prefix_vs_independent").items()
              if (model, "all", "success_rate", Setting(5)) in results}  # fmt: skip
    assert len(wanted) >= 30
    for model, entry in wanted.items():
        found = [results[model, "all", "success_rate", Setting(k)].value for k in range(1, 6)]
        assert [round(100 * rate, 2) for rate in found] == entry["prefix_of_k5"], model


def test_turns_of_each_kind_equal_the_table(results: dict[Key, Result]) -> None:
    for entry in table("behaviour_k5"):
        key = (entry["model"], "all", "turns_per_problem", Setting(5))
        if key in results:
            found = {
                name: results[entry["model"], "all", f"{name}_per_problem", Setting(5)].value
                for name in ("turns", "proposals", "invalid_turns")
            }
            wanted = {name: entry[f"{name}_per_instance"] for name in ("propose", "invalid", "tool")}
            assert found["proposals"] == pytest.approx(wanted["propose"], abs=5.1e-4), entry["model"]
            assert found["invalid_turns"] == pytest.approx(wanted["invalid"], abs=5.1e-4), entry["model"]
            actions = found["turns"] - found["proposals"] - found["invalid_turns"]
            assert actions == pytest.approx(wanted["tool"], abs=5.1e-4), entry["model"]


# ---- verdicts of single proposals


def instance(row: dict[str, Any]) -> Instance:
    return Instance(row["task"], str(row["task_id"]), row["prompt"], row["gold"], {})


def test_the_released_profile_judges_every_answer_in_words_as_the_released_grader_does() -> None:
    rows = [row for row in verdicts() if row["task"] not in ("alfworld", "humaneval", "mbpp")]
    wrong = [row["id"] for row in rows
             if grade(instance(row), row["answer"], "released").correct != row["released_grader_now"]]  # fmt: skip
    assert len(rows) >= 100 and not wrong


def test_the_strict_profile_agrees_with_every_decided_audit() -> None:
    rows = [
        row for row in verdicts() if row["audit"] in ("correct", "incorrect") and row["task"] != "alfworld"
    ]
    wrong = [row["id"] for row in rows
             if grade(instance(row), row["answer"], "strict").correct != (row["audit"] == "correct")]  # fmt: skip
    assert len(rows) >= 40 and not wrong


def test_code_is_judged_as_the_released_grader_judges_it() -> None:
    try:
        Interpreter().close()
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")
    rows = [row for row in verdicts() if row["task"] in ("humaneval", "mbpp")]
    for row in rows:
        judged = [by(instance(row), row["answer"]).correct for by in (grade_code_released, grade_code_strict)]
        assert judged == [row["released_grader_now"]] * 2, row["id"]
    assert len(rows) >= 30


def test_every_recorded_success_in_words_is_one_by_the_released_rules_and_the_drift_is_known() -> None:
    """The one slow one: reads every message of five tasks. What flips are MATH's negative references and options."""
    found: dict[str, int] = {}
    known: dict[tuple[str, str, str], bool] = {}
    drift: dict[tuple[str, str], set[str]] = {}
    words = ("gsm8k", "math", "mmlu", "hotpotqa", "theoremqa")
    for record in read_recorded(RECORDING, tasks=words):
        task = record.instance.task
        for turn in record.turns:
            if turn.kind != "proposal":
                continue
            key = (task, record.instance.id, turn.text or "")
            if key not in known:
                known[key] = (
                    grade(record.instance, turn.text, "released").correct if turn.text else MALFORMED.correct
                )
            recorded = record.success and turn is record.turns[-1]
            assert known[key] or not recorded, key
            if known[key] and not recorded:
                found[task] = found.get(task, 0) + 1
                if record.setting == Setting(5):
                    drift.setdefault((record.model, task), set()).add(record.instance.id)
    assert set(found) == {"math", "theoremqa"}
    for model, entry in table("grader_drift_sr5").items():
        flips = {task: len(ids) for (name, task), ids in drift.items() if name == model}
        assert flips == {} or flips == entry["instances_flipped"], model
