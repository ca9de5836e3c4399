"""The figures of preference data: hand-made records whose figures are known, and libraries as oracles."""

from __future__ import annotations

import random
from itertools import permutations
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from windward.feedback.figures import cost_results, feedback_results
from windward.feedback.figures_agreement import AgreementTable, record_weights
from windward.feedback.figures_position import Places
from windward.feedback.figures_sums import ClusteredMean
from windward.feedback.records import ASPECTS, NOT_APPLICABLE, Completion, Critique, Rating, Record
from windward.rows import Result, select

SCORES = st.lists(st.tuples(st.integers(2, 10), st.integers(2, 10)), min_size=3, max_size=40)


def rated(
    model: str, *values: float | None, judge: str = "j", kind: str = "model", **more: object
) -> Completion:
    """A completion with one rating an aspect; None was not read."""
    ratings = tuple(
        Rating(aspect, value, "" if value is not None else "unread: no rating", judge=judge, kind=kind)  # type: ignore[arg-type]
        for aspect, value in zip(ASPECTS, values, strict=False)
    )
    return Completion(model, f"text of {model}", ratings=ratings, **more)  # type: ignore[arg-type]


def one(results: list[Result], metric: str, **condition: object) -> Result:
    found = select(results, metric=metric, condition=condition)
    assert len(found) == 1, found
    return found[0]


def table(pairs: list[tuple[float, float]]) -> AgreementTable:
    made = AgreementTable()
    for place, pair in enumerate(pairs):
        made.add([pair], record_weights(str(place), seed=0))
    return made


def test_means_by_model_source_principle_and_aspect_are_those_of_the_ratings() -> None:
    records = [
        Record("1", "flan", "?", (rated("a", 5, 4, principle="honesty"), rated("b", 1, 2))),
        Record("2", "sharegpt", "?", (rated("a", 3, 3), rated("c", 2, 5))),
    ]
    results = feedback_results(records)
    following = {"aspect": "instruction_following", "kind": "model"}
    assert one(results, "rating", by="model", name="a", **following).value == 4
    assert one(results, "rating", by="source", name="flan", **following).value == 3
    assert one(results, "rating", by="principle", name="honesty", **following).value == 5
    assert one(results, "rating", by="all", aspect="truthfulness").value == 3.5
    fine = one(results, "fine_grained", by="all")
    assert (fine.value, fine.n, fine.model) == (fmean([4.5, 1.5, 3, 3.5]), 4, "j")
    assert one(results, "instructions").value == 2 and one(results, "ratings").value == 8


def test_what_could_not_be_read_stays_in_n_and_what_does_not_apply_does_not() -> None:
    na = Completion("a", "t", ratings=(Rating("honesty", None, NOT_APPLICABLE, judge="j"),))
    records = [Record("1", "s", "?", (rated("a", 4.0), rated("a", None), na))]
    results = feedback_results(records)
    found = one(results, "rating", by="model", name="a", aspect="instruction_following")
    assert (found.value, found.n, found.unparsed) == (4, 2, 1)
    assert not select(results, metric="rating", condition={"aspect": "honesty"})
    unread = one(results, "unread_rate", aspect="instruction_following", judge="j")
    assert (unread.value, unread.n) == (0.5, 2)
    assert one(results, "not_applicable_rate", aspect="honesty").value == 1
    assert one(results, "unread_rate", aspect="honesty").value == 0


def test_verified_and_model_ratings_are_told_apart() -> None:
    both = rated("a", 2.0)
    checked = rated("a", 5.0, judge="checks", kind="verifier")
    record = Record("1", "s", "?", (Completion("a", "t", ratings=both.ratings + checked.ratings),))
    results = feedback_results([record])
    assert [one(results, "rating", by="all", kind=kind).value for kind in ("model", "verifier")] == [2, 5]
    assert one(results, "agreement_exact", first="j", second="checks", aspect="all").value == 0


