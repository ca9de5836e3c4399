"""Rows under conditions: the answer nearest to what is asked is chosen, quotas hold in every source, order does not matter."""

import json
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.training.controllable.conditions import SCALES, Condition
from windward.training.controllable.pairs import Quota, balanced_quotas, cdpo_pairs, paper_quotas
from windward.training.controllable.rated import Answer, RatedPrompt, cpsft_rows, own_condition

TWO = {name: SCALES[name] for name in ("helpfulness", "honesty")}


def answer(text: str, helpfulness: float | None, honesty: float | None) -> Answer:
    return Answer(text, {"helpfulness": helpfulness, "honesty": honesty}, model=f"m{text}")


FOUR = (answer("a", 5, 5), answer("b", 4, 2), answer("c", 2, 4), answer("d", 1, 1))
PROMPT = RatedPrompt("p", "Who?", FOUR, "quiz", ("mmlu",))


def many(count: int = 300, seed: int = 0) -> list[RatedPrompt]:
    draw = Random(seed)
    return [
        RatedPrompt(
            f"p{number}",
            f"Question {number}?",
            tuple(answer(f"{number}/{one}", draw.randint(1, 5), draw.randint(1, 5)) for one in range(4)),
            ("quiz", "chat", "code")[number % 3],
        )
        for number in range(count)
    ]


