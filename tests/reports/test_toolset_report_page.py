"""The page of `windward toolset stats`: failures first, every tool's whole chain, and nothing of a model's that is more than text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from page_reading import PageReader
from test_report_page import HOSTILE

from windward.reports import ReportError, toolset_folder
from windward.reports.toolset import write_toolset_report
from windward.rows import Result, write_results
from windward.toolsets.dedup import Decision
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool
from windward.toolsets.solved import Solved
from windward.toolsets.statistics import (
    described,
    duplicate_results,
    text_results,
    use_results,
    uses,
    verdict_results,
    write_described,
    yield_results,
)
from windward.toolsets.steps import STAGES, Step, write_steps
from windward.toolsets.toolset import Toolset


def code(name: str, body: str = "return a") -> str:
    return f'def {name}(a):\n    """Does {name}."""\n    {body}\n'


TOOLS = (
    Tool("7", "How many pens?", "3", "def s(): return 3", "print(s())", code("first"), "print(first(3))", {"table": "pen | 3", "level": "5"}),
    Tool("8", "How many cups?", "4", "def t(): return 4", "print(t())", code("second"), "print(second(5))"),
    Tool("9", "How many hats?", "5", "def u(): return 5", "print(u())", code("third", "return second(a)"), "print(third(5))"),
)  # fmt: skip
VERDICTS = (
    {"tool": "7", "verdict": "ok", "strict": "ok", "printed": "3", "expected": "3"},
    {"tool": "8", "verdict": "wrong", "strict": "wrong", "printed": "5", "expected": "4", "why": "It prints 5; the answer is 4."},
    {"tool": "9", "verdict": "changed", "strict": "ok", "printed": "5", "expected": "5", "difference": "-a\n+b"},
)  # fmt: skip
DECISIONS = (Decision("all", "first/1", "chosen", ("7", "70"), "7", "it takes more"),)
SOLVED = (
    Solved(ToolProblem("p", "How many caps?", "2"), ("7", "8"), (3, 2), ("7",), "print(first(2))", "2", "ok", True, True),
)  # fmt: skip


def steps_of(tool: Tool, epoch: int = 0) -> list[Step]:
    texts = [(tool.solution, tool.solution_call)] * 2 + [(tool.code, tool.call)] * 2
    return [Step(tool.id, epoch, stage, *text, "ok", "as told") for stage, text in zip(STAGES, texts, strict=True)]  # fmt: skip


def folders(
    folder: Path,
    tools: Sequence[Tool] = TOOLS,
    *,
    verdicts: Sequence[dict[str, Any]] = VERDICTS,
    decisions: Sequence[Decision] = DECISIONS,
    steps: Sequence[Step] | None = None,
    solved: Sequence[Solved] = SOLVED,
    more: Sequence[Result] = (),
    name: str = "mine",
    word: str = "word",
) -> tuple[Path, Path]:
    """A library and its statistics, as the command leaves them."""
    library, out = folder / "library", folder / "stats"
    Toolset(tuple(tools), tuple(decisions)).save(library)
    steps = [step for tool in tools for step in steps_of(tool)] if steps is None else steps
    if steps:
        write_steps(library, steps)
    if verdicts:
        columns = (
            "tool",
            "verdict",
            "strict",
            "printed",
            "expected",
            "why",
            "message",
            "difference",
            "environment",
        )
        rows = [dict.fromkeys(columns, "") | dict(row) for row in verdicts]
        pq.write_table(pa.Table.from_pylist(rows), library / "verdicts.parquet")
    out.mkdir()
    runs = {word: list(solved)} if solved else {}
    write_described(out, described(tools), uses(runs))
    results = [
        *text_results(tools, name), *duplicate_results(decisions, name), *yield_results(steps, tools, decisions, name),
        *verdict_results(verdicts, tools, name), *use_results(runs, tools, name), *more,
    ]  # fmt: skip
    write_results(out / "results.parquet", results)
    (out / "run.json").write_text(
        json.dumps({"command": [word], "settings": {"library": word}, "versions": {word: word}})
    )
    return out, library


def read_of(folder: Path, *arguments: Any, **changes: Any) -> PageReader:
    return PageReader(
        write_toolset_report(*folders(folder, *arguments, **changes)).read_text(encoding="utf-8")
    )


def shape(read: PageReader) -> list[tuple[str, list[str]]]:
    return [(tag, sorted(attributes)) for tag, attributes in read.elements]


def coverage(dataset: str = "test", encoder: str = "minilm") -> list[Result]:
    """What coverage of two sizes looks like."""
    rows = [Result("toolsets", "mine", dataset, "problems", "repeated", 2.0, 50)]
    for tools, share in ((1, 0.2), (3, 0.5)):
        at = {"tools": tools, "encoder": encoder}
        for threshold in (0.5, 0.6):
            rows.append(
                Result(
                    "toolsets",
                    "mine",
                    dataset,
                    "problems",
                    "similar_rate",
                    share,
                    50,
                    at | {"threshold": threshold},
                )
            )
        for by in ("the library", "chance"):
            rows.append(
                Result("toolsets", "mine", dataset, "problems", "found_rate", share, 50, at | {"by": by})
            )
    return rows


def test_the_headline_says_how_many_do_not_work_and_they_come_first(tmp_path: Path) -> None:
    text = read_of(tmp_path).text
    assert "mine: 2 of 3\u00a0tools do not do what they should" in text
    assert text.index("It prints 5; the answer is 4.") < text.index("Growth against coverage")
    assert "1 of 3 work: 33.3\u00a0% (6.1–79.2\u00a0%)" in text


def test_a_library_that_all_works_and_one_that_was_never_audited_say_so(tmp_path: Path) -> None:
    good = [dict(row) | {"verdict": "ok"} for row in VERDICTS]
    assert (
        "3\u00a0tools, and each still does what it should" in read_of(tmp_path / "good", verdicts=good).text
    )
    text = read_of(tmp_path / "none", verdicts=()).text
    assert "mine: 3\u00a0tools, not audited" in text and "Not audited." in text


def test_a_tool_opens_to_its_whole_chain(tmp_path: Path) -> None:
    page = write_toolset_report(*folders(tmp_path)).read_text()
    entry = page.partition('id="tool-1"')[2].partition('id="tool-2"')[0]
    wanted = (
        "How many pens?", "pen | 3", "level: 5", "def s(): return 3", "print(s())", "def first(a)", "print(first(3))", "as told",
        "the chooser found it the most general", "it takes more", "70", "this one", "How many caps?", "epoch 0",
    )  # fmt: skip
    for text in wanted:
        assert text in entry, text
    assert entry.count("def first(a)") == 1
    assert "def first(a)" not in page.partition('id="tool-2"')[2].partition('id="tool-3"')[0]


def test_a_text_that_is_not_the_one_that_was_made_is_shown_beside_it(tmp_path: Path) -> None:
    made = [step if step.stage != "abstraction" else Step(**{**vars(step), "code": "def other(): pass"}) for step in steps_of(TOOLS[0])]  # fmt: skip
    text = read_of(tmp_path, steps=made).text
    assert "Abstraction as it was made" in text and "def other(): pass" in text


def test_of_several_draws_the_last_is_the_tool_s_and_the_others_are_told(tmp_path: Path) -> None:
    tried = [Step("7", 0, "solution", "def s(): return 99", "print(s())", "ok"), Step("7", 0, "solution verdict", "def s(): return 99", "print(s())", "wrong", "it prints 99")]  # fmt: skip
    page = write_toolset_report(*folders(tmp_path, steps=[*tried, *steps_of(TOOLS[0])])).read_text()
    entry = page.partition('id="tool-1"')[2].partition('id="tool-2"')[0]
    assert (
        entry.index("def s(): return 3") < entry.index("Drawn before: 1") < entry.index("def s(): return 99")
    )
    assert "it prints 99" in entry and entry.count("return 99") == 1


def test_problems_that_left_no_tool_are_shown_with_what_was_tried_last(tmp_path: Path) -> None:
    lost = Step("44", 0, "solution verdict", "def lost(): pass", "lost()", "crash", "NameError: x")
    dropped = Step("70", 0, "abstraction verdict", "def gone(): pass", "gone()", "ok")
    read = read_of(tmp_path, steps=[*steps_of(TOOLS[0]), lost, dropped])
    assert "1 of 1 problems that left no tool" in read.text
    assert "NameError: x" in read.text and "def lost(): pass" in read.text
    assert "def gone(): pass" not in read.text
    rows = [row for table in read.tables for row in table]
    assert ["solution verdict", "crash", "1"] in rows and ["de-duplication", "another stayed", "1"] in rows


def test_a_tool_carries_what_the_list_is_searched_and_ordered_by(tmp_path: Path) -> None:
    entries = [one for one in read_of(tmp_path).named("details") if "data-kind" in one]
    found = [(one["data-kind"], one["data-complexity"], one["data-uses"]) for one in entries]
    assert found == [("ok", "1", "1"), ("wrong", "1", "0"), ("changed", "1", "0")]


def test_links_to_tools_lead_to_entries_of_the_page(tmp_path: Path) -> None:
    read = read_of(tmp_path)
    ids = {one["id"] for _, one in read.elements if "id" in one}
    links = [str(one["href"]) for one in read.named("a")]
    assert all(link[1:] in ids for link in links) and "#tool-2" in links


def test_coverage_stands_beside_chance_and_names_problems_and_encoder(tmp_path: Path) -> None:
    read = read_of(tmp_path, more=coverage())
    assert (
        "50 problems of test, compared by their question alone (no table) with minilm; 2 of them" in read.text
    )
    assert "two random lists of ten meet" in read.text
    assert ["3", "cosine ≥ 0.6", "50.0\u00a0%", "36.6–63.4\u00a0%", "50"] in [row for table in read.tables for row in table]  # fmt: skip


def test_what_is_not_known_is_said_plainly(tmp_path: Path) -> None:
    text = read_of(tmp_path, verdicts=(), decisions=(), steps=(), solved=()).text
    for told in ("Not audited.", "No coverage.", "No stages.", "No decisions.", "Not known."):
        assert told in text
    assert (
        "The library is empty." in read_of(tmp_path / "empty", (), verdicts=(), decisions=(), solved=()).text
    )


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "surrogate"])
def test_what_a_model_wrote_adds_no_element_attribute_or_address(tmp_path: Path, name: str) -> None:
    def everywhere(text: str) -> dict[str, Any]:
        tool = Tool(
            text,
            text,
            text,
            text,
            text,
            f"def f(a={text!r}):\n    {text!r}\n",
            text,
            {"table": text, "level": text},
        )
        other = Tool("8", text, text, text, text, text, text)
        return {
            "tools": (tool, other),
            "verdicts": [
                dict.fromkeys(("printed", "expected", "why", "message", "difference", "strict", "environment"), text)
                | {"tool": id, "verdict": text}
                for id in (text, "8")
            ],
            "decisions": [Decision(text, text, "chosen", (text, "8"), text, text)],
            "steps": [Step(id, 0, stage, "x" + text, text, text, text) for id in (text, text, "lost" + text) for stage in STAGES],
            "solved": [Solved(ToolProblem(text, text, text), (text,), (2,), (text,), text, text, text, True, False)],
            "more": coverage(text, text),
            "name": text,
            "word": text,
        }  # fmt: skip

    calm, read = (
        read_of(tmp_path / "calm", **everywhere("calm")),
        read_of(tmp_path / "run", **everywhere(HOSTILE[name])),
    )
    assert shape(read) == shape(calm)
    assert read.raw == calm.raw
    assert len(read.named("script")) == 1


def test_long_texts_are_cut_in_the_middle_and_counted(tmp_path: Path) -> None:
    long = Tool(
        "1",
        "<" * 100_000,
        "<" * 100_000,
        "x" * 100_000,
        "y" * 100_000,
        code("f", "'" + "z" * 100_000 + "'"),
        "",
    )
    page = write_toolset_report(*folders(tmp_path, (long,), verdicts=(), decisions=())).read_text()
    assert "characters not shown" in page and len(page) < 200_000


def test_of_a_large_library_the_first_tools_are_listed_and_all_that_do_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolset_folder, "MOST", 4)
    many = [Tool(str(at), "q", "1", code=code(f"f{at}")) for at in range(9)]
    read = read_of(tmp_path, many, verdicts=[{"tool": "7", "verdict": "crash"}], decisions=(), steps=())
    assert [one["id"] for one in read.named("details") if "data-kind" in one] == ["tool-1", "tool-2", "tool-3", "tool-4", "tool-8"]  # fmt: skip
    assert "5 of 9 are shown" in read.text and "8\u00a0tools were not audited" in read.text
    links = {str(one["href"])[1:] for one in read.named("a")}
    assert links <= {one.get("id") for _, one in read.elements}


@pytest.mark.parametrize("file", ["library/tools.parquet", "stats/described.parquet"])
def test_files_that_are_missing_or_malformed_are_named(tmp_path: Path, file: str) -> None:
    out, library = folders(tmp_path)
    name = file.split("/")[1]
    (tmp_path / file).write_text("no parquet")
    with pytest.raises(ReportError, match=f"{name} cannot be read as Parquet"):
        write_toolset_report(out, library)
    pq.write_table(pa.table({"id": ["7"]}), tmp_path / file)
    with pytest.raises(ReportError, match=f"{name}: columns .* are missing"):
        write_toolset_report(out, library)
    (tmp_path / file).unlink()
    with pytest.raises(ReportError, match=f"{name} is not there"):
        write_toolset_report(out, library)


def test_an_epoch_alone_is_no_growth(tmp_path: Path) -> None:
    assert "What problems have come to" not in read_of(tmp_path / "one").text
    steps = [step for epoch, tool in enumerate(TOOLS) for step in steps_of(tool, epoch)]
    assert "What problems have come to" in read_of(tmp_path / "several", steps=steps).text


def test_statistics_of_another_library_are_refused(tmp_path: Path) -> None:
    out, library = folders(tmp_path)
    Toolset((*TOOLS, Tool("10", "q", "a"))).save(library)
    with pytest.raises(ReportError, match="lacks tool '10': run windward toolset stats again"):
        write_toolset_report(out, library)
