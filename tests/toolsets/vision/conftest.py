"""Programs that look at drawn pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from drawn_questions import abstracter, problems, save_pictures, solver
from drawn_shapes import EYES
from PIL.Image import Image
from vision_sessions import Look, session

from windward.interpreter import Interpreter
from windward.models import scripted
from windward.recipes.toolsets.building import BuildConfig, build_toolset
from windward.toolsets.validate import Validator
from windward.toolsets.vision import VisionModels, vision_domain


@pytest.fixture
def look() -> Iterator[Look]:
    """Makes sessions that are closed after the test."""
    made: list[Interpreter] = []

    def start(pictures: Mapping[str, Image], models: VisionModels = EYES) -> Interpreter:
        made.append(session(pictures, models))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures of the drawn questions."""
    made = tmp_path_factory.mktemp("pictures")
    save_pictures(made)
    return made


@pytest.fixture(scope="session")
def validator(folder: Path) -> Iterator[Validator]:
    """Warm interpreters of their domain."""
    with Validator(jobs=2, domain=vision_domain(EYES, folder)) as made:
        yield made


@pytest.fixture(scope="session")
def library(validator: Validator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run makes of them with scripted models."""
    asked = tmp_path_factory.mktemp("asked") / "questions.jsonl"
    rows = [{"id": one.id, "question": one.question, "answer": one.answer, **one.facts} for one in problems()]
    asked.write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = tmp_path_factory.mktemp("built") / "library"
    models: dict[str, Any] = {"abstracter": scripted(abstracter, name="abstracter")}
    return build_toolset(
        BuildConfig(asked),
        validator.domain,
        scripted(solver),
        out,
        validator=validator,
        tell=lambda line: None,
        **models,
    )
