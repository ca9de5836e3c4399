"""The page of a MINT evaluation: its figures are the table's, what is missing is said, 37 models fit."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from page_reading import PageReader
from synthetic_mint import (
    N,
    disagreement,
    figures,
    live_folder,
    rate,
    replay_folder,
    run,
    write_disagreements,
)

from windward.reports import ReportError, write_mint_report
from windward.reports.intervals import wilson
from windward.reports.mint_folder import EACH
from windward.rows import read_results, write_results


def page_of(folder: Path, **options: object) -> str:
    return write_mint_report(folder, **options).read_text(encoding="utf-8")


def table_with(read: PageReader, *headings: str) -> list[list[str]]:
    return next(table for table in read.tables if set(headings) <= set(table[0]))


def test_the_models_table_holds_the_figures_of_the_result_table(tmp_path: Path) -> None:
    models = ["first", "second", "third"]
    folder = replay_folder(tmp_path / "run", models)
    (heads, *rows) = table_with(PageReader(page_of(folder)), "SR_5", "points a turn")
    assert [row[0] for row in rows] == models
    results = read_results(folder / "results.parquet")
    for row in rows:
        shown = dict(zip(heads, row, strict=True))
        for k in range(1, 6):
            (found,) = (
                one.value
                for one in results
                if (one.model, one.metric, one.dataset) == (row[0], "success_rate", "all")
                and (one.condition["k"], one.condition["feedback"]) == (k, "none")
            )
            assert shown[f"SR_{k}"] == f"{100 * found:.1f}\u00a0%"
        low, high = wilson(round(float(shown["SR_5"].split("\u00a0")[0]) * N / 100) / N, N)
        assert shown["95 % interval"] == f"{100 * low:.1f}–{100 * high:.1f}\u00a0%"
        assert (shown["n"], shown["unread"], shown["R²"]) == ("40", "3", "0.91")


def test_the_headline_names_the_best_model_its_rate_and_n(tmp_path: Path) -> None:
    page = page_of(replay_folder(tmp_path / "run", ["first", "second"]))
    assert "2 models: first solves most, 75.0\u00a0% of 40\u00a0problems within 5\u00a0turns." in page


def test_of_two_profiles_the_strict_one_is_drawn_and_both_are_compared(tmp_path: Path) -> None:
    folder = replay_folder(tmp_path / "run", ["m", "o"])
    recorded = figures(["m", "o"])
    strict = [
        replace(row, value=row.value / 2, condition=row.condition | {"profile": "strict"})
        for row in recorded
        if row.metric == "success_rate"
    ]
    write_results(folder / "results.parquet", recorded + strict)
    read = PageReader(page_of(folder))
    assert "m solves most, 37.5\u00a0%" in read.text
    (_, first, *_) = table_with(read, "recorded", "strict − recorded")
    assert first == ["m", "75.0\u00a0%", "37.5\u00a0%", "−37.5\u00a0points"]


def test_an_arrow_leads_from_without_feedback_to_with_it(tmp_path: Path) -> None:
    read = PageReader(page_of(replay_folder(tmp_path / "run", ["m"])))
    (_, row) = table_with(read, "without", "with", "McNemar p")
    assert row[2:] == [
        "75.0\u00a0%", "95.0\u00a0%", "+20.0\u00a0points", "+6.3 to +33.7\u00a0points", "10 / 2", "0.039", "40",
    ]  # fmt: skip
    assert "from 75.0\u00a0% to 95.0\u00a0%, +20.0\u00a0points" in read.text
    assert [a["class"] for a in read.named("g") if str(a.get("class")).startswith("arrow")] == [
        "arrow-better"
    ]


def test_no_arrow_is_drawn_between_different_problems(tmp_path: Path) -> None:
    folder = replay_folder(tmp_path / "run", ["m"])
    results = [
        replace(row, n=30) if row.metric == "feedback_delta" else row
        for row in read_results(folder / "results.parquet")
    ]
    write_results(folder / "results.parquet", results)
    read = PageReader(page_of(folder))
    (_, row) = table_with(read, "without", "with", "McNemar p")
    assert row[2:5] == ["–", "–", "+20.0\u00a0points"]
    assert "1\u00a0model without an arrow" in read.text


def test_of_37_models_all_stand_in_the_table_and_few_in_the_chart(tmp_path: Path) -> None:
    models = [f"model-{number:02d}-of-a-long-name" for number in range(37)]
    page = page_of(replay_folder(tmp_path / "run", models))
    read = PageReader(page)
    assert {row[0] for row in table_with(read, "SR_5", "points a turn")[1:]} == set(models)
    curves = [a for a in read.named("g") if "data-curve" in a]
    assert len(curves) == 37
    assert [a["class"] for a in curves if a["class"] != "off"] == [f"series-{at}" for at in range(5)]
    assert [a["aria-pressed"] for a in read.named("button")].count("true") == 5
    assert len(page) < 600_000


def test_a_chosen_model_is_drawn_beside_the_best(tmp_path: Path) -> None:
    models = [f"m{number:02d}" for number in range(37)]
    read = PageReader(page_of(replay_folder(tmp_path / "run", models), chosen=["m36"]))
    shown = [a["data-curve"] for a in read.named("g") if a.get("class") != "off" and "data-curve" in a]
    assert shown == ["0", "1", "2", "3", "4", "36"]


def test_a_model_on_fewer_problems_does_not_lead(tmp_path: Path) -> None:
    folder = replay_folder(tmp_path / "run", ["whole"])
    few = [replace(rate("few", 40, k), n=10) for k in range(1, 6)]
    write_results(folder / "results.parquet", figures(["whole"]) + few)
    assert "2 models: whole solves most" in page_of(folder)


def test_runs_show_every_turn_with_observation_feedback_verdict_and_rule(tmp_path: Path) -> None:
    row = run(0, 2, text="words")
    row["episode"]["turns"][0]["observation"] = "NameError: seen"
    row["episode"]["turns"][0]["feedback"] = {
        "raw": "It is 42.",
        "shown": "It is [withheld].",
        "leaked": True,
    }
    row["episode"]["turns"][1]["verdict"]["rule"] = "boxed:symbolic"
    text = PageReader(page_of(live_folder(tmp_path / "run", [row]))).text
    for shown in (
        "NameError: seen",
        "It is [withheld].",
        "It is 42.",
        "gave the answer away",
        "boxed:symbolic",
    ):
        assert shown in text
    assert "Turn 1: ran code" in text and "Turn 2: proposed a solution" in text


def test_runs_are_bounded_counted_and_drawn_by_the_seed_whatever_their_order(tmp_path: Path) -> None:
    runs = [run(number, 2 if number % 2 else None) for number in range(60)]
    page = page_of(live_folder(tmp_path / "a", runs))
    assert page.count('class="run"') == 2 * EACH
    assert f"{EACH} of 30\u00a0runs" in page and "8 of 60 runs" in page
    assert page == page_of(live_folder(tmp_path / "b", runs[::-1])), "the order of the runs decides"


def test_recorded_runs_that_are_handed_over_show_every_grader(tmp_path: Path) -> None:
    row = run(5, 2)
    row["episode"]["turns"][1]["verdicts"] = {
        "recorded": {"correct": True},
        "strict": {"correct": False, "extracted": None, "rule": "several-numbers", "status": "unparsed"},
    }
    row["episode"]["turns"][1]["observation"] = None
    read = PageReader(page_of(replay_folder(tmp_path / "run", ["m"]), runs=[row], runs_in_all=900))
    assert "1 of 900 runs" in read.text and "not recorded" in read.text
    assert "recorded: ✓ right" in read.text
    assert "strict: ✗ wrong · rule several-numbers · status unparsed" in read.text


def test_flips_are_counted_by_kind_and_a_few_are_shown(tmp_path: Path) -> None:
    folder = replay_folder(tmp_path / "run", ["m"])
    rejected = [disagreement(f"tests:{at}/9 AssertionError", True, False, f"answer {at}") for at in range(5)]
    write_disagreements(
        folder, [*rejected, disagreement("number", False, True), disagreement("?", True, None)]
    )
    read = PageReader(page_of(folder))
    assert (
        "lists 6\u00a0proposals judged differently, and 1\u00a0success whose verdict is unknown" in read.text
    )
    assert "strict: rejected (5)" in read.text and "strict: accepted (1)" in read.text
    assert "AssertionError · 5\u00a0flips" in read.text
    assert "answer 1" in read.text and "answer 2" not in read.text


def test_the_same_answer_to_the_same_problem_is_one_example_of_a_flip(tmp_path: Path) -> None:
    folder = replay_folder(tmp_path / "run", ["m"])
    answers = ["forty", "forty", "two"]
    write_disagreements(folder, [disagreement("number", True, False, answer) for answer in answers])
    read = PageReader(page_of(folder))
    shown = [answer for answer in answers[1:] if read.text.count(answer) == 1]
    assert shown == ["forty", "two"] and "strict: rejected (3)" in read.text


def test_shares_of_flips_stand_as_the_table_has_them(tmp_path: Path) -> None:
    folder = replay_folder(tmp_path / "run", ["m"])
    told = {"profile": "strict", "now": "rejected", "rule": "number", "count": 3}
    flips = replace(rate("(all)", 3, dataset="gsm8k"), metric="flipped_proposals", condition=told)
    write_results(folder / "results.parquet", [*figures(["m"]), flips])
    (_, row) = table_with(PageReader(page_of(folder)), "rule", "flips", "share")
    assert row == ["gsm8k", "strict", "rejected", "number", "3", "7.5\u00a0%", "40"]


def test_what_trusted_recordings_do_not_tell_is_said_and_not_shown_as_zero(tmp_path: Path) -> None:
    read = PageReader(page_of(replay_folder(tmp_path / "run", ["m"], trusted=True)))
    assert "Nothing was graded again." in read.text and "Not told apart." in read.text
    (heads, row) = table_with(read, "SR_5", "points a turn")
    assert row[heads.index("unread")] == "–"
    assert "no action that could be read" not in [head for table in read.tables for head in table[0]]
    assert "Not measured. In recorded runs nobody looked" in read.text


def test_leaks_of_a_live_run_with_feedback_are_counted(tmp_path: Path) -> None:
    folder = live_folder(tmp_path / "run")
    setting = {"feedback": "expert", "form": "textual", "with_reference": True}
    results = [replace(row, condition=row.condition | setting) for row in figures(["m"], fed=False)]
    write_results(folder / "results.parquet", results)
    text = PageReader(page_of(folder)).text
    assert "m: 20\u00a0messages in 40\u00a0runs, withheld from the model." in text
    assert "textual feedback by expert, who saw the reference" in text


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("results.parquet", "Nothing measured."),
        ("runs.jsonl", "No runs to read."),
        ("run.json", "Not written down."),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, file: str, said: str) -> None:
    folder = live_folder(tmp_path / "run")
    assert said not in page_of(folder)
    (folder / file).unlink()
    assert said in PageReader(page_of(folder)).text


def test_without_feedback_the_page_says_why_there_is_no_arrow(tmp_path: Path) -> None:
    assert "An arrow needs runs of one model with and without feedback" in page_of(
        live_folder(tmp_path / "run")
    )


def test_a_malformed_run_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = live_folder(tmp_path / "run")
    broken = run(3)
    del broken["episode"]["turns"][1]["reply"]
    with (folder / "runs.jsonl").open("a") as lines:
        lines.write(json.dumps(broken) + "\n")
    with pytest.raises(ReportError, match=r"runs.jsonl, line 3, turn 2: field 'reply' is missing"):
        write_mint_report(folder)
    with pytest.raises(ReportError, match="is not a folder"):
        write_mint_report(tmp_path / "nowhere")


def test_a_list_of_disagreements_that_is_none_is_refused(tmp_path: Path) -> None:
    folder = replay_folder(tmp_path / "run", ["m"])
    write_disagreements(folder, [{"strict_rule": "number"}])
    with pytest.raises(ReportError, match="columns recorded, strict are missing"):
        write_mint_report(folder)
    (folder / "disagreements.parquet").write_bytes(b"nothing")
    with pytest.raises(ReportError, match="cannot be read as Parquet"):
        write_mint_report(folder)


def test_the_page_is_whole_and_the_only_new_file(tmp_path: Path) -> None:
    folder = live_folder(tmp_path / "run")
    before = {path.name for path in folder.iterdir()}
    page = page_of(folder)
    assert {path.name for path in folder.iterdir()} - before == {"report.html"}
    assert re.search(r"</html>\s*\Z", page) and page == page_of(folder)
