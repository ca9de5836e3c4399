"""What a model is told, and how its replies are drawn."""

from __future__ import annotations

import pytest
from reasoning_small import ALL, items_of

from windward.evals.reasoning.decoding import TOKENS, decoding
from windward.evals.reasoning.items import BENCHMARKS
from windward.evals.reasoning.load import load_items
from windward.evals.reasoning.prompts import messages


def test_every_item_can_be_asked_in_every_mode_and_its_question_stands_in_the_prompt(data):
    for item in items_of(data):
        for mode in BENCHMARKS[item.benchmark].modes:
            said = messages(item, mode)
            assert item.prompt.strip() in said[-1]["content"]
            assert said[-1]["role"] == "user"


def test_no_prompt_holds_the_answer(data):
    for name in ("svamp", "gsmplus", "humaneval", "math"):
        for item in load_items(name, data):
            for mode in BENCHMARKS[name].modes:
                instructions = messages(item, mode)[-1]["content"].replace(item.prompt.strip(), "")
                if str(item.reference) != "None":
                    assert str(item.reference).strip() not in instructions


def test_mbpp_shows_the_signature_and_the_first_assertion_only(data):
    asked = messages(load_items("mbpp", data)[0], "code")[0]["content"]
    assert "def disc_area(r, unit=1):" in asked and "math.isclose(disc_area(1)" in asked
    assert "disc_area(0)" not in asked and "TWICE" not in asked


def test_worked_examples_of_bbh_are_turns_before_the_question(data):
    said = messages(load_items("bbh", data)[0], "cot")
    assert [one["role"] for one in said] == ["user", "assistant"] * 2 + ["user"]


def test_an_item_is_not_asked_in_a_foreign_mode(data):
    with pytest.raises(ValueError, match="humaneval is not asked as 'pot'"):
        messages(load_items("humaneval", data)[0], "pot")


def test_greedy_is_the_default_and_the_releases_temperatures_are_a_preset():
    for name in ALL:
        for mode in BENCHMARKS[name].modes:
            plain = decoding(name, mode)
            assert plain.temperature == 0 and plain.max_tokens == TOKENS[BENCHMARKS[name].kind, mode]
    sampled = {name: decoding(name, BENCHMARKS[name].modes[0], "paper", seed=5) for name in ALL}
    assert {name: one.temperature for name, one in sampled.items() if one.temperature} == {
        "humaneval": 0.2,
        "ifeval": 0.7,
    }
    assert sampled["ifeval"].seed == 5
    assert (
        decoding("svamp", "pot").max_tokens == 2048 and decoding("svamp", "pot", max_tokens=7).max_tokens == 7
    )