def test_overall_scores_ties_and_audit_are_counted() -> None:
    completions = tuple(
        Completion("a", "t", critique=Critique("c", score, absent, "j", audit=audit))
        for score, absent, audit in ((7.0, "", "kept"), (7.0, "", "kept"), (1.0, "", "repaired"), (None, "unread: no score", ""))
    )  # fmt: skip
    results = feedback_results([Record("1", "s", "?", completions)])
    overall = one(results, "overall_score", by="model", name="a")
    assert (overall.value, overall.n, overall.unparsed) == (5, 4, 1)
    ties = one(results, "tie_rate", score="overall")
    assert (ties.value, ties.n) == (1 / 3, 3)
    rates = {row.condition["audit"]: row.value for row in select(results, metric="audit_rate")}
    assert rates == {"kept": 0.5, "repaired": 0.25, "doubtful": 0, "not audited": 0.25}


def test_nothing_judged_gives_counts_alone() -> None:
    results = feedback_results(
        [Record("1", "s", "?", (Completion("a", "t"), Completion("b", "", absent="refused")))]
    )
    assert {row.metric for row in results} == {"instructions", "completions"}
    assert one(results, "completions").condition == {"absent": 1}
    assert feedback_results([]) == []


@given(SCORES)
@settings(max_examples=30, deadline=None)
def test_rank_correlations_are_scipys(scores: list[tuple[int, int]]) -> None:
    first, second = ([pair[side] / 2 for pair in scores] for side in (0, 1))
    found = table(list(zip(first, second, strict=True))).agreement()
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert np.isnan(found.spearman) and np.isnan(found.kendall)
        return
    assert found.spearman == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-9)
    assert found.kendall == pytest.approx(stats.kendalltau(first, second).statistic, abs=1e-9)


def test_alpha_is_the_worked_one() -> None:
    """Four texts, two raters, (1,2) (3,3) (4,4) (2,2): D_o = 1/4; D_e is twice the variance of the eight scores, 63/56."""
    found = table([(1, 2), (3, 3), (4, 4), (2, 2)]).agreement()
    assert found.alpha == pytest.approx(1 - 0.25 / (2 * np.var([1, 2, 3, 3, 4, 4, 2, 2], ddof=1)))
    assert table([(1, 1), (3, 3), (4.5, 4.5)]).agreement().alpha == 1
    assert table([(1, 5), (5, 1)] * 10).agreement().alpha < -0.9


def test_an_interval_of_agreement_does_not_depend_on_the_order_of_the_records() -> None:
    random_ = random.Random(1)
    records = [
        Record(str(i), "s", "?", (
            Completion("a", "t", ratings=rated("a", value).ratings + rated("a", other, judge="k").ratings),
        ))
        for i in range(40)
        for value in [random_.randint(1, 5)]
        for other in [min(5, max(1, value + random_.choice((-1, 0, 1))))]
    ]  # fmt: skip
    forwards, backwards = feedback_results(records), feedback_results(records[::-1])
    for metric in ("spearman", "kendall", "alpha", "exact"):
        ahead, behind = (one(rows, f"agreement_{metric}", aspect="all") for rows in (forwards, backwards))
        assert ahead.condition["low"] < ahead.value < ahead.condition["high"]
        assert ahead.condition["low"] == behind.condition["low"]
    other_seed = one(feedback_results(records, seed=1), "agreement_alpha", aspect="all")
    assert other_seed.condition["low"] != one(forwards, "agreement_alpha", aspect="all").condition["low"]


def test_the_bootstrap_of_agreement_covers_the_truth() -> None:
    """Pairs with a known correlation: the 95 % interval holds it in most of 40 repetitions."""
    draws, held = np.random.default_rng(0), 0
    truth = stats.spearmanr(*_coarse(draws, 200_000)).statistic
    for repetition in range(40):
        made = AgreementTable()
        for place, pair in enumerate(zip(*_coarse(draws, 80), strict=True)):
            made.add([pair], record_weights(f"{repetition}/{place}", seed=0))
        low, high = made.agreement().intervals["spearman"]
        held += low <= truth <= high
    assert held >= 33


