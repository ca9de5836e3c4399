"""Preference pairs on disk, as training reads them."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from record_samples import rated, record

from windward.feedback import FeedbackFileError, FeedbackPair, PairWriter, build_pairs, read_feedback_pairs
from windward.rows import PairRow, write_pairs

ROW = record([rated("a", 5, 4), rated("b", 3, 4), rated("c", 1, 1)])


def _written(path: Path, pairs):
    with PairWriter(path) as writer:
        for pair in pairs:
            writer.write(pair)
    return path


def test_pairs_come_back_as_they_were(tmp_path):
    pairs = [*build_pairs(ROW), replace(build_pairs(ROW)[0], never_score=["shp"], score_chosen=None)]
    assert list(read_feedback_pairs(_written(tmp_path / "pairs.parquet", pairs))) == pairs


def test_reward_and_preference_training_read_them_as_they_are(tiny_checkpoint, tmp_path):
    from transformers import AutoTokenizer

    from windward.training.pairs import Sources, chat_reader, read_pairs

    path = _written(tmp_path / "pairs.parquet", build_pairs(ROW))
    reader = chat_reader(AutoTokenizer.from_pretrained(tiny_checkpoint))
    read = read_pairs(path, reader, 256, sources=Sources(frozenset({"feedback"})))
    assert len(read) == 3 and all(pair.absolute for pair in read)


def test_the_hub_s_library_reads_them_as_they_are(tmp_path):
    from datasets import Dataset

    pairs = build_pairs(ROW)
    rows = Dataset.from_parquet(
        str(_written(tmp_path / "pairs.parquet", pairs)), cache_dir=str(tmp_path / "cache")
    )
    assert rows["margin"][:] == [pair.margin for pair in pairs]
    assert rows[0]["chosen"] == pairs[0].chosen


def test_pairs_of_trees_are_read_as_an_order_without_a_margin(tmp_path):
    said = [{"role": "assistant", "content": "x"}], [{"role": "assistant", "content": "y"}]
    asked = [{"role": "user", "content": "Hi"}]
    write_pairs(
        tmp_path / "trees.parquet",
        [PairRow(asked, *said, "n1", "n2", "t1", "strong", "f", "math", 0, 1, "weak")],
    )
    (pair,) = read_feedback_pairs(tmp_path / "trees.parquet", source="trees")
    assert (pair.margin, pair.source, pair.provenance) == (0.0, "trees", "tree")
    assert (pair.chosen_model, pair.rejected_model, pair.score_chosen) == ("strong", "weak", None)


_ASKED, _YES, _NO = (
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Yes."},
    {"role": "assistant", "content": "No."},
)


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": [_ASKED], "chosen": [_YES], "rejected": [_NO]},
        {"prompt": "Hi", "chosen": "Yes.", "rejected": "No."},
        {"chosen": [_ASKED, _YES], "rejected": [_ASKED, _NO], "score_chosen": None},
        {"prompt": "Hi", "chosen": [_ASKED, _YES], "rejected": [_ASKED, _NO]},
    ],
)
def test_pairs_of_other_sources_are_read_in_the_shapes_that_are_usual(row, tmp_path):
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "pairs.parquet")
    assert list(read_feedback_pairs(tmp_path / "pairs.parquet", source="shp")) == [
        FeedbackPair([_ASKED], [_YES], [_NO], source="shp", provenance="given")
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"prompt": "Hi", "chosen": 3, "rejected": "y"}, "row 0: field chosen: expected a text, or messages"),
        ({"chosen": "x", "rejected": "y"}, "row 0: field prompt: expected a text, or messages"),
        ({"prompt": "Hi", "chosen": "x"}, "row 0: field rejected"),
        (
            {"chosen": [_ASKED, _YES], "rejected": [_YES, _NO]},
            "row 0: fields chosen and rejected: expected conv",
        ),
        (
            {"prompt": [_ASKED], "chosen": [_ASKED], "rejected": [_NO]},
            "row 0: fields chosen and rejected: expected an",
        ),
        (
            vars(build_pairs(ROW)[0]) | {"margin": -1.0},
            "row 0: field margin: expected a number of at least 0",
        ),
    ],
)
def test_a_malformed_row_is_named(row, said, tmp_path):
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "pairs.parquet")
    with pytest.raises(FeedbackFileError, match=said):
        list(read_feedback_pairs(tmp_path / "pairs.parquet"))
