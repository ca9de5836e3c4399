"""The released sets are read whole, with a right answer only where they name one."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from windward.evals.data import DataError
from windward.evals.unknown.generators.sets import Match, rows_of_matches, write_set
from windward.evals.unknown.sets_files import own_sets, released_sets

DATA = os.environ.get("WINDWARD_DATA")


@pytest.mark.skipif(not DATA or not (Path(DATA) / "unknownbench").is_dir(), reason="needs the released sets")
def test_the_released_sets_have_as_many_questions_as_published() -> None:
    asked = released_sets()
    assert Counter((one.dataset, one.split) for one in asked) == {
        ("FalseQA", "answerable"): 2365,
        ("FalseQA", "unanswerable"): 2365,
        ("NEC", "answerable"): 2072,
        ("NEC", "unanswerable"): 2078,
        ("RefuNQ", "answerable"): 2266,
        ("RefuNQ", "unanswerable"): 2173,
    }
    assert len({one.id for one in asked}) == len(asked) == 13_319
    with_references = [one for one in asked if one.references]
    assert {(one.dataset, one.split) for one in with_references} == {("RefuNQ", "answerable")}
    assert len(with_references) == 2266 and max(len(one.references) for one in with_references) == 12
    assert Counter(one.category for one in asked if one.split == "unanswerable" and one.category) == {
        "animals": 350, "countries": 200, "food": 349, "generic": 500, "medicines": 349, "sports": 330
    }  # fmt: skip


def released(folder: Path, *rows: dict[str, object]) -> Path:
    (folder / "NEC").mkdir()
    for split in ("answerable", "unanswerable"):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "NEC" / f"NEC_{split}.json").write_text(text)
    return folder


def test_a_row_that_asks_nothing_is_named(tmp_path: Path) -> None:
    folder = released(tmp_path, {"prompt": "Where?", "label": 0}, {"prompt": " ", "label": 0})
    with pytest.raises(DataError, match=r"NEC_answerable\.json, row 2: 'prompt' is ' '"):
        released_sets(["NEC"], folder)


def test_a_set_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"FalseQA_answerable\.json is not there"):
        released_sets(["FalseQA"], tmp_path)
    with pytest.raises(DataError, match="there is no set called 'TriviaQA'"):
        released_sets(["TriviaQA"], tmp_path)


def test_a_set_of_the_users_own_is_asked_as_it_is_written(tmp_path: Path) -> None:
    rows = rows_of_matches("Mine", [Match("Where is Rome?", "Where is Blorb?", ("Italy",))], None)
    file = write_set(tmp_path / "mine.jsonl", rows)
    asked = own_sets([file])
    assert [(one.dataset, one.split, one.references) for one in asked] == [
        ("Mine", "answerable", ("Italy",)),
        ("Mine", "unanswerable", ()),
    ]
    with pytest.raises(DataError, match="comes a second time"):
        own_sets([file, file])