def _coarse(draws: np.random.Generator, n: int) -> tuple[list[float], list[float]]:
    common = draws.normal(size=n)
    both = [common + draws.normal(size=n) for _ in range(2)]
    first, second = (np.clip(np.round(3 + side), 1, 5).tolist() for side in both)
    return first, second


def test_the_place_test_is_friedmans_for_whole_rankings() -> None:
    draws = np.random.default_rng(3)
    ranks = np.array([draws.permutation(4) + 1 for _ in range(25)])
    places = Places()
    for row in ranks:
        places.add([(place, float(value)) for place, value in enumerate(row, start=1)])
    found = places.test()
    assert found is not None
    expected = stats.friedmanchisquare(*ranks.T)
    assert (found.chi2, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert (found.df, found.n) == (3, 25)


def test_the_place_test_keeps_its_level_and_finds_a_planted_bias() -> None:
    draws = np.random.default_rng(5)

    def p_value(bias: float) -> float:
        places = Places()
        for _ in range(60):
            values = np.clip(np.round(draws.normal(3, 1, size=4) + bias * np.array([1.0, 0, 0, 0])), 1, 5)
            kept = [
                (place, float(value)) for place, value in enumerate(values, start=1) if draws.random() > 0.1
            ]
            places.add(kept)
        found = places.test()
        assert found is not None
        return found.p_value

    unbiased = [p_value(0.0) for _ in range(100)]
    assert 1 <= sum(p < 0.05 for p in unbiased) <= 12
    assert sum(p_value(0.8) < 0.05 for _ in range(10)) >= 8


def test_shuffling_makes_a_biased_judge_fair_to_the_models_and_the_bias_is_still_reported() -> None:
    """A judge that gives the text it reads first a point more, over all 24 orders of four equal models."""
    records = []
    for number, order in enumerate(permutations((1, 2, 3, 4))):
        completions = tuple(
            Completion(
                name,
                "t",
                ratings=(Rating("helpfulness", 4.0 if place == 1 else 3.0, judge="j", place=place),),
            )
            for name, place in zip("abcd", order, strict=True)
        )
        records.append(Record(str(number), "s", "?", completions))
    results = feedback_results(records)
    assert {row.value for row in select(results, metric="rating", condition={"by": "model"})} == {3.25}
    effects = {row.condition["place"]: row.value for row in select(results, metric="place_deviation")}
    assert effects == {1: 0.75, 2: -0.25, 3: -0.25, 4: -0.25}
    slope = one(results, "place_slope", judge="j")
    assert slope.value < 0 and slope.condition["p_value"] < 1e-6


def test_a_clustered_error_is_the_deviation_of_record_totals() -> None:
    found = ClusteredMean()
    clusters = [[1.0, 1.0, 1.0], [0.0], [1.0, 0.0]]
    for cluster in clusters:
        found.add(cluster)
    mean = 4 / 6
    spread = sum((sum(cluster) - mean * len(cluster)) ** 2 for cluster in clusters)
    assert found.mean == pytest.approx(mean)
    assert found.stderr == pytest.approx((spread * 3 / 2) ** 0.5 / 6)


@given(st.lists(st.floats(0, 5), min_size=2, max_size=30))
@settings(deadline=None)
def test_with_one_value_a_record_it_is_the_usual_standard_error(values: list[float]) -> None:
    found = ClusteredMean()
    for value in values:
        found.add([value])
    assert found.stderr == pytest.approx(np.std(values, ddof=1) / len(values) ** 0.5, abs=1e-6)


def test_costs_are_rows_by_model() -> None:
    rows = cost_results(
        [{"group": "m", "attempts": 7, "tokens": 900, "cost": 0.25, "failed": 1, "uncertain": 0}]
    )
    assert [(row.metric, row.value, row.n) for row in rows] == [
        ("calls", 7, 7),
        ("tokens", 900, 7),
        ("cost", 0.25, 7),
    ]
    assert rows[0].condition == {"of": "m", "failed": 1, "uncertain": 0}
