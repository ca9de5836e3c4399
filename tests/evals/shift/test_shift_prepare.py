"""`windward shift prepare` writes what can be read back, says what was left out, and what is missing."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from windward.cli import app
from windward.evals.shift.declared import TASKS
from windward.evals.shift.loading import load

FORMS = Path(__file__).parent / "data_formats"


@pytest.fixture(autouse=True)
def no_data_folder_and_no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "datasets", None)


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["shift", "prepare", *map(str, arguments)])


def test_a_task_is_written_and_read_back_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FORMS / "rated", tmp_path / "data" / "shift")
    monkeypatch.setenv("WINDWARD_DATA", str(tmp_path / "data"))
    out = tmp_path / "rated"
    done = _run("rated", "--out", out)
    assert done.exit_code == 0, done.output
    assert "results: " in done.output and "positive" in done.output
    task = TASKS["rated"]
    for dataset in task.datasets:
        for split in set(dataset.splits) - {"whole"}:
            assert load(dataset, split, local=out / dataset.name).examples == load(dataset, split).examples
    sizes = json.loads((out / "sizes.json").read_text())["sizes"]
    assert sum(split["examples"] for split in sizes["amazon"].values()) == 12
    assert json.loads((out / "run.json").read_text())["settings"]["task"] == "rated"


def test_entities_from_the_users_files_are_counted_by_type_with_what_was_left_out(tmp_path: Path) -> None:
    broken = tmp_path / "edgar_all_4.csv"
    broken.write_text((FORMS / "E-NER/edgar_all_4.csv").read_text() + "\nlost\nO O\n", encoding="utf-8")
    done = _run(
        "entities", "--out", tmp_path / "out",
        "--local", f"Few-NERD={FORMS / 'Few-NERD'}",
        "--local", f"conll:test={FORMS / 'CoNLL/eng.testb'}",
        "--local", f"E-NER={broken}",
        "--local", f"WNUT={FORMS / 'WNUT'}",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    sizes = json.loads((tmp_path / "out" / "sizes.json").read_text())["sizes"]
    assert list(sizes["CoNLL"]) == ["test"] and list(sizes["Few-NERD"]) == ["train", "dev", "test"]
    assert sizes["CoNLL"]["test"]["classes"]["organization"] == 2
    assert sizes["E-NER"]["test"]["dropped"] == {"unreadable": 1}
    assert "1 unreadable" in done.output and "'lost' has no tag" in done.output


def test_questions_and_pairs_are_written_in_one_form_each(tmp_path: Path) -> None:
    asked = _run(
        "questions", "--out", tmp_path / "questions",
        "--local", f"SQuAD={FORMS / 'SQuAD'}",
        "--local", f"AdvQA={FORMS / 'AdvQA/combined'}",
        "--local", f"NewsQA:test={FORMS / 'NewsQA/NewsQA.jsonl'}",
        "--local", f"SearchQA:test={FORMS / 'SearchQA/SearchQA.jsonl'}",
    )  # fmt: skip
    assert asked.exit_code == 0, asked.output
    task = TASKS["questions"]
    (one,) = load(task.ood[0], "test", local=tmp_path / "questions" / "AdvQA").questions
    assert one.answers == ("The mill",) and one.starts == (36,)
    pairs = _run(
        "inference", "--out", tmp_path / "inference", "--limit", "1",
        *(part for name in ("MNLI", "ContractNLI", "WANLI") for part in ("--local", f"{name}={FORMS / name}")),
        "--local", f"ANLI:test={FORMS / 'ANLI'}",
    )  # fmt: skip
    assert pairs.exit_code == 0, pairs.output
    (pair,) = load(TASKS["inference"].id, "test", local=tmp_path / "inference" / "MNLI").labelled
    assert pair.second and "beyond the limit" in pairs.output


def test_a_file_that_is_given_as_one_split_is_not_cut(tmp_path: Path) -> None:
    mine = tmp_path / "mine.tsv"
    mine.write_text("".join(f"{n}\t{n - 5}\tHour {n}.\n" for n in range(10)), encoding="utf-8")
    local = [
        part for name in ("amazon", "movie", "nyt", "tweets") for part in ("--local", f"{name}:test={mine}")
    ]
    done = _run("rated", "--out", tmp_path / "out", *local)
    assert done.exit_code == 0, done.output
    sizes = json.loads((tmp_path / "out" / "sizes.json").read_text())["sizes"]
    assert {
        name: {split: one["examples"] for split, one in found.items()} for name, found in sizes.items()
    } == {name: {"test": 10} for name in ("amazon", "movie", "nyt", "tweets")}


def test_what_is_missing_is_named_the_rest_is_written_and_the_command_fails(tmp_path: Path) -> None:
    done = _run("toxicity", "--out", tmp_path / "out", "--local", f"AdvCivil={FORMS / 'AdvCivil'}")
    assert done.exit_code == 2
    assert "form" in done.output and "--local ImplicitHate=PATH" in done.output
    assert "pip install datasets" in done.output
    assert (tmp_path / "out" / "AdvCivil" / "test.parquet").is_file()


def test_a_hub_that_cannot_be_reached_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def load_dataset(name: str, *_: Any, **__: Any) -> None:
        asked.append(name)
        raise ConnectionError("no network")

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    done = _run("inference", "--out", tmp_path / "out", "--local", f"ContractNLI={FORMS / 'ContractNLI'}")
    assert done.exit_code == 2 and asked == ["nyu-mll/multi_nli"]
    assert "WANLI, test: it is on the hub, which cannot be reached" in done.output
    assert len(list((tmp_path / "out" / "ContractNLI").iterdir())) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sentimental"], "there is no task called 'sentimental'; there are sentiment"),
        (["toxicity", "--local", "AdvCivil"], "write NAME=PATH"),
        (["toxicity", "--local", "Nobody=x.csv"], "CivilComments, AdvCivil"),
        (["toxicity", "--local", "AdvCivil:dev=x.csv"], "AdvCivil has test"),
        (["inference", "--local", f"WANLI={FORMS / 'WANLI/test.jsonl'}"], "WANLI:test="),
    ],
)
def test_a_mistake_in_the_command_is_explained(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = _run(*arguments, "--out", tmp_path / "out")
    assert done.exit_code == 2 and said in " ".join(done.output.split())
    assert not (tmp_path / "out").exists()


def test_another_run_is_not_mixed_into_the_folder(tmp_path: Path) -> None:
    local = ["--local", f"AdvCivil={FORMS / 'AdvCivil'}"]
    _run("toxicity", "--out", tmp_path / "out", *local)
    done = _run("toxicity", "--out", tmp_path / "out", "--seed", "1", *local)
    assert done.exit_code == 2 and "seed was 0, now 1" in done.output
