"""The page of dynamics: each part from its rows alone, null results called that, gaps where nothing was measured, nothing unescaped."""

from __future__ import annotations

import re
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dynamics_page_rows import effect, forgetting, over_seeds, row, run_rows, spread
from hypothesis import given
from hypothesis import strategies as st
from page_reading import PageReader
from test_report_page import HOSTILE

from windward.evals.dynamics.curves import Point, RunCurve, TestRow
from windward.evals.dynamics.table import dynamics_results
from windward.reports.dynamics import NOBODY, dynamics_page
from windward.reports.dynamics_table import DynamicsTable, readable
from windward.reports.line_chart import round_ends
from windward.rows import Result, read_results, write_results

FALLING = {0: 2.0, 10: 1.5, 20: 1.2, 30: 1.1}
FLAT = {0: 1.10, 10: 1.11, 20: 1.09, 30: 1.10}
TASKS = ["sums", "words", "maps"]
ORDERS = ("near-first", "far-first", "shuffled")


def seeded(arrangement: str, level: float, noise: float) -> list[Result]:
    """Three runs and their means."""
    runs = [
        one
        for seed in range(3)
        for one in run_rows(arrangement, {step: loss + level + noise * (seed - 1) for step, loss in FALLING.items()}, seed)
    ]  # fmt: skip
    return runs + over_seeds(runs)


def read(rows: list[Result], **told: object) -> PageReader:
    return PageReader(dynamics_page(rows, **told))  # type: ignore[arg-type]


def first_sentence(text: str) -> str:
    (found,) = re.findall(r"<h1>(.*?)</h1>", text)
    return str(found)


def test_an_empty_table_is_a_page_that_says_so() -> None:
    text = dynamics_page([])
    assert "Nothing to show." in text
    assert "<section" not in text


def test_rows_of_other_systems_are_not_shown() -> None:
    other = replace(run_rows("near", FALLING)[0], system="shift")
    assert "Nothing to show." in dynamics_page([other])


def test_parts_without_rows_are_left_out() -> None:
    text = dynamics_page(run_rows("near", FALLING))
    assert 'id="curves"' in text
    assert 'id="runs"' in text
    for absent in ("effects", "forgetting", "first", "again"):
        assert f'id="{absent}"' not in text


def test_every_statement_on_the_target_split_is_shown_and_so_is_that_there_is_none() -> None:
    said = ["Arranged for 20 rows; none of them is tested.", "Arranged for nobody."]
    shown = read(run_rows("near", FALLING), statements=said)
    assert all(one in shown.text for one in said)
    assert NOBODY not in shown.text
    assert NOBODY in read(run_rows("near", FALLING)).text
    assert NOBODY in read([]).text


@pytest.mark.parametrize(
    ("losses", "says"),
    [
        (FALLING, "The loss falls from step 0 to step 30"),
        (
            dict(zip(FALLING, reversed(FALLING.values()), strict=True)),
            "The loss rises from step 0 to step 30",
        ),
        (FLAT, "No difference shown from step 0 to step 30: the intervals of the loss overlap"),
        (dict.fromkeys(FALLING, nan), "No loss was measured"),
    ],
)
def test_the_first_sentence_of_one_run_follows_its_intervals(losses: dict[int, float], says: str) -> None:
    assert first_sentence(dynamics_page(run_rows("near", losses))) == says


def test_an_arrangement_is_said_to_end_lowest_only_where_no_interval_overlaps() -> None:
    apart = dynamics_page(seeded("near", -0.3, 0.01) + seeded("far", 0.3, 0.01))
    assert first_sentence(apart) == "near has the lowest loss at step 30: its interval lies below every other"
    close = dynamics_page(seeded("near", -0.01, 0.05) + seeded("far", 0.01, 0.05))
    assert first_sentence(close).startswith("No difference shown between 2 arrangements at step 30")
    three = seeded("near", -0.01, 0.01) + seeded("far", 0.01, 0.01) + seeded("last", 0.9, 0.01)
    assert first_sentence(dynamics_page(three)) == (
        "No difference shown between near and far at step 30; the others end higher"
    )


def test_of_single_runs_it_says_that_other_seeds_are_not_covered() -> None:
    lower = {step: loss - 0.5 for step, loss in FALLING.items()}
    assert "single runs" in first_sentence(dynamics_page(run_rows("near", lower) + run_rows("far", FALLING)))


