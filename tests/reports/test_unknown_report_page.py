"""The page of `windward eval unknown`: both halves, each detector and scale by itself, the baseline beside a model's own signals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from page_reading import PageReader
from test_report_page import HOSTILE

from windward.evals.unknown.confidence.scales import PROBABILITY, Confidence
from windward.evals.unknown.records import Answered, questions
from windward.evals.unknown.results import unknown_results
from windward.reports import ReportError
from windward.reports.unknown import write_unknown_report
from windward.rows import Result, write_results

SPACE = "\u00a0"


def row(metric: str, value: float, split: str = "answerable", n: int = 200, **told: Any) -> Result:
    """A row; `model`, `dataset`, `unparsed` and `stderr` are fields, all else its condition."""
    fields = {name: told.pop(name) for name in ("unparsed", "stderr") if name in told}
    model, dataset = told.pop("model", "m"), told.pop("dataset", "NEC")
    return Result("unknown", model, dataset, split, metric, value, n, told, **fields)


def refusals(answerable: float, unanswerable: float, detector: str = "lexical", **told: Any) -> list[Result]:
    spread: dict[str, Any] = {"low": unanswerable - answerable - 0.1, "high": unanswerable - answerable + 0.1}
    return [
        row("refusal_rate", answerable, detector=detector, **told),
        row("refusal_rate", unanswerable, "unanswerable", detector=detector, **told),
        row("refusal_difference", unanswerable - answerable, "both", 400, detector=detector, **spread, **told),
    ]  # fmt: skip


def corrected(value: float, split: str, detector: str = "lexical", **told: Any) -> Result:
    told = {"low": value - 0.05, "high": value + 0.05, "precision": 0.9, "recall": 0.8, **told}
    given = {name: one for name, one in told.items() if one is not None}
    return row("refusal_rate_corrected", value, split, detector=detector, **given)


def elicited(method: str, scale: str, apart: float, **told: Any) -> list[Result]:
    """All rows of an elicitation: between the halves, on each, and against right answers on the answerable one."""
    about = {"method": method, "scale": scale} | told
    right = about | {"target": "correct", "rule": "paper"}
    spread = {"low": apart - 0.05, "high": apart + 0.05, "seed": 0}
    rows = [
        row("answerable_auroc", apart, "both", 400, **spread, **about),
        row("auroc", 0.61, low=0.55, high=0.66, **right),
        row("confidence_accuracy_correlation", -0.125, by="item", low=-0.2, high=0.1, **right),
        row("confidence_accuracy_correlation_by_level", 0.75, by="level", low=0.1, high=0.9, **right),
        row("aurc", 0.4, optimal=0.2, low=0.3, high=0.5, **right),
        row("auroc", 0.3, "unanswerable", target="refused", detector="lexical", low=0.2, high=0.4, **about),
    ]
    for split, mean in (("answerable", 0.8), ("unanswerable", 0.4)):
        rows.append(row("confidence_missing_rate", 0.05, split, **about))
        rows.append(row("confidence_missing_rate", 0.04, split, absent="unparsed", **about))
        rows.append(row("confidence_missing_rate", 0.01, split, absent="out of range", **about))
        rows.append(row("confidence_mean", mean, split, stderr=0.01, unparsed=10, **about))
        rows += [
            row("confidence_histogram", share, split, low_edge=low, high_edge=low + 0.5, **about)
            for low, share in ((0.0, 1 - mean), (0.5, mean))
        ]
    for share in (0.5, 1.0):
        rows.append(row("risk_coverage", share / 2, coverage=share, **right))
    if scale in ("0-10", "0-100", "1-5", "probability"):
        rows.append(row("ece", 0.31, bins=10, low=0.2, high=0.4, **right))
        rows.append(row("ece", 0.99, bins="levels", low=0.9, high=1.0, **right))
        rows.append(row("brier", 0.25, low=0.2, high=0.3, **right))
        for low, rate in ((0.4, 0.25), (0.9, 0.75)):
            rows.append(row("reliability", rate, items=40, low_edge=low, high_edge=low + 0.1,
                            mean_confidence=low + 0.05, low=rate - 0.1, high=rate + 0.1, **right))  # fmt: skip
    return rows


WHOLE = [
    *refusals(0.1, 0.6),
    corrected(0.08, "answerable"),
    corrected(0.7, "unanswerable"),
    row("challenge_rate", 0.3, "unanswerable", detector="lexical"),
    row("accuracy", 0.4, rule="paper"),
    row("alias_aware_accuracy", 0.45, rule="aliases"),
    *elicited("verbalised", "0-10", 0.7),
    *elicited("question-perplexity", "negative-perplexity", 0.9),
]


def answer(
    text: str = "calm", split: str = "answerable", response: str | None = "calm", **told: Any
) -> dict[str, Any]:
    given = {"verbalised": {"value": None, "scale": "0-10", "absent": "unparsed", "said": text}}
    return {
        "dataset": "NEC", "split": split, "question": text, "references": [text], "response": response, "absent": "cut off",
        "confidences": given, "refused": {"lexical": True},
    } | told  # fmt: skip


def folder_of(
    folder: Path, rows: list[Result], answers: list[dict[str, Any]] | None = None, word: str = "w"
) -> Path:
    folder.mkdir(parents=True)
    write_results(folder / "results.parquet", rows)
    if answers is not None:
        (folder / "answers.jsonl").write_text("".join(json.dumps(one) + "\n" for one in answers))
    (folder / "run.json").write_text(json.dumps({"seed": 7, "command": [word], "settings": {"model": word}}))
    return folder


def read_of(folder: Path) -> PageReader:
    return PageReader(write_unknown_report(folder).read_text(encoding="utf-8"))


def charts(read: PageReader) -> list[str]:
    """What each drawing says it shows."""
    drawn = [str(one["aria-label"]) for one in read.named("svg") if one.get("class") == "chart"]
    return [label.removesuffix("; the figures follow as a table") for label in drawn]


def lines(read: PageReader) -> list[list[str]]:
    return [line for table in read.tables for line in table]


def test_the_headline_has_both_halves_and_under_it_the_detector_with_its_measured_errors(
    tmp_path: Path,
) -> None:
    read = read_of(folder_of(tmp_path / "run", WHOLE))
    told = f"m refuses 60.0{SPACE}% of the questions without an answer and 10.0{SPACE}% of the questions with an answer"
    assert told in read.text
    assert "Counted by lexical: precision 0.90, recall 0.80 on labelled replies." in read.text
    unmeasured = read_of(folder_of(tmp_path / "unmeasured", refusals(0.1, 0.6)))
    assert "Counted by lexical: precision and recall not measured." in unmeasured.text


def test_of_several_models_the_headline_names_the_one_with_the_widest_difference(tmp_path: Path) -> None:
    rows = [*refusals(0.5, 0.9, model="refuser"), *refusals(0.1, 0.7, model="knower")]
    read = read_of(folder_of(tmp_path / "run", rows))
    assert f"knower refuses 70.0{SPACE}% of the questions without" in read.text
    assert "the widest difference of 2 models" in read.text


def test_sets_counted_together_stand_apart_from_the_sets(tmp_path: Path) -> None:
    rows = [*refusals(0.1, 0.6), *refusals(0.2, 0.8, dataset="FalseQA")]
    pooled: dict[str, Any] = {"detector": "lexical", "answerable": "A + B", "unanswerable": "all"}
    rows += [
        row("refusal_rate", 0.15, dataset="A + B", detector="lexical"),
        row("refusal_rate", 0.7, "unanswerable", dataset="all", detector="lexical"),
        row("refusal_difference", 0.55, "both", dataset="pooled", **pooled),
    ]
    read = read_of(folder_of(tmp_path / "run", rows))
    assert f"m refuses 70.0{SPACE}% of the questions without an answer and 15.0{SPACE}%" in read.text
    assert "FalseQA 200 + 200, NEC 200 + 200" in read.text
    assert "with an answer A + B, without an answer all" in read.text
    assert not any(line[0] in ("A + B", "all", "pooled") for line in lines(read))


def test_a_rate_stands_with_interval_correction_challenges_and_n(tmp_path: Path) -> None:
    rows = [one for one in WHOLE if one.metric != "refusal_rate"]
    rows += [row("refusal_rate", 0.1, detector="lexical"), row("refusal_rate", 0.6, "unanswerable", detector="lexical", unparsed=3)]  # fmt: skip
    (line,) = [one for one in lines(read_of(folder_of(tmp_path / "run", rows))) if len(one) == 4 and one[0] == "m" and "points" in one[3]]  # fmt: skip
    assert line[1] == f"10.0{SPACE}%6.6–14.9{SPACE}%corrected 8.0{SPACE}%3.0–13.0{SPACE}%n = 200"
    assert line[2] == (
        f"60.0{SPACE}%53.1–66.5{SPACE}%corrected 70.0{SPACE}%65.0–75.0{SPACE}%challenged 30.0{SPACE}%n = 2003 not read"
    )
    assert line[3] == f"+50.0{SPACE}points+40.0 to +60.0{SPACE}points"


def test_detectors_are_never_in_one_chart_and_a_notice_says_why(tmp_path: Path) -> None:
    rows = [
        *refusals(0.1, 0.6, "lexical", model="a"),
        *refusals(0.1, 0.5, "lexical-paper", model="a"),
        *refusals(0.2, 0.7, "judge", model="b"),
    ]
    read = read_of(folder_of(tmp_path / "run", rows))
    assert "lexical, lexical-paper and judge count different things as a refusal" in read.text
    assert "b: no figures by lexical." in read.text and "a: no figures by judge." in read.text
    of_refusals = [name for name in charts(read) if name.startswith(("NEC, ", "Refused"))]
    assert sorted(of_refusals)[:3] == ["NEC, judge", "NEC, lexical", "NEC, lexical-paper"]
    for table in read.tables:
        flat = {cell for line in table for cell in line}
        assert not {f"60.0{SPACE}%", f"70.0{SPACE}%"} <= flat, (
            "a table beside a chart holds rates of one detector"
        )


def test_a_detector_that_errs_differently_on_the_halves_says_so(tmp_path: Path) -> None:
    rows = [
        *refusals(0.1, 0.6),
        corrected(0.04, "answerable", precision=0.41, recall=None, sensitivity=1.0, specificity=0.95),
        corrected(0.7, "unanswerable", precision=0.81, recall=0.95),
    ]
    told = "on labelled replies to questions with an answer: precision 0.41, recall 1.00, specificity 0.95; without an answer: precision 0.81, recall 0.95"
    assert f"Counted by lexical: {told}." in read_of(folder_of(tmp_path / "run", rows)).text


def test_the_headline_is_by_the_detector_that_was_measured_best(tmp_path: Path) -> None:
    rows = [*refusals(0.1, 0.5, "lexical-paper"), *refusals(0.1, 0.6, "lexical")]
    rows += [
        corrected(0.6, "unanswerable", "lexical-paper", precision=0.9, recall=0.5),
        corrected(0.6, "unanswerable"),
    ]
    assert (
        "Counted by lexical: on labelled replies to questions without an answer: precision 0.90, recall 0.80"
        in read_of(folder_of(tmp_path / "run", rows)).text
    )
    read = read_of(folder_of(tmp_path / "order", rows))
    assert read.text.index("Counted by lexicalFlagged") < read.text.index("Counted by lexical-paperFlagged")
    first = [one for one in rows if one.metric != "refusal_rate_corrected"]
    assert (
        "Counted by lexical-paper: precision and recall not"
        in read_of(folder_of(tmp_path / "first", first)).text
    )


def test_scales_are_never_in_one_chart_though_the_method_has_one_name(tmp_path: Path) -> None:
    rows = [*elicited("said", "0-10", 0.7, model="a"), *elicited("said", "probability", 0.6, model="b")]
    read = read_of(folder_of(tmp_path / "run", [*refusals(0.1, 0.6, model="a"), *refusals(0.1, 0.6, model="b"), *rows]))  # fmt: skip
    assert "The elicitations have different scales" in read.text
    for scale, model in (("0-10", "a"), ("probability", "b")):
        assert {f"NEC: mean, said, {scale}", f"Said, {scale}, NEC", f"Said, {scale}, {model}, NEC"} <= set(
            charts(read)
        )
    one = read_of(folder_of(tmp_path / "one", [*refusals(0.1, 0.6), *elicited("said", "0-10", 0.7)]))
    assert "The elicitations have different scales" not in one.text


def test_the_baseline_stands_beside_the_models_own_signals_with_the_reason(tmp_path: Path) -> None:
    read = read_of(folder_of(tmp_path / "run", WHOLE))
    (table,) = [
        table
        for table in read.tables
        if ["question perplexity (baseline)", "NEC", "0.9", "0.85–0.95", "400"] in table
    ]
    assert ["verbalised", "NEC", "0.7", "0.65–0.75", "400"] in table
    assert "question perplexity (baseline)" in read.text and "odd spelling alone" in read.text
    without = [*refusals(0.1, 0.6), *elicited("verbalised", "0-10", 0.7)]
    bare = read_of(folder_of(tmp_path / "bare", without))
    assert "No baseline" in bare.text and "The perplexity of the questions was not measured." in bare.text


def test_elicitations_are_compared_figure_by_figure_and_what_has_none_says_so(tmp_path: Path) -> None:
    rows = lines(read_of(folder_of(tmp_path / "run", WHOLE)))
    (said,) = [one for one in rows if one[:2] == ["NEC", "verbalised"] and len(one) == 8]
    assert said[2:] == [
        "0.6100.550 to 0.660", "−0.125−0.200 to 0.100", "0.7500.100 to 0.900", "0.3100.200 to 0.400", "0.2500.200 to 0.300",
        "0.4000.300 to 0.5000.200 at best",
    ]  # fmt: skip
    (odd,) = [one for one in rows if one[:2] == ["NEC", "question perplexity (baseline)"] and len(one) == 8]
    assert odd[5:7] == ["–", "–"], "no calibration without ends"
    assert ["NEC", "without an answer", "verbalised", "lexical", "0.3000.200 to 0.400", "–", "–"] in rows


def test_elicitations_with_values_for_different_questions_are_told(tmp_path: Path) -> None:
    even = read_of(folder_of(tmp_path / "even", WHOLE))
    assert "All elicitations compared have values for the same number of questions." in even.text
    more = row("answerable_auroc", 0.6, "both", 400, method="entropy", scale="negative-nats", unparsed=9)
    uneven = read_of(folder_of(tmp_path / "uneven", [*WHOLE, more]))
    assert "m, NEC: verbalised 400, question perplexity (baseline) 400, entropy 391" in uneven.text


def test_an_elicitation_without_any_value_is_named(tmp_path: Path) -> None:
    lost = row("confidence_missing_rate", 1.0, method="said", scale="0-10", unparsed=200)
    read = read_of(folder_of(tmp_path / "run", [*WHOLE, lost]))
    assert "No figure. said: no value on both halves of a set." in read.text


def test_what_has_no_confidence_is_counted_with_its_reasons(tmp_path: Path) -> None:
    read = read_of(folder_of(tmp_path / "run", WHOLE))
    line = [
        "NEC",
        "with an answer",
        "verbalised",
        f"5.0{SPACE}%",
        f"2.7–9.0{SPACE}%",
        "8 unparsed, 2 out of range",
        "200",
    ]
    assert line in lines(read)
    assert "Nothing is missing in 0 of 4 halves" in read.text


def test_a_mean_of_confidences_has_the_interval_of_a_mean_and_a_curve_of_risk_has_none(
    tmp_path: Path,
) -> None:
    rows = lines(read_of(folder_of(tmp_path / "run", WHOLE)))
    assert [
        "NEC",
        "0.80.78 to 0.8210 of 200 without a value",
        "0.40.38 to 0.4210 of 200 without a value",
    ] in rows
    assert [f"50.0{SPACE}%", f"25.0{SPACE}%", "200"] in rows


def test_lines_name_their_model_where_there_are_several(tmp_path: Path) -> None:
    rows = [
        one
        for name in "ab"
        for one in (*refusals(0.1, 0.6, model=name), *elicited("said", "0-10", 0.7, model=name))
    ]
    read = read_of(folder_of(tmp_path / "run", rows))
    for name in "ab":
        assert [name, "NEC", "with an answer", "said"] in [line[:4] for line in lines(read)]
        assert [name, "NEC", "said"] in [line[:3] for line in lines(read)]


def test_what_else_was_seen_makes_no_elicitation_of_its_own(tmp_path: Path) -> None:
    seen = row("digit_mass", 0.0025, method="expected-digit", median=0.001)
    rows = [*refusals(0.1, 0.6), *elicited("expected-digit", "0-10", 0.7), seen]
    read = read_of(folder_of(tmp_path / "run", rows))
    line = [
        "NEC",
        "with an answer",
        "expected digit",
        "probability of all levels together",
        "0.0025",
        "0.001",
        "200",
        "0",
    ]
    assert line in lines(read)
    assert "said from 0 to 10: expected digit" in read.text and "Expected digit, 0-10" not in read.text


def test_a_reliability_diagram_tells_confidence_rate_interval_and_n_of_each_bin(tmp_path: Path) -> None:
    read = read_of(folder_of(tmp_path / "run", WHOLE))
    assert "Verbalised, NEC" in charts(read)
    assert [f"45.0{SPACE}%", f"25.0{SPACE}%", f"15.0–35.0{SPACE}%", "40"] in lines(read)
    assert "Right answers: the paper's rule." in read.text
    assert not any("perplexity" in name and "mean" in name for name in charts(read)), (
        "no bars of negative means"
    )


def test_figures_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    nothing = row("reliability", float("nan"), items=0, low_edge=0.0, high_edge=0.1, method="verbalised",
                  scale="0-10", target="correct", rule="paper")  # fmt: skip
    read = read_of(folder_of(tmp_path / "run", [*WHOLE, nothing]))
    assert "nan" not in read.text.lower().replace("nan\u00a0", "")


def test_a_model_asked_under_two_prompts_is_two_lines(tmp_path: Path) -> None:
    rows = [*refusals(0.1, 0.6, prompt="zero-shot"), *refusals(0.2, 0.9, prompt="few-shot")]
    read = read_of(folder_of(tmp_path / "run", rows))
    assert "m, few-shot refuses" in read.text
    assert {"m, zero-shot", "m, few-shot"} <= {line[0] for line in lines(read)}


def test_replies_to_read_are_drawn_by_the_seed_some_of_each_half(tmp_path: Path) -> None:
    answers = [
        answer(f"q{number}", split) for number in range(30) for split in ("answerable", "unanswerable")
    ]
    folder = folder_of(tmp_path / "run", WHOLE, answers)
    page = write_unknown_report(folder).read_text()
    assert page == write_unknown_report(folder).read_text()
    assert page.count('class="run"') == 6
    (folder / "run.json").write_text('{"seed": 8}')
    assert write_unknown_report(folder).read_text().split("Replies")[-1] != page.split("Replies")[-1]


def test_a_reply_that_is_missing_and_a_confidence_that_was_not_read_say_so(tmp_path: Path) -> None:
    answers = [answer("Where?", response=None), answer("Why?", response="")]
    read = read_of(folder_of(tmp_path / "run", WHOLE, answers))
    assert "No reply. cut off" in read.text and "(empty)" in read.text
    assert "verbalised: none, unparsed (0-10), read from 'Where?'" in read.text
    assert "refused (lexical)" in read.text


def test_replies_are_read_from_parquet_too(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = folder_of(tmp_path / "run", WHOLE)
    pq.write_table(pa.Table.from_pylist([answer("In a Parquet?")]), folder / "answers.parquet")
    assert "In a Parquet?" in read_of(folder).text


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_model_or_a_data_set_wrote_adds_no_element_attribute_or_address(
    tmp_path: Path, name: str
) -> None:
    pages = []
    for place, word in enumerate(("calm", HOSTILE[name])):
        stored = "calm" if name == "surrogate" else word
        rows = [
            *refusals(0.1, 0.6, stored, model=stored, dataset=stored),
            corrected(0.5, "answerable", stored, model=stored, dataset=stored),
            row("accuracy", 0.4, rule=stored, model=stored, dataset=stored),
            *elicited(stored, "0-10", 0.7, model=stored, dataset=stored),
            *elicited("odd", stored, 0.7, model=stored, dataset=stored),
            row("confidence_missing_rate", 0.1, absent=stored, method=stored, scale="0-10", model=stored, dataset=stored),
        ]  # fmt: skip
        answers = [answer(word, response=word, dataset=word, model=word, refused={word: False})]
        pages.append(read_of(folder_of(tmp_path / str(place), rows, answers, word)))
    shapes = [[(tag, sorted(attributes)) for tag, attributes in read.elements] for read in pages]
    assert shapes[0] == shapes[1]
    assert pages[0].raw == pages[1].raw


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"dataset": "NEC"}', "line 1: field 'split' is missing"),
        (json.dumps(answer() | {"response": 3}), "line 1: field 'response' is int"),
        ("[1]", "expected an object"),
        ("{", "is not JSON"),
    ],
)
def test_a_malformed_reply_is_named_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    folder = folder_of(tmp_path / "run", WHOLE)
    (folder / "answers.jsonl").write_text(line)
    with pytest.raises(ReportError, match=says):
        write_unknown_report(folder)
    assert not (folder / "report.html").exists()


def test_a_row_that_cannot_be_drawn_is_named(tmp_path: Path) -> None:
    edgeless = row("confidence_histogram", 0.5, method="verbalised", scale="0-10", high_edge=1.0)
    with pytest.raises(ReportError, match="confidence_histogram has no number 'low_edge'"):
        write_unknown_report(folder_of(tmp_path / "run", [*refusals(0.1, 0.6), edgeless]))


def test_an_empty_table_still_makes_a_page_and_none_is_refused(tmp_path: Path) -> None:
    read = read_of(folder_of(tmp_path / "empty", []))
    assert "Nothing was measured yet" in read.text and "No confidence was asked for." in read.text
    (tmp_path / "bare").mkdir()
    with pytest.raises(ReportError, match=r"holds no results\.parquet"):
        write_unknown_report(tmp_path / "bare")


def test_rows_of_a_real_evaluation_make_a_page(tmp_path: Path) -> None:
    """Replies of a model that knows half of what is asked, through the evaluation's own figures."""
    answered = []
    for split in ("answerable", "unanswerable"):
        asked = questions("RefuNQ", split, [(f"who wrote book {n}", ("Ann",) if split == "answerable" else (), "") for n in range(20)])  # fmt: skip
        for n, question in enumerate(asked):
            said = "Ann wrote it." if n % 2 else "I do not know."
            sure = Confidence(0.9 if n % 2 and split == "answerable" else 0.2, PROBABILITY)
            answered.append(Answered(question, said, {"verbalised": sure}))
    rows = unknown_results(answered, model="half")
    read = read_of(folder_of(tmp_path / "run", rows))
    assert f"half refuses 50.0{SPACE}% of the questions without an answer" in read.text
    assert "Verbalised, RefuNQ" in charts(read)
    (line,) = [one for one in lines(read) if one[:2] == ["RefuNQ", "verbalised"] and len(one) == 8]
    assert line[2].startswith("1.000"), "right above wrong"
