"""Samples that broke the model as rows, changed copies of a training file, a changed column of any file, and kinds of victims."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.robtest.adversarial import FILE, adversarial
from windward.evals.robtest.adversarial_files import perturb_file
from windward.evals.robtest.adversarial_rows import RowsConfig, write_rows
from windward.evals.robtest.classifier import FunctionClassifier
from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.measure import RobTestConfig, measure
from windward.evals.robtest.perturbed import Edit, Perturbed
from windward.evals.robtest.rule_based import Cell
from windward.evals.robtest.typo import Typo
from windward.evals.robtest.victims import victim
from windward.rows.labelled import Labelled, read_labelled, read_written

DATA = [Labelled("a", "a good film with a heart", 1), Labelled("b", "a bad film with a plot", 0)]
CLASSES = ("no", "yes")


def _keyword(texts: Sequence[str]) -> NDArray[np.float64]:
    positive = np.array([0.9 if "good" in text else 0.1 for text in texts])
    return np.stack([1 - positive, positive], axis=1)


def test_only_what_the_model_had_right_can_be_broken() -> None:
    rows = np.array([[0.8, 0.2], [0.3, 0.7], [0.1, 0.9]])
    samples = (Perturbed("x", (Edit(0, 1, "x"),), 0.1), Perturbed("y", (), 0.1), Perturbed("z", (), 0.1))
    cell = Cell("typo", "general", 0.1, 2, np.array([0, 0, 1]), samples, rows)
    (found,) = adversarial(cell, DATA, np.array([True, False]), CLASSES, np.array([1.0, 0.0, np.nan]))
    assert (found.id, found.text, found.label, found.place, found.chosen) == (
        "typo-general-0.1-0",
        "x",
        "yes",
        1,
        "no",
    )
    assert (found.original_id, found.probability, found.valid, found.edits) == (
        "a",
        0.8,
        True,
        '[[0, 1, "x"]]',
    )


def test_the_rows_of_a_run_are_texts_and_labels_that_a_classifier_learns_from(tmp_path: Path) -> None:
    config = RobTestConfig(("typo",), (0.3, 0.6), samples=20)
    measure(
        FunctionClassifier(_keyword, "k"),
        DATA,
        CLASSES,
        config,
        tmp_path,
        dataset="two",
        tell=lambda line: None,
    )
    found = read_labelled(tmp_path / FILE, classes=CLASSES)
    assert found
    assert {row.label for row in found} == {1}
    assert all("good" not in row.text for row in found)
    stored = pq.read_table(tmp_path / FILE).to_pylist()
    assert len({row["id"] for row in stored}) == len(stored)
    assert all(0 < row["realised"] <= row["degree"] and row["original_id"] == "a" for row in stored)


def test_copies_keep_labels_as_they_are_written_and_leave_dimensions_held_out(tmp_path: Path) -> None:
    data = tmp_path / "train.tsv"
    data.write_text("sentence\tlabel\na charming and often affecting journey\tpraise\nnot\tblame\n")
    config = RowsConfig(("typo", "glyph"), degrees=(0.2, 0.4), copies=2)
    out = tmp_path / "rows.jsonl"
    made = write_rows(out, read_written(data), config)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert (made.texts, made.copies, made.shortfall) == (2, 8, 8)
    assert [row["text"] for row in rows if not row["dimension"]] == [
        "a charming and often affecting journey",
        "not",
    ]
    assert {row["dimension"] for row in rows} == {"", "typo", "glyph"}
    assert len({row["id"] for row in rows}) == len(rows) == 10
    assert all(row["label"] == ("praise" if row["original"] == "1" else "blame") for row in rows)
    assert [one.label for one in read_labelled(out, classes=("praise", "blame"))].count(1) == 1
    with pytest.raises(RobTestError, match="held out"):
        write_rows(out, read_written(data), RowsConfig(()))


ROWS = [
    {"id": 3, "question": "How many films were made there in a year?", "more": {"x": [1, None]}},
    {"id": 1, "question": "no", "more": {"x": []}},
]


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet"])
def test_one_column_changes_and_all_else_stays(tmp_path: Path, suffix: str) -> None:
    path, out = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif suffix == ".json":
        path.write_text(json.dumps(ROWS))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    assert perturb_file(path, out, "question", Typo(), 0.3) == (2, 1)
    if suffix == ".parquet":
        found = pq.read_table(out).to_pylist()
        assert pq.read_schema(out) == pq.read_schema(path)
    else:
        text = out.read_text()
        found = json.loads(text) if suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    assert [row | {"question": ""} for row in found] == [row | {"question": ""} for row in ROWS]
    assert found[0]["question"] != ROWS[0]["question"]
    assert found[1]["question"] == "no"
    edits = [json.loads(line) for line in (tmp_path / f"out{suffix}.edits.jsonl").read_text().splitlines()]
    assert [one["original"] for one in edits] == [row["question"] for row in ROWS]
    assert 0 < edits[0]["realised"] <= 0.3


@pytest.mark.parametrize("mark", [",", "\t"])
def test_a_table_keeps_its_other_fields(tmp_path: Path, mark: str) -> None:
    suffix = {",": ".csv", "\t": ".tsv"}[mark]
    path, out = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    told = 'said "so", twice' if mark == "," else 'said "so'
    with path.open("w", newline="") as file:
        if mark == ",":
            csv.writer(file).writerows([["id", "text"], [told, "a charming and often affecting journey"]])
        else:
            file.write(f"id\ttext\n{told}\ta charming and often affecting journey\n")
    perturb_file(path, out, "text", Typo(), 0.5)
    if mark == ",":
        _, (first, text) = csv.reader(out.read_text().splitlines())
    else:
        first, text = out.read_text().splitlines()[1].split("\t")
    assert first == told
    assert text != "a charming and often affecting journey"


def test_a_file_that_does_not_fit_is_refused_by_its_row(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "one"}\n{"text": 2}\n')
    for out, column, told in (
        ("out.jsonl", "text", "row 2 holds no text"),
        ("out.jsonl", "question", "no column 'question'"),
        ("out.csv", "text", "ends in .jsonl"),
        ("in.jsonl", "text", "another file"),
    ):
        with pytest.raises(RobTestError, match=told):
            perturb_file(path, tmp_path / out, column, Typo(), 0.5)
    assert not (tmp_path / "out.jsonl").exists()


def test_samples_are_shown_with_what_they_realise() -> None:
    command = [
        "robtest",
        "perturb",
        "a charming and often affecting journey",
        "--dimension",
        "typo",
        "--degree",
    ]
    done = CliRunner().invoke(app, [*command, "0.2", "--samples", "3"])
    assert done.exit_code == 0
    assert [line[:5] for line in done.output.splitlines()] == ["0.167"] * 3
    nothing = CliRunner().invoke(app, [*command, "0.1"])
    assert "nothing of it can change" in nothing.output
    refused = CliRunner().invoke(app, [*command, "0.2", "--column", "text"])
    assert refused.exit_code == 2
    assert "both --column NAME and --out FILE" in refused.output


def test_rows_are_written_from_the_command_line(tmp_path: Path) -> None:
    data, out = tmp_path / "train.csv", tmp_path / "rows.jsonl"
    data.write_text("text,label\na charming and often affecting journey,1\n")
    arguments = ["robtest", "rows", str(data), "--dimension", "typo", "--out", str(out)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "1 texts, 1 copies; 0 could not be had" in done.output
    assert "held out: glyph" in done.output
    assert len(out.read_text().splitlines()) == 2


OWN = """
import numpy as np

