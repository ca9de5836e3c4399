"""On recorded replies of real models our reader finds the number that was said, and none where none was."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from windward.evals.unknown.confidence.reading import OUT_OF_RANGE, UNPARSED, read_confidence

DATA = Path(os.environ.get("WINDWARD_DATA", "none")) / "unknownbench" / "recorded"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs the recorded replies")


def replies(folder: str, model: str) -> Iterator[str]:
    for file in sorted((DATA / folder / model).glob("*.json")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)[model]


def first_integer(text: str) -> int | None:
    """The released evaluation's rule."""
    found = re.search(r"[0-9]+", text)
    return int(found.group()) if found else None


def test_of_26638_replies_three_are_read_otherwise_than_by_the_first_integer_which_is_that_of_the_scale() -> (
    None
):
    differing = Counter[str]()
    for model in ("chatgpt", "claude"):
        for text in replies("Close-source-LLMs_verbalized_uncertainty", model):
            value = read_confidence(text).value
            if value != first_integer(text):
                assert value is not None and first_integer(text) == 1 and "1-5" in text
                differing[model] += 1
    assert differing == {"claude": 3}


def test_a_number_of_the_question_that_a_reply_repeats_is_no_confidence() -> None:
    """Where Llama-2-7b-chat repeats the question before its score, or declines, the first integer is 2022, 400, 2018 …"""
    told = Counter[str]()
    for text in replies("unified_confidence_extracted_scores", "Llama-2-7b-chat-hf"):
        found = read_confidence(text)
        told[found.absent or "read"] += 1
        if found.value is not None and found.value != first_integer(text):
            assert text.rstrip().endswith(f"[{int(found.value)}]")
            told["read behind a number of the question"] += 1
        if found.absent == UNPARSED:
            assert "I apologize" in text and len(text) > 80
            told["unparsed, where the first integer is one of the reasons to decline"] += (
                first_integer(text) is not None
            )
    assert told == {
        "read": 803,
        "read behind a number of the question": 21,
        OUT_OF_RANGE: 12_457,  # it was asked for 0 to 100
        UNPARSED: 59,
        "unparsed, where the first integer is one of the reasons to decline": 3,
    }