def test_a_curve_is_the_mean_over_seeds_where_there_is_one_else_the_run() -> None:
    found = DynamicsTable.of(seeded("near", 0.0, 0.05) + run_rows("far", FALLING))
    curves = found.curves("loss", "all")
    assert [one.condition.get("over") for one in curves["near"]] == ["seeds"] * 4
    assert [one.condition.get("over") for one in curves["far"]] == [None] * 4
    alone = DynamicsTable.of(run_rows("near", FALLING, 0) + run_rows("near", FALLING, 1))
    assert list(alone.curves("loss", "all")) == ["near, run near-0", "near, run near-1"]


def test_a_step_without_a_measurement_breaks_the_line_and_is_listed_and_never_a_zero() -> None:
    whole, broken = run_rows("near", FALLING), run_rows("near", FALLING | {20: nan})
    lines = [
        len([1 for one in read(rows).named("line") if one["class"] == "curve"]) for rows in (whole, broken)
    ]
    assert lines[0] - lines[1] == 2 * 2  # in the chart, and in the one without step 0
    shown = read(broken)
    assert "Not measured, so left out: near at step 20" in shown.text
    assert "nan" not in dynamics_page(broken)
    points = next(one for one in shown.tables if "step" in one[0])
    assert points[3] == ["near", "20", "not measured", "tested rows", "40", "40"]
    assert [line[2][:5] for line in points[1:] if line[1] != "20"] == ["2.000", "1.500", "1.100"]
    assert "40 of 160\N{NO-BREAK SPACE}measurements could not be made" in shown.text


def test_a_point_between_two_gaps_is_drawn_even_where_marks_are_thinned() -> None:
    """Of 61 checkpoints not each has a mark; one without neighbours would be nothing at all without."""
    losses = dict.fromkeys(range(61), 1.0) | {10: nan, 12: nan}
    drawn = dynamics_page(run_rows("near", losses))
    assert drawn.count("<title>near, step 11:") == 1
    assert drawn.count("<title>near, step 9:") == 0


def test_the_axis_of_losses_begins_near_them_and_says_so() -> None:
    text = dynamics_page(run_rows("near", FLAT))
    assert "Loss (the axis does not begin at 0)" in text
    heights = {one["cy"] for one in PageReader(text).named("circle") if one.get("r") == "5"}
    assert len(heights) >= 3  # not flat


def test_six_arrangements_are_one_chart_and_of_more_the_reader_chooses() -> None:
    rows = [one for place in range(6) for one in run_rows(f"order {place}", FALLING)]
    assert 'class="pick"' not in dynamics_page(rows)
    text = dynamics_page(rows + run_rows("order 6", FALLING))
    assert 'class="pick" data-dodge="0"' in text
    assert text.count('class="off" data-curve="6"') == 2
    assert set(re.findall(r'transform="(.*?)"', text)) == {"translate(0 0)"}  # each point stands at its step


def test_every_task_can_be_opened_and_has_its_last_loss() -> None:
    rows = (
        run_rows("near", FALLING)
        + run_rows("near", FALLING, dataset="sums")
        + run_rows("near", FLAT, dataset="words")
    )
    shown = read(rows)
    last = next(one for one in shown.tables if one[0] == ["task", "near"])
    assert [line[0] for line in last[1:]] == ["sums", "words"]
    assert last[1][1].startswith("1.100")
    assert "By task: 2" in shown.text


def test_other_metrics_are_drawn_in_their_unit() -> None:
    rows = run_rows("near", {0: 0.0, 10: 0.25, 20: 0.3}, metric="exact_match")
    rows += run_rows("near", {0: -1.0, 10: 0.5, 20: 0.75}, metric="reward")
    shown = read(rows)
    assert "25.0\N{NO-BREAK SPACE}%" in shown.text
    assert "−1.000" in shown.text
    assert "nats" not in shown.text  # that is of losses


def test_the_interval_of_a_share_is_of_the_rows_that_were_measured() -> None:
    spans = []
    for lost in (0, 30):
        one = row("exact_match", 0.5, n=40, lost=lost, arrangement="near", seed=0, run="r", step=0)
        spans.append(next(table for table in read([one]).tables if "step" in table[0])[1][2])
    assert [span[6:] for span in spans] == ["35.2–64.8\N{NO-BREAK SPACE}%", "23.7–76.3\N{NO-BREAK SPACE}%"]


def test_an_interval_without_numbers_is_none_and_draws_nothing() -> None:
    told: dict[str, Any] = {"arrangement": "near", "over": "seeds", "seeds": [0, 1], "low": nan, "high": nan}
    rows = [row("loss", 1.0 - step / 100, stderr=0.1, step=step, **told) for step in (0, 10)]
    text = dynamics_page(rows)
    assert "no interval" in text
    assert "nan" not in text


