"""UltraInteract's two schemas: ours to theirs, theirs to ours, and round."""

import json

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mining_fakes import ran, right, run, wrong

from windward.recipes.trees.exchange import export_ultrainteract, import_ultrainteract
from windward.rows import PairRow, SftRow, read_pairs, read_sft, write_pairs, write_sft
from windward.trees import (
    SchemaError,
    from_ultrainteract_pairs,
    from_ultrainteract_sft,
    mine,
    to_ultrainteract_pairs,
    to_ultrainteract_sft,
    trees_to_pairs,
    trees_to_sft,
)

PAIR = {
    "id": "0a1b_1_2",
    "parent_id": "0a1b",
    "task": "Math_PoT",
    "dataset": "gsm8k",
    "trajectory": [
        {"from": "user", "value": "Solve."},
        {"from": "assistant", "value": "Step 1: …"},
        {"from": "user", "value": "Observation: 6. Your answer is wrong. Count again."},
    ],
    "chosen": "Step 2: right",
    "rejected": "Step 2: wrong",
}
SFT = {key: PAIR[key] for key in ("id", "parent_id", "task", "dataset")} | {
    "instruction": "Solve.",
    "response": "Step 1: right",
}


def trees():
    return mine([run("a", wrong(), right()), run("b", wrong(), wrong("7")), run("c", ran(), right())])[0]


def keys_of_released(rows):
    return [{key: value for key, value in row.items() if key != "never_score"} for row in rows]


def test_their_rows_come_back_as_they_were():
    assert keys_of_released(to_ultrainteract_pairs(from_ultrainteract_pairs([PAIR]))) == [PAIR]
    assert keys_of_released(to_ultrainteract_sft(from_ultrainteract_sft([SFT]))) == [SFT]


def test_their_pair_is_a_preference_after_a_history():
    (row,) = from_ultrainteract_pairs([PAIR])
    assert [message["role"] for message in row.prompt] == ["user", "assistant", "user"]
    assert (row.chosen[0]["content"], row.turn, row.family, row.tree_id) == (
        "Step 2: right",
        2,
        "gsm8k",
        "0a1b",
    )
    assert row.provenance == "tree"


def test_ours_have_their_keys_their_roles_and_one_parent_an_instruction():
    pairs = to_ultrainteract_pairs(trees_to_pairs(trees()))
    assert [list(row) for row in keys_of_released(pairs)] == [list(PAIR)] * len(pairs) != []
    sft = to_ultrainteract_sft(trees_to_sft(trees()))
    assert [list(row) for row in keys_of_released(sft)] == [list(SFT)] * len(sft) != []
    assert {row["parent_id"] for row in pairs} == {row["parent_id"] for row in sft}
    for row in pairs:
        assert [turn["from"] for turn in row["trajectory"]] == ["user", "assistant", "user"]
        assert row["trajectory"][0]["value"] == "Work in turns.\n\nWhat is 2 + 3?"
    ids = [row["id"] for row in pairs + sft]
    assert len(set(ids)) == len(ids)


def test_the_task_is_read_off_the_row():
    def task(kind="math", family="math", said="Answer: 5"):
        row = SftRow([{"role": "user", "content": "q"}, {"role": "assistant", "content": said}], "1.0", "t", "m", family, kind, 0, 1)  # fmt: skip
        return to_ultrainteract_sft([row])[0]["task"]

    assert task() == "Math_CoT"
    assert task(said="```python\nprint(5)\n```") == "Math_PoT"
    assert task(family="hotpotqa") == "Logic"
    assert task(kind="code") == "Coding"


def test_the_readmes_spelling_of_a_task_is_read_too():
    (row,) = from_ultrainteract_sft([SFT | {"task": "Math_Cot"}])
    assert to_ultrainteract_sft([row])[0]["task"] == "Math_CoT"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"task": "Poetry"}, "row 2: 'task' is 'Poetry'"),
        ({"chosen": None}, "row 2: 'chosen' is None"),
        ({"id": "x"}, "row 2: 'id' is 'x'"),
        ({"trajectory": PAIR["trajectory"][:2]}, "row 2: trajectory is no list of user and assistant"),
        ({"trajectory": "text"}, "row 2: trajectory"),
        ({"trajectory": [{"from": "user"}]}, "row 2: trajectory"),
    ],
)
def test_a_malformed_row_is_named(change, said):
    with pytest.raises(SchemaError) as caught:
        from_ultrainteract_pairs([PAIR, PAIR | change])
    assert said in str(caught.value)


texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=200, deadline=None)
@given(
    texts, st.lists(st.tuples(texts, texts), max_size=3), texts, texts,
    st.sampled_from(["math", "code", "table"]), st.lists(st.sampled_from(["mint", "math"]), unique=True),
)  # fmt: skip
def test_what_is_learnt_survives_the_way_out_and_in(asked, exchanges, good, bad, kind, never):
    prompt = [{"role": "user", "content": asked}]
    for said, told in exchanges:
        prompt += [{"role": "assistant", "content": said}, {"role": "user", "content": told}]
    row = PairRow(
        prompt,
        [{"role": "assistant", "content": good}],
        [{"role": "assistant", "content": bad}],
        "1.0", "1.1", "tree", "m", "gsm8k", kind, 0, len(exchanges) + 1, "n", never_score=never,
    )  # fmt: skip
    theirs = to_ultrainteract_pairs([row])
    (back,) = from_ultrainteract_pairs(theirs)
    for name in ("prompt", "chosen", "rejected", "family", "turn", "never_score"):
        assert getattr(back, name) == getattr(row, name)
    assert to_ultrainteract_pairs([back]) == theirs


def test_files_go_out_and_in_with_their_stamp(tmp_path):
    write_sft(tmp_path / "sft.parquet", trees_to_sft(trees()))
    write_pairs(tmp_path / "pairs.parquet", trees_to_pairs(trees()))
    out = export_ultrainteract(tmp_path, tmp_path / "out", tell=lambda _: None)
    for name, read, rows in (
        ("sft", read_sft, trees_to_sft(trees())),
        ("pair", read_pairs, trees_to_pairs(trees())),
    ):
        back = read(
            import_ultrainteract(out / f"ultrainteract_{name}.parquet", tmp_path / "in", tell=lambda _: None)
        )
        assert [row.never_score for row in back] == [["mint"]] * len(rows)
        assert [row.turn for row in back] == [row.turn for row in rows]
    assert [row.chosen for row in back] == [row.chosen for row in rows]


def test_released_files_without_a_stamp_are_read_as_jsonl_and_json(tmp_path):
    (tmp_path / "pair.jsonl").write_text(json.dumps(PAIR) + "\n\n" + json.dumps(PAIR) + "\n")
    (tmp_path / "sft.json").write_text(json.dumps([SFT]))
    pairs = read_pairs(import_ultrainteract(tmp_path / "pair.jsonl", tmp_path / "in", tell=lambda _: None))
    assert [row.never_score for row in pairs] == [[], []]
    write_pairs(tmp_path / "pairs.parquet", pairs)
    out = export_ultrainteract(tmp_path, tmp_path / "out", tell=lambda _: None)
    assert pq.read_table(out / "ultrainteract_pair.parquet").to_pylist() == [PAIR, PAIR]
    assert read_sft(import_ultrainteract(tmp_path / "sft.json", tmp_path / "in", tell=lambda _: None))


def test_files_that_cannot_be_read_are_named(tmp_path):
    for name, text in (("no.jsonl", "{"), ("no.json", "{}"), ("empty.jsonl", ""), ("no.parquet", "x")):
        (tmp_path / name).write_text(text)
        with pytest.raises(SchemaError, match=name):
            import_ultrainteract(tmp_path / name, tmp_path / "in")
    with pytest.raises(SchemaError, match="is not there"):
        import_ultrainteract(tmp_path / "gone.json", tmp_path / "in")
    with pytest.raises(SchemaError, match=r"neither sft\.parquet"):
        export_ultrainteract(tmp_path / "in", tmp_path / "out")


def test_rows_of_an_older_file_are_read_without_what_they_lack(tmp_path):
    write_pairs(tmp_path / "pairs.parquet", trees_to_pairs(trees()))
    old = pq.read_table(tmp_path / "pairs.parquet").drop_columns(
        ["never_score", "provenance", "rejected_model"]
    )
    pq.write_table(old, tmp_path / "old.parquet")
    assert {row.provenance for row in read_pairs(tmp_path / "old.parquet")} == {"tree"}
    with pytest.raises(ValueError, match="columns chosen_node_id, prompt"):
        pq.write_table(old.drop_columns(["prompt", "chosen_node_id"]), tmp_path / "bad.parquet")
        read_pairs(tmp_path / "bad.parquet")
