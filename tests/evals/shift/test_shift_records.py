"""Rows come from every form of file as they stand there, and what cannot be read is named, never run and never lost."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.shift.records import hub_rows, read_rows
from windward.evals.shift.task import ShiftError


def _written(path: Path, text: str) -> list[Any]:
    path.write_text(text, encoding="utf-8")
    return list(read_rows(path))


def test_csv_tsv_json_lines_lists_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    rows = [{"text": 'He said "no", twice', "label": "1"}, {"text": "Plain", "label": "0"}]
    forms = {
        "a.csv": 'text,label\n"He said ""no"", twice",1\nPlain,0\n',
        "a.tsv": 'text\tlabel\nHe said "no", twice\t1\nPlain\t0\n',
        "a.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
        "a.json": json.dumps(rows, indent=1),
        "lines.json": "".join(json.dumps(row) + "\n" for row in rows),
    }
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    assert [row.record for row in read_rows(tmp_path / "a.parquet")] == rows
    for name, text in forms.items():
        assert [row.record for row in _written(tmp_path / name, text)] == rows, name


def test_a_file_without_a_header_has_numbered_columns_and_loses_no_row(tmp_path: Path) -> None:
    rows = _written(tmp_path / "a.tsv", "1_1\t-0.9\tIt broke.\r\n1_2\t2.5\tIt held.\r\n")
    assert [row.record for row in rows] == [
        {"0": "1_1", "1": "-0.9", "2": "It broke."},
        {"0": "1_2", "1": "2.5", "2": "It held."},
    ]


_PRINTED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff"))


@given(st.lists(st.tuples(_PRINTED, st.sampled_from("01")), min_size=1))
def test_every_text_of_boss_s_archive_comes_back_from_its_tsv(rows: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "test.tsv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, delimiter="\t", lineterminator="\n")
            writer.writerows([("Text", "Label"), *rows])
        assert [row.record for row in read_rows(file)] == [
            {"Text": text, "Label": label} for text, label in rows
        ]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_every_text_comes_back_from_json_lines(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "test.jsonl"
        lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
        file.write_text("\n".join(lines), encoding="utf-8", newline="")
        assert [row.record for row in read_rows(file)] == [{"text": text} for text in texts]


def test_a_hostile_line_of_amazon_is_not_executed(tmp_path: Path) -> None:
    """The release reads these lines with `eval`."""
    trace = tmp_path / "executed"
    hostile = f"__import__('pathlib').Path({str(trace)!r}).touch() or {{'reviewText': 'x', 'overall': 5}}"
    good = json.dumps({"reviewText": "Fine.", "overall": 5.0})
    rows = _written(tmp_path / "Kettles_5.json", f"{hostile}\n{good}\n")
    assert not trace.exists()
    assert rows[0].record is None and "no JSON" in rows[0].problem and rows[0].where.endswith("line 1")
    assert rows[1].record == {"reviewText": "Fine.", "overall": 5.0}


def test_a_line_that_is_no_object_and_a_row_of_other_length_are_named(tmp_path: Path) -> None:
    first, second = _written(tmp_path / "a.jsonl", '["a", "list"]\n{"text": "an object"}\n')
    assert first.record is None and "list" in first.problem and second.record == {"text": "an object"}
    short, whole = _written(tmp_path / "a.csv", "text,label\nalone\nwhole,1\n")
    assert short.record is None and "1 fields" in short.problem and "line 2" in short.where
    assert whole.record == {"text": "whole", "label": "1"}


def test_deeply_nested_json_is_named_and_does_not_end_the_process(tmp_path: Path) -> None:
    deep = "[" * 200_000
    rows = _written(tmp_path / "a.jsonl", deep + '\n{"text": "after"}\n')
    assert rows[0].record is None and rows[1].record == {"text": "after"}


def test_squads_and_contractnlis_nesting_become_rows(tmp_path: Path) -> None:
    squad = {
        "data": [
            {
                "title": "T",
                "paragraphs": [
                    {"context": "C1", "qas": [{"id": "1", "question": "Q1"}, {"id": "2", "question": "Q2"}]},
                    {"context": "C2", "qas": [{"id": "3", "question": "Q3"}]},
                ],
            }
        ]
    }
    rows = _written(tmp_path / "squad.json", json.dumps(squad))
    assert [(row.record["context"], row.record["question"]) for row in rows] == [
        ("C1", "Q1"), ("C1", "Q2"), ("C2", "Q3"),
    ]  # fmt: skip
    annotations = [{"annotations": {"nda-1": {"choice": "Entailment", "spans": []}}}]
    contracts = {
        "documents": [{"text": "T", "annotation_sets": []}, {"text": "U", "annotation_sets": annotations}],
        "labels": {"nda-1": {"hypothesis": "H"}},
    }
    broken, whole = _written(tmp_path / "contract.json", json.dumps(contracts))
    assert broken.record is None and "document 1" in broken.where and "form" in broken.problem
    assert whole.record == {"premise": "U", "hypothesis": "H", "label": "Entailment"}


def test_columns_of_words_and_tags_are_told_by_their_lines_whatever_the_name(tmp_path: Path) -> None:
    text = "-DOCSTART- -X- O O\n\nIda NNP I-NP B-PER\nwon VBD I-VP O\n\n\nagain RB O O\n"
    for name in ("eng.testb", "a.csv", "a.txt", "a.conll"):
        rows = _written(tmp_path / name, text)
        assert [row.record for row in rows] == [
            {"tokens": ["Ida", "won"], "ner_tags": ["B-PER", "O"]},
            {"tokens": ["again"], "ner_tags": ["O"]},
        ], name


def test_a_word_without_a_tag_makes_its_sentence_unreadable_and_no_other(tmp_path: Path) -> None:
    rows = _written(tmp_path / "a.txt", "Ida B-PER\nlost\n\nwon O\nagain O\n")
    assert rows[0].record is None and "'lost' has no tag" in rows[0].problem
    assert rows[1].record == {"tokens": ["won", "again"], "ner_tags": ["O", "O"]}


@pytest.mark.parametrize("text", ["best tweets of the day", "tub", "jest Subject", "Subject: sects"])
def test_no_letters_are_eaten_from_the_ends_of_a_text(text: str, tmp_path: Path) -> None:
    """The release cleans texts with `strip("Subject")`, which takes any of these letters off both ends."""
    (row,) = _written(tmp_path / "a.jsonl", json.dumps({"text": text}))
    assert row.record == {"text": text}


def test_a_file_that_is_not_there_or_of_no_known_form_says_so(tmp_path: Path) -> None:
    with pytest.raises(ShiftError, match="no such file"):
        list(read_rows(tmp_path / "none.csv"))
    with pytest.raises(ShiftError, match="neither CSV"):
        _written(tmp_path / "a.bin", "a sentence that is no table\n")
    (tmp_path / "a.parquet").write_bytes(b"no Parquet at all")
    with pytest.raises(ShiftError, match="Parquet"):
        list(read_rows(tmp_path / "a.parquet"))
    (tmp_path / "b.csv").write_bytes(b"text\n\xff\xfe\x00")
    with pytest.raises(ShiftError, match="UTF-8"):
        list(read_rows(tmp_path / "b.csv"))


class _Rows(list[dict[str, Any]]):
    """What `datasets.load_dataset` gives, as far as it is used."""

    features = SimpleNamespace(
        to_dict=lambda: {
            "text": {"dtype": "string", "_type": "Value"},
            "label": {"names": ["no", "yes"], "_type": "ClassLabel"},
            "tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}, "_type": "List"},
        }
    )


def test_the_hub_gives_names_for_numbers_of_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def load_dataset(name: str, configuration: str | None, *, split: str) -> _Rows:
        asked.append((name, configuration, split))
        return _Rows([{"text": "A", "label": 1, "tags": [0, 1]}, {"text": "B", "label": -1, "tags": []}])

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    first, second = hub_rows("owner/name:fine", "test")
    assert asked == [("owner/name", "fine", "test")]
    assert first.record == {"text": "A", "label": "yes", "tags": ["O", "B-PER"]}
    assert second.record == {"text": "B", "label": None, "tags": []}


def test_what_the_library_of_the_hub_itself_makes_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    names = datasets.ClassLabel(names=["O", "B-PER"])
    features = datasets.Features(
        {"tokens": datasets.List(datasets.Value("string")), "ner_tags": datasets.List(names)}
    )
    made = datasets.Dataset.from_dict({"tokens": [["Ida", "won"]], "ner_tags": [[1, 0]]}, features=features)
    made.to_parquet(tmp_path / "test.parquet")
    expected = {"tokens": ["Ida", "won"], "ner_tags": ["B-PER", "O"]}
    assert [row.record for row in read_rows(tmp_path / "test.parquet")] == [expected]
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: made)
    assert [row.record for row in hub_rows("owner/name", "test")] == [expected]


def test_a_set_that_is_a_script_is_read_from_its_parquet_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def load_dataset(
        name: str, configuration: str | None, *, split: str, revision: str | None = None
    ) -> _Rows:
        asked.append(revision)
        if revision is None:
            raise RuntimeError("Dataset scripts are no longer supported, but found sst.py")
        return _Rows([{"text": "A", "label": 0, "tags": []}])

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    assert len(list(hub_rows("stanfordnlp/sst:default", "test"))) == 1
    assert asked == [None, "refs/convert/parquet"]


def test_without_datasets_or_without_the_hub_the_message_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ShiftError, match="pip install datasets"):
        list(hub_rows("owner/name", "test"))

    def load_dataset(*_: Any, **__: Any) -> None:
        raise ConnectionError("no network")

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    with pytest.raises(ShiftError, match=r"no network.*--local"):
        list(hub_rows("owner/name", "test"))
