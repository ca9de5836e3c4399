import os

import pytest

from windward.rows import PairRow, SftRow, write_pairs, write_sft

ASKED = [{"role": "user", "content": "What is 2 + 3?"}]
RIGHT = [{"role": "assistant", "content": "```python\nprint('<script>')\n```"}]
WRONG = [{"role": "assistant", "content": "```python\nprint(6)\n```"}]
WHERE = {"tree_id": "t", "model": "m", "family": "adding", "kind": "math", "seed": 0, "turn": 1}


def load(path):
    os.environ["HF_HUB_OFFLINE"] = "1"
    from datasets import Dataset

    return Dataset.from_parquet(str(path), cache_dir=str(path.parent / "cache"))


def test_sft_rows_are_read_by_datasets_as_they_are(tmp_path):
    write_sft(tmp_path / "sft.parquet", [SftRow(messages=ASKED + RIGHT, node_id="1.0", **WHERE)])
    (row,) = load(tmp_path / "sft.parquet")
    assert row["messages"] == ASKED + RIGHT
    assert {name: row[name] for name in WHERE} == WHERE
    assert row["node_id"] == "1.0"


def test_pairs_are_read_by_datasets_as_they_are(tmp_path):
    row = PairRow(
        prompt=ASKED, chosen=RIGHT, rejected=WRONG, chosen_node_id="1.0", rejected_node_id="1.1", **WHERE
    )
    write_pairs(tmp_path / "pairs.parquet", [row])
    (read,) = load(tmp_path / "pairs.parquet")
    assert (read["prompt"], read["chosen"], read["rejected"]) == (ASKED, RIGHT, WRONG)


def test_no_pairs_are_a_file_too(tmp_path):
    import pyarrow.parquet as pq

    write_pairs(tmp_path / "pairs.parquet", [])
    assert pq.read_table(tmp_path / "pairs.parquet").num_rows == 0


@pytest.mark.slow
def test_both_files_are_conversational_to_trl(tmp_path):
    from trl.data_utils import is_conversational

    row = PairRow(
        prompt=ASKED, chosen=RIGHT, rejected=WRONG, chosen_node_id="1.0", rejected_node_id="1.1", **WHERE
    )
    write_pairs(tmp_path / "pairs.parquet", [row])
    write_sft(tmp_path / "sft.parquet", [SftRow(messages=ASKED + RIGHT, node_id="1.0", **WHERE)])
    assert is_conversational(load(tmp_path / "pairs.parquet")[0])
    assert is_conversational(load(tmp_path / "sft.parquet")[0])
