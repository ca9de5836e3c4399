"""Whatever a model, an expert or a data set wrote stays text on the page of MINT."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from page_reading import PageReader
from synthetic_mint import disagreement, figures, live_folder, replay_folder, run, write_disagreements
from test_report_page import HOSTILE

from windward.reports import write_mint_report
from windward.rows import write_results


def read_of(folder: Path) -> PageReader:
    return PageReader(write_mint_report(folder).read_text(encoding="utf-8"))


def shape(read: PageReader) -> list[tuple[str, list[str]]]:
    return [(tag, sorted(attributes)) for tag, attributes in read.elements]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_stands_in_a_run_adds_no_element_attribute_or_address(tmp_path: Path, name: str) -> None:
    calm = read_of(live_folder(tmp_path / "calm", [run(0), run(1, 2)]))
    read = read_of(live_folder(tmp_path / "run", [run(0, text=HOSTILE[name]), run(1, 2, text=HOSTILE[name])]))
    assert shape(read) == shape(calm)
    assert read.raw == calm.raw


def test_the_whole_of_a_script_in_every_part_of_a_run_is_readable(tmp_path: Path) -> None:
    read = read_of(live_folder(tmp_path / "run", [run(0, text=HOSTILE["script"])]))
    assert len(read.named("script")) == 1
    # Model, setting, problem, reference, two replies, two observations, feedback as shown and raw, answer and rule.
    assert read.text.count(HOSTILE["script"]) >= 10


@pytest.mark.parametrize("name", ["script", "closing", "attribute", "direction"])
def test_hostile_names_of_models_tasks_rules_and_settings_stay_text(tmp_path: Path, name: str) -> None:
    text = HOSTILE[name]
    pages = []
    for place, word in enumerate(("calm", text)):
        folder = replay_folder(tmp_path / f"{place}", [word, "other"])
        settings = {"what": "replay", "tasks": [word], "mode": word}
        (folder / "run.json").write_text(
            json.dumps({"settings": settings, "command": [word], "started": word})
        )
        write_disagreements(folder, [disagreement(word, True, False, answer=word)])
        pages.append(read_of(folder))
    assert shape(pages[0]) == shape(pages[1])


def test_runs_of_100_kb_leave_a_page_of_a_few_hundred(tmp_path: Path) -> None:
    folder = live_folder(tmp_path / "run", [run(number, text="<" * 100_000) for number in range(40)])
    page = write_mint_report(folder).read_text()
    assert "96,000 characters not shown" in page
    assert len(page) < 2_000_000


def test_the_page_loads_and_links_nothing_outside_itself(tmp_path: Path) -> None:
    folder = replay_folder(tmp_path / "run", [f"m{number}" for number in range(9)])
    page = write_mint_report(folder, runs=[run(0), run(1, 2)]).read_text()
    assert not re.search(r"https?://|@import|url\(|//cdn|<link|<iframe|<object|<base", page)
    read = PageReader(page)
    assert all(not {"src", "srcset", "style", "action"} & set(attributes) for _, attributes in read.elements)
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {str(a["href"]).removeprefix("#") for _, a in read.elements if "href" in a}
    assert targets and targets <= set(ids)


def test_a_lone_surrogate_in_a_figure_is_spelled_out(tmp_path: Path) -> None:
    folder = live_folder(tmp_path / "run", [run(0, text="half \ud83d")])
    write_results(folder / "results.parquet", figures(["m\u202e"], fed=False))
    text = read_of(folder).text
    assert "half ⟨U+D83D⟩" in text and "m⟨U+202E⟩" in text
