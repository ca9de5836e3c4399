"""An audit says of every tool whether it still does what it was kept for, and names what no longer works, then goes on where it was."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from toolset_audit_fakes import EDITED, LIBRARY, SMALL, Row, library_rows, row, write_release

from windward.journal import Journal, RowsFailedError
from windward.recipes.errors import RecipeError
from windward.recipes.toolsets.auditing import Audit, audit_library
from windward.recipes.toolsets.importing import ImportConfig, import_released
from windward.recipes.toolsets.rerun import forget, over_rows
from windward.toolsets.audit import FILE, AuditedTool, read_verdicts
from windward.toolsets.domains import TABLES
from windward.toolsets.parquet_files import ToolsetError
from windward.toolsets.released import DOMAINS
from windward.toolsets.toolset import Toolset
from windward.toolsets.validate import Validator

HOSTILE = {
    "network": ("import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=1)", "crash"),
    "file": ("open({path!r}, 'w').write('here')", "crash"),
    "endless": ("while True: pass", "timeout"),
    "fork bomb": (
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        "timeout",
    ),
}
"""What `test_toolset_validate` does with twelve, an audit does with these: their code, and what they come to."""


def quiet(line: str) -> None:
    """Says nothing."""


def imported(folder: Path, rows: list[Row] | None = None) -> Path:
    """A small release as a library's folder."""
    released = write_release(folder / "release", rows)
    import_released(ImportConfig(released), folder / "library", tell=quiet)
    return folder / "library"


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    """One for all audits, as each of its interpreters takes a second to start."""
    with Validator(SMALL, domain=TABLES) as made:
        yield made


