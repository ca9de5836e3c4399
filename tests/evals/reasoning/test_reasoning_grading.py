"""Which rule judges which reply: chosen by benchmark and mode, never by what the reply looks like."""

from __future__ import annotations

import pytest
from reasoning_small import items_of

from windward.evals.reasoning.golds import degenerate, deserves, fenced, gold
from windward.evals.reasoning.grade import grade_item, own_words
from windward.evals.reasoning.items import BENCHMARKS, Item
from windward.evals.reasoning.prompts import messages


def item(reference, kind="maths", benchmark="svamp", **meta) -> Item:
    return Item("i", benchmark, "Ann has 3 pens and 4 more. How many?", reference, kind, meta)


def right(one: Item, mode, reply: str, policy="strict") -> bool:
    return grade_item(one, mode, reply, (policy,)).verdicts[policy].correct


def test_a_program_is_run_and_a_reply_in_words_is_not():
    program = fenced("x = 3\ny = 4\nprint(x + y)")
    assert right(item(7.0), "pot", program)
    assert not right(item(7.0), "cot", "Run it.\n" + program)


def test_blocks_of_one_reply_are_one_notebook():
    """The release ran each block fresh, though its prompt promised a notebook."""
    assert right(item(7.0), "pot", f"{fenced('x = 3')}\nand then\n{fenced('x + 4')}")


def test_a_failing_program_has_no_answer_and_a_slow_one_is_a_timeout():
    failed = grade_item(item(7.0), "pot", fenced("print(7)\n1 / 0")).verdicts["strict"]
    assert (failed.correct, failed.status) == (False, "unparsed") and "ZeroDivisionError" in failed.rule


def test_the_prompt_sent_back_is_no_part_of_an_answer():
    one = item(4.0)
    for asked in (one.prompt, messages(one, "cot")[-1]["content"]):
        assert own_words(one, "cot", asked).strip() == ""
        assert not right(one, "cot", asked)
        assert right(one, "cot", asked + "\nThe answer is 4.")
    assert right(one, "cot", "No, " + one.prompt + r" \boxed{4}")


def test_a_mention_of_the_answer_is_right_for_bbh_by_the_released_rule_only():
    one = item("(B)", "bbh", "bbh")
    reply = "It could be (B). But so the answer is (A)."
    assert not right(one, "cot", reply) and right(one, "cot", reply, "released")


@pytest.mark.parametrize(
    ("reply", "strict", "released"), [("The answer is 10.4.", False, True), (r"\boxed{10}", True, True)]
)
def test_theoremqa_is_judged_by_type(reply, strict, released):
    one = item(10, "theorem", "theoremqa", answer_type="integer")
    assert (right(one, "cot", reply), right(one, "cot", reply, "released")) == (strict, released)


def test_instructions_count_by_the_loose_reading_and_keep_the_strict_one(data):
    one = next(one for one in items_of(data, "ifeval") if one.id == "1001")
    graded = grade_item(one, "chat", "Sure, Here It Is:\nit rains and that is all")
    assert graded.verdicts["strict"].correct
    assert graded.parts["strict"] == {"strict": [False, True], "loose": [True, True]}


def test_code_runs_once_for_two_policies(data):
    one = items_of(data, "humaneval")[0]
    graded = grade_item(one, "code", str(gold(one, "code")), ("strict", "released"))
    assert graded.verdicts["strict"] is graded.verdicts["released"] and graded.verdicts["strict"].correct


def test_a_constant_deserves_exactly_the_items_whose_answer_it_is(data):
    due = {
        (one.benchmark, name): deserves(one, name)
        for one in items_of(data)
        for mode in BENCHMARKS[one.benchmark].modes
        for name in degenerate(one, mode)
        if deserves(one, name)
    }
    assert set(due) == {
        ("svamp", "always 0"), ("gsmplus", "always None"), ("theoremqa", "always True"), ("bbh", "always True"),
        ("ifeval", "do not know"),
    }  # fmt: skip
