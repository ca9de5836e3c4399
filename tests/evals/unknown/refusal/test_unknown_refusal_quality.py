"""Measured quality of detectors: figures by hand, the packaged file against its labels and, with the recorded replies, against the detectors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from unknown_refusal_recorded import cells, labelled_replies, needs_data

from windward.evals.data import DataError
from windward.evals.unknown.records import Answered, Question, Split, Verdict
from windward.evals.unknown.refusal.judge import Judge
from windward.evals.unknown.refusal.labels import COLUMNS, Labelled, cohen_kappa, read_labels
from windward.evals.unknown.refusal.quality import (
    DETECTORS,
    PACKAGED,
    Checked,
    Quality,
    agreement,
    check,
    check_judge,
    checked,
    measure,
    packaged_quality,
    quality,
    read_checked,
)
from windward.models import Message, scripted

SHARES = ("precision", "recall", "specificity")


def label(
    place: int, said: str, weight: float, drawn_as: str = "flagged", split: Split = "answerable"
) -> Labelled:
    return Labelled("m", "NEC", split, f"q{place}", drawn_as, weight, said, said, said)


def test_shares_are_weighted_by_what_each_reply_stands_for() -> None:
    labels = [
        label(0, "declines", 1), label(1, "answers", 1), label(2, "challenges", 1),
        label(3, "answers", 10, "unflagged"), label(4, "declines", 10, "unflagged"), label(5, "other", 10, "unflagged"),
    ]  # fmt: skip
    verdicts = [Verdict(True, False), Verdict(True, False), Verdict(True, False)] + [
        Verdict(False, False)
    ] * 3
    everywhere, of_set = quality("mine", checked(labels, verdicts), draws=50)
    assert (everywhere.dataset, of_set.dataset, of_set.n, of_set.refused, of_set.flagged) == (
        "all",
        "NEC",
        6,
        3,
        3,
    )
    assert of_set.precision.value == pytest.approx(2 / 3, abs=1e-4)
    assert of_set.recall.value == pytest.approx(2 / 12, abs=1e-4)
    assert of_set.specificity.value == pytest.approx(20 / 21, abs=1e-4)
    assert of_set.challenges is not None and of_set.challenges.value == 0.5


def test_resamples_keep_each_strata_weight_on_average_and_a_lone_label_stays() -> None:
    labels = [label(place, "answers", 5) for place in range(4)] + [label(9, "answers", 7, "unflagged")]
    weights = Checked(labels, [False] * 5).weights(np.random.default_rng(0), 4000)
    assert weights[:, :4].sum(axis=1) == pytest.approx(np.full(4000, 20.0))
    assert weights[:, 4].tolist() == [7.0] * 4000
    assert weights[:, :4].mean(axis=0) == pytest.approx(np.full(4, 5.0), rel=0.05)


def test_no_miss_among_few_labels_leaves_recall_open_below() -> None:
    labels = [label(place, "declines", 1) for place in range(6)]
    labels += [label(10 + place, "answers", 100, "unflagged") for place in range(6)]
    (one, _) = quality("mine", checked(labels, [Verdict(True)] * 6 + [Verdict(False)] * 6))
    assert one.recall.value == 1 and one.recall.low is not None and one.recall.low < 0.1
    assert one.challenges is None


async def test_a_judge_is_measured_on_the_labelled_replies_and_unread_ones_are_not_flagged() -> None:
    labels = [label(0, "declines", 1), label(1, "answers", 1), label(2, "challenges", 1)]
    answered = {
        ("m", f"q{place}"): Answered(Question(f"q{place}", "NEC", "answerable", "Who?"), reply)
        for place, reply in enumerate(("I do not know.", "Ann.", "Nobody, it is empty."))
    }

    def say(messages: Sequence[Message]) -> str:
        return "declines" if "I do not know." in messages[-1]["content"] else "well"

    of = await check_judge(Judge(scripted(say), tries=1), labels, answered)
    assert of.unread == 2 and of.refused == [True, False, False] and of.challenges == [False, False, False]
    with pytest.raises(DataError, match="1 of 3"):
        await check_judge(Judge(scripted(say)), labels, {key: answered[key] for key in list(answered)[:2]})


def test_a_share_of_nothing_is_not_defined() -> None:
    (one, _) = quality("mine", checked([label(0, "answers", 1)], [Verdict(False)]), draws=5)
    assert one.precision == one.recall == (None, None, None) and one.specificity.value == 1


def test_kappa_by_hand_and_where_it_says_nothing() -> None:
    assert cohen_kappa("aabb", "aabb") == 1
    assert cohen_kappa("aabb", "bbaa") == -1
    assert cohen_kappa("aaab", "aabb") == pytest.approx((0.75 - 0.5) / 0.5)
    assert cohen_kappa("aaaa", "aaaa") is None
    with pytest.raises(ValueError, match="same rows"):
        cohen_kappa("aa", "a")


def test_the_labels_are_360_of_thirty_cells_and_hold_no_text() -> None:
    labels = read_labels()
    assert len(labels) == 360
    assert set(Counter((one.model, one.dataset, one.split) for one in labels).values()) == {12}
    assert set(Counter(one.stratum for one in labels).values()) == {6}
    sizes = {("answerable", "FalseQA"): 2365, ("answerable", "NEC"): 2072, ("answerable", "RefuNQ"): 2266}
    for (split, dataset), size in sizes.items():
        weight = sum(one.weight for one in labels if (one.split, one.dataset) == (split, dataset))
        assert weight == pytest.approx(5 * size, rel=1e-4), "each half's labels stand for all its replies"
    assert all(one.label == one.pass_1 for one in labels if one.pass_1 == one.pass_2)


def test_a_damaged_file_of_labels_is_refused_with_its_place(tmp_path: Path) -> None:
    good = "m,NEC,answerable,q1,flagged,2,answers,answers,answers"
    for number, (line, told) in enumerate(
        [
            (good.replace("2", "0.5"), "weight '0.5'"),
            (good.replace("answerable", "both"), "split is 'both'"),
            (good.replace("answers,answers", "answers,maybe"), "pass_2 is 'maybe'"),
            (f"{good}\n{good}", "twice"),
        ]
    ):
        path = tmp_path / f"{number}.csv"
        path.write_text(",".join(COLUMNS) + "\n" + line + "\n", encoding="utf-8")
        with pytest.raises(DataError, match=told):
            read_labels(path)
    path.write_text("model,label\n", encoding="utf-8")
    read_labels.cache_clear()
    with pytest.raises(DataError, match="has columns"):
        read_labels(path)


def test_a_labelled_reply_that_is_not_there_is_an_error_and_no_answer() -> None:
    with pytest.raises(DataError, match=r"360 of 360 labelled replies are not there, the first that of"):
        check(DETECTORS[0], read_labels(), {})


def test_verdicts_on_other_labels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "judge.json"
    path.write_text(
        json.dumps({"detectors": {"judge:x": {"refused": "01", "challenges": None}}}), encoding="utf-8"
    )
    with pytest.raises(DataError, match=r"judge:x on other labels"):
        read_checked(path)


def test_the_packaged_figures_follow_from_the_packaged_labels_and_verdicts() -> None:
    stored = packaged_quality()
    again = [one for name, of in read_checked().items() for one in quality(name, of, draws=1000)]
    assert len(stored) == len(again) == 8 * len(DETECTORS)
    for one, other in zip(stored, again, strict=True):
        assert (one.detector, one.dataset, one.split) == (other.detector, other.dataset, other.split)
        assert (one.n, one.refused, one.flagged) == (other.n, other.refused, other.flagged)
        for share, twin in (
            (one.precision, other.precision),
            (one.recall, other.recall),
            (one.specificity, other.specificity),
        ):
            assert share.value == twin.value
            assert share[1:] == pytest.approx(twin[1:], abs=0.06), "other draws"
    assert json.loads(PACKAGED.read_text("utf-8"))["agreement"] == agreement(read_labels())
    assert {one.detector for one in stored} == {one.name for one in DETECTORS}


def test_our_detector_is_measured_to_be_more_precise_than_the_papers_on_both_halves() -> None:
    def of(detector: str, split: str) -> Quality:
        return next(
            one
            for one in packaged_quality()
            if (one.detector, one.dataset, one.split) == (detector, "all", split)
        )

    for split in ("answerable", "unanswerable"):
        paper, ours = of("lexical-paper", split), of("lexical", split)
        assert ours.precision.low is not None and paper.precision.high is not None
        assert ours.precision.low > paper.precision.high
        assert ours.recall.value is not None and ours.recall.value > 0.95


@needs_data
def test_the_packaged_quality_is_what_the_detectors_do_on_the_recorded_replies() -> None:
    assert len(cells()) == 30
    again = measure(labelled_replies())["detectors"]
    stored = json.loads(PACKAGED.read_text("utf-8"))["detectors"]
    assert list(again) == list(stored)
    for name, one in stored.items():
        for field in ("refused", "challenges"):
            assert again[name][field] == one[field]
        for row, other in zip(one["quality"], again[name]["quality"], strict=True):
            assert [row[share][0] for share in SHARES] == [other[share][0] for share in SHARES]
