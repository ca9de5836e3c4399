"""A split is what it is declared as, drawn by its seed, and every row that is not in it is counted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from windward.evals.shift.declared import TASKS
from windward.evals.shift.loading import BETWEEN, CAPPED, EMPTY, LIMITED, UNREADABLE, load
from windward.evals.shift.overlap import overlap
from windward.evals.shift.prepared import prepared_rows, write_prepared
from windward.evals.shift.task import Dataset, ShiftError
from windward.rows.labelled import Labelled, read_labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

FORMS = Path(__file__).parent / "data_formats"
SETS: dict[str, Dataset] = {dataset.name: dataset for task in TASKS.values() for dataset in task.datasets}
real = pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")


def _reading(id: str, record: Mapping[str, Any]) -> Labelled | None:
    label = int(record["label"])
    return None if label < 0 else Labelled(id, record["text"], label)


OWN = Dataset(
    "own", "", {"train": "train", "test": "test", "part": "all[0:70]", "rest": "all[70:100]"}, _reading
)


def _file(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _rows(count: int) -> list[dict[str, Any]]:
    return [{"text": f"sentence {number}", "label": number % 3} for number in range(count)]


def test_every_row_that_is_left_out_is_counted_by_its_reason(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"text": "kept", "label": 0},
        {"text": "between", "label": -1},
        {"text": "  ", "label": 1},
        {"text": "no number", "label": "x"},
        {"label": 1},
    ]
    loaded = load(OWN, "test", local=_file(tmp_path / "test.jsonl", rows))
    assert [one.text for one in loaded.labelled] == ["kept"]
    assert loaded.dropped == {BETWEEN: 1, EMPTY: 1, UNREADABLE: 2}
    assert "line 4" in loaded.unreadable and "'x'" in loaded.unreadable
    assert len(loaded.examples) + sum(loaded.dropped.values()) == len(rows)


def test_a_cap_leaves_at_most_so_many_of_each_class_and_all_of_a_smaller_one(tmp_path: Path) -> None:
    """The release's cap is the size of the largest class, which leaves every class whole."""
    rows = [{"text": f"sentence {number}", "label": 0 if number < 90 else 1} for number in range(97)]
    capped = replace(OWN, cap=10)
    file = _file(tmp_path / "train.jsonl", rows)
    loaded = load(capped, "train", local=file)
    assert Counter(one.label for one in loaded.labelled) == {0: 10, 1: 7}
    assert loaded.dropped == {CAPPED: 80}
    assert load(capped, "train", local=file) == loaded != load(capped, "train", local=file, seed=1)
    assert len(load(capped, "test", local=file).examples) == 97


def test_each_row_of_a_class_is_as_likely_under_a_cap(tmp_path: Path) -> None:
    file = _file(
        tmp_path / "train.jsonl", [{"text": f"sentence {number}", "label": 0} for number in range(5)]
    )
    capped = replace(OWN, cap=2)
    chosen = Counter(
        one.text for seed in range(200) for one in load(capped, "train", local=file, seed=seed).labelled
    )
    assert chosen.total() == 400 and all(50 < count < 110 for count in chosen.values())  # 80 each, ± 7


def test_the_caps_of_boss_are_ten_and_thirty_thousand() -> None:
    assert (SETS["Amazon"].cap, SETS["CivilComments"].cap) == (10_000, 30_000)


def test_a_limit_draws_by_the_seed_keeps_the_order_and_is_counted(tmp_path: Path) -> None:
    file = _file(tmp_path / "test.jsonl", _rows(50))
    loaded = load(OWN, "test", local=file, limit=7)
    places = [int(one.text.split()[1]) for one in loaded.labelled]
    assert len(places) == 7 and places == sorted(places) and loaded.dropped == {LIMITED: 43}
    assert load(OWN, "test", local=file, limit=7, seed=1) != loaded
    assert len(load(OWN, "test", local=file, limit=500).examples) == 50


def test_shares_are_disjoint_cover_all_and_move_with_the_seed(tmp_path: Path) -> None:
    file = _file(tmp_path / "all.jsonl", _rows(100))
    first, second = (load(OWN, split, local=file) for split in ("part", "rest"))
    assert (len(first.examples), len(second.examples)) == (70, 30)
    ids = [one.id for one in (*first.examples, *second.examples)]
    assert len(set(ids)) == 100
    assert load(OWN, "part", local=file) == first != load(OWN, "part", local=file, seed=3)