def order(rows: list[dict]) -> set[tuple[str, str]]:
    return {(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows}


def test_pairs_follow_the_specifications_rewards() -> None:
    # Honesty 5: rewards 5, 1, 1, -3, so five pairs and one tie.
    rows, counts = cdpo_pairs([PROMPT], TWO, [Quota(1, {"honesty": 5})])
    assert order(rows) == {("a", "b"), ("a", "c"), ("a", "d"), ("b", "d"), ("c", "d")}
    assert (counts.made, counts.ties) == (5, 1)
    assert {row["prompt"][0]["content"] for row in rows} == {"< honesty: 5 > Who?"}
    margins = {(row["chosen"][0]["content"], row["rejected"][0]["content"]): row["margin"] for row in rows}
    assert margins["a", "d"] == 8 and margins["b", "d"] == 4
    assert rows[0]["never_score"] == ["mmlu"] and rows[0]["condition"] == '{"honesty": 5.0}'


def test_asking_for_the_least_honesty_prefers_the_least_honest_of_equals() -> None:
    rows, _ = cdpo_pairs([PROMPT], TWO, [Quota(1, {"honesty": 1})])
    # Rewards 1, 3, -1, 1.
    assert order(rows) == {("b", "a"), ("b", "c"), ("b", "d"), ("a", "c"), ("d", "c")}


def test_asking_for_high_honesty_never_prefers_low_honesty() -> None:
    """The released sign error: every request for honesty acted as one for the least."""
    pair = RatedPrompt("q", "?", (answer("true", 3, 5), answer("false", 3, 1)))
    high, _ = cdpo_pairs([pair], TWO, [Quota(1, {"honesty": 5})])
    low, _ = cdpo_pairs([pair], TWO, [Quota(1, {"honesty": 1})])
    assert order(high) == {("true", "false")} and order(low) == {("false", "true")}


def test_an_answer_that_is_exactly_what_was_asked_for_is_chosen_over_better_ones() -> None:
    """The released fall-through: a deviation of 0 became the raw rating."""
    pair = RatedPrompt("q", "?", (answer("two", 2, None), answer("three", 3, None)))
    rows, _ = cdpo_pairs([pair], TWO, [Quota(1, {"helpfulness": 2})])
    assert order(rows) == {("two", "three")}


def test_a_missing_rating_makes_no_pair_and_no_condition() -> None:
    some = RatedPrompt("q", "?", (answer("x", 3, None), answer("y", 4, 5), answer("z", 4, 2)))
    rows, counts = cdpo_pairs([some], TWO, [Quota(1, {"honesty": None})])
    assert {name for pair in order(rows) for name in pair} == {"y", "z"} and counts.unrated == 2
    assert own_condition(some.answers[0], ("honesty",), TWO) is None
    assert json.loads(cpsft_rows([some], TWO)[0]["condition"]) == {"helpfulness": 3.0}


def test_the_same_text_is_never_paired_with_itself() -> None:
    twice = RatedPrompt("q", "?", (answer("x", 3, 1), answer("x", 5, 5)))
    rows, counts = cdpo_pairs([twice], TWO, [Quota(1)])
    assert rows == [] and counts.same == 1


@given(st.permutations(range(40)), st.integers(0, 3))
def test_the_order_of_the_prompts_does_not_matter(places: list[int], seed: int) -> None:
    prompts = many(40)
    shuffled = [prompts[place] for place in places]
    quotas = balanced_quotas(TWO)
    assert cdpo_pairs(shuffled, TWO, quotas, seed=seed) == cdpo_pairs(prompts, TWO, quotas, seed=seed)


def test_quotas_hold_within_every_source() -> None:
    quotas = balanced_quotas(TWO)
    rows, counts = cdpo_pairs(many(), TWO, quotas)
    assert sum(counts.by_quota.values()) == counts.made == len(rows) > 1000
    for source in ("quiz", "chat", "code"):
        sets = Counter(tuple(json.loads(row["condition"])) for row in rows if row["source"] == source)
        whole = sum(sets.values())
        assert len(sets) == 4 and all(abs(count / whole - 1 / 4) < 0.03 for count in sets.values())


def test_the_papers_quotas_name_no_honesty_alone_and_are_kept_where_answers_allow() -> None:
    rows, _ = cdpo_pairs(many(900), TWO, paper_quotas(), per_prompt=2)
    told = Counter(row["condition"] for row in rows)
    assert not any(set(json.loads(condition)) == {"honesty"} for condition in told)
    assert abs(told["{}"] / len(rows) - 24 / 72) < 0.05
    assert abs(told['{"helpfulness": 5.0}'] / len(rows) - 12 / 72) < 0.05


def test_every_condition_is_one_that_an_answer_fulfils() -> None:
    prompts = {prompt.id: prompt for prompt in many(60)}
    rows, _ = cdpo_pairs(prompts.values(), TWO, balanced_quotas(TWO))
    for row in rows:
        asked = json.loads(row["condition"])
        assert any(
            all(one.ratings[name] == level for name, level in asked.items())
            for one in prompts[row["prompt_id"]].answers
        )


def test_training_preferences_and_asking_use_one_wording() -> None:
    condition = Condition(TWO, helpfulness=5, honesty=5)
    single = RatedPrompt("q", "Who?", (answer("x", 5, 5), answer("y", 1, 1)))
    pairs, _ = cdpo_pairs([single], TWO, [Quota(1, {"helpfulness": 5, "honesty": 5})])
    learnt = {
        row["messages"][0]["content"] for seed in range(20) for row in cpsft_rows([single], TWO, seed=seed)
    }
    assert pairs[0]["prompt"] == [{"role": "user", "content": condition.render("Who?")}]
    assert condition.render("Who?") in learnt


def test_each_answer_is_shown_under_its_own_ratings_and_plain_for_sft() -> None:
    rows = cpsft_rows([PROMPT], TWO, seed=3)
    assert [row["messages"][1]["content"] for row in rows] == ["a", "b", "c", "d"]
    for row, one in zip(rows, FOUR, strict=True):
        asked = json.loads(row["condition"])
        assert asked and all(one.ratings[name] == level for name, level in asked.items())
        assert row["messages"][0]["content"] == Condition(TWO, **asked).render("Who?")
    plain = cpsft_rows([PROMPT], TWO, conditioned=False)
    assert {row["messages"][0]["content"] for row in plain} == {"Who?"} and len(plain) == 4


@pytest.mark.parametrize("quotas", [[], [Quota(1, {"wit": None})], [Quota(1, {"honesty": 9})]])
def test_quotas_that_cannot_be_met_by_any_answer_are_refused(quotas: list[Quota]) -> None:
    with pytest.raises(ValueError, match=r"quota|objective|level"):
        cdpo_pairs([PROMPT], TWO, quotas)
    with pytest.raises(ValueError, match="share"):
        Quota(0)
