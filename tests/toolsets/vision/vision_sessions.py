"""Sessions in which programs look at drawn pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drawn_shapes import EYES
from PIL.Image import Image

from windward.interpreter import Interpreter, Limits
from windward.toolsets.problems import ToolProblem
from windward.toolsets.vision import VisionModels, vision_domain

LIMITS = Limits(seconds=5, memory_mb=256, disk_mb=16, file_mb=4, processes=8, tool_calls=50)
Look = Callable[..., Interpreter]


def session(pictures: Mapping[str, Image], models: VisionModels = EYES) -> Interpreter:
    """One that has the picture called `here` ready as `image`."""
    domain = vision_domain(models, pictures)
    made = Interpreter(LIMITS, tools=domain.host)
    problem = ToolProblem("p", "?", "", {"image": "here"})
    assert made.run(domain.prelude + domain.prepare(problem)).ok
    return made
