"""The page out of distribution: each part from its rows alone, verdicts with their reasons, null results called that, nothing unescaped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from windward.evals.shift.correlation import Rule
from windward.evals.shift.effects import effect_results
from windward.evals.shift.fitted import curve_results
from windward.evals.shift.planted import plant
from windward.reports.intervals import Interval
from windward.reports.shift import shift_page
from windward.reports.shift_curves import verdict_lines
from windward.reports.shift_forest import Difference, forest_chart
from windward.reports.shift_matrix import matrix_cells, matrix_chart
from windward.rows import Result, read_results, write_results

SPACE = "\N{NO-BREAK SPACE}"
SCRIPT = "<script>alert(1)</script>"


def _row(dataset: str, score: float, **condition: object) -> Result:
    error = float(np.sqrt(score * (1 - score) / 400))
    told = {"task": "rated"} | condition
    return Result("shift", "tiny", dataset, "test", "accuracy", score, 400, told, error)


def scores_of(method: str, scores: Mapping[str, float], seed: int = 0) -> list[Result]:
    told = {"factor": "method", "value": method, "method": method, "seed": seed, "run": f"{method}{seed}"}
    return [
        _row(name, score, role="id" if name == "amazon" else "ood", **told) for name, score in scores.items()
    ]


def curve_points(kind: str, dataset: str, noise: float = 0.01) -> list[Result]:
    x, y = plant(kind, 40, noise, np.random.default_rng(0))
    rows = []
    for place, (inside, outside) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        told = {"factor": "shots", "value": place, "method": "vanilla", "seed": 0}
        rows += [_row("amazon", inside, role="id", **told), _row(dataset, outside, role="ood", **told)]
    return rows


def test_an_empty_table_is_a_page_that_says_so() -> None:
    text = shift_page([])
    assert "Nothing to show." in text
    assert "<section" not in text


def test_parts_without_rows_are_left_out() -> None:
    text = shift_page(scores_of("vanilla", {"amazon": 0.7, "movie": 0.5}))
    assert 'id="matrix"' in text
    for absent in ("curves", "methods", "paradigms", "sets", "again"):
        assert f'id="{absent}"' not in text


def test_the_first_sentence_is_what_is_lost() -> None:
    text = shift_page(scores_of("vanilla", {"amazon": 0.7, "movie": 0.5, "nyt": 0.4}))
    assert (
        f"<h1>70.0{SPACE}% on amazon, where it was trained, and 40.0{SPACE}% to 50.0{SPACE}% elsewhere"
        in text
    )
    assert f"on nyt: −30.0{SPACE}points" in text


def test_a_cell_of_several_seeds_has_their_mean_and_a_wider_interval_than_the_texts_alone() -> None:
    rows = scores_of("vanilla", {"amazon": 0.70, "movie": 0.50}) + scores_of(
        "vanilla", {"amazon": 0.74, "movie": 0.56}, 1
    )
    cells = {cell.column: cell for cell in matrix_cells({"vanilla": rows})}
    alone = matrix_cells({"vanilla": rows[:2]})[1]
    assert cells["movie"].value == pytest.approx(0.53)
    assert cells["movie"].drop == pytest.approx(0.19)
    assert cells["amazon"].drop is None
    assert cells["movie"].seeds == 2
    assert cells["movie"].span is not None
    assert alone.span is not None
    assert cells["movie"].span.high - cells["movie"].span.low > alone.span.high - alone.span.low


def test_more_test_sets_than_fit_a_phone_go_into_several_grids() -> None:
    names = ["amazon", *(f"set {place}" for place in range(8))]
    text = matrix_chart(
        matrix_cells({"vanilla": scores_of("vanilla", dict.fromkeys(names, 0.5))}), title="all"
    )
    assert text.count("<svg") == 3


def test_each_training_set_is_a_row_of_its_own_with_its_own_loss() -> None:
    """The matrix of every set against every other: what is lost is counted from the set that a row was trained on."""
    told = {"amazon": {"amazon": 0.64, "movie": 0.52}, "movie": {"amazon": 0.51, "movie": 0.76}}
    rows = [
        _row(tested, score, trained_on=trained, role="id" if tested == trained else "ood", method="vanilla")
        for trained, scores in told.items()
        for tested, score in scores.items()
    ]
    text = shift_page(rows)
    assert "trained on movie on amazon" in text
    assert f"trained on amazon on movie: 52.0{SPACE}%" in text
    assert f"−25.0{SPACE}points against in distribution" in text
    assert f"−12.0{SPACE}points against in distribution" in text


def test_without_methods_the_matrix_is_of_sizes_and_of_few_shots_there_is_none() -> None:
    told = {"method": "vanilla", "seed": 0, "value": "x"}
    sizes = [
        _row(name, 0.5, role=role, factor="size", **told)
        for name, role in (("amazon", "id"), ("movie", "ood"))
    ]
    shots = [replace(row, condition=row.condition | {"factor": "shots"}) for row in sizes]
    assert 'id="matrix"' in shift_page(sizes + shots)
    assert 'id="matrix"' not in shift_page(shots)


def test_tasks_have_a_matrix_each() -> None:
    rows = scores_of("vanilla", {"amazon": 0.7, "movie": 0.5})
    other = [
        replace(row, dataset=f"q {row.dataset}", condition=row.condition | {"task": "questions"})
        for row in rows
    ]
    text = shift_page(rows + other)
    assert text.count("score by what was trained") == 4  # title and description of each
    assert "questions: score" in text


@pytest.mark.parametrize(
    ("kind", "noise", "said"),
    [
        ("type I", 0.01, "movie: type I (one rising line)."),
        ("type III", 0.01, "movie: type III (falling, then rising after a knee)."),
        (
            "noise",
            0.05,
            "movie: undetermined, the nearest is flat (no relation); no relation is shown (rank correlation",
        ),
    ],
)
def test_a_curve_is_drawn_with_its_verdict_and_reasons(kind: str, noise: float, said: str) -> None:
    rows = curve_points(kind, "movie", noise)
    found = rows + curve_results(rows, rule=Rule(draws=200))
    text = shift_page(found)
    assert said in text
    assert text.count('class="mark"') == 40 + 1  # the points, and the legend's
    assert ('stroke-dasharray="6 4"' in text) == (kind == "noise")
    assert ("knee at" in text) == (kind == "type III")
    lines = verdict_lines(found)
    assert lines[0].startswith(said.rstrip("."))
    assert len(lines) > 1


def test_what_is_undetermined_may_still_rise_together() -> None:
    rows = curve_points("type I", "movie", 0.1)
    text = shift_page(rows + curve_results(rows, rule=Rule(draws=200)))
    assert (
        "movie: undetermined, the nearest is type I (one rising line); the scores rise together (rank" in text
    )
    assert "do not exclude a knee" in text


def test_the_page_is_the_same_from_the_table_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "results.parquet"
    rows = curve_points("type II", "movie")
    rows += scores_of("vanilla", {"amazon": 0.7, "movie": 0.5}) + scores_of(
        "eda", {"amazon": 0.7, "movie": 0.52}
    )
    found = rows + curve_results(rows, rule=Rule(draws=100)) + effect_results(rows)
    write_results(path, found)
    assert shift_page(read_results(path)) == shift_page(found)


def test_a_method_without_a_measurable_effect_is_called_that() -> None:
    rows: list[Result] = []
    for seed, (plain, better, same) in enumerate(
        [(0.50, 0.60, 0.51), (0.51, 0.61, 0.50), (0.50, 0.602, 0.50)]
    ):
        rows += scores_of("vanilla", {"amazon": 0.7, "movie": plain}, seed)
        rows += scores_of("eda", {"amazon": 0.7, "movie": better}, seed)
        rows += scores_of("focal", {"amazon": 0.7, "movie": same}, seed)
    text = shift_page(rows + effect_results(rows))
    assert (
        f"Of 2{SPACE}comparisons out of distribution, 1 are better than vanilla, 0 worse, 1 show no measurable change. "
        "Better on every set: eda." in text
    )
    assert text.count("no measurable change</td>") == 3
    assert text.count(">better</td>") == 1


def test_what_a_method_does_beyond_the_curve_stands_beside_its_effect() -> None:
    rows = curve_points("type I", "movie")
    for seed in range(2):
        rows += scores_of("vanilla", {"amazon": 0.6, "movie": 0.5 + seed / 500}, seed)
        rows += scores_of("eda", {"amazon": 0.6, "movie": 0.7 + seed / 500}, seed)
    effects = effect_results(rows)
    assert "beyond the curve" not in shift_page(rows + effects)
    text = shift_page(rows + effects + curve_results(rows, rule=Rule(draws=100)))
    assert "beyond the curve</th>" in text
    assert "by the curve of vanilla models" in text
    assert f"+20.0 (+20.0 to +20.0{SPACE}points)" in text


def test_an_interval_that_holds_zero_has_no_colour() -> None:
    rows = [
        Difference("up", 0.02, Interval(0.01, 0.03)),
        Difference("down", -0.02, Interval(-0.03, -0.01)),
        Difference("none", 0.02, Interval(-0.01, 0.05)),
        Difference("one seed", 0.02, None),
    ]
    assert [row.direction for row in rows] == ["better", "worse", "unclear", "unclear"]
    text = forest_chart(rows, title="effects", half=0.05)
    assert text.count("arrow-unclear") == 2
    assert "one seed: +2.0" in text


def test_answers_that_could_not_be_read_stand_beside_the_score() -> None:
    told = {"paradigm": "zero-shot", "reading": "strict"}
    strict = Result("shift", "lm", "movie", "test", "accuracy", 0.3, 200, {"task": "rated"} | told, 0.03, 50)
    parsed = Result(
        "shift", "lm", "movie", "test", "parsed_accuracy", 0.4, 150, {"task": "rated"} | told, 0.04
    )
    for rows in ([strict, parsed], [strict]):  # of accuracy the second follows from the first
        text = shift_page(rows)
        assert f"40.0{SPACE}% of the read" in text
        assert f"25.0{SPACE}% not read" in text
        assert "movie (n 200)" in text


def test_overlaps_and_reasons_are_shown_from_rows_and_records() -> None:
    row = Result("shift", "", "sst2", "all", "overlap_rate", 0.8, 1821,
                 {"task": "selection", "trained_on": "movie", "exact": 900, "normalised": 500, "near": 57})  # fmt: skip
    record = {"train": "a.tsv", "test": "b.tsv", "test_rows": 10, "exact": 1, "normalised": 0, "near": 0,
              "share": 0.1, "verdict": "refused", "rows": {"exact": [1]}}  # fmt: skip
    selection = {"candidates": [{"name": "nyt", "chosen": False, "verdict": SCRIPT}]}
    text = shift_page([row], overlaps=[record], selection=selection)
    assert f"80.0{SPACE}%" in text
    assert "refused" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert SCRIPT not in text


def test_names_and_answers_are_text_and_never_markup() -> None:
    rows = curve_points("type I", SCRIPT)
    rows += scores_of(SCRIPT, {"amazon": 0.7, SCRIPT: 0.5}) + scores_of(
        "vanilla", {"amazon": 0.7, SCRIPT: 0.5}
    )
    asked = Result(
        "shift", SCRIPT, SCRIPT, "test", "accuracy", 0.3, 20, {"paradigm": SCRIPT, "reading": SCRIPT}, 0.1, 3
    )
    text = shift_page([*rows, *curve_results(rows, rule=Rule(draws=50)), *effect_results(rows), asked])
    assert SCRIPT not in text
    assert text.count("<script>") == 1  # the page's own


def test_rows_of_other_systems_are_not_shown() -> None:
    other = Result("mint", "tiny", "movie", "test", "accuracy", 0.5, 10, {"role": "id"})
    assert "Nothing to show." in shift_page([other])
