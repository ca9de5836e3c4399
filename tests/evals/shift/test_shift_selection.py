"""A candidate is in or out for the reason that was planted in it, and the report says so."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from windward.evals.folder import FolderError
from windward.evals.shift.distances import Vectors
from windward.evals.shift.probe import Right
from windward.evals.shift.selection import Drop, SelectionConfig, SelectionReport
from windward.evals.shift.selection_run import select_sets
from windward.evals.shift.task import ShiftError
from windward.evals.shift.text_files import TextSet
from windward.reports.run_folder import ReportError
from windward.reports.shift_selection import selection_page
from windward.rows import read_results, select

CONFIG = SelectionConfig(min_rows=100, min_class_rows=20, folds=4, draws=50, encoded=400)
COMMON = ["a", "the", "of", "and", "with", "this", "that", "it"]
DOMAINS = {
    "shop": {"1": "sturdy cheap reliable", "0": "broken refund flimsy", "": "charger cable box order"},
    "film": {"1": "moving funny cheap", "0": "dull broken trite", "": "actor scene plot director"},
    "news": {"1": "prosperous funny reliable", "0": "corrupt dull refund", "": "senate mayor budget vote"},
}


class Bag:
    """Counts words, by their first and last letters."""

    name = "bag"
    asked = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        vectors = np.zeros((len(texts), 676), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.split():
                if word not in COMMON and not word.isdigit():
                    vectors[row, (26 * (ord(word[0]) - 97) + ord(word[-1]) - 97) % 676] += 1
        lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
        return vectors / lengths


def made(name: str, domain: str, seed: int, count: int = 300, labels: str = "01") -> TextSet:
    drawn = random.Random(seed)
    texts, chosen = [], []
    for at in range(count):
        label = labels[at % len(labels)]
        own = DOMAINS[domain]
        words = [
            drawn.choice(own[label].split()),
            *drawn.choices(own[""].split(), k=3),
            *drawn.choices(COMMON, k=4),
        ]
        words += [str(drawn.randrange(10**6)), str(drawn.randrange(10**6))]
        drawn.shuffle(words)
        texts.append(" ".join(words))
        chosen.append(label)
    return TextSet(name, tuple(texts), tuple(chosen), "made")


SHOP, FILM, NEWS = made("shop", "shop", 1), made("film", "film", 2), made("news", "news", 3)


def selected(out: Path, *candidates: TextSet, config: SelectionConfig = CONFIG) -> SelectionReport:
    return select_sets(SHOP, candidates, out, encoder=Bag(), config=config, tell=lambda line: None)


def broken(report: SelectionReport, name: str) -> list[str]:
    [verdict] = [one for one in report.verdicts if one.dataset == name]
    return [check.rule for check in verdict.checks if not check.passed]


def test_unlike_and_harder_sets_are_in(tmp_path: Path) -> None:
    report = selected(tmp_path / "out", FILM, NEWS)
    assert report.chosen == ("film", "news")
    assert [drop.probe for drop in report.measured[0].drops] == ["encoder", "tfidf"]
    assert report.verdicts[0].said.startswith("in: the probe's accuracy goes from")


def test_each_planted_fault_puts_a_set_out_for_its_own_reason(tmp_path: Path) -> None:
    report = selected(
        tmp_path / "out",
        made("small", "film", 4, 60),
        made("strange", "film", 5, labels="0"),
        replace(NEWS, name="named", labels=tuple({"0": "no", "1": "yes"}[one] for one in NEWS.labels)),
        made("lopsided", "film", 6, labels="0000000001"),
        made("more", "shop", 7),
    )
    assert "size" in broken(report, "small")
    assert "labels" in broken(report, "strange")
    assert broken(report, "named") == ["labels", "difficulty"]
    assert "balance" in broken(report, "lopsided")
    assert {"likeness", "difficulty"} <= set(broken(report, "more"))
    assert "labels no, yes are none of shop's (0, 1)" in report.verdicts[2].said


def test_a_set_that_was_trained_on_is_out_however_splendid_its_accuracy(tmp_path: Path) -> None:
    copied = [text.upper().replace(" ", " , ") for text in SHOP.texts[:100]]
    leaked = replace(
        FILM,
        name="leaked",
        texts=(*copied, *FILM.texts[100:]),
        labels=(*SHOP.labels[:100], *FILM.labels[100:]),
    )
    report = selected(tmp_path / "out", leaked)
    assert "leakage" in broken(report, "leaked")
    assert report.measured[0].overlap.counts == {"exact": 0, "normalised": 100, "near": 0}
    assert "probe gets right there say nothing" in report.verdicts[0].said


def test_of_two_sets_that_are_one_the_first_stays(tmp_path: Path) -> None:
    twin = replace(FILM, name="twin", texts=tuple(text.title() for text in FILM.texts))
    assert selected(tmp_path / "a", FILM, twin).chosen == ("film",)
    report = selected(tmp_path / "b", twin, FILM)
    assert report.chosen == ("twin",)
    assert broken(report, "film") == ["distinctness"]
    alike = selected(tmp_path / "c", FILM, made("alike", "film", 12))
    assert broken(alike, "alike") == ["distinctness"]


def test_a_set_that_lacks_a_label_is_compared_on_its_own_labels(tmp_path: Path) -> None:
    three = TextSet(
        "three", (*SHOP.texts, *made("", "news", 9, 150, "0").texts), (*SHOP.labels, *["2"] * 150), "made"
    )
    report = select_sets(
        three, [FILM], tmp_path / "out", encoder=Bag(), config=CONFIG, tell=lambda line: None
    )
    [_, drop] = report.measured[0].drops
    assert drop.within.n == 300
    assert drop.outside[0].n == 300
    labels = next(check for check in report.verdicts[0].checks if check.rule == "labels")
    assert labels.passed
    assert "has labels 0, 1 but not 2: a subset" in labels.said


def test_a_probe_trained_on_the_set_itself_tells_a_hard_set_from_a_far_one(tmp_path: Path) -> None:
    drawn = random.Random(5)
    noise = replace(NEWS, name="noise", labels=tuple(drawn.choice("01") for _ in NEWS.labels))
    report = selected(tmp_path / "out", FILM, noise)
    far, hard = (one.drops[0].own for one in report.measured)
    assert far and hard
    assert far.rate > 0.9
    assert hard.rate < 0.65
    assert "(trained there: " in report.verdicts[0].said


def test_the_interval_of_a_drop_widens_with_trainings_that_differ() -> None:
    outside = (Right(50, 100),) * 4
    steady = Drop("tfidf", "film", (Right(8, 10),) * 4, outside, 30)
    assert steady.value == pytest.approx(0.3)
    # Student's t of 3 degrees of freedom is 3.182; the folds agree, so the rest is the binomial error of the 100 texts.
    assert steady.interval == pytest.approx((0.3 - 3.182 * 0.05, 0.3 + 3.182 * 0.05), abs=1e-3)
    shaky = Drop("tfidf", "film", (Right(6, 10), Right(10, 10), Right(6, 10), Right(10, 10)), outside, 30)
    assert shaky.value == pytest.approx(0.3)
    assert shaky.interval.low < 0 < steady.interval.low


def test_a_larger_candidate_is_remarked_on(tmp_path: Path) -> None:
    assert selected(tmp_path / "a", FILM).remark == ""
    assert (
        "shop has 300 texts and large 301" in selected(tmp_path / "b", made("large", "film", 8, 301)).remark
    )


def test_the_order_of_the_candidates_is_part_of_the_run(tmp_path: Path) -> None:
    selected(tmp_path, FILM, NEWS)
    with pytest.raises(FolderError, match="candidates was"):
        selected(tmp_path, NEWS, FILM)


def test_the_same_run_again_encodes_nothing_and_another_is_refused(tmp_path: Path) -> None:
    first = selected(tmp_path / "out", FILM)
    encoder = Bag()
    again = select_sets(
        SHOP, [FILM], tmp_path / "out", encoder=encoder, config=CONFIG, tell=lambda line: None
    )
    assert encoder.asked == 0
    assert again == first
    with pytest.raises(FolderError, match="holds another run"):
        selected(tmp_path / "out", NEWS)


def test_the_result_rows_and_the_record_say_the_same(tmp_path: Path) -> None:
    report = selected(tmp_path / "out", FILM, NEWS)
    rows = read_results(tmp_path / "out" / "results.parquet")
    [change] = select(rows, metric="accuracy_change", dataset="film", condition={"probe": "encoder"})
    drop = report.measured[0].drops[0]
    assert change.value == pytest.approx(-drop.value)
    assert change.condition["low"] == pytest.approx(-drop.interval.high)
    assert len(select(rows, metric="centroid_cosine")) == 3
    record = json.loads((tmp_path / "out" / "selection.json").read_text())
    assert record["chosen"] == list(report.chosen)
    assert [one["verdict"] for one in record["candidates"]] == [one.said for one in report.verdicts]


def test_the_page_shows_texts_as_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script> charger broken cable order box with this and that"
    shop = replace(SHOP, texts=(*SHOP.texts, hostile), labels=(*SHOP.labels, "0"))
    leaked = replace(
        FILM, name="leaked", texts=(*FILM.texts, *[hostile.upper()] * 9), labels=(*FILM.labels, *"0" * 9)
    )
    select_sets(shop, [leaked], tmp_path, encoder=Bag(), config=CONFIG, tell=lambda line: None)
    text = (tmp_path / "report.html").read_text()
    assert "&lt;SCRIPT&gt;ALERT(1)" in text
    assert "<SCRIPT>" not in text
    assert "0 of 1\N{NO-BREAK SPACE}candidate may stand out of distribution beside shop" in text


def test_a_folder_without_a_selection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"no selection\.json"):
        selection_page(tmp_path)
    (tmp_path / "selection.json").write_text('{"id": 3}')
    with pytest.raises(ReportError, match="is no selection"):
        selection_page(tmp_path)


def test_what_cannot_be_selected_from_is_refused_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(ShiftError, match="no candidate"):
        selected(tmp_path / "out")
    with pytest.raises(ShiftError, match="two sets are called film"):
        selected(tmp_path / "out", FILM, FILM)
    with pytest.raises(ShiftError, match="max_majority"):
        SelectionConfig(max_majority=1.5)