def test_a_file_that_is_called_after_a_split_is_that_split_whole_and_never_cut_for_another(
    tmp_path: Path,
) -> None:
    """The archive of BOSS has `train.tsv` and `test.tsv` of Amazon, which is declared as shares."""
    amazon = SETS["Amazon"]
    for split, count in (("train", 30), ("test", 20)):
        rows = "".join(f"{split} {number}\t{number % 3}\n" for number in range(count))
        (tmp_path / f"{split}.tsv").write_text(f"Text\tLabel\n{rows}", encoding="utf-8")
    assert len(load(amazon, "train", local=tmp_path).examples) == 30
    assert len(load(amazon, "test", local=tmp_path).examples) == 20
    assert len(load(amazon, "test", local=tmp_path / "test.tsv").examples) == 20
    with pytest.raises(ShiftError, match="no file of dev"):
        load(amazon, "dev", local=tmp_path)


def test_a_folder_with_a_split_in_two_forms_is_not_read_twice(tmp_path: Path) -> None:
    _file(tmp_path / "test.jsonl", _rows(3))
    (tmp_path / "test.csv").write_text("text,label\nA,1\n", encoding="utf-8")
    with pytest.raises(ShiftError, match=r"test more than once \(test\.csv, test\.jsonl\)"):
        load(OWN, "test", local=tmp_path)


def test_the_same_text_is_never_in_two_shares_whatever_its_case_and_punctuation(tmp_path: Path) -> None:
    forms = ("It's number {}", "it 's NUMBER {} !", "Its number, {}.")
    rows = [{"text": forms[number % 3].format(number % 40), "label": 0} for number in range(240)]
    file = _file(tmp_path / "all.jsonl", rows)
    first, second = (load(OWN, split, local=file) for split in ("part", "rest"))
    numbers = [{"".join(filter(str.isdigit, one.text)) for one in part.labelled} for part in (first, second)]
    assert len(numbers[0]) == 28 and len(numbers[1]) == 12 and not numbers[0] & numbers[1]
    assert len(first.examples) + len(second.examples) == 240


def test_what_is_wrong_with_a_request_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    with pytest.raises(ShiftError, match="no split called 'dev'; it has train, test"):
        load(OWN, "dev")
    with pytest.raises(ShiftError, match="a limit is at least 1, not 0"):
        load(OWN, "test", limit=0)
    with pytest.raises(ShiftError, match="--local own=PATH"):
        load(OWN, "test")
    with pytest.raises(ShiftError, match=r"there is no .*nowhere"):
        load(OWN, "test", local=tmp_path / "nowhere")
    _file(tmp_path / "contest.jsonl", _rows(3))
    with pytest.raises(ShiftError, match=r"call it test\.jsonl.*there is contest\.jsonl"):
        load(OWN, "test", local=tmp_path)
    with pytest.raises(
        ShiftError, match=r"no row has a part in the task .*1 unreadable.*bad\.jsonl, line 1: no 'label'"
    ):
        load(OWN, "test", local=_file(tmp_path / "bad.jsonl", [{"no": "text"}]))
    with pytest.raises(ShiftError, match="the file is empty"):
        load(OWN, "test", local=_file(tmp_path / "empty.jsonl", []))
    with pytest.raises(ShiftError, match="per cent"):
        load(replace(OWN, splits={"test": "all[70:30]"}), "test", local=tmp_path)
    with pytest.raises(ShiftError, match="stands alone"):
        load(replace(OWN, splits={"test": "all[0:30]+more"}), "test", local=tmp_path)


@pytest.mark.parametrize("said", ["NA", "null", "None", "nan", "N/A"])
def test_a_text_that_a_table_reader_takes_for_missing_is_a_text(said: str, tmp_path: Path) -> None:
    """The release reads its own files with pandas, and drops such rows in silence."""
    (tmp_path / "test.tsv").write_text(f"Text\tLabel\n{said}\t1\n\t0\n", encoding="utf-8")
    loaded = load(SETS["AdvCivil"], "test", local=tmp_path)
    assert [one.text for one in loaded.labelled] == [said] and loaded.dropped == {EMPTY: 1}


def test_a_set_in_the_users_data_folder_is_found_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINDWARD_DATA", str(tmp_path))
    (tmp_path / "shift" / "own").mkdir(parents=True)
    _file(tmp_path / "shift" / "own" / "test.jsonl", _rows(4))
    _file(tmp_path / "shift" / "train.jsonl", _rows(9))  # of nobody knows which set
    assert len(load(OWN, "test").examples) == 4
    with pytest.raises(ShiftError, match="no file of train"):
        load(OWN, "train")