@pytest.fixture(scope="module")
def library(validator: Validator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that was audited; `audit.json` and what was said lie beside it."""
    folder = imported(tmp_path_factory.mktemp("audited"))
    said: list[str] = []
    audit_library(folder, folder.parent / "audit.json", validator=validator, tell=said.append)
    (folder.parent / "said").write_text("\n".join(said))
    return folder


def _told(library: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((library.parent / "audit.json").read_text(encoding="utf-8"))
    return told


def test_each_tool_is_ok_wrong_crashed_or_changed_with_its_evidence(library: Path) -> None:
    told = _told(library)["tools"]
    found = {id: (tool["verdict"], tool["outcome"], tool["why"]) for id, tool in told.items()}
    assert found == {
        "2": ("ok", "ok", "It prints the answer."),
        "4": ("ok", "ok", "It prints the answer."),
        "5": ("changed", "ok", "Its text is none that the steps made; as it is, it prints the answer."),
        "6": ("wrong", "wrong", "It prints 4.0; the answer is 8."),
        "7": ("crash", "crash", "It ends with IndexError: list index out of range."),
    }
    assert told["7"]["error"] == "IndexError"
    assert "+" + EDITED.split("\n")[1] in told["5"]["difference"]
    assert (told["6"]["printed"], told["6"]["expected"]) == ("4.0", "8")


def test_the_report_has_counts_and_the_environment_of_the_verdicts(library: Path) -> None:
    import numpy

    told = _told(library)
    counts = {"tools": 5, "ok": 2, "wrong": 1, "crash": 1, "timeout": 0, "changed": 1}
    assert told["counts"] == counts | {"strict_ok": 3, "steps_unknown": 0}
    assert told["environment"]["numpy"] == numpy.__version__
    assert told["environment"]["limits"]["seconds"] == SMALL.seconds
    assert (told["domain"], told["since"], told["fresh"]) == ("tables", None, None)


def test_the_terminal_shows_what_is_not_ok_and_the_counts(library: Path) -> None:
    said = (library.parent / "said").read_text().split("\n")
    assert [line.split()[0] for line in said[1:4]] == ["5", "6", "7"]
    assert "changed (ok)" in said[1]
    assert said[4] == "5 tools: 2 ok, 1 wrong, 1 crash, 0 timeout, 1 changed; ok by value (strict): 3"


def test_verdicts_lie_in_the_library_for_others_to_read(library: Path) -> None:
    found = read_verdicts(library)
    assert [(one.tool, one.verdict) for one in found] == [
        (id, tool["verdict"]) for id, tool in _told(library)["tools"].items()
    ]
    assert json.loads(found[0].environment) == _told(library)["environment"]
    (library.parent / "elsewhere").mkdir()
    assert read_verdicts(library.parent / "elsewhere") == []


def test_a_second_audit_runs_nothing_says_the_same_and_that_nothing_changed_since(
    library: Path, validator: Validator, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _told(library)
    monkeypatch.setattr(Validator, "validate_one", _never)
    audit_library(library, library.parent / "again.json", validator=validator, tell=quiet)
    again = json.loads((library.parent / "again.json").read_text())
    assert again["tools"] == first["tools"]
    assert (again["since"]["no_longer"], again["since"]["works_again"]) == ([], [])


def _never(*_: object) -> None:
    raise AssertionError("it ran again")


def test_only_a_tool_that_was_edited_after_an_audit_runs_again_and_what_broke_since_is_named(
    tmp_path: Path, library: Path, validator: Validator
) -> None:
    mine = tmp_path / "library"
    mine.mkdir()
    for path in library.iterdir():
        (mine / path.name).write_bytes(path.read_bytes())
    toolset = Toolset.load(mine)
    broken = [replace(tool, call="print(5)") if tool.id == "4" else tool for tool in toolset.tools]
    Toolset(tuple(broken), toolset.decisions).save(mine)
    said: list[str] = []
    found = audit_library(mine, tmp_path / "audit.json", validator=validator, tell=said.append)
    assert {one.tool: one.verdict for one in found.tools} == {
        "2": "ok", "4": "changed", "5": "changed", "6": "wrong", "7": "crash",
    }  # fmt: skip
    assert found.since is not None and found.since["no_longer"] == ["4"]
    assert "since the last audit: 4 no longer works" in said


def test_without_steps_a_change_cannot_be_found_and_that_is_said(
    tmp_path: Path, validator: Validator
) -> None:
    released = write_release(tmp_path / "release")
    alone = tmp_path / "alone" / LIBRARY
    alone.parent.mkdir()
    alone.write_bytes(released.read_bytes())
    import_released(ImportConfig(alone), tmp_path / "library", tell=quiet)
    said: list[str] = []
    audit_library(tmp_path / "library", tmp_path / "audit.json", validator=validator, tell=said.append)
    told = _told(tmp_path / "library")
    assert (told["counts"]["changed"], told["counts"]["steps_unknown"]) == (0, 5)
    assert told["steps"]["unknown"] == 5 and "cannot be found" in told["steps"]["note"]
    assert told["tools"]["5"]["steps"] == "unknown"
    assert any("of 5 of 5 tools it is not known what the steps made" in line for line in said)


def _audited_among_hostile(names: Iterable[str], folder: Path, validator: Validator) -> Audit:
    """The small release with hostile tools between its own; nothing may have reached the folder or a server."""
    target = folder / "target"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        rows = library_rows()
        for number, name in enumerate(names):
            code = HOSTILE[name][0].replace("{port}", str(server.getsockname()[1]))
            code = code.replace("{path!r}", repr(str(target)))
            rows.insert(2 * number, row(90 + number, "7", "", "", f"def f():\n    pass\n{code}", "print(7)"))
        found = audit_library(imported(folder, rows), folder / "audit.json", validator=validator, tell=quiet)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert not target.exists()
    outcomes = [one.outcome for one in found.tools if int(one.tool) >= 90]
    assert outcomes == [HOSTILE[name][1] for name in names]
    return found


def test_hostile_tools_in_a_library_leave_the_verdicts_of_the_others_as_they_were(
    tmp_path: Path, library: Path, validator: Validator
) -> None:
    found = _audited_among_hostile(("network", "file", "endless"), tmp_path, validator)
    others = [replace(one, cpu_seconds=0) for one in found.tools if int(one.tool) < 90]
    assert others == [replace(one, cpu_seconds=0) for one in read_verdicts(library)]


@pytest.mark.slow
def test_a_fork_bomb_too_and_two_busy_cores_change_no_verdict(
    tmp_path: Path, library: Path, validator: Validator
) -> None:
    with _busy():
        found = _audited_among_hostile(HOSTILE, tmp_path, validator)
    others = [replace(one, cpu_seconds=0) for one in found.tools if int(one.tool) < 90]
    assert others == [replace(one, cpu_seconds=0) for one in read_verdicts(library)]


@contextmanager
def _busy(cores: int = 2) -> Iterator[None]:
    """Processes that do nothing but take CPU time."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cores)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


# -- what is stored, without running tools ---------------------------------------------------------------


def _counting() -> tuple[list[str], Callable[[str], dict[str, Any]]]:
    ran: list[str] = []

    def fn(text: str) -> dict[str, Any]:
        if text == "dies" and len(ran) < 5:
            raise RuntimeError("killed")
        ran.append(text)
        return {"text": text}

    return ran, fn


def test_what_was_not_done_is_done_by_the_next_run_and_nothing_else(tmp_path: Path) -> None:
    ran, fn = _counting()
    rows = ["a", "b", "dies", "c"]
    with Journal(tmp_path / "j.sqlite") as journal:
        with pytest.raises(RowsFailedError, match="1 of 4 tools failed"):
            over_rows("audit", fn, rows, str, "1", journal, 2)
        assert sorted(ran) == ["a", "b", "c"]
        ran += ["x", "y"]
        assert [one["text"] for one in over_rows("audit", fn, rows, str, "1", journal, 2)] == rows
        assert ran[5:] == ["dies"]
        over_rows("audit", fn, rows, str, "another environment", journal, 2)
        assert sorted(ran[6:]) == sorted(rows)


def test_again_forgets_what_was_run(tmp_path: Path) -> None:
    path = tmp_path / "audit.sqlite"
    forget(path, again=True)
    ran, fn = _counting()
    for again in (False, False, True):
        forget(path, again=again)
        with Journal(path) as journal:
            over_rows("audit", fn, ["a"], str, "1", journal, 1)
    assert ran == ["a", "a"]


def test_folders_and_files_that_will_not_do_are_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windward.recipes.toolsets.rerun.Validator", _never)
    with pytest.raises(RecipeError, match="holds no toolset"):
        audit_library(tmp_path, tmp_path / "audit.json")
    folder = imported(tmp_path)
    with pytest.raises(RecipeError, match="is a folder: name a file"):
        audit_library(folder, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RecipeError, match="cannot be written"):
        audit_library(folder, tmp_path / "file" / "audit.json")
    with pytest.raises(ToolsetError, match=r"solved\.parquet"):
        audit_library(folder, tmp_path / "audit.json", solved=tmp_path)
    record = folder / "run.json"
    record.write_text(record.read_text().replace('"tables"', '"pictures"'))
    with pytest.raises(RecipeError, match="'pictures', whose programs need functions of yours"):
        audit_library(folder, tmp_path / "audit.json")
    (folder / FILE).write_bytes(b"damaged")
    with pytest.raises(ToolsetError, match=r"verdicts\.parquet cannot be read"):
        read_verdicts(folder)


# -- the released libraries -------------------------------------------------------------------------------

needs_data = pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")
BAD_TABLE_TOOLS = {"9956": ("wrong", "wrong"), "11645": ("crash", "crash"), "8611": ("changed", "crash")}


def _released(domain: str, folder: Path) -> Path:
    released = Path(os.environ["WINDWARD_DATA"]) / "craft" / DOMAINS[domain] / LIBRARY
    import_released(ImportConfig(released), folder, tell=quiet)
    return folder


def _bad(found: Audit) -> dict[str, tuple[str, str]]:
    return {one.tool: (one.verdict, one.outcome) for one in found.tools if one.verdict != "ok"}


@needs_data
def test_of_the_released_table_tools_that_do_not_do_what_they_should_each_is_named_among_some_that_do(
    tmp_path: Path, validator: Validator
) -> None:
    folder = _released("tables", tmp_path / "library")
    tools = [tool for tool in Toolset.load(folder).tools if tool.id in BAD_TABLE_TOOLS]
    Toolset((*Toolset.load(folder).tools[:6], *tools)).save(folder)
    assert (
        _bad(audit_library(folder, tmp_path / "audit.json", validator=validator, tell=quiet))
        == BAD_TABLE_TOOLS
    )


@needs_data
@pytest.mark.slow
def test_an_audit_of_the_released_table_library_names_exactly_three_tools_with_two_busy_cores_too(
    tmp_path: Path,
) -> None:
    def seen(one: AuditedTool) -> AuditedTool:
        return replace(one, cpu_seconds=0)

    folder = _released("tables", tmp_path / "library")
    calm = audit_library(folder, tmp_path / "calm.json", tell=quiet)
    assert _bad(calm) == BAD_TABLE_TOOLS
    assert len(calm.tools) == 180
    with _busy():
        busy = audit_library(folder, tmp_path / "busy.json", again=True, tell=quiet)
    assert list(map(seen, busy.tools)) == list(map(seen, calm.tools))


@needs_data
@pytest.mark.slow
def test_every_tool_of_the_released_mathematics_library_does_what_it_should(tmp_path: Path) -> None:
    found = audit_library(_released("math", tmp_path / "library"), tmp_path / "audit.json", tell=quiet)
    assert (len(found.tools), _bad(found)) == (282, {})
    assert all(one.steps == "known" for one in found.tools)
