"""`windward toolset build`: what it is asked for in words, and what it says where that cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import windward.recipes.toolsets.building as building
from windward.cli import app
from windward.models import scripted
from windward.toolsets.domains import DOMAINS, Domain

RUNNER = CliRunner(env={"COLUMNS": "200"})
Asked = list[tuple[building.BuildConfig, Domain, dict[str, Any]]]


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    path = tmp_path / "few.jsonl"
    path.write_text(
        "".join(json.dumps({"question": f"What is {n} + 1?", "answer": n + 1}) + "\n" for n in range(3))
    )
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What the command asks of the recipe; no model is loaded."""
    calls: Asked = []

    def build(config: building.BuildConfig, domain: Domain, solver: object, out: Path, **others: Any) -> Path:
        calls.append((config, domain, others | {"solver": solver}))
        return out

    monkeypatch.setattr(building, "build_toolset", build)
    monkeypatch.setattr(
        "windward.models.resolve", lambda name, base_url: scripted([], name=f"{name}@{base_url}")
    )
    return calls


def run(*arguments: str | Path) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["toolset", "build", *map(str, arguments)])
    return done.exit_code, done.output


def test_all_problems_are_one_epoch_by_default(problems: Path, tmp_path: Path, asked: Asked) -> None:
    code, said = run(problems, "--out", tmp_path / "tools")
    assert (code, said.splitlines()[-1]) == (0, f"results: {tmp_path / 'tools'}")
    ((config, domain, others),) = asked
    assert config == building.BuildConfig(problems)
    assert (config.initial, config.key, config.samples) == (None, "name and count", 1)
    assert domain is DOMAINS["math"]
    assert others["abstracter"] is None and others["solver"].name == "embedded@None"


def test_what_is_asked_for_arrives(problems: Path, tmp_path: Path, asked: Asked) -> None:
    options = "--domain tables --initial 5 --each 2 --epochs 4 --seed 3 --key name --samples 2 --index --limit 90 --max-tokens 256 "
    options += "--model small --abstracter large --base-url http://localhost:1/v1"
    code, _ = run(problems, *options.split(), "--out", tmp_path / "tools")
    assert code == 0
    ((config, domain, others),) = asked
    assert config == building.BuildConfig(
        problems, 90, 5, 2, 4, 3, "name", samples=2, max_tokens=256, index=True
    )
    assert domain is DOMAINS["tables"]
    assert others["solver"].name == "small@http://localhost:1/v1"
    assert others["abstracter"].name == "large@http://localhost:1/v1"


def test_wrong_problems_are_told_and_leave_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windward.models.resolve", lambda name, base_url: scripted([]))
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"question": "What?"}\n')
    for path, why in (
        (tmp_path / "none.jsonl", "there is no such file"),
        (broken, "row 1: no answer"),
        (tmp_path / "notes.txt", "give problems as .jsonl"),
    ):
        code, said = run(path, "--out", tmp_path / "tools")
        assert code == 2 and "error: " in said and why in said, said
    for options, why in (
        (["--domain", "poems"], "no domain 'poems': use one of math, tables, vision"),
        (["--domain", "vision"], "need --vision MODULE:OBJECT"),
        (["--images", str(tmp_path)], "are for the domain vision, not for math"),
    ):
        code, said = run(broken, *options, "--out", tmp_path / "tools")
        assert code == 2 and why in said, said
    assert not (tmp_path / "tools").exists()


def test_more_problems_than_there_are_is_told(
    problems: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windward.models.resolve", lambda name, base_url: scripted([]))
    code, said = run(problems, "--initial", "2", "--each", "2", "--epochs", "1", "--out", tmp_path / "tools")
    assert code == 2 and "4 problems are wanted (2 + 1 × 2)" in said and "holds 3: ask for fewer" in said
    assert not (tmp_path / "tools").exists()


def test_an_option_that_only_a_draw_has_is_not_taken_silently(
    problems: Path, tmp_path: Path, asked: Asked
) -> None:
    code, said = run(problems, "--epochs", "2", "--out", tmp_path / "tools")
    assert code == 2 and "--initial" in said
    assert asked == []


def test_the_help_shows_the_papers_call() -> None:
    code, said = run("--help")
    assert code == 0 and "--initial 200" in " ".join(said.split())
