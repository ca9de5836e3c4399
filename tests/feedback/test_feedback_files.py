"""Records and instructions on disk."""

import json
import subprocess
import sys
from dataclasses import fields

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from record_samples import rated, record, records

from windward.feedback import (
    Completion,
    Critique,
    FeedbackFileError,
    Rating,
    Record,
    RecordWriter,
    read_instructions,
    read_records,
    to_ultrafeedback,
)
from windward.feedback.files import record_schema


def _jsonl(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=records())
def test_any_record_comes_back_from_parquet_and_jsonl_as_it_was(one, tmp_path):
    with RecordWriter(tmp_path / "records.parquet") as writer:
        writer.write(one)
    assert list(read_records(tmp_path / "records.parquet")) == [one]
    assert list(read_records(_jsonl(tmp_path / "records.jsonl", one.as_dict()))) == [one]


def test_every_field_of_a_record_has_a_column():
    schema = record_schema()
    completion = schema.field("completions").type.value_type
    for kind, names in (
        (Record, schema.names),
        (Completion, [one.name for one in completion]),
        (Rating, [one.name for one in completion.field("ratings").type.value_type]),
        (Critique, [one.name for one in completion.field("critique").type]),
    ):
        assert sorted(names) == sorted(one.name for one in fields(kind))


def test_row_groups_end_at_a_number_of_rows_and_at_an_amount_of_text(tmp_path):
    path = tmp_path / "records.parquet"
    long = [Record(f"long{number}", "flan", "word " * 200) for number in range(4)]
    short = [Record(f"short{number}", "flan", "word") for number in range(7)]
    with RecordWriter(path, group_rows=5, group_characters=2500) as writer:
        for one in (*long, *short):
            writer.write(one)
    metadata = pq.ParquetFile(path).metadata
    assert [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)] == [2, 5, 4]
    assert list(read_records(path)) == [*long, *short]


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "records.parquet"
    with RecordWriter(path) as writer:
        writer.write(Record("old", "flan", "old"))
    with pytest.raises(RuntimeError), RecordWriter(path, group_rows=1) as writer:
        writer.write(Record("new", "flan", "new"))
        raise RuntimeError("the machine that was to judge is gone")
    assert [one.id for one in read_records(path)] == ["old"]
    assert [one.name for one in tmp_path.iterdir()] == ["records.parquet"]


def test_no_records_make_a_file_without_rows(tmp_path):
    with RecordWriter(tmp_path / "none.parquet"):
        pass
    assert list(read_records(tmp_path / "none.parquet")) == []


def test_half_a_character_from_a_model_does_not_end_a_run(tmp_path):
    with RecordWriter(tmp_path / "records.parquet") as writer:
        writer.write(record([rated("m", 3, text="a \ud83d b \ud83d\ude00")]))
    assert next(read_records(tmp_path / "records.parquet")).completions[0].text == "a \ufffd b \U0001f600"


def test_records_of_the_public_schema_are_read_from_parquet_and_jsonl(tmp_path):
    row = to_ultrafeedback(record([rated("a", 5, 4, None, 3), rated("b", 1, 2, 3, 4)]))
    from_lines = list(read_records(_jsonl(tmp_path / "public.jsonl", row)))
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "public.parquet")
    from_parquet = list(read_records(tmp_path / "public.parquet"))
    assert from_lines == from_parquet
    assert [one.fine_grained() for one in from_lines[0].completions] == [4.0, 2.5]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not JSON"),
        ("[1]", "line 2: a list, not an object"),
        ('{"id": "x", "source": "flan"}', "line 2: field instruction: expected a text that is not empty"),
        ('{"id": "a", "source": "flan", "instruction": "i"}', "line 2: id 'a' stands in the file already"),
        ('{"id": "x", "source": "s", "instruction": "i", "checks": [3]}', "line 2: field checks"),
        ('{"id": "x", "source": "s", "instruction": "i", "color": 3}', "line 2: record 'x' is malformed"),
        (
            '{"id": "x", "source": "s", "instruction": "i", "completions": [{"model": "m"}]}',
            "line 2: record 'x' is malformed",
        ),
    ],
)
def test_a_malformed_row_is_named_with_its_file_and_line(line, said, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "a", "source": "flan", "instruction": "i"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(FeedbackFileError) as caught:
        list(read_records(path))
    assert str(caught.value).startswith(f"{path}, {said}")


def test_files_that_are_none_or_not_there_are_named(tmp_path):
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "\xff"}\n')
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and no more")
    for name, said in (
        ("latin.jsonl", "line 1: not JSON"),
        ("cut.parquet", "cannot be read as Parquet"),
        ("missing.jsonl", "No such file"),
    ):
        with pytest.raises(FeedbackFileError, match=said):
            list(read_records(tmp_path / name))
    with pytest.raises(FeedbackFileError, match="Is a directory"):
        list(read_instructions(tmp_path))


