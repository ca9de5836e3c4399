"""The world of the control study: its verifier by hand, and what one answer can have."""

from windward.recipes.controllable import world
from windward.recipes.controllable.worlds import SMALL


def test_ratings_by_hand():
    assert world.rate("red round") == {"detail": 2, "brevity": 5}
    assert world.rate("red red very so") == {"detail": 1, "brevity": 4}
    assert world.rate("red round heavy wooden costly loud so") == {"detail": 5, "brevity": 3}
    assert world.rate(" ".join(["soft"] + ["so"] * 10)) == {"detail": 1, "brevity": 2}
    assert world.rate(" ".join(["soft"] + ["so"] * 11)) == {"detail": 1, "brevity": 1}


def test_what_names_no_fact_or_holds_another_word_has_no_rating():
    none = {"detail": None, "brevity": None}
    assert world.rate("") == world.rate("very so") == world.rate("red kite") == none


def test_full_detail_cannot_be_had_at_full_brevity():
    infeasible = {
        (detail, brevity)
        for detail in range(1, 6)
        for brevity in range(1, 6)
        if not world.feasible({"detail": detail, "brevity": brevity})
    }
    assert infeasible == {(3, 5), (4, 5), (5, 5), (5, 4)}


def test_nothing_each_level_and_each_pair_is_asked_for_once():
    conditions = SMALL.conditions()
    assert len(conditions) == len(set(conditions)) == 1 + 5 + 5 + 25


def test_held_out_instructions_are_not_learnt():
    learnt, held_out = world.prompts(3)
    assert held_out
    assert not {prompt.instruction for prompt in learnt} & set(held_out)


def test_noise_changes_ratings_and_no_text():
    quiet, noisy = world.prompts(3, noise=0.0)[0], world.prompts(3, noise=0.9)[0]
    assert all(dict(answer.ratings) == world.rate(answer.text) for one in quiet for answer in one.answers)
    answers = [answer for one in noisy for answer in one.answers]
    off = [
        abs(rating - true)
        for answer in answers
        for rating, true in zip(answer.ratings.values(), world.rate(answer.text).values(), strict=True)
    ]
    assert max(off) == 1 and sum(off) / len(off) > 0.5
