"""The page of `windward trajectories`: every count, ten rows to read, and nothing of a model's that is more than text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from page_reading import PageReader
from test_report_page import HOSTILE

from windward.reports import ReportError
from windward.reports.trajectories import write_trajectories_report
from windward.rows import TrajectoryRow, write_trajectories


def row(number: int, text: str = "calm", **changes: Any) -> TrajectoryRow:
    messages = [
        {"role": "system", "content": f"Work in turns. {text}"},
        {"role": "user", "content": f"Task:\n{text}"},
        {"role": "assistant", "content": f"{text}\n<execute>\n{text}\n</execute>"},
        {"role": "user", "content": f"Observation:\n{text}"},
        {"role": "assistant", "content": f"<solution>{text}</solution>"},
    ]
    fields: dict[str, Any] = {
        "messages": messages,
        "learn": [False, False, False, False, True],
        "id": f"run{number}",
        "problem_id": f"p{number}",
        "source": "math" if number % 3 else "gsm8k",
        "model": "m",
        "turns": 2,
        "recovered": number % 2 == 0,
        "never_score": ["mint"],
    }
    return TrajectoryRow(**fields | changes)


def folder_of(folder: Path, rows: list[TrajectoryRow], word: str = "word", seed: int = 0) -> Path:
    folder.mkdir(parents=True)
    write_trajectories(folder / "trajectories.parquet", rows)
    filters = [
        {
            "name": "failed",
            "drops": "not solved",
            "dropped": 1_234,
            "left": len(rows) + 5,
            "by_source": {word: 1_234},
        },
        {"name": "contaminated", "drops": word, "dropped": 5, "left": len(rows), "by_source": {word: 5}},
    ]
    overlap = {"run": word, "set": word, "item": word, "share": 0.75, "grams": 3}
    dropped = {
        "inputs": [{"file": word, "bytes": 7, "sha256": word}],
        "read": {"runs": 1_239 + len(rows), "by_source": {word: 1_239 + len(rows)}},
        "filters": filters,
        "kept": {"rows": len(rows), "by_source": {word: len(rows)}},
        "never_score": {word: len(rows)},
        "compared_with": {word: 99},
        "overlap": {"words": 8, "share": 0.5, "template_items": 10},
        "contaminated": {"runs_by_set": {word: 5}, "overlaps": [overlap], "listed_of": 5},
        "ruled_out_overlaps": {word: 3},
    }
    (folder / "dropped.json").write_text(json.dumps(dropped))
    record = {"command": [word, word], "settings": {word: [word]}, "seed": seed, "versions": {word: word}}
    (folder / "run.json").write_text(json.dumps(record))
    return folder


def read_of(folder: Path) -> PageReader:
    return PageReader(write_trajectories_report(folder).read_text(encoding="utf-8"))


def shape(read: PageReader) -> list[tuple[str, list[str]]]:
    return [(tag, sorted(attributes)) for tag, attributes in read.elements]


def test_the_counts_of_filters_sets_and_agents_stand_on_the_page(tmp_path: Path) -> None:
    read = read_of(folder_of(tmp_path / "run", [row(number) for number in range(12)]))
    assert "12 of 1,251" in read.text
    filters = read.tables[0]
    assert filters[0] == ["a run is dropped because", "dropped", "left", "word"]
    assert filters[1][1:] == ["", "1,251", "1,251"]
    assert filters[2] == ["not solvedfailed", "1,234", "17", "1,234"]
    assert filters[-1] == ["kept", "", "12", "12"]
    assert ["math", "4", "4", "8"] in read.tables[1] and ["gsm8k", "2", "2", "4"] in read.tables[1]
    assert ["word", "99", "5", "3"] in [line for table in read.tables for line in table]
    assert ["m", "12", "6", "50.0\u00a0%"] in [line for table in read.tables for line in table]


def test_ten_rows_are_drawn_by_the_seed(tmp_path: Path) -> None:
    rows = [row(number) for number in range(40)]
    pages = [
        write_trajectories_report(folder_of(tmp_path / str(place), rows, seed=seed)).read_text()
        for place, seed in enumerate((1, 1, 2))
    ]
    assert pages[0] == pages[1]
    assert pages[0] != pages[2]
    assert all(page.count('class="run"') == 10 for page in pages)


def test_code_answers_and_observations_stand_apart_and_what_is_learnt_is_marked(tmp_path: Path) -> None:
    text = write_trajectories_report(folder_of(tmp_path / "run", [row(1)])).read_text()
    marks = [part.split("<")[0] for part in text.split('class="tag')[1:]]
    assert [mark.split(">")[1] for mark in marks] == ["not learnt", "learnt"]
    for label in ("Task", "Code", "Observation", "Answer"):
        assert f'<p class="label">{label}</p>' in text
    assert '<pre dir="auto"><mark>calm</mark></pre>' in text
    assert "<execute>" not in text and "&lt;execute&gt;" not in text


def test_code_in_a_fence_and_a_block_without_an_end_are_shown_as_code(tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": "Do."},
        {"role": "assistant", "content": "First.\n```python\nprint(1)\n```\nThen."},
        {"role": "user", "content": "plain words"},
        {"role": "assistant", "content": "<execute>print(2)"},
    ]
    rows = [row(1, messages=messages, learn=[False, True, False, True])]
    text = write_trajectories_report(folder_of(tmp_path / "run", rows)).read_text()
    for code in ("print(1)", "print(2)"):
        assert f"<mark>{code}</mark>" in text
    assert "Then." in text and '<p class="label">User</p>' in text


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "surrogate"])
def test_what_a_model_or_a_data_set_wrote_adds_no_element_attribute_or_address(
    tmp_path: Path, name: str
) -> None:
    text = HOSTILE[name]
    changes = {"id": text, "problem_id": text, "model": text, "source": text, "never_score": [text]}
    calm = read_of(folder_of(tmp_path / "calm", [row(2, problem_id="calm", model="calm", source="calm")]))
    read = read_of(folder_of(tmp_path / "run", [row(2, text, **changes)], word=text))
    assert shape(read) == shape(calm)
    assert read.raw == calm.raw


def test_the_whole_of_a_script_in_a_row_is_readable(tmp_path: Path) -> None:
    read = read_of(folder_of(tmp_path / "run", [row(1, HOSTILE["script"])]))
    assert len(read.named("script")) == 1
    assert read.text.count(HOSTILE["script"]) == 6  # system, task, prose, code, observation, answer


def test_long_messages_are_cut_in_the_middle_and_counted(tmp_path: Path) -> None:
    page = write_trajectories_report(
        folder_of(tmp_path / "run", [row(n, "<" * 100_000) for n in range(12)])
    ).read_text()
    assert "97,500 characters not shown" in page
    assert len(page) < 1_500_000


def test_no_rows_and_no_sets_are_said_plainly(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "run", [])
    dropped = json.loads((folder / "dropped.json").read_text())
    (folder / "dropped.json").write_text(
        json.dumps({name: dropped[name] for name in ("read", "filters", "kept")})
    )
    (folder / "run.json").unlink()
    text = read_of(folder).text
    assert "No rows." in text and "Compared with none." in text and "Not written down." in text


def test_files_that_are_missing_or_malformed_are_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "run", [row(1)])
    whole = json.loads((folder / "dropped.json").read_text())
    (folder / "dropped.json").write_text(json.dumps(whole | {"filters": [{"name": 3}]}))
    with pytest.raises(ReportError, match=r"dropped\.json, filters: field 'name' is int"):
        write_trajectories_report(folder)
    (folder / "dropped.json").write_text(json.dumps(whole))
    (folder / "trajectories.parquet").write_text("no parquet")
    with pytest.raises(ReportError, match=r"trajectories\.parquet cannot be read"):
        write_trajectories_report(folder)
