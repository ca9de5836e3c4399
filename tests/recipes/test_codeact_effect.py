"""What training changed: attempts, labels and bits of two checkpoints, in pairs, through a journal."""

import asyncio
import json
import shutil
from math import log

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.folder import FolderError
from windward.models import ModelError, Reply, Usage, scripted
from windward.recipes.codeact.effect import EffectConfig, measure_effect
from windward.recipes.codeact.effect_attempts import Attempt, attempt
from windward.recipes.codeact.effect_figures import Measured, figures, table
from windward.recipes.codeact.effect_general import (
    Choice,
    Passage,
    bits,
    chosen,
    read_passages,
    read_sentiments,
)
from windward.recipes.errors import RecipeError
from windward.recipes.families import make_problems
from windward.rows import Problem, read_results, select

SUM = Problem("p", "Ann has 2 pens and buys 3. How many has she?", "5", "math", "gains", "test")


def tried(form, *replies):
    said = iter(replies)
    return asyncio.run(attempt(SUM, scripted(lambda messages: next(said)), form, turns=3, max_tokens=64))


def test_code_that_runs_and_then_an_answer_in_the_form_of_the_rows():
    found = tried("rows", "I add. <execute>print(2 + 3)</execute>", "<solution>5</solution>")
    assert (found.acted, found.executed, found.solved_at) == (True, True, 2)
    assert found.turns[0]["shown"] == "5"


@pytest.mark.parametrize("code", ["print(2 +", "print(nothing)"])
@pytest.mark.parametrize("form", ["rows", "examples"])
def test_code_that_does_not_parse_or_raises_is_not_executable(form, code):
    found = tried(form, *[f"<execute>{code}</execute>"] * 3)
    assert (found.acted, found.executed, found.solved_at) == (True, False, None)


@pytest.mark.parametrize("form", ["rows", "examples"])
def test_words_are_no_action(form):
    found = tried(form, *["She has a few pens."] * 3)
    assert (found.acted, found.executed, found.solved_at) == (False, False, None)


def test_with_worked_examples_what_the_code_prints_is_the_answer():
    found = tried("examples", "```python\nprint(4)\n```", "```python\nprint(2 + 3)\n```")
    assert (found.acted, found.executed, found.solved_at) == (True, True, 2)


def made(problem, form, executed, solved_at):
    return Attempt(problem, "test", form, executed, executed, solved_at, ())


def test_figures_by_hand():
    verdicts = {
        "before": [(False, None)] * 6 + [(True, 2)] * 4,
        "after": [(True, 1)] * 8 + [(True, None)] * 2,
    }
    stages = {
        stage: Measured(
            stage,
            [made(f"p{at}", form, *one) for form in ("rows", "examples") for at, one in enumerate(found)],
            {"c0": 0, "c1": int(stage == "after")},
            {"t0": 80.0, "t1": 16.0 if stage == "before" else 40.0},
        )
        for stage, found in verdicts.items()
    }
    choices = [Choice(f"c{at}", "sst2", (), ("no", "yes"), 1) for at in range(2)]
    passages = [Passage("t0", (), "x" * 32), Passage("t1", (), "y" * 16)]
    results = figures(stages["before"], stages["after"], choices, passages, turns=2, seed=0)

    def one(metric, **condition):
        (found,) = select(results, metric=metric, condition=condition)
        return found

    ran = one("executable_rate", form="rows", stage="before")
    assert (ran.value, ran.n) == (0.4, 10)
    assert (ran.condition["low"], ran.condition["high"]) == pytest.approx((0.1682, 0.6873), abs=1e-4)
    change = one("executable_rate_change", form="rows")
    assert (change.condition["gained"], change.condition["lost"]) == (6, 0)
    assert change.condition["mcnemar_p"] == pytest.approx(2 / 2**6)
    assert [one("success_rate", form="rows", stage="after", turn=turn).value for turn in (1, 2)] == [0.8, 0.8]
    success = one("success_rate_change", form="examples", turn=2)
    assert (success.condition["gained"], success.condition["lost"]) == (6, 2)
    assert success.value == pytest.approx(0.4)
    assert [one("accuracy", stage=stage).value for stage in ("before", "after")] == [0.0, 0.5]
    assert [one("bits_per_byte", stage=stage).value for stage in ("before", "after")] == [2.0, 2.5]
    loss = one("bits_per_byte_change")
    assert loss.value == 0.5
    assert loss.condition["low"] <= 0.5 <= loss.condition["high"]
    assert len(table(results).splitlines()) == 2 + len(results) // 3


