"""Recorded answers: every published integer, joins by question, and tables of the user's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from unknown_rows import table_row, write_released, write_table

from windward.evals.data import DataError
from windward.evals.unknown.confidence.scales import ZERO_TO_TEN
from windward.evals.unknown.replay import read_replay, replay_unknown
from windward.rows import Result, read_results, select

DATA = os.environ.get("WINDWARD_DATA")
needs_data = pytest.mark.skipif(DATA is None, reason="needs WINDWARD_DATA")


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """All recorded models."""
    assert DATA is not None
    out = tmp_path_factory.mktemp("unknown") / "scored"
    return read_results(replay_unknown(Path(DATA) / "unknownbench" / "recorded", out, tell=lambda line: None))


def _reference(name: str) -> dict[str, Any]:
    import json

    assert DATA is not None
    path = Path(DATA).parent / "reference" / "unknownbench" / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no {path.name} beside WINDWARD_DATA")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@needs_data
def test_every_recorded_refusal_is_counted_as_published(scored: list[Result]) -> None:
    compared = 0
    for model, sets in _reference("refusal_rates")["per_model"].items():
        for dataset, halves in sets.items():
            for split, wanted in halves.items():
                (row,) = select(
                    scored,
                    model=model,
                    dataset=dataset,
                    split=split,
                    metric="refusal_rate",
                    condition={"detector": "lexical-paper"},
                )
                assert (row.n, round(row.value * row.n)) == (wanted["n"], wanted["n_refusal"])
                compared += 1
    assert compared == 30


@needs_data
def test_the_pools_and_their_difference_are_the_published_ones(scored: list[Result]) -> None:
    for model, wanted in _reference("refusal_rates")["aggregate"].items():
        told = {"detector": "lexical-paper"}
        (row,) = select(scored, model=model, dataset="pooled", metric="refusal_difference", condition=told)
        (known,) = select(scored, model=model, dataset="FalseQA + NEC", metric="refusal_rate", condition=told)
        assert row.value == pytest.approx(wanted["delta_notebook"], abs=1e-6)
        assert known.value == pytest.approx(wanted["refusal_answerable_notebook_pool(FalseQA+NEC)"], abs=1e-6)
        assert row.condition["low"] < row.value < row.condition["high"]


@needs_data
def test_every_recorded_right_answer_is_counted_as_published(scored: list[Result]) -> None:
    for model, wanted in _reference("accuracy_refunq")["per_model"].items():
        (row,) = select(scored, model=model, metric="accuracy")
        assert (row.dataset, row.split) == ("RefuNQ", "answerable")
        assert (row.n, round(row.value * row.n)) == (wanted["n"], wanted["n_correct"])


@needs_data
def test_confidence_is_that_of_the_reference_tables(scored: list[Result]) -> None:
    means, related = _reference("confidence_means")["per_model"], _reference("confidence_correlations")
    compared = 0
    for model, sets in related["per_model"].items():
        for dataset in sets:
            for split in ("answerable", "unanswerable"):
                wanted, mean = sets[dataset][split], means[model][dataset][split]
                of_half = select(
                    scored,
                    model=model,
                    dataset=dataset,
                    split=split,
                    condition={"method": "verbalised-unified"},
                )
                (row,) = select(of_half, metric="confidence_mean")
                assert (row.n, row.unparsed) == (mean["n_valid"] + mean["n_none"], mean["n_none"])
                assert row.value == pytest.approx(mean["mean_norm"], abs=1e-6)
                target = (
                    {"target": "correct", "rule": "paper"}
                    if wanted["target"] == "correct"
                    else {"target": "refused", "detector": "lexical-paper"}
                )
                for metric, name in (
                    ("confidence_accuracy_correlation", "item_pearson"),
                    ("confidence_accuracy_rank_correlation", "item_spearman"),
                    ("auroc", "auroc_conf_vs_target"),
                    ("brier", "brier"),
                    ("ece", "ece11"),
                ):
                    told = target | ({"bins": "levels"} if metric == "ece" else {})
                    found = select(of_half, metric=metric, condition=told)
                    if wanted[name] is None:
                        assert not found
                    else:
                        assert found[0].value == pytest.approx(wanted[name], abs=1e-6), (model, dataset, name)
                        compared += 1
            (between,) = select(
                scored,
                model=model,
                dataset=dataset,
                metric="answerable_auroc",
                condition={"method": "verbalised-unified"},
            )
            assert between.value == pytest.approx(
                sets[dataset]["auroc_answerable_over_unanswerable"], abs=1e-6
            )
    assert compared == 5 * (6 * 3 + 2)


@needs_data
def test_perplexity_of_the_prompt_separates_the_halves_as_in_the_reference(scored: list[Result]) -> None:
    for model, sets in _reference("logit_uncertainty")["per_model"].items():
        for dataset, wanted in sets.items():
            for method, name in (
                ("entropy", "auroc_unanswerable_by_entropy"),
                ("prompt-perplexity", "auroc_unanswerable_by_perplexity"),
            ):
                (row,) = select(
                    scored,
                    model=model,
                    dataset=dataset,
                    metric="answerable_auroc",
                    condition={"method": method},
                )
                assert row.value == pytest.approx(wanted[name], abs=1e-6)


def test_a_confidence_finds_its_reply_by_the_question_whatever_the_order_and_the_question_mark(
    tmp_path: Path,
) -> None:
    replies = [{"prompt": f"who is {n}", "label": 0, "tiny_response": f"reply {n}"} for n in range(3)]
    scores = [
        {"prompt": f"who is {n}?", "label": 0, "tiny": f"[{n}]", "tiny_numerical": n} for n in (2, 0, 1)
    ]
    write_released(tmp_path, "Open-source-LLMs_responses", "tiny_NEC_answerable.json", replies)
    write_released(tmp_path, "unified_confidence_extracted_scores", "tiny_NEC_answerable.json", scores)
    (answered,) = read_replay(tmp_path).values()
    found = [(one.response, one.confidences["verbalised-unified"].value) for one in answered]
    assert found == [("reply 0", 0.0), ("reply 1", 1.0), ("reply 2", 2.0)]


def test_an_unmatched_row_is_an_error_that_names_it(tmp_path: Path) -> None:
    replies = [{"prompt": f"who is {n}?", "label": 0, "tiny": "me"} for n in range(3)]
    scores = [{"prompt": f"who is {n}?", "label": 0, "tiny": "", "tiny_numerical": 5} for n in range(2)]
    write_released(tmp_path, "Close-source-LLMs_responses", "tiny_NEC_answerable.json", replies)
    write_released(tmp_path, "unified_confidence_extracted_scores", "tiny_NEC_answerable.json", scores)
    with pytest.raises(DataError, match=r"1 questions of .* joined by question"):
        read_replay(tmp_path)


def test_missing_and_out_of_range_scores_are_counted_and_not_put_in(tmp_path: Path) -> None:
    replies = [{"prompt": f"who is {n}?", "label": ["me"], "tiny": "me"} for n in range(4)]
    scores = [
        {"prompt": f"who is {n}?", "label": ["me"], "tiny": "", "tiny_numerical": value}
        for n, value in enumerate((50, None, 700, 100))
    ]
    write_released(tmp_path, "Close-source-LLMs_responses", "tiny_RefuNQ_answerable.json", replies)
    write_released(tmp_path, "unified_confidence_extracted_scores", "tiny_RefuNQ_answerable.json", scores)
    results = read_results(replay_unknown(tmp_path, tmp_path / "out", tell=lambda line: None))
    (mean,) = select(results, metric="confidence_mean")
    assert (mean.value, mean.n, mean.unparsed) == (0.75, 4, 2)
    reasons = {
        row.condition.get("absent"): row.value for row in select(results, metric="confidence_missing_rate")
    }
    assert reasons == {None: 0.5, "unparsed": 0.25, "out of range": 0.25}


def test_a_table_is_scored_by_model(tmp_path: Path) -> None:
    rows = [table_row(n, model=name) for name in ("left", "right") for n in range(2)]
    rows[3]["response"] = "Sorry, I do not know."
    out = replay_unknown(write_table(tmp_path / "a.parquet", rows), tmp_path / "out", tell=lambda line: None)
    refused = {
        row.model: row.value
        for row in select(read_results(out), metric="refusal_rate", condition={"detector": "lexical-paper"})
    }
    assert refused == {"left": 0.0, "right": 0.5}


def test_a_table_without_models_is_the_files_own(tmp_path: Path) -> None:
    path = write_table(tmp_path / "mine.parquet", [table_row()])
    assert list(read_replay(path)) == list(read_replay(tmp_path)) == ["mine"]


def test_a_scale_is_never_guessed(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.parquet", [table_row(0, confidence=7.0)])
    with pytest.raises(DataError, match=r"row 1: confidence 7.0 .* --confidence-scale"):
        read_replay(path)
    ((one,),) = read_replay(path, ZERO_TO_TEN).values()
    assert one.confidences["recorded"].unit == 0.7


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"split": "both"}, "row 1: split is 'both'"),
        ({"question": " "}, "row 1: question is ' '"),
        ({"dataset": None}, "row 1: dataset is None"),
        ({"response": 3}, "row 1: response is 3"),
        ({"confidence": "high"}, "row 1: confidence is 'high'"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    path = write_table(tmp_path / "a.parquet", [table_row(0, **changed)])
    with pytest.raises(DataError, match=said):
        read_replay(path)


@pytest.mark.parametrize("value", [None, float("nan")])
def test_a_missing_confidence_is_missing(tmp_path: Path, value: float | None) -> None:
    path = write_table(tmp_path / "a.parquet", [table_row(0), table_row(1, confidence=value)])
    (answered,) = read_replay(path).values()
    assert [one.confidences["recorded"].absent for one in answered] == ["", "unparsed"]


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        read_replay(tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds neither"):
        read_replay(tmp_path)
    (tmp_path / "a.parquet").write_text("no table")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read_replay(tmp_path / "a.parquet")
    write_table(tmp_path / "a.parquet", [{"question": "who?"}])
    with pytest.raises(DataError, match="columns dataset, split, references, response are missing"):
        read_replay(tmp_path / "a.parquet")


def test_a_question_answered_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_table(tmp_path / f"{name}.parquet", [table_row(model="one")])
    with pytest.raises(DataError, match="for one again"):
        read_replay(tmp_path)
