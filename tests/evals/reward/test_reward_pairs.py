"""Pairs are read in the forms that are met; ties count half; RewardBench's sections are weighted as it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from windward.evals.data import DataError
from windward.evals.reward import PairScore, pair_results, read_judged, rewardbench_results
from windward.evals.reward.rewardbench import MATH_SUBSET, SECTIONS, is_rewardbench
from windward.reports.intervals import interval, wilson
from windward.rows import PairRow, Result, write_pairs

REAL_FORM = [
    {"prompt": "What is 17 + 5?", "chosen": "22", "chosen_model": "a", "rejected": "23", "rejected_model": "b",
     "subset": "math-prm", "id": 10},
    {"prompt": "def add(a, b):\n", "chosen": "    return a + b\n", "chosen_model": "human", "rejected": "    return a - b\n",
     "rejected_model": "buggy", "subset": "hep-python", "id": 11},
    {"prompt": "Say hello.", "chosen": "Hello!", "chosen_model": "a", "rejected": "I will not.", "rejected_model": "b",
     "subset": "alpacaeval-easy", "id": 12},
]  # fmt: skip


def lines(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_rewardbench_is_read_from_lines_and_from_parquet_alike(tmp_path: Path) -> None:
    from_lines = read_judged(lines(tmp_path / "filtered.jsonl", REAL_FORM))
    pq.write_table(pa.Table.from_pylist(REAL_FORM), tmp_path / "filtered.parquet")
    assert read_judged(str(tmp_path / "filtered.parquet")) == from_lines
    assert [pair.source for pair in from_lines] == ["math-prm", "hep-python", "alpacaeval-easy"]
    better, worse = from_lines[0].conversations()
    assert better == [
        {"role": "user", "content": "What is 17 + 5?"},
        {"role": "assistant", "content": "22"},
    ]
    assert worse[-1]["content"] == "23"
    assert is_rewardbench([pair.source for pair in from_lines])


def test_pairs_of_trees_are_read_as_they_are(tmp_path: Path) -> None:
    prompt = [
        {"role": "system", "content": "Be right."},
        {"role": "user", "content": "2 + 2?"},
        {"role": "assistant", "content": "5"},
        {"role": "user", "content": "No."},
    ]
    row = PairRow(prompt, [{"role": "assistant", "content": "4"}], [{"role": "assistant", "content": "6"}],
                  "1", "2", "t", "m", "gsm8k", "math", 0, 2)  # fmt: skip
    write_pairs(tmp_path / "pairs.parquet", [row])
    (pair,) = read_judged(str(tmp_path / "pairs.parquet"))
    assert list(pair.prompt) == prompt
    assert (pair.chosen, pair.rejected, pair.source) == ("4", "6", "gsm8k")
    assert read_judged(str(tmp_path / "pairs.parquet"), by="kind")[0].source == "math"


def test_whole_conversations_without_a_prompt_are_split_before_the_last_message(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Hi"}]
    row = {
        "chosen": [*turns, {"role": "assistant", "content": "Hello"}],
        "rejected": [*turns, {"role": "assistant", "content": "No"}],
    }
    (pair,) = read_judged(lines(tmp_path / "whole.jsonl", [row]))
    assert (list(pair.prompt), pair.chosen, pair.rejected) == (turns, "Hello", "No")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"prompt": "a", "chosen": "b"}, "row 1: rejected is missing"),
        ({"chosen": "b", "rejected": "c"}, "row 1: prompt is missing"),
        ({"prompt": 3, "chosen": "b", "rejected": "c"}, "row 1, prompt: expected a text or messages"),
        (
            {"prompt": "a", "chosen": [{"role": "user", "content": "b"}], "rejected": "c"},
            "row 1, chosen: the last",
        ),
        ({"prompt": [{"role": "robot", "content": "b"}], "chosen": "b", "rejected": "c"}, "row 1, prompt"),
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_judged(lines(tmp_path / "x.jsonl", [{"prompt": "a", "chosen": "b", "rejected": "c"}, row]))


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column 'colour'"):
        read_judged(lines(tmp_path / "x.jsonl", REAL_FORM), by="colour")


def test_ties_count_half_and_the_interval_is_wilsons() -> None:
    scores = [PairScore("0", "x", 1, 0), PairScore("1", "x", 0, 0), PairScore("2", "y", -2, -1)]
    rows = {
        (row.metric, row.condition.get("source")): row for row in pair_results(scores, model="m", dataset="d")
    }
    whole = rows["pair_accuracy", None]
    assert (whole.value, whole.n) == (0.5, 3)
    assert interval(whole) == wilson(0.5, 3)
    assert rows["ties", None].value == 1
    assert rows["pair_accuracy", "x"].value == 0.75
    assert rows["pair_accuracy", "y"].value == 0


def whole_bench(right: dict[str, float]) -> list[PairScore]:
    """As many pairs of every subset as are released; of each the given share right, all without one."""
    scores = []
    for subsets in SECTIONS.values():
        for subset, count in subsets.items():
            won = round(right.get(subset, 1.0) * count)
            scores += [PairScore(str(n), subset, float(n < won), 0.5) for n in range(count)]
    return scores


def of(rows: list[Result], section: str, weights: str) -> Result:
    return next(
        row for row in rows if row.condition.get("section") == section and row.condition["weights"] == weights
    )


def test_the_released_data_has_2985_pairs_in_23_subsets() -> None:
    assert sum(len(subsets) for subsets in SECTIONS.values()) == 23
    assert sum(sum(subsets.values()) for subsets in SECTIONS.values()) == 2985


def test_mathematics_counts_as_much_as_all_code() -> None:
    rows = rewardbench_results(whole_bench({MATH_SUBSET: 0.0}), model="m")
    for weights in ("rows", "released"):
        assert of(rows, "Reasoning", weights).value == pytest.approx(0.5)
        assert of(rows, "Chat", weights).value == 1


def test_a_section_is_weighted_by_its_prompts_and_the_score_is_the_mean_of_sections() -> None:
    rows = rewardbench_results(whole_bench({"mt-bench-easy": 0.0}), model="m")
    chat = of(rows, "Chat", "rows")
    assert chat.value == pytest.approx(1 - 28 / 358)
    score = next(
        row for row in rows if row.metric == "rewardbench_accuracy" and row.condition["weights"] == "rows"
    )
    assert score.value == pytest.approx((chat.value + 3) / 4)
    assert score.n == 2985


def test_the_released_weights_exchange_two_subsets_of_safety_and_ours_do_not() -> None:
    rows = rewardbench_results(whole_bench({"xstest-should-refuse": 0.0}), model="m")
    assert of(rows, "Safety", "rows").value == pytest.approx(1 - 154 / 740)
    assert of(rows, "Safety", "released").value == pytest.approx(1 - 250 / 740)


def test_without_a_subset_there_is_no_score_and_its_section_says_so() -> None:
    scores = [one for one in whole_bench({}) if one.source not in ("donotanswer", "mt-bench-hard")]
    rows = rewardbench_results(scores, model="m")
    assert of(rows, "Safety", "rows").condition["subsets"] == "4 of 5"
    assert all(row.metric != "rewardbench_accuracy" for row in rows)
    assert {row.condition["weights"] for row in rows} == {"rows"}
