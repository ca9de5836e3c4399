"""The released formula in the place of R: what it chooses, on the same conditions."""

import json

from windward.recipes.controllable.released import released_pairs
from windward.training.controllable import Answer, Quota, RatedPrompt, Scale, cdpo_pairs

SCALES = {"detail": Scale(1, 5), "brevity": Scale(1, 5)}


def _prompt(*ratings):
    return RatedPrompt(
        "p",
        "describe it",
        tuple(Answer(f"{d} {b}", {"detail": d, "brevity": b}, "m") for d, b in ratings),
        source="s",
    )


def _chosen(rows):
    return {(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows}


def test_the_released_formula_always_chooses_the_least_of_the_second_objective():
    prompt = _prompt((3, 5), (3, 1))
    for seed in range(8):  # whichever answer lends its level
        pairs, _ = cdpo_pairs([prompt], SCALES, [Quota(1, {"brevity": None})], seed=seed)
        asked = json.loads(pairs[0]["condition"])["brevity"]
        assert _chosen(pairs) == {("3 5", "3 1") if asked == 5 else ("3 1", "3 5")}
        assert _chosen(released_pairs([prompt], pairs, SCALES)) == {("3 1", "3 5")}


def test_an_exact_match_of_the_first_objective_counts_as_its_rating():
    prompt = _prompt((2, 3), (5, 3))
    pairs, _ = cdpo_pairs([prompt], SCALES, [Quota(1, {"detail": 2})])
    (row,) = released_pairs([prompt], pairs, SCALES)
    assert row["margin"] == (2 + 3) - (-3 + 3)
    assert row["prompt"] == pairs[0]["prompt"]


def test_without_a_condition_both_formulas_choose_alike():
    prompt = _prompt((1, 5), (4, 4), (2, 2))
    pairs, _ = cdpo_pairs([prompt], SCALES, [Quota(1)])
    assert released_pairs([prompt], pairs, SCALES) == pairs


def test_answers_without_a_rating_are_not_compared():
    prompt = _prompt((2, 3), (5, 3))
    unrated = RatedPrompt("p", "describe it", (*prompt.answers, Answer("x", {"detail": 3})), source="s")
    pairs, _ = cdpo_pairs([unrated], SCALES, [Quota(1, {"detail": 2})])
    assert all("x" not in pair for pair in _chosen(released_pairs([unrated], pairs, SCALES)))