def test_first_steps_stand_with_intervals_and_the_mean_loss_beside_them() -> None:
    rows = seeded("near", 0.0, 0.05) + seeded("far", 0.1, 0.05)
    for name, values in (("near", [10.0, 10.0, 20.0]), ("far", [20.0, 30.0, nan])):
        low, high = spread(values)
        told: dict[str, Any] = {
            "arrangement": name,
            "over": "seeds",
            "seeds": [0, 1, 2],
            "low": low,
            "high": high,
            "rows_seen": 100,
        }
        rows.append(row("first_step", sum(values) / 3, of="loss", within=0.05, **told))
        rows.append(row("mean_loss", 1.25, of="loss", **told | {"low": 1.2, "high": 1.3}))
    shown = read(rows)
    assert "First step within 5\N{NO-BREAK SPACE}% of the final loss" in shown.text
    steps = next(one for one in shown.tables if "rows seen" in one[0])
    assert steps[1][:4] == ["near", "13.3", "0 to 27.7", "3\N{NO-BREAK SPACE}seeds"]
    assert steps[2][:3] == ["far", "not measured", "no interval"]
    means = next(one for one in shown.tables if "mean loss" in one[0] and "over" in one[0])
    assert means[1] == ["near", "1.250", "1.200 to 1.300", "3\N{NO-BREAK SPACE}seeds"]


def test_which_rows_and_what_order_are_told_apart_and_by_their_intervals() -> None:
    rows = [
        effect("rows", ("near", "random"), "shuffled", (-0.3, -0.1)),
        effect("rows", ("near", "random"), "near-first", (-0.3, 0.1)),
        effect("order", ("near-first", "shuffled"), "near", (-0.1, 0.1)),
        effect("order", ("near-first", "shuffled"), "random", (-0.05, 0.1)),
        effect("order", ("near-first", "shuffled"), "near", (0.1, 0.2), of="mean_loss"),
    ]
    text = dynamics_page(rows)
    assert first_sentence(text) == (
        "Which rows: near rows have a lower loss than random rows in the order shuffled; no difference shown in the other. "
        "What order: no difference shown (2\N{NO-BREAK SPACE}comparisons)."
    )
    assert "In the mean loss over the run: near-first has a higher loss than shuffled on near rows." in text
    assert [text.count(f'<g class="arrow-{kind}"') for kind in ("better", "worse", "unclear")] == [1, 1, 3]
    figures = PageReader(text).tables[0]
    assert [line[-1] for line in figures[1:]] == ["lower", *["no difference shown"] * 3, "higher"]


def test_effects_of_single_tasks_stand_in_the_figures_and_not_in_the_first_sentence() -> None:
    rows = [
        effect("order", ("near-first", "shuffled"), "near", (-0.1, 0.1)),
        effect("order", ("near-first", "shuffled"), "near", (-0.3, -0.1), dataset="sums"),
    ]
    text = dynamics_page(rows)
    assert first_sentence(text) == "What order: no difference shown (1\N{NO-BREAK SPACE}comparison)."
    assert [line[1] for line in PageReader(text).tables[0][1:]] == ["all", "sums"]


def test_an_effect_without_an_interval_is_no_difference_shown() -> None:
    without = replace(effect("order", ("a", "b"), "near", (-0.2, -0.1)), stderr=None)
    without.condition.update(low=nan, high=nan)
    assert "no difference shown" in first_sentence(dynamics_page([without]))


def test_forgetting_is_shown_only_where_the_interval_lies_above_zero() -> None:
    rows = [
        forgetting("in turn", "sums", (0.1, 0.3), learned=10),
        forgetting("in turn", "words", (-0.1, 0.2), learned=20),
        forgetting("in turn", "all", (0.0, 0.2)),
    ]
    for task in ("sums", "words", "maps"):
        rows += run_rows("in turn", FALLING, dataset=task)
    text = dynamics_page(rows)
    assert first_sentence(text) == "No forgetting shown on average with in turn."
    assert "in turn: 1 of 2\N{NO-BREAK SPACE}tasks (+0.100 on average)" in text
    shown = PageReader(text)
    figures = next(one for one in shown.tables if "forgetting" in one[0])
    assert [(line[1], line[2], line[-1]) for line in figures[1:]] == [
        ("sums", "10", "forgotten"),
        ("words", "20", "no forgetting shown"),
        ("all, on average", "20", "no forgetting shown"),
    ]
    assert len([one for one in shown.named("line") if one.get("stroke-dasharray")]) == 2


