"""Whole runs: who knows scores all, who knows nothing nothing, maths is reported both ways, killed runs go on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from reasoning_small import ALL, items_of, knows
from typer.testing import CliRunner

from windward.evals.data import DataError
from windward.evals.folder import FolderError
from windward.evals.reasoning.answers import ANSWERS, read_answers
from windward.evals.reasoning.items import BENCHMARKS
from windward.evals.reasoning.live import RESULTS, ReasoningConfig, drawn, run_reasoning
from windward.evals.reasoning.load import load_items
from windward.evals.reasoning.prompts import POT
from windward.models import ContextOverflowError, Message, Reply, Usage, scripted
from windward.rows import Result, read_results, select, write_results

EVERY = ReasoningConfig(benchmarks=ALL)
SOME = ReasoningConfig(benchmarks=("svamp", "mbpp"))


def table_of(model, out, data, config=SOME, **options) -> list[Result]:
    return read_results(run_reasoning(model, out, config, data=data, tell=lambda line: None, **options))


def accuracies(table: Sequence[Result]) -> dict[tuple[str, str], Result]:
    rows = select(table, metric="accuracy", split="all")
    return {(row.dataset, row.condition["mode"]): row for row in rows}


def test_who_knows_the_answers_is_right_on_every_item_of_every_benchmark_in_every_mode(data, tmp_path):
    found = accuracies(table_of(knows(data), tmp_path / "run", data, EVERY))
    assert set(found) == {(name, mode) for name in ALL for mode in BENCHMARKS[name].modes}
    for (name, _), row in found.items():
        assert (row.value, row.unparsed, row.n) == (1.0, 0, len(load_items(name, data))), (name, row)


def test_who_knows_nothing_is_wrong_everywhere_and_stays_in_the_denominator(data, tmp_path):
    found = accuracies(table_of(scripted(lambda messages: ""), tmp_path / "run", data, EVERY))
    for (name, _), row in found.items():
        size = len(load_items(name, data))
        assert (row.value, row.n, row.unparsed) == (0.0, size, size), name


def test_maths_in_words_and_as_programs_is_reported_apart_and_the_better_is_called_so(data, tmp_path):
    sure = knows(data)

    def only_words(messages: Sequence[Message]) -> str:
        asked_program = messages[0]["content"].startswith(POT[:30])
        return "I do not know" if asked_program else str(sure._script(messages))

    table = table_of(scripted(only_words), tmp_path / "run", data, replace(SOME, benchmarks=("svamp",)))
    found = accuracies(table)
    assert (found["svamp", "cot"].value, found["svamp", "pot"].value) == (1.0, 0.0)
    means = {row.condition["maths"]: row.value for row in select(table, metric="mean_of_present")}
    assert means == {"cot": 1.0, "pot": 0.0, "better": 1.0}


def test_every_figure_says_how_it_was_drawn_and_how_sure_it_is(data, tmp_path):
    config = replace(SOME, preset="paper", benchmarks=("ifeval", "svamp"), seed=3, limit=2)
    found = accuracies(table_of(knows(data), tmp_path / "run", data, config))
    told = found["ifeval", "chat"].condition
    assert (told["preset"], told["temperature"], told["max_tokens"], told["seed"]) == ("paper", 0.7, 1024, 3)
    assert (told["of"], found["ifeval", "chat"].n) == (3, 2)
    assert 0 < told["low"] < told["high"] == 1.0
    assert found["svamp", "pot"].condition["temperature"] == 0


def test_a_reply_cut_off_at_the_limit_and_a_prompt_too_long_are_counted(data, tmp_path):
    def say(messages: Sequence[Message]) -> Reply:
        if "76 dollars" in messages[0]["content"]:
            raise ContextOverflowError("too long")
        return Reply("The answer is 6, and so", "length", Usage(1, 5))

    config = replace(SOME, benchmarks=("svamp",), modes=("cot",))
    row = accuracies(table_of(scripted(say), tmp_path / "run", data, config))["svamp", "cot"]
    assert (row.n, row.condition["cut_off"], row.unparsed) == (3, 3, 1)
    assert row.condition["cut_off_right"] == round(row.value * 3) == 1


def test_both_policies_judge_the_same_replies_and_call_the_model_once(data, tmp_path):
    model = scripted(lambda messages: "The answer is 12.4")
    config = ReasoningConfig(benchmarks=("theoremqa",), modes=("cot",), policies=("strict", "released"))
    table = table_of(model, tmp_path / "run", data, config)
    of = {row.condition["policy"]: row.value for row in select(table, metric="accuracy", split="integer")}
    assert of == {"strict": 0.0, "released": 1.0}, "the release rounds 12.4 to the integer 12"
    assert len(model.calls) == len(load_items("theoremqa", data))


def test_a_sample_is_drawn_by_the_seed_and_keeps_its_order(data):
    items = items_of(data)
    assert [item.id for item in drawn(items, 5, 1)] == [item.id for item in drawn(items, 5, 1)]
    assert {tuple(item.id for item in drawn(items, 5, seed)) for seed in range(8)} != {1}
    places = [items.index(item) for item in drawn(items, 5, 2)]
    assert places == sorted(places) and len(set(places)) == 5


def test_a_second_run_calls_nobody_and_another_run_is_refused(data, tmp_path):
    first, again = knows(data), knows(data)
    table = table_of(first, tmp_path / "run", data)
    assert table_of(again, tmp_path / "run", data) == table
    assert first.calls and not again.calls
    with pytest.raises(FolderError, match="holds another run"):
        table_of(again, tmp_path / "run", data, replace(SOME, seed=9))


KILLED = """
import asyncio, sys
sys.path.insert(0, sys.argv[4])
from pathlib import Path
from reasoning_small import knows
from windward.evals.reasoning.live import ReasoningConfig, run_reasoning

