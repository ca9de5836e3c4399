"""The study's instructions and orders, by hand; halves that share no question; the pool of one model."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest

from windward.feedback.records import Record
from windward.models import Message, Reply, Sampling
from windward.recipes.errors import RecipeError
from windward.recipes.feedback_study.config import StudyConfig
from windward.recipes.feedback_study.instructions import SOURCES, study_records
from windward.recipes.feedback_study.orders import CLASHING, ORDERS
from windward.recipes.feedback_study.pool import variants
from windward.recipes.feedback_study.sampled import halves
from windward.recipes.feedback_study.subjects import SUBJECTS
from windward.recipes.verifiers import checks_met, require_checks

KEPT_AND_BROKEN = {
    "short": ("Bread is good.", "bread " * 26),
    "long": ("bread " * 30, "Bread is good."),
    "no_comma": ("Bread is good.", "Bread, I say."),
    "word": ("Fresh and warm.", "Fresh and cold."),
    "forbidden": ("Bread smells good.", "The bread is warm and the loaf is round."),
    "bullets": ("", "Bread is good."),
    "begins": ("", "Bread is good."),
    "sentences": ("Bread is good.", "Bread is good. It is warm. Eat it."),
}


def test_instructions_are_distinct_a_third_of_each_source_and_the_same_for_a_seed() -> None:
    records = study_records(360)
    assert len({record.instruction for record in records}) == len({record.id for record in records}) == 360
    assert Counter(record.source for record in records) == dict.fromkeys(SOURCES, 120)
    assert study_records(360) == records
    assert study_records(60) == records[:60]
    assert study_records(60, seed=1) != records[:60]


def test_every_check_can_be_computed_and_every_instruction_states_its_orders() -> None:
    for record in study_records(200):
        require_checks(record.checks)
        kinds = [check["kind"] for check in record.checks]
        orders = 2 if record.source == "two-orders" else 1
        assert sum(kind in ("instruction", "begins") for kind in kinds) == orders
        assert kinds.count("mentions") == 1 and kinds.count("answer") == (record.source == "sums")


def test_a_sum_is_right() -> None:
    sums = [record for record in study_records(90) if record.source == "sums"]
    plain = [record for record in sums if record.instruction.startswith("What is")]
    assert plain
    for record in plain:
        _, _, a, sign, b, *_ = record.instruction.replace("?", "").split()
        result = int(a) + int(b) if sign == "plus" else int(a) * int(b)
        assert record.correct_answers == (str(result),)
        assert checks_met(record.checks[-2:], f"The answer is {result}.") == 1
        assert checks_met(record.checks[-2:], f"The answer is {result + 1}.") == 0


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_an_order_is_kept_by_what_keeps_it_alone(name: str) -> None:
    sentence, check = ORDERS[name](Random(0), SUBJECTS[0])
    kept, broken = KEPT_AND_BROKEN[name]
    if name == "bullets":
        kept = "\n".join(["* bread"] * check["kwargs"]["num_bullets"])
    if name == "begins":
        kept = f"{check['with']}, bread is good."
    assert sentence.strip() and checks_met([check], kept) == 1
    assert checks_met([check], broken) == 0


def test_no_instruction_gives_orders_that_clash() -> None:
    assert all(clash <= set(ORDERS) for clash in CLASHING)
    for record in study_records(300):
        asked = record.instruction
        assert not ("at most 1" in asked and "at least" in asked)
        assert not ("bullet points" in asked and ("Begin your answer" in asked or "sentence" in asked))


def test_more_instructions_than_there_are_is_an_error() -> None:
    with pytest.raises(RecipeError, match="none left"):
        study_records(100_000)
    with pytest.raises(RecipeError, match="at least 1"):
        study_records(0)


@pytest.mark.parametrize(
    "wrong", [{"instructions": 3}, {"held_out": 1.0}, {"temperatures": (0.7,)}, {"temperatures": (0.0, 1.0)}, {"seeds": 0}]
)  # fmt: skip
def test_settings_that_cannot_be_studied_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RecipeError):
        StudyConfig(**wrong)  # type: ignore[arg-type]


def test_halves_share_no_question_and_hold_out_a_fifth_of_each_source() -> None:
    train, held = halves(study_records(360), StudyConfig())
    questions = [
        {one.instruction.split("?")[0] for one in half if one.source == "sums"} for half in (train, held)
    ]
    assert not questions[0] & questions[1]
    assert len(train) + len(held) == 360
    for source, count in Counter(one.source for one in held).items():
        assert source in SOURCES and 24 <= count <= 30


class Echo:
    """Says how it was asked."""

    name = "echo"

    async def generate(self, messages: list[Message], sampling: Sampling, *, sample: int = 0) -> Reply:
        return Reply(f"{sampling.temperature} {sampling.seed} {sample}", model="echo")


def test_a_variant_draws_at_its_own_temperature_from_its_own_stream() -> None:
    pool = variants(Echo(), (0.3, 1.3))
    assert list(pool) == ["temperature 0.3", "temperature 1.3"]
    ask = Record("r", "s", "Hello").instruction
    replies = [
        asyncio.run(
            one.generate([{"role": "user", "content": ask}], Sampling(temperature=1.0, seed=7), sample=2)
        )
        for one in pool.values()
    ]
    assert [reply.text for reply in replies] == ["0.3 1007 2", "1.3 2007 2"]
    assert [reply.model for reply in replies] == ["echo, temperature 0.3", "echo, temperature 1.3"]