def predict(texts):
    yes = np.array([0.9 if "good" in text else 0.1 for text in texts])
    return np.stack([1 - yes, yes], axis=1)

class Pipeline:
    def __init__(self, classes):
        self.classes_ = np.array(classes)

    def predict_proba(self, texts):
        return predict(texts)

class Blunt:
    classes_ = np.array([0, 1])

    def predict(self, texts):
        return [0 for text in texts]

numbered, named, unfitted, blunt = Pipeline([0, 1]), Pipeline(["no", "yes"]), Pipeline([]), Blunt()
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "robtest_own_victims.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "robtest_own_victims"


def test_a_function_and_a_pipeline_of_ones_own_are_victims(own: str) -> None:
    tested, classes = victim(None, function=f"{own}:predict", classes=CLASSES)
    assert np.asarray(tested.predict(["a good film"])).tolist() == [pytest.approx([0.1, 0.9])]
    assert classes == CLASSES
    assert victim(None, function=f"{own}:numbered")[1] == ("0", "1")
    assert victim(None, function=f"{own}:numbered", classes=CLASSES)[1] == CLASSES
    assert victim(None, function=f"{own}:named")[1] == CLASSES
    assert tested.name.startswith(f"{own}:predict@")


@pytest.mark.parametrize(
    ("name", "classes", "told"),
    [
        ("predict", (), "name its classes"),
        ("predict", ("yes", "yes"), "name its classes"),
        ("named", ("yes", "no"), "in this order"),
        ("numbered", ("one",), "has the classes 0, 1"),
        ("unfitted", (), "not fitted"),
        ("blunt", (), "without predict_proba"),
        ("Pipeline", CLASSES, "is a type"),
        ("OWN", CLASSES, "has no OWN"),
        ("no name", CLASSES, "MODULE:NAME"),
    ],
)
def test_what_is_no_victim_is_said_to_be_none(
    own: str, name: str, classes: tuple[str, ...], told: str
) -> None:
    with pytest.raises(RobTestError, match=told):
        victim(None, function=f"{own}:{name}", classes=classes)


