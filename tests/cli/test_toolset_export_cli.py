"""`windward toolset export` hands on what is known to work, and says what to do where nothing is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.toolsets.audit import AuditedTool, write_verdicts
from windward.toolsets.records import Tool
from windward.toolsets.steps import Step, write_steps
from windward.toolsets.toolset import Toolset
from windward.toolsets.usable import known_verdicts

TOOLS = tuple(
    Tool(f"t{n}", "How many?", "7", code=f"def seven_{n}():\n    return 7", call=f"print(seven_{n}())")
    for n in range(3)
)
AUDITED = AuditedTool("t0", "ok", "ok", "ok", "7", "7", "", "", "Fine.", 0.1, "unknown", "", "{}")


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["toolset", "export", *map(str, arguments)])
    return done.exit_code, done.output


@pytest.fixture
def library(tmp_path: Path) -> Path:
    Toolset(TOOLS).save(tmp_path / "library")
    return tmp_path / "library"


def test_tools_that_nobody_checked_are_exported_only_when_asked_for(library: Path, tmp_path: Path) -> None:
    code, said = run(library, "--out", tmp_path / "package", "--name", "sevens")
    assert code == 2 and f"run windward toolset audit {library} first, or give --all" in said
    code, said = run(library, "--out", tmp_path / "package", "--name", "sevens", "--all")
    assert code == 0 and "3 of 3 tools exported" in said
    assert "seven_0()  [unchecked]" in (tmp_path / "package/README.md").read_text()


def test_the_last_audit_decides_over_the_run_that_built_it_and_a_release_says_nothing(library: Path) -> None:
    steps = [Step(tool.id, 0, "abstraction verdict", tool.code, tool.call, "ok", "", "{}") for tool in TOOLS]
    write_steps(library, [steps[0], replace(steps[1], environment=""), replace(steps[2], code="other")])
    assert known_verdicts(library, Toolset(TOOLS)) == {"t0": "ok", "t1": "unchecked", "t2": "unchecked"}
    write_verdicts(library, [replace(AUDITED, verdict="crash"), replace(AUDITED, tool="t1")])
    assert known_verdicts(library, Toolset(TOOLS)) == {"t0": "crash", "t1": "ok", "t2": "unchecked"}


def test_only_what_is_ok_is_exported_and_a_bad_name_is_an_error_without_a_traceback(
    library: Path, tmp_path: Path
) -> None:
    write_verdicts(library, [AUDITED, replace(AUDITED, tool="t1", verdict="wrong")])
    code, said = run(library, "--out", tmp_path / "package", "--name", "sevens")
    assert code == 0 and "1 of 3 tools exported" in said and f"results: {tmp_path / 'package'}" in said
    assert len(list((tmp_path / "package/src/sevens/tools").glob("tool_*.py"))) == 1
    code, said = run(library, "--out", tmp_path / "other", "--name", "../sevens")
    assert code == 2 and "is no name for a package" in said and "Traceback" not in said
    code, said = run(tmp_path / "nothing", "--out", tmp_path / "other", "--name", "sevens")
    assert code == 2 and "error: " in said


def test_tools_that_need_their_host_are_not_exported(library: Path, tmp_path: Path) -> None:
    (library / "run.json").write_text('{"settings": {"domain": "vision"}}')
    code, said = run(library, "--out", tmp_path / "package", "--name", "sevens", "--all")
    assert code == 2 and "tools of the domain vision call functions of their host" in said


def test_the_help_has_an_example() -> None:
    said = " ".join(run("--help")[1].split())
    assert "windward toolset export library --out table-tools --name table_tools" in said
