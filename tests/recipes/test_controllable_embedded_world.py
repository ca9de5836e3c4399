"""The embedded model's world: its verifier by hand, what it composes, and what one answer can have."""

import re

from windward.evals.control.computed import COMPUTED, TERSE_AT_MOST, words
from windward.evals.control.objectives import read_objectives
from windward.recipes.controllable import embedded_world
from windward.recipes.controllable.config import ControlStudyConfig
from windward.recipes.controllable.methods import methods
from windward.recipes.controllable.worlds import EMBEDDED, WORLDS


def test_ratings_by_hand():
    assert embedded_world.rate("Apple, pear.") == {"items": 2, "terseness": 3}
    assert embedded_world.rate("If you ask me I would say apple.") == {"items": 1, "terseness": 1}
    assert embedded_world.rate(" ") == {"items": None, "terseness": None}


def test_three_things_cannot_be_had_in_two_words():
    infeasible = [one for one in EMBEDDED.conditions() if not EMBEDDED.feasible(one)]
    assert [dict(one) for one in infeasible] == [{"items": 3, "terseness": 3}]


def test_the_evaluation_of_control_rates_the_same_levels():
    assert read_objectives(list(EMBEDDED.scales)) == EMBEDDED.scales
    assert all(COMPUTED[name].scale == scale for name, scale in EMBEDDED.scales.items())


def test_composed_answers_are_rated_as_they_were_meant_and_fill_the_feasible_levels():
    learnt, _ = embedded_world.prompts(3)
    answers = [answer for prompt in learnt for answer in prompt.answers]
    assert all(dict(answer.ratings) == embedded_world.rate(answer.text) for answer in answers)
    assert max(words(answer.text) for answer in answers) == embedded_world.MOST_WORDS
    found = {tuple(answer.ratings.values()) for answer in answers}
    assert found == {(items, terse) for items in (1, 2, 3) for terse in (1, 2, 3)} - {(3, 3)}
    assert list(TERSE_AT_MOST) == [3, 2]


def test_nothing_is_learnt_of_the_kinds_that_are_held_out():
    learnt, held_out = embedded_world.prompts(3)
    asked = {
        kind
        for kind in embedded_world.KINDS
        for one in held_out
        if one.endswith((f"{kind}.", f"{kind}?")) or f" {kind} " in one
    }
    assert len(asked) == 10 and len(set(held_out)) == len(held_out)
    for prompt in learnt:
        assert not any(re.search(rf"\b{kind}\b", prompt.instruction) for kind in asked)


def test_both_worlds_have_settings_that_can_be_studied():
    for world in WORLDS.values():
        assert ControlStudyConfig(**world.settings).answers >= 2
    assert "cdpo-even" not in methods(EMBEDDED) and "cdpo-even" in methods(WORLDS["small"])