class Slow:
    def __init__(self, inner, log):
        self.inner, self.log, self.name = inner, log, "slow"
    async def generate(self, messages, sampling, *, sample=0):
        with open(self.log, "a") as log:
            log.write("call\\n")
        await asyncio.sleep(0.3)
        return await self.inner.generate(messages, sampling)

data, out, log = map(Path, sys.argv[1:4])
config = ReasoningConfig(benchmarks=("svamp", "gsmplus", "theoremqa"), modes=("cot",))
run_reasoning(Slow(knows(data), log), out, config, data=data, tell=lambda line: None)
"""


def test_a_killed_run_goes_on_and_ends_in_the_same_table(data, tmp_path):
    def start(out, log):
        command = [sys.executable, "-c", KILLED, str(data), str(out), str(log), str(Path(__file__).parent)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    log, other = tmp_path / "calls.log", tmp_path / "other.log"
    log.touch()
    killed = start(tmp_path / "run", log)
    while len(log.read_text().splitlines()) < 4 and killed.poll() is None:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert start(tmp_path / "run", log).wait() == 0
    assert start(tmp_path / "unkilled", other).wait() == 0
    assert read_results(tmp_path / "run" / RESULTS) == read_results(tmp_path / "unkilled" / RESULTS)
    stage = 6  # at most one stage's calls are under way at a kill
    assert len(log.read_text().splitlines()) <= len(other.read_text().splitlines()) + stage


def test_mints_columns_are_taken_from_its_own_run(data, tmp_path):
    sizes = {"humaneval": 45, "mbpp": 91, "math": 100, "theoremqa": 49, "mmlu": 76}
    rows = [
        Result("mint", name, task, "test", "success_rate", value, size, {"k": k, "feedback": "none", "profile": "strict"})
        for name, value in (("knows", 0.2), ("other", 0.9))
        for task, size in sizes.items()
        for k in (1, 5)
    ]  # fmt: skip
    write_results(tmp_path / "mint" / "results.parquet", rows)
    table = table_of(knows(data), tmp_path / "run", data, EVERY, mint=tmp_path / "mint")
    mint = {row.dataset: row for row in table if row.dataset.startswith("mint")}
    assert {name: (round(row.value, 9), row.n, row.condition["of"]) for name, row in mint.items()} == {
        "mint-code": (0.2, 136, 136),
        "mint-math": (0.2, 225, 225),
    }
    (average,) = [row for row in select(table, metric="average_of_twelve") if row.condition["maths"] == "pot"]
    assert average.n == 12 and average.value == pytest.approx((10 + 0.4) / 12)
    with pytest.raises(DataError, match=r"of stranger on .*models there: knows, other"):
        table_of(knows(data, "stranger"), tmp_path / "third", data, EVERY, mint=tmp_path / "mint")


def test_what_a_model_wrote_is_shown_as_text(data, tmp_path):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    config = replace(SOME, benchmarks=("svamp", "bbh", "ifeval"), policies=("strict", "released"))
    table_of(scripted(lambda messages: hostile), tmp_path / "run", data, config)
    page = (tmp_path / "run" / "report.html").read_text()
    assert hostile not in page and "&lt;script&gt;alert(1)" in page and "<img" not in page


def test_programs_of_replies_run_isolated_and_write_nothing_here(data, tmp_path):
    mark = tmp_path / "written"
    evil = f"```python\nopen({str(mark)!r}, 'w').write('x')\nprint(51)\n```"
    boxed = rf"\boxed{{__import__('os').system('touch {mark}')}}"
    config = replace(
        EVERY, benchmarks=("humaneval", "svamp", "theoremqa", "bbh"), policies=("strict", "released")
    )
    for number, reply in enumerate((evil, boxed)):
        table_of(scripted(lambda m, reply=reply: reply), tmp_path / f"run{number}", data, config)
    assert not mark.exists()


def test_the_command_runs_and_says_where(data, tmp_path, monkeypatch):
    import windward.models
    from windward.cli import app

    monkeypatch.setattr(windward.models, "resolve", lambda name, url=None: knows(data, name))
    options = ["eval", "reasoning", "--model", "x", "--data", str(data), "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(
        app, [*options, "--benchmark", "svamp:2", "--benchmark", "bbh", "--policy", "both"]
    )
    assert done.exit_code == 0, done.output
    assert (
        "SVAMP, pot: 2 of 3 items" in done.output and f"results: {tmp_path / 'run' / RESULTS}" in done.output
    )
    assert {answer.benchmark for answer in read_answers(tmp_path / "run" / ANSWERS)} == {"svamp", "bbh"}
    other = CliRunner().invoke(app, [*options, "--benchmark", "svamp"])
    assert other.exit_code == 2 and "holds another run" in other.output
    for wrong, says in (
        ("mint-code", "windward eval mint"),
        ("svamp:0", "at least 1"),
        ("gsm8k", "no benchmark"),
    ):
        refused = CliRunner().invoke(app, [*options[:-1], str(tmp_path / "new"), "--benchmark", wrong])
        assert refused.exit_code == 2 and says in refused.output, refused.output
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("seen", ["humaneval", "mint"])
def test_a_checkpoint_that_saw_the_problems_is_refused_unless_somebody_insists(
    seen, data, tmp_path, monkeypatch
):
    import windward.models
    from windward.cli import app

    monkeypatch.setattr(windward.models, "resolve", lambda name, url=None: knows(data, "trained"))
    trained = tmp_path / "trained"
    trained.mkdir()
    (trained / "training.json").write_text(json.dumps({"never_score": [seen]}))
    call = [
        "eval",
        "reasoning",
        "--model",
        str(trained),
        "--data",
        str(data),
        "--benchmark",
        "humaneval",
        "--out",
    ]
    refused = CliRunner().invoke(app, [*call, str(tmp_path / "run")])
    assert refused.exit_code == 2 and f"trained on problems of {seen}" in refused.output
    insisted = CliRunner().invoke(app, [*call, str(tmp_path / "run"), "--allow-contaminated"])
    assert insisted.exit_code == 0, insisted.output
    assert json.loads((tmp_path / "run" / "run.json").read_text())["settings"]["contaminated"] == [seen]
