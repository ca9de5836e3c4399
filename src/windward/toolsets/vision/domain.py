"""Questions about pictures as a domain of CRAFT: programs that look at `image` through the user's models."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from windward.toolsets.domains import Domain
from windward.toolsets.problems import ToolProblem
from windward.toolsets.vision.api import MOST_PIXELS, PREFIX, ImageApi
from windward.toolsets.vision.images import Images
from windward.toolsets.vision.models import VisionModels
from windward.toolsets.vision.scoring import accepted, accepted_strictly

if TYPE_CHECKING:
    from PIL.Image import Image

NAME = "vision"

_ALWAYS = f"""\
The question is about a picture, which programs find ready as `image`; its file cannot be opened. Write functions that take the \
picture as their first argument, call them with `image`, and print the answer: a word, a number or a short phrase, and \
yes_or_no(…) for a question of yes or no.
Positions are pixels of the whole picture from its top left corner: x grows to the right, y grows downwards. A part keeps the \
positions that it has in the whole picture.

image.left, image.top, image.right, image.bottom, image.width, image.height, image.area
image.horizontal_center, image.vertical_center
image.crop(left, top, right, bottom)  # the part between these positions
image.pixels()  # rows of (red, green, blue); {MOST_PIXELS} pixels at most, so crop first
yes_or_no(value)  # "yes" or "no\""""
_PLUGGED = {
    "find": "image.find(name)  # list of the parts that the name fits, best first; each is an image, with a .score",
    "exists": "image.exists(name)  # whether the name fits anything",
    "simple_query": "image.simple_query(question)  # a short answer in words",
    "verify_property": "image.verify_property(name, property)  # whether the thing of that name has the property",
    "best_text_match": "image.best_text_match(options)  # the text of the list that fits best",
    "caption": "image.caption()  # what the picture shows, in a sentence",
    "depth": "image.depth()  # how far away that is; more is farther",
}


def vision_domain(
    models: VisionModels, images: str | Path | Mapping[str, Image | str | Path], *, name: str = NAME
) -> Domain:
    """The domain of questions about pictures.

    A problem's fact `image` names its picture. Its answer is a text, or a JSON list of what several people answered.
    Programs hold a picture as an id that only the host can make and a box; the host finds the picture, crops it and calls the model.

    Args:
        models: who looks at pictures.
        images: a folder, below which the names are looked for; or pictures (or their files) by name.
        name: of the domain.

    Raises:
        ImageFileError: the folder is not there. A problem's picture is read only when a program of it is to run.
    """
    pictures = Images(images)
    host = ImageApi(models, pictures).functions()

    def prepare(problem: ToolProblem) -> str:
        id, width, height = pictures.handle(problem)
        return f"image = Image({id!r}, 0, 0, {width}, {height})\n"

    return Domain(
        name,
        shown=lambda problem: f"{problem.question}\n\n(The picture is `image`.)",
        equal=accepted,
        strict=accepted_strictly,
        prepare=prepare,
        host=host,
        prelude=_prelude([function.removeprefix(PREFIX) for function in host], models),
        briefing=briefing(models),
    )


def briefing(models: VisionModels) -> str:
    """What a model that writes programs is told of pictures: of the models' functions only those that are plugged in."""
    return "\n".join([_ALWAYS, *(line for name, line in _PLUGGED.items() if models.answers(name))])


def _prelude(names: list[str], models: VisionModels) -> str:
    """The class and functions of `inside.py`; the comment on top makes other models another environment."""
    text = resources.files(__package__).joinpath("inside.py").read_text("utf-8")
    host = ", ".join(f"{name!r}: {PREFIX}{name}" for name in names)
    seers = f"# models: {models.name!a}, plugged in: {', '.join(models.plugged)}"
    return f"{seers}\n{text}\nglobals().update(vision_names({{{host}}}))\ndel vision_names\n"