class Judge:
    """Says how likely an answer is by its length."""

    name = "judge"

    async def score(self, messages, completion):
        return tuple(-log(2) for _ in completion)


def test_the_likeliest_label_is_chosen_and_bits_are_counted():
    assert asyncio.run(chosen(Choice("c", "d", (), ("three", "one", "four"), 0), Judge())) == 1
    assert asyncio.run(bits(Passage("p", (), "abcde"), Judge())) == pytest.approx(5)


def test_bits_of_a_checkpoint_are_those_of_a_plain_forward(tiny_checkpoint):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from windward.models import local

    passage = Passage("p", ({"role": "user", "content": "How many apples?"},), "Tom has 7 apples.")
    found = asyncio.run(bits(passage, local(tiny_checkpoint)))
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    model = AutoModelForCausalLM.from_pretrained(tiny_checkpoint, dtype=torch.float32)
    before = tokenizer.apply_chat_template(list(passage.messages), tokenize=False, add_generation_prompt=True)
    prompt, answer = (
        tokenizer(text, add_special_tokens=False)["input_ids"]
        for text in (before, passage.text + tokenizer.eos_token)
    )
    labels = torch.tensor([[-100] * len(prompt) + answer])
    loss = model(torch.tensor([prompt + answer]), labels=labels).loss.item()
    assert found == pytest.approx(loss * len(answer) / log(2), rel=1e-4)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data" / "classification"
    (folder / "sst2").mkdir(parents=True)
    (folder / "agnews").mkdir()
    for name in ("train", "dev"):
        lines = [f'{name} film "{at}" is {("bad", "good")[at % 2]}\t{at % 2}' for at in range(12)]
        (folder / "sst2" / f"{name}.tsv").write_text("\n".join(["sentence\tlabel", *lines]) + "\n")
    news = [f'"{at % 4 + 1}","Title {at}","Story {at}, with a comma."' for at in range(40)]
    (folder / "agnews" / "test.csv").write_text("\n".join(news) + "\n")
    return tmp_path / "data"


def test_texts_are_drawn_by_the_seed_and_examples_are_of_other_texts(data):
    first = read_sentiments(data, 8, 0)
    assert first == read_sentiments(data, 8, 0) != read_sentiments(data, 8, 1)
    assert len({choice.id for choice in first}) == 8
    for choice in first:
        *shots, asked = choice.messages
        assert "dev film" in asked["content"]
        assert all("train film" in shot["content"] for shot in shots[::2])
        assert choice.labels[choice.right] == ("positive" if "good" in asked["content"] else "negative")
    assert [passage.text for passage in read_passages(data, 40, 0)][7] == "Story 7, with a comma."
    with pytest.raises(RecipeError, match="lower --texts"):
        read_sentiments(data, 13, 0)
    with pytest.raises(RecipeError, match="is not there"):
        read_passages(data / "nowhere", 1, 0)


class Subject:
    """Acts by its name: `trained` runs code that prints the answer, `plain` talks."""

    def __init__(self, name, fail_after=None):
        self.name, self.calls, self.fail_after = name, 0, fail_after

    async def generate(self, messages, sampling=None, *, sample=0):
        self.calls += 1
        if self.fail_after is not None and self.calls > self.fail_after:
            raise ModelError("the machine went away")
        known = {
            problem.prompt: problem.reference for problem in make_problems(train=0, test=4, test_families=4)
        }
        answer = next((known[prompt] for prompt in known if prompt in str(messages[-1]["content"])), "0")
        text = f"<execute>print({answer!r})</execute>" if self.name == "trained" else "Well."
        return Reply(text, usage=Usage(10, 5), model=self.name)

    async def score(self, messages, completion):
        self.calls += 1
        return (-0.5 * len(completion),)


