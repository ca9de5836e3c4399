"""Programs that look at drawn pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from drawn_shapes import EYES
from PIL.Image import Image
from vision_sessions import Look, session

from windward.interpreter import Interpreter
from windward.toolsets.vision import VisionModels


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
