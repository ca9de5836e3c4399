"""A released library becomes a folder: its problems, the right answers, and what the release's steps produced."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from toolset_audit_fakes import LIBRARY, Row, library_rows, write_release

from windward.evals.folder import FolderError
from windward.recipes.errors import RecipeError
from windward.recipes.toolsets.importing import ImportConfig, import_released
from windward.toolsets.index import Library
from windward.toolsets.parquet_files import ToolsetError
from windward.toolsets.provenance import Provenance, read_problems
from windward.toolsets.released import DOMAINS
from windward.toolsets.steps import STAGES, read_steps
from windward.toolsets.stored_domain import domain_of
from windward.toolsets.toolset import Toolset


def test_the_domain_is_what_the_run_that_made_the_folder_says_and_else_mathematics(tmp_path: Path) -> None:
    assert domain_of(tmp_path) == "math"
    (tmp_path / "run.json").write_text(json.dumps({"settings": {"seed": 1}}))
    assert domain_of(tmp_path) == "math"
    (tmp_path / "run.json").write_text(json.dumps({"settings": {"domain": "tables"}}))
    assert domain_of(tmp_path) == "tables"


@pytest.mark.parametrize("text", ["{", "[]", '{"settings": 3}', "{}"])
def test_a_damaged_record_of_the_run_is_told_and_not_taken_for_mathematics(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ToolsetError, match=r"run\.json is no record of a run"):
        domain_of(tmp_path)


def _told(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((out / "import.json").read_text(encoding="utf-8"))
    return told


def _imported(tmp_path: Path, *problems: Path, steps: Path | None = None) -> tuple[Path, list[str]]:
    """The folder, and what was said; the release lies in `release`."""
    said: list[str] = []
    released = tmp_path / "release" / LIBRARY
    if not released.exists():
        write_release(released.parent)
    out = tmp_path / f"library {len(list(tmp_path.iterdir()))}"
    import_released(ImportConfig(released, problems, steps), out, tell=said.append)
    return out, said


def _problems(path: Path, *rows: Row) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


def _asked(id: int, answer: object, **others: object) -> Row:
    return {"question": f"Question {id}?", "answer": answer, "table": f"a | b\n{id} | 2"} | others


def test_a_release_becomes_a_folder_with_all_that_its_steps_made(tmp_path: Path) -> None:
    out, said = _imported(tmp_path)
    assert [tool.id for tool in Toolset.load(out).tools] == ["2", "4", "5", "6", "7"]
    steps = read_steps(out)
    passed = {
        stage: [step.tool for step in steps if step.stage == stage and step.verdict == "ok"]
        for stage in STAGES
    }
    assert passed == {
        "solution": ["1", "2", "3", "4", "5", "6", "7"],
        "solution verdict": ["1", "2", "4", "5", "6", "7"],
        "abstraction": ["1", "2", "4", "5", "6", "7"],
        "abstraction verdict": ["1", "2", "4", "5", "6", "7"],
    }  # fmt: skip
    (failed,) = [step for step in steps if step.verdict != "ok"]
    assert (failed.tool, failed.stage, failed.verdict) == ("3", "solution verdict", "recorded")
    assert failed.code == "def f():\n    return 6"
    assert read_problems(out)["3"].answer == "5.0"
    assert domain_of(out) == "tables"
    assert any("steps: 26 of 2 epochs" in line for line in said)


def test_the_choice_that_the_files_imply_is_a_decision(tmp_path: Path) -> None:
    out, _ = _imported(tmp_path)
    (decision,) = Toolset.load(out).decisions
    assert (decision.step, decision.candidates, decision.kept) == ("epoch 0", ("1", "2"), "2")


def test_files_that_contradict_each_other_imply_no_decisions_and_that_is_told(tmp_path: Path) -> None:
    write_release(tmp_path / "release", library_rows()[1:])
    out, said = _imported(tmp_path)
    assert Toolset.load(out).decisions == ()
    assert "leave other tools" in _told(out)["decisions"]["why_none"]
    assert any("decisions: 0 (all:" in line for line in said)


def test_an_answer_that_is_another_value_is_taken_from_the_file_of_problems_and_listed(
    tmp_path: Path,
) -> None:
    file = _problems(tmp_path / "p.jsonl", _asked(4, "6.50"), _asked(5, "7.0"), _asked(6, "8"))
    out, said = _imported(tmp_path, file)
    answers = {tool.id: tool.answer for tool in Toolset.load(out).tools}
    assert answers == {"2": "4", "4": "6.50", "5": "7", "6": "8", "7": "9"}
    told = _told(out)["problems"]
    assert told["answers_that_differ"] == [{"tool": "4", "released": "6", "problems": "6.50"}]
    assert (told["matched_by_question"], told["answers_that_differ_in_text_only"]) == (3, 1)
    assert any("1 answers differ by value, 1 in text only" in line for line in said)


def test_tools_whose_problem_is_nowhere_keep_their_own_and_are_named_with_the_reason(tmp_path: Path) -> None:
    file = _problems(
        tmp_path / "p.jsonl",
        _asked(4, "1", tool_id="4"),
        {"question": "Quite another question?", "answer": "1", "tool_id": "5"},
        _asked(6, "1") | {"table": "another | table"},
        *(_asked(7, answer, level=answer) for answer in ("1", "2")),
    )
    out, said = _imported(tmp_path, file)
    answers = {tool.id: tool.answer for tool in Toolset.load(out).tools}
    assert answers == {"2": "4", "4": "1", "5": "7", "6": "8", "7": "9"}
    assert _told(out)["problems"]["unmatched"] == {
        "2": "neither its id nor its question is there",
        "5": "its id is there with another question",
        "6": "its question is there, with another table or none",
        "7": "its question is there with several answers",
    }
    assert any(line.startswith("warning: the problems of 4 tools are not in") for line in said)


def test_a_released_stage_is_a_file_of_problems_too(tmp_path: Path) -> None:
    write_release(tmp_path / "release")
    out, _ = _imported(tmp_path, tmp_path / "release" / "epoch_1" / "1_raw_specific_solutions.json")
    assert _told(out)["problems"]["matched_by_id"] == 4
    assert set(Toolset.load(out).tool("4").facts) == {"table", "level"}


def test_steps_are_found_beside_the_library_beside_the_problems_or_where_they_are_said_to_be(
    tmp_path: Path,
) -> None:
    other = tmp_path / "elsewhere"
    write_release(other)
    alone = tmp_path / "release" / LIBRARY
    alone.parent.mkdir()
    alone.write_bytes((other / LIBRARY).read_bytes())
    out, said = _imported(tmp_path)
    assert read_steps(out) == [] and not Provenance.of_folder(out).whole
    assert any("cannot tell whether a tool was changed" in line for line in said)
    beside, _ = _imported(tmp_path, other / "epoch_0" / "2_valid_specific_solutions.csv")
    given, _ = _imported(tmp_path, steps=other)
    assert len(read_steps(beside)) == len(read_steps(given)) == 26
    assert Provenance.of_folder(given).whole
    with pytest.raises(RecipeError, match="holds no folder epoch_0"):
        _imported(tmp_path, steps=tmp_path)


def test_files_of_an_epoch_that_are_missing_are_named_and_what_they_would_tell_is_unknown(
    tmp_path: Path,
) -> None:
    write_release(tmp_path / "release")
    (tmp_path / "release" / "epoch_1" / "3_all_general_tools.json").unlink()
    (tmp_path / "release" / "epoch_1" / "4_valid_tools.csv").unlink()
    out, said = _imported(tmp_path)
    known = {tool.id: Provenance.of_folder(out).steps(tool) for tool in Toolset.load(out).tools}
    assert known == {"2": "known", "4": "unknown", "5": "unknown", "6": "unknown", "7": "unknown"}
    assert any("2 files are not there: epoch_1/3_all_general_tools.json" in line for line in said)


def test_the_texts_of_a_stage_file_count_as_steps_where_no_epochs_are_but_not_those_of_the_library_itself(
    tmp_path: Path,
) -> None:
    write_release(tmp_path / "whole")
    alone = tmp_path / "release" / LIBRARY
    alone.parent.mkdir()
    alone.write_bytes((tmp_path / "whole" / LIBRARY).read_bytes())
    made = tmp_path / "stage" / "3_all_general_tools.json"
    made.parent.mkdir()
    made.write_bytes((tmp_path / "whole" / "epoch_1" / made.name).read_bytes())
    out, _ = _imported(tmp_path, made)
    known = {tool.id: Provenance.of_folder(out).steps(tool) for tool in Toolset.load(out).tools}
    assert known == {"2": "unknown", "4": "known", "5": "known", "6": "known", "7": "known"}
    itself, _ = _imported(tmp_path, alone)
    assert read_steps(itself) == []


def test_the_same_import_again_makes_the_same_folder_and_another_is_refused(tmp_path: Path) -> None:
    released = write_release(tmp_path / "release")
    out = tmp_path / "library"
    for _ in range(2):
        import_released(ImportConfig(released), out, tell=lambda line: None)
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    import_released(ImportConfig(released), out, tell=lambda line: None)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first
    with pytest.raises(FolderError, match="holds another run"):
        import_released(ImportConfig(released, domain="math"), out, tell=lambda line: None)


def test_a_library_without_rows_and_an_unknown_domain_are_refused(tmp_path: Path) -> None:
    released = write_release(tmp_path / "release")
    with pytest.raises(RecipeError, match="use one of math, tables"):
        import_released(ImportConfig(released, domain="maths"), tmp_path / "out", tell=lambda line: None)
    released.write_text("question,answer,tool_id,tool\n")
    with pytest.raises(RecipeError, match="holds no tools"):
        import_released(ImportConfig(released), tmp_path / "out", tell=lambda line: None)
    assert not (tmp_path / "out").exists()


def test_an_index_is_made_with_the_encoder_that_is_given(tmp_path: Path) -> None:
    class Encoder:
        name = "lengths"

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.array([[len(text), 1] for text in texts], dtype=np.float32)

    released = write_release(tmp_path / "release")
    import_released(ImportConfig(released), tmp_path / "out", encoder=Encoder, tell=lambda line: None)
    library = Library.load(tmp_path / "out" / "index.npz")
    assert (library.ids, library.encoder) == (("2", "4", "5", "6", "7"), "lengths")


# -- the released data ------------------------------------------------------------------------------------


@pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")
@pytest.mark.parametrize(
    ("domain", "problems", "tools", "by_question", "in_text", "decisions"),
    [("math", "math/train/algebra.jsonl", 282, 282, 0, 27), ("tables", "tabmwp/tabmwp_1000.jsonl", 180, 0, 0, 112)],
)  # fmt: skip
def test_the_released_libraries_are_imported_with_problems_steps_and_decisions(
    tmp_path: Path, domain: str, problems: str, tools: int, by_question: int, in_text: int, decisions: int
) -> None:
    data = Path(os.environ["WINDWARD_DATA"])
    released = data / "craft" / DOMAINS[domain] / LIBRARY
    import_released(ImportConfig(released, (data / problems,)), tmp_path / "out", tell=lambda line: None)
    told = _told(tmp_path / "out")
    assert (told["tools"], told["domain"], told["decisions"]["rows"]) == (tools, domain, decisions)
    found = told["problems"]
    assert (found["matched_by_question"], found["answers_that_differ_in_text_only"]) == (by_question, in_text)
    assert len(found["unmatched"]) == tools - by_question
    assert told["steps"]["whole"] and told["steps"]["epochs"] == 4


@pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")
def test_answers_of_the_table_library_differ_from_its_first_stage_in_text_only(tmp_path: Path) -> None:
    folder = Path(os.environ["WINDWARD_DATA"]) / "craft" / DOMAINS["tables"]
    files = tuple(folder / f"epoch_{number}" / "1_raw_specific_solutions.json" for number in range(4))
    import_released(ImportConfig(folder / LIBRARY, files), tmp_path / "out", tell=lambda line: None)
    found = _told(tmp_path / "out")["problems"]
    assert (found["matched_by_id"], found["answers_that_differ"], found["unmatched"]) == (180, [], {})
    assert found["answers_that_differ_in_text_only"] == 163