@pytest.mark.parametrize(
    ("model", "asked", "told"),
    [
        (None, {}, "name one model"),
        ("x", {"function": "a:b"}, "name one model"),
        ("x", {"task": "Which?"}, "--task"),
        (None, {"function": "a:b", "prompted": True}, "not --function"),
        ("x", {"prompted": True, "classes": ("one",)}, "names of the classes"),
        (None, {"function": "no_such_module_anywhere:f"}, "cannot be imported"),
    ],
)
def test_what_does_not_go_together_is_refused(model: str | None, asked: dict[str, Any], told: str) -> None:
    with pytest.raises(RobTestError, match=told):
        victim(model, **asked)


def test_a_function_is_measured_from_the_command_line(own: str, tmp_path: Path) -> None:
    (tmp_path / "dev.csv").write_text("text,label\na good film with a heart,yes\na bad film with a plot,no\n")
    arguments = [
        "eval",
        "robtest",
        "--function",
        f"{own}:predict",
        "--class",
        "no",
        "--class",
        "yes",
        "--data",
        "dev.csv",
    ]
    arguments += [
        "--dimension",
        "typo",
        "--degree",
        "0.4",
        "--samples",
        "2",
        "--encoder",
        "none",
        "--out",
        "out",
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "report.html").is_file()
    assert (tmp_path / "out" / "validity.json").is_file()
    columns = CliRunner().invoke(app, [*arguments[:-1], "wide", "--class", "third"])
    assert columns.exit_code == 2
    assert "gives 2 probabilities a text, and there are 3 classes" in columns.output


def test_a_text_is_shown_in_several_ways_and_a_file_is_changed_in_one(tmp_path: Path) -> None:
    ways = ["--dimension", "typo", "--dimension", "glyph", "--degree", "0.4"]
    shown = CliRunner().invoke(
        app, ["robtest", "perturb", "a gripping film with a heart", *ways, "--samples", "1"]
    )
    assert shown.exit_code == 0
    assert len(shown.output.split("0.333")) == 3
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "a gripping film"}\n')
    refused = CliRunner().invoke(
        app,
        ["robtest", "perturb", str(file), "--column", "text", "--out", str(tmp_path / "out.jsonl"), *ways],
    )
    assert refused.exit_code == 2
    assert not (tmp_path / "out.jsonl").exists()