def test_instructions_get_their_id_from_what_they_say(tmp_path):
    path = _jsonl(
        tmp_path / "instructions.jsonl",
        {"instruction": "Name a river.", "source": "flan"},
        {"prompt": "Name a river."},
        {"id": 7, "instruction": "Name a lake.", "never_score": ["lakes"], "other": 1},
    )
    first, second, third = read_instructions(path)
    assert (first.source, second.source, third.id, third.never_score) == ("flan", "given", "7", ("lakes",))
    assert first.id != second.id
    path.write_text("\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert [one.id for one in read_instructions(path)] == [first.id, second.id, "7"]


def test_the_same_instruction_twice_without_ids_is_an_error(tmp_path):
    path = _jsonl(
        tmp_path / "twice.jsonl", {"instruction": "Name a river."}, {"instruction": "Name a river."}
    )
    with pytest.raises(FeedbackFileError, match=r"line 2: id '\w{16}' stands in the file already"):
        list(read_instructions(path))


def test_instructions_carry_answers_and_checks_also_from_parquet(tmp_path):
    rows = [
        {
            "instruction": "Is the Earth flat?",
            "source": "truthful_qa",
            "correct_answers": ["No."],
            "incorrect_answers": ["None"],
            "checks": [{"kind": "words", "most": 9, "word": None}],
        },
        {
            "instruction": "Hi",
            "source": "flan",
            "checks": [{"kind": "starts", "word": "Hello", "most": None}],
        },
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "instructions.parquet")
    first, second = read_instructions(tmp_path / "instructions.parquet")
    assert (first.correct_answers, first.incorrect_answers) == (("No.",), ())
    assert first.checks == ({"kind": "words", "most": 9},)
    assert second.checks == ({"kind": "starts", "word": "Hello"},)
    with RecordWriter(tmp_path / "ours.parquet") as writer:
        writer.write(first)
    assert list(read_instructions(tmp_path / "ours.parquet")) == [first]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"source": "flan"}, "field prompt: expected a text"),
        ({"instruction": "  "}, "field instruction: expected a text"),
        ({"instruction": "i", "correct_answers": "No."}, "field correct_answers: expected a list of texts"),
        ({"instruction": "i", "id": ""}, "field id: expected a text"),
        ({"instruction": "i", "checks": "{"}, "line 1: "),
    ],
)
def test_a_malformed_instruction_is_named(row, said, tmp_path):
    with pytest.raises(FeedbackFileError, match=said):
        list(read_instructions(_jsonl(tmp_path / "bad.jsonl", row)))


GROWING = """
import resource, sys
from windward.feedback import ASPECTS, Completion, Rating, Record, RecordWriter, read_records
def made(number):
    completions = [
        Completion(f"m{at}", f"{number} {at} " + "word " * 4000, ratings=tuple(Rating(one, 3.0) for one in ASPECTS))
        for at in range(4)
    ]
    return Record(f"r{number}", "flan", f"Say {number}", tuple(completions))
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
def through(rows):
    with RecordWriter(sys.argv[1], group_rows=16) as writer:
        for number in range(rows):
            writer.write(made(number))
    assert sum(1 for _ in read_records(sys.argv[1])) == rows
    return peak()
few = through(96)
print(through(640) - few)
"""


def test_memory_does_not_grow_with_the_file(tmp_path):
    """Twenty times the rows: 51 MB of text, 143 MB more where all are held, as objects and as Arrow."""
    seen = subprocess.run(
        [sys.executable, "-c", GROWING, str(tmp_path / "records.parquet")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(seen.stdout) < 50  # MB