def test_forgetting_is_told_by_arrangement_and_none_is_called_that() -> None:
    spans = {"in turn": (0.1, 0.3), "mixed": (-0.1, 0.1), "reversed": (0.1, 0.2), "sinking": (-0.2, -0.1)}
    assert first_sentence(dynamics_page([forgetting(name, "all", span) for name, span in spans.items()])) == (
        "Forgetting shown on average with in turn, reversed; no forgetting shown on average with mixed; "
        "a loss lower than ever before on average with sinking."
    )


def test_where_each_seed_has_another_order_of_tasks_curves_are_of_one_seed_and_forgetting_over_all() -> None:
    """A task that was the last in one seed has no figure over seeds; its runs are not taken for it."""
    rows = []
    for seed, (first, second) in enumerate([("sums", "words"), ("words", "sums"), ("maps", "sums")]):
        for task in ("sums", "words", "maps"):
            rows += run_rows("in turn", FALLING, seed, dataset=task)
        for task, learned in ((first, 10), (second, 20)):
            one = forgetting("in turn", task, (0.1, 0.3), learned=learned)
            rows.append(replace(one, condition=one.condition | {"seed": seed, "run": f"in turn-{seed}"}))
    for task in ("sums", "words", "maps"):
        rows += over_seeds([one for one in rows if one.metric == "loss" and one.dataset == task])
    for task in ("sums", "all"):
        rows.append(
            row(
                "forgetting",
                0.2,
                task,
                arrangement="in turn",
                over="seeds",
                seeds=[0, 1, 2],
                low=0.1,
                high=0.3,
            )
        )
    shown = read(rows)
    assert "Loss by task: in turn, seed 0" in shown.text
    assert "The order of tasks differs from seed to seed" in shown.text
    summary, by_run = (one for one in shown.tables if "forgetting" in one[0])
    assert [line[1] for line in summary[1:]] == ["sums", "all, on average"]
    assert len(by_run) == 1 + 6
    assert "in the figures: words, maps (in turn)." in shown.text
    assert "run in turn-0" not in shown.text


def test_every_run_stands_by_itself() -> None:
    rows = seeded("near", 0.0, 0.05)
    rows.append(row("mean_loss", 1.3, of="loss", arrangement="near", seed=1, run="near-1", low=1.2, high=1.4))
    shown = read(rows)
    runs = shown.tables[-1]
    assert runs[0] == [
        "arrangement",
        "seed",
        "run",
        "last step",
        "mean loss",
        "loss at step 0",
        "loss at the end",
    ]
    assert [line[1] for line in runs[1:]] == ["0", "1", "2"]
    assert runs[2] == ["near", "1", "near-1", "30", "1.300", "2.000", "1.100"]


def test_names_of_the_factorial_study_are_read_out_and_others_are_as_given() -> None:
    assert readable("near-rows.near-first") == "near rows, near-first"
    assert readable("random-rows.shuffled") == "random rows, shuffled"
    assert readable("my-rows.near-first") == "my-rows.near-first"
    both = DynamicsTable.of(run_rows("near-rows.x", FALLING) + run_rows("near rows, x", FALLING))
    assert list(both.curves("loss", "all")) == ["near-rows.x", "near rows, x"]


def test_the_page_is_the_same_from_the_table_on_disk(tmp_path: Path) -> None:
    rows = (
        seeded("near", 0.0, 0.05)
        + run_rows("far", FALLING | {10: nan})
        + [forgetting("near", "sums", (0.1, 0.3))]
    )
    rows.append(effect("rows", ("near", "random"), "shuffled", (-0.3, -0.1)))
    write_results(tmp_path / "results.parquet", rows)
    assert dynamics_page(read_results(tmp_path / "results.parquet")) == dynamics_page(rows)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_statements_are_text_and_never_markup(name: str) -> None:
    def elements(told: str) -> PageReader:
        rows = (
            run_rows(told, FALLING)
            + run_rows(told, FALLING, dataset=told)
            + run_rows("other", FLAT | {10: nan})
        )
        rows += [effect("order", (told, "b"), told, (-0.2, -0.1)), forgetting(told, told, (0.1, 0.2))]
        rows += [
            row(
                "first_step",
                10.0,
                of="loss",
                within=0.05,
                arrangement=told,
                seed=told,
                run=told,
                low=5.0,
                high=15.0,
            )
        ]
        return read(
            rows, statements=[told], record={"command": [told], "settings": {told: told}}, files=[told]
        )

    calm, hostile = elements("calm"), elements(HOSTILE[name])
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in calm.elements]
    assert [sorted(given) for _, given in hostile.elements] == [sorted(given) for _, given in calm.elements]
    assert hostile.raw == calm.raw


