"""Preference pairs from judged completions."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import rated, record, scored

from windward.feedback import Completion, PairCounts, PairOptions, Rating, build_pairs, pair_record

FOUR = record(
    [
        rated("gpt-4", 5, 4, 4, 5),
        rated("ultralm-13b", 4, 5, 5, 4),
        rated("mpt-30b-chat", 3, 4, 4, 4),
        rated("bard", 5, None, 4, None),
    ]
)
"""Scores 4.5, 4.5, 3.75 and 4.5."""


def _models(pairs):
    return {(pair.chosen_model, pair.rejected_model) for pair in pairs}


def test_three_equal_scores_and_a_lower_one_make_three_pairs_that_it_loses():
    pairs, counts = pair_record(FOUR, PairOptions(margin="raw"))
    assert _models(pairs) == {(name, "mpt-30b-chat") for name in ("gpt-4", "ultralm-13b", "bard")}
    assert {(pair.margin, pair.score_chosen, pair.score_rejected) for pair in pairs} == {(0.75, 4.5, 3.75)}
    assert counts == PairCounts(records=1, completions=4, candidates=6, ties=3, pairs=3)


def test_by_overall_score_the_same_answers_make_five_pairs():
    row = record([scored("gpt-4", 8), scored("ultralm-13b", 7), scored("mpt-30b-chat", 5), scored("bard", 8)])
    pairs, counts = pair_record(row, PairOptions(score="overall"))
    assert (len(pairs), counts.ties) == (5, 1)
    assert {pair.margin for pair in pairs} == {3 / 9, 2 / 9, 1 / 9}


@pytest.mark.parametrize(("margin", "expected"), [("normalized", 0.75 / 4), ("raw", 0.75), ("none", 0.0)])
def test_a_margin_is_the_gap_its_share_of_the_scale_or_nothing(margin, expected):
    assert {pair.margin for pair in build_pairs(FOUR, margin=margin)} == {expected}


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.lists(st.sampled_from([1, 2, 3, 4, 5, None]), min_size=4, max_size=4), min_size=4, max_size=4
    ),
    strategy=st.sampled_from(["all_pairs", "best_vs_rest", "best_vs_random"]),
    seed=st.integers(0, 3),
)
def test_the_order_of_the_completions_makes_no_difference(values, strategy, seed):
    """All 24 orders of four completions."""
    made = [rated(f"m{number}", *one) for number, one in enumerate(values)]
    options = PairOptions(strategy=strategy, seed=seed)
    results = [pair_record(record(order), options) for order in permutations(made)]
    assert all(result == results[0] for result in results)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.lists(st.sampled_from([1, 2, 3, 4, 5, None]), min_size=4, max_size=4), min_size=1, max_size=5
    ),
    strategy=st.sampled_from(["all_pairs", "best_vs_rest", "best_vs_random"]),
)
def test_every_pair_is_won_by_a_margin_within_its_scale_and_everything_is_counted(values, strategy):
    row = record([rated(f"m{number}", *one) for number, one in enumerate(values)])
    pairs, counts = pair_record(row, PairOptions(strategy=strategy))
    assert all(0 < pair.margin <= 1 and pair.score_chosen > pair.score_rejected for pair in pairs)
    assert counts.pairs == len(pairs) == counts.candidates - counts.ties - counts.identical
    left = sum(sum(value is not None for value in one) < 2 for one in values)
    assert (counts.unscored, counts.completions) == (left, len(values))
    n = len(values) - left
    assert counts.candidates == (n * (n - 1) // 2 if strategy == "all_pairs" else max(n - 1, 0) if strategy == "best_vs_rest" else int(n > 1))  # fmt: skip


def test_the_widest_gap_has_a_margin_of_one():
    assert build_pairs(record([rated("a", 5, 5), rated("b", 1, 1)]))[0].margin == 1
    assert build_pairs(record([scored("a", 10), scored("b", 1)]), score="overall")[0].margin == 1


def test_best_against_rest_is_the_best_against_every_lower_one():
    row = record([rated("a", 5, 5), rated("b", 4, 4), rated("c", 1, 1)])
    assert _models(build_pairs(row, strategy="best_vs_rest")) == {("a", "b"), ("a", "c")}


def test_best_against_random_draws_a_lower_one_by_id_and_seed():
    made = [rated("a", 5, 5), rated("b", 4, 4), rated("c", 1, 1), rated("d", 5, 5)]
    seen = set()
    for number in range(60):
        pairs = build_pairs(record(made, id=f"r{number}"), strategy="best_vs_random")
        assert pairs == build_pairs(record(made, id=f"r{number}"), strategy="best_vs_random")
        assert len(pairs) == 1
        seen |= _models(pairs)
    assert seen == {("a", "b"), ("a", "c"), ("d", "b"), ("d", "c")}
    by_seed = [build_pairs(record(made), strategy="best_vs_random", seed=seed) for seed in range(20)]
    assert len(set(map(str, by_seed))) > 1


def test_where_all_are_equal_best_against_random_is_one_tie():
    row = record([rated(name, 4, 4) for name in "abc"])
    assert pair_record(row, PairOptions(strategy="best_vs_random"))[1] == PairCounts(
        records=1, completions=3, candidates=1, ties=1
    )


def test_what_is_absent_or_has_too_few_aspects_is_left_out_and_counted():
    row = record(
        [
            Completion("gone", "", absent="gone failed: too long"),
            rated("one aspect", 5),
            rated("no aspect", None, None, None, None),
            rated("a", 4, 4),
            rated("b", 3, 3),
        ]
    )
    pairs, counts = pair_record(row, PairOptions())
    assert _models(pairs) == {("a", "b")}
    assert (counts.absent, counts.unscored, counts.completions) == (1, 2, 5)
    assert len(build_pairs(row, min_aspects=1)) == 3


def test_the_aspects_that_count_are_those_with_a_value():
    """Two judges on one aspect are one aspect, and an aspect that does not apply is none."""
    twice = tuple(Rating("honesty", 5.0, judge=name) for name in "ab")
    row = record(
        [Completion("twice", "x", ratings=twice), rated("na", None, None, 5, None), rated("c", 3, 3)]
    )
    assert pair_record(row, PairOptions())[1].unscored == 2


@pytest.mark.parametrize(("audit", "unaudited", "kept"), [
    ("kept", False, True), ("repaired", False, True), ("", False, False),
    ("", True, True), ("doubtful", False, False), ("doubtful", True, False),
])  # fmt: skip
def test_only_audited_overall_scores_count_unless_one_asks_for_more(audit, unaudited, kept):
    row = record([scored("a", 10, audit), scored("b", 2)])
    pairs, counts = pair_record(row, PairOptions(score="overall", unaudited=unaudited))
    assert bool(pairs) == kept
    assert (counts.unaudited, counts.doubtful) == (int(not kept and not audit), int(audit == "doubtful"))


def test_the_same_text_twice_is_no_pair():
    row = record([rated("a", 5, 5, text="Yes."), rated("b", 3, 3, text="Yes.\n"), rated("c", 1, 1)])
    pairs, counts = pair_record(row, PairOptions())
    assert _models(pairs) == {("a", "c"), ("b", "c")}
    assert counts.identical == 1


def test_pairs_of_verified_feedback_are_told_apart_from_pairs_of_ai_feedback():
    def both(model, by_model, by_verifier):
        made = [Rating("honesty", by_model), Rating("helpfulness", by_model)]
        made += [Rating(one.aspect, by_verifier, kind="verifier") for one in made]
        return Completion(model, f"of {model}", ratings=tuple(made))

    row = record([both("a", 5.0, 1.0), both("b", 2.0, 3.0)])
    assert _models(build_pairs(row, kind="model")) == {("a", "b")}
    assert _models(build_pairs(row, kind="verifier")) == {("b", "a")}
    assert _models(build_pairs(row)) == {("a", "b")}


def test_scores_that_differ_by_rounding_alone_are_a_tie():
    """Three judges and two aspects: both means are 4/3, and as floats they differ in the last place."""

    def judged(model, honesty, helpfulness):
        made = [Rating("honesty", value, judge=str(at)) for at, value in enumerate(honesty)]
        made += [Rating("helpfulness", value, judge=str(at)) for at, value in enumerate(helpfulness)]
        return Completion(model, f"of {model}", ratings=tuple(made))

    a, b = judged("a", (1.0, 1.0, 1.0), (1.0, 1.0, 3.0)), judged("b", (1.0, 1.0, 2.0), (1.0, 1.0, 2.0))
    assert a.fine_grained() != b.fine_grained()
    assert pair_record(record([a, b]), PairOptions())[1].ties == 1


def test_the_prompt_is_the_instruction_without_the_system_prompts():
    pair = build_pairs(FOUR)[0]
    assert pair.prompt == [{"role": "user", "content": FOUR.instruction}]
    assert pair.chosen[0]["role"] == pair.rejected[0]["role"] == "assistant"
    assert (pair.record_id, pair.source, pair.provenance) == ("r1", "sharegpt", "feedback")


@pytest.mark.parametrize(
    "wrong",
    [
        {"score": "mean"},
        {"strategy": "worst"},
        {"margin": "log"},
        {"min_aspects": 0},
        {"min_aspects": 5},
        {"score": "overall", "kind": "verifier"},
    ],
)
def test_options_that_are_none_are_refused(wrong):
    with pytest.raises(ValueError):
        build_pairs(FOUR, **wrong)


def test_counts_add_up():
    total = sum((pair_record(FOUR, PairOptions())[1] for _ in range(3)), PairCounts())
    assert total == PairCounts(records=3, completions=12, candidates=18, ties=9, pairs=9)
