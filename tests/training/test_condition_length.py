"""A prompt that begins with a condition is trained on whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sum_rows import pairs, sums
from transformers import AutoTokenizer

from windward.training import RowError
from windward.training.examples import read_examples
from windward.training.pairs import chat_reader, read_pairs

Write = Callable[[list[dict[str, Any]]], Path]
LEVELS = '{"helpfulness": 5.0}'


def conditioned(rows: list[dict[str, Any]], prompt: str, long: set[int]) -> list[dict[str, Any]]:
    """Rows of which some have a long prompt, every one under a condition."""
    for number, row in enumerate(rows):
        if number in long:
            row[prompt][0]["content"] *= 50 + number
    return [row | {"condition": LEVELS} for row in rows]


def test_a_demonstration_that_would_lose_its_condition_is_refused_and_the_length_it_needs_is_said(
    tiny_checkpoint: Path, written: Write
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    rows = written(conditioned(sums(4), "messages", {1, 3}))
    with pytest.raises(RowError, match=r"2 of 4 rows .* row 3, has ([\d,]+): .*--max-length") as refused:
        read_examples(rows, tokenizer, 300)
    needed = int(str(refused.value).split("row 3, has ")[1].split(":")[0].replace(",", ""))
    assert [one.cut for one in read_examples(rows, tokenizer, needed)] == [0, 0, 0, 0]
    with pytest.raises(RowError, match="1 of 4 rows"):
        read_examples(rows, tokenizer, needed - 1)


def test_a_pair_that_would_lose_its_condition_is_refused_and_the_length_it_needs_is_said(
    tiny_checkpoint: Path, written: Write
) -> None:
    reader = chat_reader(AutoTokenizer.from_pretrained(tiny_checkpoint))
    rows = written(conditioned(pairs(3), "prompt", {2}))
    with pytest.raises(RowError, match=r"1 of 3 rows .* row 2, has ([\d,]+): ") as refused:
        read_pairs(rows, reader, 300)
    needed = int(str(refused.value).split("row 2, has ")[1].split(":")[0].replace(",", ""))
    assert not any(pair.chosen.cut for pair in read_pairs(rows, reader, needed))
    with pytest.raises(RowError, match="1 of 3 rows"):
        read_pairs(rows, reader, needed - 1)


@pytest.mark.parametrize("nothing", ["{}", "", None])
def test_a_row_that_asks_for_nothing_is_cut_as_any_other(
    tiny_checkpoint: Path, written: Write, nothing: str | None
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    demonstrations = [row | {"condition": nothing} for row in conditioned(sums(2), "messages", {1})]
    compared = [row | {"condition": nothing} for row in conditioned(pairs(2), "prompt", {1})]
    assert read_examples(written(demonstrations), tokenizer, 300)[1].cut
    assert read_pairs(written(compared), chat_reader(tokenizer), 300)[1].chosen.cut
