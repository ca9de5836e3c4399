"""Recorded confidences of released runs give the figures that were worked out for them elsewhere, to 1e-6."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import fmean, median, pstdev
from typing import Any

import pytest

from windward.evals.unknown.metrics import (
    auroc,
    brier,
    calibration_error_by_level,
    level_rates,
    pearson,
    spearman,
)

_DATA = os.environ.get("WINDWARD_DATA")
_RECORDED = Path(_DATA) / "unknownbench" / "recorded" if _DATA else Path("absent")
_REFERENCE = Path(_DATA).parent / "reference" / "unknownbench" if _DATA else Path("absent")
pytestmark = pytest.mark.skipif(
    not (_RECORDED.is_dir() and _REFERENCE.is_dir()),
    reason="WINDWARD_DATA names no folder with the recorded runs in it and their figures beside it",
)

MODELS = ("chatgpt", "claude", "Llama-2-7b-chat-hf", "Llama-2-13b-hf", "vicuna-7b-v1.5")
SETS = ("FalseQA", "NEC", "RefuNQ")
SPLITS = ("answerable", "unanswerable")
TOLERANCE = 1.000001e-6
"""The figures have six decimals."""
_REFUSES = re.compile(
    r"\b(not|no|sorry|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|isn't|unknown|unclear)\b", re.I
)


def figures(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_REFERENCE / f"{name}.json").read_text(encoding="utf-8"))["per_model"]
    return found


@cache
def rows(kind: str, model: str, task: str, split: str) -> list[dict[str, Any]]:
    path = _RECORDED / kind / model / f"{model}_{task}_{split}.json"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def key(text: str) -> str:
    return " ".join(text.split()).rstrip("?").rstrip()


@cache
def confidences(model: str, task: str, split: str) -> list[tuple[str, float]]:
    """Question and confidence from 0 to 100, of those that have one on the scale."""
    unified = rows("unified_confidence_extracted_scores", model, task, split)
    return [
        (key(row["prompt"]), float(value))
        for row in unified
        if (value := row[f"{model}_numerical"]) is not None and 0 <= value <= 100
    ]


@cache
def responses(model: str, task: str, split: str) -> dict[str, dict[str, Any]]:
    source = "Close" if model in ("chatgpt", "claude") else "Open"
    return {key(row["prompt"]): row for row in rows(f"{source}-source-LLMs_responses", model, task, split)}


@cache
def targets(model: str, task: str, split: str) -> list[bool]:
    """Correct on RefuNQ's answerable half (an alias is part of the reply as it stands), refused elsewhere."""
    said = responses(model, task, split)
    found = []
    for question, _ in confidences(model, task, split):
        row = said[question]
        reply = row.get(model, row.get(f"{model}_response")) or ""
        if (task, split) == ("RefuNQ", "answerable"):
            found.append(any(alias in reply for alias in row["label"]))
        else:
            found.append(_REFUSES.search(reply) is not None)
    return found


@pytest.mark.parametrize("model", MODELS)
def test_means_of_confidence(model: str) -> None:
    for task in SETS:
        for split in SPLITS:
            expected = figures("confidence_means")[model][task][split]
            units = [value / 100 for _, value in confidences(model, task, split)]
            assert len(units) == expected["n_valid"]
            assert fmean(units) == pytest.approx(expected["mean_norm"], abs=TOLERANCE)
            assert pstdev(units) == pytest.approx(expected["std_norm"], abs=TOLERANCE)


@pytest.mark.parametrize("model", MODELS)
def test_correlation_and_ranking_by_item(model: str) -> None:
    for task in SETS:
        expected = figures("confidence_correlations")[model][task]
        for split in SPLITS:
            units = [value / 100 for _, value in confidences(model, task, split)]
            hit = targets(model, task, split)
            measures: dict[str, Callable[[list[float], list[bool]], float | None]] = {
                "item_pearson": pearson,
                "item_spearman": spearman,
                "auroc_conf_vs_target": auroc,
            }
            for name, measure in measures.items():
                assert measure(units, hit) == pytest.approx(expected[split][name], abs=TOLERANCE), (
                    task,
                    split,
                    name,
                )
        both = {split: [value for _, value in confidences(model, task, split)] for split in SPLITS}
        above = auroc(
            both["answerable"] + both["unanswerable"],
            [1] * len(both["answerable"]) + [0] * len(both["unanswerable"]),
        )
        assert above == pytest.approx(expected["auroc_answerable_over_unanswerable"], abs=TOLERANCE), task


@pytest.mark.parametrize("model", MODELS)
def test_calibration_on_questions_with_an_answer(model: str) -> None:
    expected = figures("confidence_correlations")[model]["RefuNQ"]["answerable"]
    units = [value / 100 for _, value in confidences(model, "RefuNQ", "answerable")]
    correct = targets(model, "RefuNQ", "answerable")
    assert calibration_error_by_level(units, correct) == pytest.approx(expected["ece11"], abs=TOLERANCE)
    assert brier(units, correct) == pytest.approx(expected["brier"], abs=TOLERANCE)


@pytest.mark.parametrize("model", MODELS)
def test_rates_of_every_level(model: str) -> None:
    for task in SETS:
        for split in SPLITS:
            expected = figures("confidence_level_tables")[model][task][split]["levels"]
            values = [value for _, value in confidences(model, task, split)]
            found = level_rates(values, targets(model, task, split), range(101))
            held = {one.level: one for one in found if one.n}
            assert {float(level): told["n"] for level, told in expected.items()} == {
                level: one.n for level, one in held.items()
            }
            for level, told in expected.items():
                assert held[float(level)].rate == pytest.approx(told["rate"], abs=TOLERANCE)


@pytest.mark.parametrize("model", ["Llama-2-7b-chat-hf", "Llama-2-13b-hf"])
def test_entropy_and_perplexity_of_the_question(model: str) -> None:
    for task in SETS:
        expected = figures("logit_uncertainty")[model][task]
        for signal in ("entropy", "perplexity"):
            found = {
                split: [
                    float(row[f"{model}_{signal}"])
                    for row in rows("Llama-2_logit_based_uncertainty", model, task, split)
                ]
                for split in SPLITS
            }
            for split, values in found.items():
                assert fmean(values) == pytest.approx(expected[split][f"{signal}_mean"], abs=TOLERANCE)
                assert len(values) == expected[split]["n"]
                if signal == "perplexity":
                    assert median(values) == pytest.approx(
                        expected[split]["perplexity_median"], abs=TOLERANCE
                    )
            unanswerable = [0] * len(found["answerable"]) + [1] * len(found["unanswerable"])
            assert auroc(found["answerable"] + found["unanswerable"], unanswerable) == pytest.approx(
                expected[f"auroc_unanswerable_by_{signal}"], abs=TOLERANCE
            )