def test_how_to_do_it_again_stands_at_the_end() -> None:
    record = {"command": ["/x/windward", "eval", "dynamics", "RUN"], "settings": {"within": 0.05}}
    shown = read(run_rows("near", FALLING), record=record, files=["results.parquet"])
    assert "windward eval dynamics RUN" in shown.text
    assert "results.parquet" in shown.text


def test_a_lower_loss_is_the_better_one() -> None:
    text = dynamics_page([effect("rows", ("near", "random"), order, (-0.3, -0.1)) for order in ORDERS])
    assert text.count('<g class="arrow-better"') == 3
    assert "near-first: near rows − random rows: −0.200 (95 % interval −0.300 to −0.100)" in text


def test_what_holds_under_every_order_is_said_once() -> None:
    rows = [effect("rows", ("near", "random"), order, (-0.3, -0.1)) for order in ORDERS]
    rows += [effect("order", ("near-first", "shuffled"), fixed, (0.1, 0.2)) for fixed in ("near", "random")]
    assert first_sentence(dynamics_page(rows)) == (
        "Which rows: near rows have a lower loss than random rows in each of 3 orders. "
        "What order: near-first has a higher loss than shuffled on near rows and random rows."
    )


def test_an_interval_of_a_share_over_seeds_ends_at_the_ends_of_a_share() -> None:
    told: dict[str, Any] = {"arrangement": "near", "over": "seeds", "seeds": [0, 1], "low": -0.3, "high": 0.5}
    shown = read([row("rouge_l", 0.1, step=step, **told) for step in (0, 10)])
    assert "0.0–50.0\N{NO-BREAK SPACE}%" in shown.text
    assert "−" not in shown.text


def test_what_measuring_gives_has_all_its_parts_on_the_page() -> None:
    """Three seeds that learned two of three tasks in different orders; one row can never be measured, another not at step 10."""
    generator = np.random.default_rng(0)
    tests = [
        TestRow(({"role": "user", "content": f"{place}"},), "1", task) for place, task in enumerate(TASKS * 6)
    ]
    runs = []
    for seed, learned in enumerate(
        [{"sums": 10, "words": 20}, {"words": 10, "sums": 20}, {"sums": 10, "words": 20}]
    ):
        points = []
        for step in (0, 10, 20):
            losses = 2 - step / 20 + generator.normal(0, 0.01, len(tests))
            losses[0] = nan
            losses[1] = nan if step == 10 else losses[1]
            points.append(Point(step, 8 * step, {"loss": losses}, {"loss": len(tests)}))
        runs.append(RunCurve(f"near-{seed}", "near", seed, "tiny", tuple(points), learned))
    shown = read(dynamics_results(runs, tests))
    sections = [one["id"] for one in shown.named("section")]
    assert sections == ["forgetting", "curves", "first", "runs"]
    assert "12 of 162\N{NO-BREAK SPACE}measurements could not be made" in shown.text
    listed = next(one for one in shown.tables if one[0][:2] == ["arrangement", "step"])
    assert [line[-2:] for line in listed[1:]] == [["54", "3"], ["54", "6"], ["54", "3"]]
    steps = next(one for one in shown.tables if "over" in one[0] and one[0][:2] == ["arrangement", "step"])
    assert steps[1][:2] == ["near", "20"]


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ((1.05, 1.15), (1.04, 1.16, 0.02)),
        ((0.99, 1.64), (0.8, 1.8, 0.2)),
        ((0.9, 4.1), (0.0, 5.0, 1.0)),
        ((-1.2, 0.3), (-1.5, 0.5, 0.5)),
        ((1.0, 1.0), (1.0, 1.1, 0.02)),
        ((0.0, 0.0), (0.0, 1.0, 0.2)),
        ((nan, nan), (0.0, 1.0, 0.2)),
    ],
)
def test_an_axis_has_round_ends_around_all_figures(
    values: tuple[float, float], ends: tuple[float, float, float]
) -> None:
    found = round_ends([row("loss", value, step=0) for value in values])
    assert found == pytest.approx(ends)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5))
def test_no_figure_lies_beyond_the_axis_and_most_of_it_is_used(values: list[float]) -> None:
    low, high, step = round_ends([row("loss", value, step=0) for value in values])
    wide = max(values) - min(values)
    assert low <= min(values) + 1e-6 * max(wide, 1e-9) + 1e-9
    assert high >= max(values) - 1e-6 * max(wide, 1e-9) - 1e-9
    if wide > 1e-6:
        assert high - low <= wide + 2.01 * step or low == 0
        assert 2.99 <= (high - low) / step <= 6.01
