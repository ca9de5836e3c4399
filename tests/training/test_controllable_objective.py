"""Conditions and the reward under them: the specification's table, the whole grid, and the released errors by name."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.training.controllable.conditions import SCALES, Condition, Scale, add_tokens
from windward.training.controllable.objective import advantage, controlled_reward, released_reward

TWO = {name: SCALES[name] for name in ("helpfulness", "honesty")}
ANSWERS = [{"helpfulness": h, "honesty": o} for h, o in ((5, 5), (4, 2), (2, 4), (1, 1))]
GRID = [{"helpfulness": h, "honesty": o} for h, o in product(range(1, 6), repeat=2)]
ASKED = [
    Condition(TWO, **{name: level for name, level in zip(("helpfulness", "honesty"), levels, strict=True) if level})
    for levels in product((None, 1, 2, 3, 4, 5), repeat=2)
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"helpfulness": 5}, [5, 1, 1, -3]),
        ({"helpfulness": 2}, [2, 0, 4, 0]),
        ({"honesty": 5}, [5, 1, 1, -3]),
        ({"honesty": 1}, [1, 3, -1, 1]),
        ({"helpfulness": 5, "honesty": 5}, [0, -4, -4, -8]),
        ({}, [10, 6, 6, 2]),
    ],
)
def test_rewards_are_those_of_the_specification(asked: dict[str, float], expected: list[float]) -> None:
    assert [controlled_reward(answer, Condition(TWO, **asked)) for answer in ANSWERS] == expected


def test_the_released_formula_is_reproduced_beside_it() -> None:
    assert [released_reward(one, Condition(TWO, honesty=5)) for one in ANSWERS] == [-5, -3, -7, -5]
    both = Condition(TWO, helpfulness=5, honesty=5)
    assert [released_reward(one, both) for one in ANSWERS] == [-5, -8, -12, -10]


def test_over_the_whole_grid_the_answer_nearer_to_what_is_asked_wins() -> None:
    for condition, first, second in product(ASKED, GRID, GRID):
        by_hand = sum(
            (abs(second[name] - condition[name]) - abs(first[name] - condition[name]))
            if name in condition
            else first[name] - second[name]
            for name in TWO
        )
        assert advantage(first, second, condition) == by_hand


def test_the_released_sign_error_would_be_found_on_the_grid() -> None:
    asked = [Condition(TWO, honesty=level) for level in range(1, 6)]
    agree = total = reversed_ = 0
    for condition in asked:
        for number, first in enumerate(GRID):
            for second in GRID[number + 1 :]:
                right = advantage(first, second, condition)
                wrong = released_reward(first, condition) - released_reward(second, condition)
                assert right is not None
                sign = (right > 0) - (right < 0), (wrong > 0) - (wrong < 0)
                total += 1
                agree += sign[0] == sign[1]
                reversed_ += sign[0] * sign[1] < 0
    # The specification counts 68.6 % agreement and 279 of 1,500 turned around.
    assert (total, reversed_) == (1500, 279)
    assert round(100 * agree / total, 1) == 68.6


def test_the_released_fall_through_would_be_found_on_the_grid() -> None:
    reversed_ = agree = total = 0
    for level in range(1, 6):
        condition = Condition(TWO, helpfulness=level)
        for number, first in enumerate(GRID):
            for second in GRID[number + 1 :]:
                right = advantage(first, second, condition)
                wrong = released_reward(first, condition) - released_reward(second, condition)
                assert right is not None
                total += 1
                agree += ((right > 0) - (right < 0)) == ((wrong > 0) - (wrong < 0))
                reversed_ += right * wrong < 0
    assert (total, reversed_) == (1500, 51)
    assert round(100 * agree / total, 1) == 91.7


def test_raising_what_is_asked_for_changes_who_is_preferred() -> None:
    careful, bold = {"helpfulness": 3, "honesty": 5}, {"helpfulness": 3, "honesty": 2}
    signs = [advantage(careful, bold, Condition(TWO, honesty=level)) for level in range(1, 6)]
    assert [value > 0 for value in signs if value is not None] == [False, False, False, True, True]


def test_a_missing_rating_excludes_and_never_counts_as_nothing() -> None:
    unrated = {"helpfulness": 4, "honesty": None}
    full = {"helpfulness": 3, "honesty": 5}
    # Not controlled: honesty leaves both sides, so only helpfulness decides.
    assert advantage(unrated, full, Condition(TWO, helpfulness=5)) == 1
    # Controlled: nobody knows.
    assert advantage(unrated, full, Condition(TWO, honesty=1)) is None
    assert controlled_reward(unrated, Condition(TWO, honesty=1)) is None
    assert advantage({"helpfulness": None}, {"honesty": 3}, Condition(TWO)) is None


def test_a_harmlessness_of_0_is_a_rating_and_a_level() -> None:
    harmful, safe = {"harmlessness": 0}, {"harmlessness": 1}
    assert advantage(harmful, safe, Condition(harmlessness=0)) == 1
    assert advantage(harmful, safe, Condition(harmlessness=1)) == -1
    assert Condition(harmlessness=0).render("x") == "< harmlessness: 0 > x"


def test_weights_and_strengths_scale_but_may_not_turn_a_request_around() -> None:
    condition = Condition(TWO, honesty=5)
    value = controlled_reward(ANSWERS[1], condition, weights={"helpfulness": 2}, strengths={"honesty": 0.5})
    assert value == 2 * 4 - 0.5 * 3
    with pytest.raises(ValueError, match="turn a request around"):
        controlled_reward(ANSWERS[1], condition, strengths={"honesty": -1})
    with pytest.raises(ValueError, match="turn a request around"):
        controlled_reward(ANSWERS[1], condition, weights={"helpfulness": -1})


def test_a_condition_has_one_wording_however_it_is_asked_for() -> None:
    first, second = Condition(helpfulness=5, honesty=3), Condition(honesty=3, helpfulness=5)
    assert first == second and hash(first) == hash(second)
    assert first.render("Who?") == second.render("Who?") == "< helpfulness: 5 > < honesty: 3 > Who?"
    assert Condition().render("Who?") == "Who?"
    assert first.render("Who?", "tokens") == "<|helpfulness:5|><|honesty:3|>Who?"


@pytest.mark.parametrize(
    ("levels", "what"),
    [({"honesty": 6}, "1, 2, 3, 4, 5"), ({"honesty": 2.5}, "no level 2.5"), ({"kindness": 1}, "no objective 'kindness'"),
     ({"harmlessness": True}, "no level True"), ({"harmlessness": 5}, "0, 1")],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_refused(levels: dict[str, float], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Condition(**levels)


@given(st.integers(-3, 3), st.integers(1, 6), st.sampled_from([0.25, 0.5, 1.0, 2.0]))
def test_a_scale_has_its_ends_and_even_steps(low: int, count: int, step: float) -> None:
    scale = Scale(low, low + count * step, step)
    assert scale.levels[0] == scale.low and scale.levels[-1] == scale.high and len(scale.levels) == count + 1
    assert all(scale.nearest(level) == level for level in scale.levels)
    assert scale.nearest(scale.high + 9) == scale.high


def test_any_rating_column_can_be_an_objective() -> None:
    scales = SCALES | {"brevity": Scale(1, 3)}
    assert Condition(scales, brevity=3).render("x") == "< brevity: 3 > x"
    assert controlled_reward({"brevity": 1}, Condition(scales, brevity=3)) == -2


def test_an_added_token_is_one_token(tiny_checkpoint) -> None:  # type: ignore[no-untyped-def]
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    model = AutoModelForCausalLM.from_pretrained(tiny_checkpoint)
    assert add_tokens(tokenizer, model) == 12
    assert add_tokens(tokenizer, model) == 0
    assert model.get_input_embeddings().weight.shape[0] >= len(tokenizer)
    ids = tokenizer(Condition(helpfulness=5, honesty=3).render("x", "tokens"), add_special_tokens=False)[
        "input_ids"
    ]
    assert len(ids) == 2 + len(tokenizer("x", add_special_tokens=False)["input_ids"])
