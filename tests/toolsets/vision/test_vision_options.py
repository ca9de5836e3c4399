"""Commands choose the domain of pictures by name, with the user's models and images."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from drawn_questions import abstracter, problems, solver
from typer.testing import CliRunner

from windward.cli import app
from windward.cli.vision_options import chosen_domain
from windward.models import scripted
from windward.recipes.errors import RecipeError
from windward.toolsets.domains import MATH
from windward.toolsets.toolset import Toolset


def test_a_domain_is_chosen_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_option_eyes.py").write_text(
        "from windward.toolsets.vision import VisionModels\nmodels = VisionModels(caption=lambda one: 'a cat')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "my_option_eyes", raising=False)
    domain = chosen_domain("vision", "my_option_eyes:models", tmp_path)
    assert domain.name == "vision" and "image.caption()" in domain.briefing
    assert chosen_domain("math", None, None) is MATH


@pytest.mark.parametrize(
    ("name", "vision", "images", "error"),
    [
        ("vision", None, Path(), "need --vision MODULE:OBJECT"),
        ("vision", "a:b", None, "and --images DIR"),
        ("tables", "a:b", None, "are for the domain vision, not for tables"),
        ("music", None, None, "use one of math, tables, vision"),
    ],
)
def test_what_is_missing_or_too_much_is_said(
    name: str, vision: str | None, images: Path | None, error: str
) -> None:
    with pytest.raises(RecipeError, match=error):
        chosen_domain(name, vision, images)


def test_a_library_over_pictures_is_built_audited_and_replayed_from_the_command_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = {
        "solver": scripted(solver, name="solver"),
        "abstracter": scripted(abstracter, name="abstracter"),
    }
    monkeypatch.setattr("windward.models.resolve", lambda name, base_url: models[name])
    asked = tmp_path / "questions.jsonl"
    rows = [{"id": one.id, "question": one.question, "answer": one.answer, **one.facts} for one in problems()]
    asked.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = "--model solver --abstracter abstracter --domain vision --vision drawn_shapes:EYES --limit 3"
    told = ["toolset", "build", str(asked), *options.split(), "--out", str(tmp_path / "library")]
    missing = CliRunner().invoke(app, told)
    assert missing.exit_code != 0 and "and --images DIR" in " ".join(missing.output.split())
    done = CliRunner().invoke(app, [*told, "--images", str(folder)])
    assert done.exit_code == 0, done.output
    assert [tool.id for tool in Toolset.load(tmp_path / "library").tools] == [
        "count red",
        "left of",
        "is there",
    ]
    eyes = ["--vision", "drawn_shapes:EYES", "--images", str(folder)]
    report = tmp_path / "audit.json"
    audited = CliRunner().invoke(
        app, ["toolset", "audit", str(tmp_path / "library"), "--json", str(report), *eyes]
    )
    assert audited.exit_code == 0, audited.output
    assert {name: tool["verdict"] for name, tool in json.loads(report.read_text())["tools"].items()} == {
        "count red": "ok",
        "left of": "ok",
        "is there": "ok",
    }
    replayed = CliRunner().invoke(app, ["toolset", "replay", str(tmp_path / "library"), "--fail", *eyes])
    assert replayed.exit_code == 0, replayed.output
    blind = CliRunner().invoke(
        app, ["toolset", "audit", str(tmp_path / "library"), "--json", str(report), *eyes[:2]]
    )
    assert blind.exit_code != 0 and "and --images DIR" in " ".join(blind.output.split())
