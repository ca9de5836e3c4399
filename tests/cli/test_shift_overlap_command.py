"""`windward shift overlap` and `select` from the command line: files of every kind in, counts and a verdict out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

import windward.models
from windward.cli import app

TRAIN = ["A charming film about two brothers and their boat.", "It doesn't work at all, sadly.", "Good fun."]
TEST = [
    "A charming film about two brothers and their boat.",
    "it does n't work at all , sadly .",
    "A charming film about two sisters and their boat.",
    "Something else, with no relation to any of these.",
]


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["shift", *map(str, arguments)])


def written(path: Path, texts: Sequence[str], column: str = "text") -> Path:
    match path.suffix:
        case ".jsonl":
            path.write_text("".join(json.dumps({column: text}) + "\n" for text in texts))
        case ".parquet":
            pq.write_table(pa.table({column: list(texts)}), path)
        case ".csv":
            path.write_text("".join(f'"{text}"\n' for text in (column, *texts)))
        case _:
            path.write_text("".join(f"{number}\t{text}\n" for number, text in enumerate(texts)))
            path.write_text(f"id\t{column}\n" + path.read_text())
    return path


@pytest.mark.parametrize("train", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("test", ["csv", "tsv", "jsonl", "parquet"])
def test_files_of_every_kind_give_the_same_counts(tmp_path: Path, train: str, test: str) -> None:
    one, other = written(tmp_path / f"train.{train}", TRAIN), written(tmp_path / f"test.{test}", TEST)
    said = command("overlap", one, other, "--json", tmp_path / "found" / "overlap.json")
    assert said.exit_code == 0, said.output
    found = json.loads((tmp_path / "found" / "overlap.json").read_text())
    assert [found[kind] for kind in ("exact", "normalised", "near", "overlapping")] == [1, 1, 1, 3]
    assert (found["train_rows"], found["test_rows"], found["share"]) == (3, 4, 0.75)
    assert found["verdict"] == "refused"
    assert found["rows"] == {"exact": [1], "normalised": [2], "near": [3]}
    assert "refused: 3 of 4 test rows (75.00 %" in said.output
    assert [line.split()[:2] for line in said.output.splitlines()[2:5]] == [["exact", "1"], ["normalised", "1"], ["near", "1"]]  # fmt: skip


def test_a_refusal_is_a_failure_only_where_it_is_asked_to_be(tmp_path: Path) -> None:
    train, test = written(tmp_path / "a.csv", TRAIN), written(tmp_path / "b.csv", TEST)
    arguments = ("overlap", train, test, "--json", tmp_path / "c.json", "--strict")
    assert command(*arguments).exit_code == 1
    assert json.loads((tmp_path / "c.json").read_text())["verdict"] == "refused"
    assert command(*arguments, "--threshold", "0.8").exit_code == 0
    assert json.loads((tmp_path / "c.json").read_text())["verdict"] == "passed"


def test_columns_are_named_together_or_apart_and_a_wrong_one_is_an_error(tmp_path: Path) -> None:
    train, test = written(tmp_path / "a.jsonl", TRAIN, "said"), written(tmp_path / "b.jsonl", TEST, "asked")
    end = ("--json", tmp_path / "c.json")
    assert (
        command("overlap", train, test, *end, "--train-column", "said", "--test-column", "asked").exit_code
        == 0
    )
    said = command("overlap", train, test, *end, "--column", "said")
    assert said.exit_code == 2
    assert "b.jsonl, row 1: no text; name its column" in said.output
    assert "there are asked" in said.output


def test_a_missing_file_and_an_unknown_kind_are_errors_that_say_what_to_give(tmp_path: Path) -> None:
    train = written(tmp_path / "a.csv", TRAIN)
    said = command("overlap", train, tmp_path / "none.csv", "--json", tmp_path / "c.json")
    assert said.exit_code == 2
    assert "there is no such file" in said.output
    (tmp_path / "b.xlsx").write_text("x")
    said = command("overlap", train, tmp_path / "b.xlsx", "--json", tmp_path / "c.json")
    assert said.exit_code == 2
    assert "give a CSV, TSV, JSONL or Parquet file" in said.output


def test_rows_of_numbers_are_not_taken_for_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("number\tquestion\n1\tWhat is it?\n2\tWho was it?\n")
    said = command("overlap", path, path, "--json", tmp_path / "c.json")
    assert said.exit_code == 2
    assert "name the column of the texts" in said.output
    assert (
        command("overlap", path, path, "--json", tmp_path / "c.json", "--column", "question").exit_code == 0
    )
    assert json.loads((tmp_path / "c.json").read_text())["exact"] == 2


def test_half_characters_and_terminal_codes_in_a_text_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "half \\ud83d \\u001b[31m red"}\n')
    said = command("overlap", path, path, "--json", tmp_path / "c.json")
    assert said.exit_code == 0, said.output
    assert "\x1b" not in said.output
    assert json.loads((tmp_path / "c.json").read_text())["examples"][0]["test"] == "half \\ud83d \x1b[31m red"


def test_a_file_in_another_encoding_is_an_error_that_says_so(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.tsv"):
        path = tmp_path / name
        path.write_bytes('{"text": "ü"}'.encode("utf-16"))
        said = command("overlap", path, path, "--json", tmp_path / "c.json")
        assert said.exit_code == 2
        assert f"{name} cannot be read" in said.output


class Letters:
    """Counts letters."""

    name = "letters"

    def __init__(self, name: str) -> None:
        del name

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        counts = np.array(
            [[text.count(letter) + 0.01 for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]
        )
        found: NDArray[np.float32] = (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(
            np.float32
        )
        return found


def test_select_reads_rated_and_labelled_files_and_says_why_a_set_is_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windward.models, "sentence_encoder", Letters, raising=False)
    rated = tmp_path / "rated.tsv"
    rated.write_text(
        "".join(f"{at}\t{at % 3 - 1}\tsentence {at} of the rated kind, word{at * 7}\n" for at in range(60))
    )
    other = tmp_path / "other.tsv"
    other.write_text(
        "sentence\tlabel\n"
        + "".join(f"text {at} of another sort entirely, item{at * 13}\t{at % 2}\n" for at in range(40))
    )
    said = command(
        "select", "--id", f"rated={rated}", "--candidate", f"other={other}", "--out", tmp_path / "out"
    )
    assert said.exit_code == 0, said.output
    assert "rated: three columns without a header" in said.output
    assert "out: 40 texts, of its rarest label 0 20, but 500 and 50 are needed" in said.output
    assert (tmp_path / "out" / "report.html").is_file()
    said = command("select", "--id", "nothing", "--candidate", f"other={other}", "--out", tmp_path / "out")
    assert said.exit_code == 2
    assert "give NAME=PATH" in said.output