def test_a_set_of_several_configurations_is_joined_from_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    asked: list[Any] = []

    class Rows(list[dict[str, Any]]):
        features = SimpleNamespace(to_dict=lambda: {})

    def load_dataset(name: str, configuration: str | None, *, split: str) -> Rows:
        asked.append((name, configuration, split))
        return Rows([{"sentence": f"From {configuration}", "gold_label": "positive"}])

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    loaded = load(SETS["DynaSent"], "dev")
    assert asked == [
        ("dynabench/dynasent", "dynabench.dynasent.r1.all", "validation"),
        ("dynabench/dynasent", "dynabench.dynasent.r2.all", "validation"),
    ]
    assert len({one.id for one in loaded.examples}) == 2


def test_the_rated_sets_are_cut_so_that_no_demonstration_is_tested_on() -> None:
    for dataset in TASKS["rated"].ood:
        kept, tested, whole = (
            load(dataset, split, local=FORMS / "rated") for split in ("train", "test", "whole")
        )
        assert {one.id for one in kept.examples} | {one.id for one in tested.examples} == {
            one.id for one in whole.examples
        }
        assert not {one.id for one in kept.examples} & {one.id for one in tested.examples}
    quoted = load(TASKS["rated"].id, "whole", local=FORMS / "rated").labelled[4]
    assert quoted == Labelled("amazonReviewSnippets-5", '"Superb", I said, "superb".', 1)


def test_a_set_that_the_hub_does_not_give_says_where_else_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ShiftError, match=r"pip install datasets.*https://github\.com/microsoft/TOXIGEN"):
        load(SETS["ToxiGen"], "test")


@real
def test_the_guard_lets_the_cut_of_the_set_in_distribution_pass() -> None:
    dataset = TASKS["rated"].id
    train, test = ([one.text for one in load(dataset, split).labelled] for split in ("train", "test"))
    found = overlap(train, test)
    assert found.counts["exact"] == found.counts["normalised"] == 0 and not found.refused


@real
def test_the_rated_sets_have_the_sizes_that_were_measured() -> None:
    sizes = {dataset.name: len(load(dataset, "whole").examples) for dataset in TASKS["rated"].datasets}
    assert sizes == {"amazon": 3_708, "movie": 10_605, "nyt": 5_190, "tweets": 4_200}
    parts = [load(TASKS["rated"].id, split) for split in ("train", "dev", "test")]
    assert [round(len(part.examples) / 3_708, 2) for part in parts] == [0.70, 0.10, 0.20]
    assert sum(len(part.examples) for part in parts) == 3_708 and not any(part.dropped for part in parts)


def test_the_first_answer_is_the_same_in_every_process() -> None:
    """The release takes `list(set(answers))[0]` for its target, which depends on the seed of the hashes."""
    program = (
        "from windward.evals.shift.declared import TASKS\n"
        "example = TASKS['questions'].id.example\n"
        "row = {'context': 'c', 'question': 'q', 'answers': [f'answer {n}' for n in range(50)]}\n"
        "print(*example('1', row).answers, sep='|')\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {"|".join(f"answer {number}" for number in range(50))}


def test_prepared_splits_are_read_back_as_they_were(tmp_path: Path) -> None:
    kinds: dict[Any, list[Any]] = {
        "classification": [Labelled("1", "A", 0), Labelled("2", "B\nC", 2, "D")],
        "tagging": [Tagged("1", ("Ida", "won"), ("B-person", "O"))],
        "questions": [Question("1", "c", "q", ("a", "b"), (0, 1)), Question("2", "c", "q", ("a",))],
    }
    for kind, examples in kinds.items():
        file = tmp_path / kind / "test.parquet"
        write_prepared(file, examples, kind)
        assert prepared_rows(file) == examples
        loaded = load(replace(OWN, name=kind), "test", local=tmp_path / kind)
        assert list(loaded.examples) == examples and loaded.dropped == {}
    assert [one.text for one in read_labelled(tmp_path / "classification" / "test.parquet")] == ["A", "B\nC"]


def test_a_prepared_share_is_not_cut_again(tmp_path: Path) -> None:
    examples = [Labelled(str(number), f"sentence {number}", 0) for number in range(10)]
    write_prepared(tmp_path / "part.parquet", examples, "classification")
    assert len(load(OWN, "part", local=tmp_path).examples) == 10


def test_an_example_of_another_kind_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ShiftError, match="no example of tagging"):
        write_prepared(tmp_path / "a.parquet", [Labelled("1", "A", 0)], "tagging")
    assert not list(tmp_path.iterdir())
