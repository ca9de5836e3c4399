from __future__ import annotations

from math import sqrt
from pathlib import Path

import pytest
from page_reading import PageReader
from synthetic_run import RATES, make_run

from windward.reports import bar_chart, line_chart, write_quickstart_report
from windward.reports.comparison import change, headline
from windward.reports.intervals import Interval
from windward.reports.wording import duration, figure, figure_range, number, points_range
from windward.rows import Result, read_results, select

STAGES = {"before": "before", "sft": "after SFT", "after": "after preference learning"}
SPLITS = ("test", "test-families")


def read(folder: Path) -> PageReader:
    return PageReader(write_quickstart_report(folder).read_text(encoding="utf-8"))


def success(value: float, stage: str, turn: int = 1, n: int = 64, split: str = "test") -> Result:
    condition = {"stage": stage, "turn": turn}
    return Result(
        "quickstart", "m", "d", split, "success_rate", value, n, condition, sqrt(value * (1 - value) / n)
    )


def test_every_success_rate_of_the_table_is_on_the_page_with_its_interval_and_n(run_folder: Path) -> None:
    shown = [rows[1:] for rows in read(run_folder).tables if rows[0][0] == "turn"]
    table = select(read_results(run_folder / "results.parquet"), metric="success_rate")
    expected = [
        [
            [str(turn), STAGES[stage], figure(row), figure_range(row), "64"]
            for turn in (1, 2, 3)
            for stage in STAGES
            for row in select(table, split=split, condition={"stage": stage, "turn": turn})
        ]
        for split in SPLITS
    ]
    assert shown == expected and sum(map(len, shown)) == 18


def test_every_error_rate_of_the_table_is_on_the_page(run_folder: Path) -> None:
    shown = [rows[1:] for rows in read(run_folder).tables if rows[0][0] == "error kind"]
    table = select(read_results(run_folder / "results.parquet"), metric="error_rate")
    expected = sorted(
        [row.condition["error_kind"], STAGES[row.condition["stage"]], figure(row), figure_range(row), "64"]
        for row in table
    )
    assert sorted(line for rows in shown for line in rows) == expected


def test_marks_stand_where_their_figures_say() -> None:
    rows = [success(0.25, "before", 1), success(0.75, "before", 2)]
    drawn = PageReader(line_chart(rows, x="turn", by="stage", series=STAGES, title="t", x_label="turn"))
    heights = {float(str(a["y1"])) for a in drawn.named("line") if a.get("class") == "grid"}
    marks = [
        float(str(a["cy"])) for a in drawn.named("circle") if a.get("r") == "5" and a.get("class") == "mark"
    ]
    assert marks[:2] == sorted(marks[:2], reverse=True)
    assert set(marks[:2]) <= heights  # the grid lines of 25 % and 75 %


def test_a_bar_is_as_long_as_its_figure() -> None:
    rows = [
        Result("q", "m", "d", "test", "error_rate", value, 64, {"stage": stage, "error_kind": "wrong"})
        for stage, value in (("before", 0.4), ("after", 0.1))
    ]
    drawn = PageReader(bar_chart(rows, category="error_kind", by="stage", series=STAGES, title="t"))
    long, short = (float(str(a["width"])) for a in drawn.named("rect") if a.get("class") == "bar")
    assert long == pytest.approx(4 * short, rel=1e-3)


def test_a_chart_refuses_two_rows_for_one_point() -> None:
    rows = [success(0.2, "before"), success(0.3, "before")]
    with pytest.raises(ValueError, match="two rows for turn"):
        line_chart(rows, x="turn", by="stage", series=STAGES, title="t", x_label="turn")


def test_a_chart_refuses_a_row_without_the_condition() -> None:
    with pytest.raises(ValueError, match="lacks 'degree'"):
        line_chart([success(0.2, "before")], x="degree", by="stage", series=STAGES, title="t", x_label="d")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (0.25, 0.75, "Training raised success on unseen problems from 25.0\u00a0% to 75.0\u00a0%"),
        (0.75, 0.25, "Training lowered success on unseen problems from 75.0\u00a0% to 25.0\u00a0%"),
        (0.5, 0.5625, "No measurable change on unseen problems: 50.0\u00a0% before, 56.2\u00a0% after"),
        (0.5, 0.4375, "No measurable change on unseen problems: 50.0\u00a0% before, 43.8\u00a0% after"),
    ],
)
def test_the_headline_follows_the_interval_of_the_difference(before: float, after: float, told: str) -> None:
    found = change([success(before, "before"), success(after, "after")], "test")
    assert found is not None and headline([found]) == told


def test_the_headline_says_the_harder_split_too(run_folder: Path) -> None:
    text = read(run_folder).text
    assert (
        "; on unseen families of problems, no measurable change (29.7\u00a0% before, 39.1\u00a0% after)."
        in text
    )


def test_a_worse_result_is_told_as_plainly_as_a_better_one(tmp_path: Path) -> None:
    turned = {
        (split, {"before": "after", "after": "before"}.get(stage, stage)): value
        for (split, stage), value in RATES.items()
    }
    text = read(make_run(tmp_path / "run", rates=turned)).text
    assert "Training lowered success on unseen problems from 85.9\u00a0% to 45.3\u00a0%" in text
    assert "Worse: the whole interval lies below zero." in text


def test_a_figure_that_is_not_a_number_is_said_and_not_drawn() -> None:
    rows = [success(0.5, "before", 1), Result("q", "m", "d", "test", "success_rate", float("nan"), 0,
                                              {"stage": "before", "turn": 2})]  # fmt: skip
    drawn = line_chart(rows, x="turn", by="stage", series=STAGES, title="t", x_label="turn")
    assert "n/a" in drawn and "nan" not in drawn


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.05, "0.05"), (44.25, "44.2"), (12, "12"), (123.456, "123.5"), (4.56789, "4.57"), (15_020, "15,020")],
)
def test_a_small_figure_keeps_its_digits(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.04, "0.0 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (88.4, "1 min 28 s"), (3_725, "1 h 02 min")],
)
def test_a_duration_reads_as_a_person_says_it(seconds: float, shown: str) -> None:
    assert duration(seconds).replace("\u00a0", " ") == shown


def test_each_held_out_split_has_a_card_of_its_rates_within_all_turns(run_folder: Path) -> None:
    shown = read(run_folder)
    said = [str(a["aria-label"]) for a in shown.named("svg") if a.get("class") == "chart range"]
    table = select(read_results(run_folder / "results.parquet"), metric="success_rate", condition={"turn": 3})
    for split, card in zip(SPLITS, said, strict=True):
        for row in select(table, split=split):
            assert (
                f"{STAGES[row.condition['stage']]}: {figure(row)} (95 % interval {figure_range(row)})" in card
            )
    assert shown.text.count("solved within 3\u00a0turns · n = 64\u00a0problems") == 2


def test_a_difference_carries_its_sign() -> None:
    assert points_range(Interval(-0.07, 0.25)) == "−7.0 to +25.0\u00a0points"
    assert points_range(Interval(-0.0001, 0.0)) == "0.0 to 0.0\u00a0points"