def measure(data, out, subjects, **changes):
    told = []
    config = EffectConfig(
        **{"before": "plain", "after": "trained", "problems": 4, "texts": 5, "data": str(data)} | changes
    )
    return measure_effect(config, out, open_model=subjects.__getitem__, tell=told.append), told


def subjects(**failing):
    return {name: Subject(name, failing.get(name)) for name in ("plain", "trained")}


def test_a_run_measures_both_and_is_not_done_twice(data, tmp_path):
    first, told = measure(data, tmp_path / "run", subjects())
    results = read_results(first)
    rates = {
        stage: select(
            results, metric="executable_rate", split="test", condition={"form": "rows", "stage": stage}
        )[0]
        for stage in ("before", "after")
    }
    assert (rates["before"].value, rates["after"].value) == (0.0, 1.0)
    assert {result.n for result in select(results, dataset="sst2")} == {5}
    assert "| executable rate, turn 1 |" in told[-1]
    lines = (tmp_path / "run" / "attempts.jsonl").read_text().splitlines()
    assert len(lines) == 2 * 2 * 8
    assert json.loads(lines[0])["stage"] == "before"
    bytes_then, again = first.read_bytes(), subjects()
    second, _ = measure(data, tmp_path / "run", again)
    assert second.read_bytes() == bytes_then
    assert sum(subject.calls for subject in again.values()) == 0


def test_a_run_that_was_cut_off_repeats_nothing(data, tmp_path):
    whole = subjects()
    first, _ = measure(data, tmp_path / "whole", whole)
    cut = subjects(trained=9)
    with pytest.raises(Exception, match="the machine went away"):
        measure(data, tmp_path / "cut", cut)
    resumed = subjects()
    second, _ = measure(data, tmp_path / "cut", resumed)
    assert resumed["plain"].calls == 0
    assert resumed["trained"].calls == whole["trained"].calls - 9
    assert read_results(second) == read_results(first)


def test_another_comparison_is_not_mixed_in(data, tmp_path):
    measure(data, tmp_path / "run", subjects())
    with pytest.raises(FolderError, match="seed was 0, now 1"):
        measure(data, tmp_path / "run", subjects(), seed=1)


def test_a_checkpoint_that_saw_the_classifications_is_not_scored_on_them(data, tmp_path):
    trained = tmp_path / "trained"
    trained.mkdir()
    (trained / "training.json").write_text('{"never_score": ["sst2", "mint"]}')
    with pytest.raises(RecipeError, match="must not be scored on sst2"):
        measure(data, tmp_path / "run", {}, after=str(trained))
    models = subjects() | {str(trained): Subject("trained")}
    results, _ = measure(data, tmp_path / "run", models, after=str(trained), texts=0)
    assert {result.dataset for result in read_results(results)} == {"generated problems"}


def test_without_data_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    with pytest.raises(RecipeError, match="--texts 0"):
        measure_effect(EffectConfig(after="trained"), tmp_path / "run")


def test_the_command_compares_two_checkpoints(data, tiny_checkpoint, tmp_path):
    checkpoint = tmp_path / "tiny"
    shutil.copytree(tiny_checkpoint, checkpoint)
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 8192}))
    call = [
        "codeact", "effect", "--before", checkpoint, "--after", checkpoint, "--out", tmp_path / "run", "--problems", 3,
        "--turns", 1, "--max-tokens", 4, "--texts", 3, "--data", data,
    ]  # fmt: skip
    seen = CliRunner().invoke(app, list(map(str, call)))
    assert seen.exit_code == 0, seen.output
    assert "results.parquet" in seen.output
    for result in read_results(tmp_path / "run" / "results.parquet"):
        if result.metric.endswith("_change"):
            assert result.value == 0 and result.condition.get("gained", 0) == 0
    seen = CliRunner().invoke(app, [*map(str, call), "--seed", "1"])
    assert seen.exit_code == 2
    assert "seed was 0, now 1" in seen.stderr
