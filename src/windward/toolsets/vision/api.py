"""What programs may ask of the host about a picture: arguments are checked, boxes clipped, and what the models say is checked too."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from windward.toolsets.vision.images import Images, Region, clipped
from windward.toolsets.vision.models import VisionModels

T = TypeVar("T")

MOST_FOUND = 100
"""Boxes that one `find` gives, the best ones."""
MOST_PIXELS = 4_096
"""Pixels that `pixels` gives at once."""
MOST_OPTIONS = 50
TEXT_CHARS = 500
"""Characters of a name, a question or an option."""
REPLY_CHARS = 2_000
"""So much of what a model says is handed on."""
_ERROR_CHARS = 300
_SHOWN_CHARS = 80
PREFIX = "vision_"


class PluggedModelError(RuntimeError):
    """A model is not plugged in, failed, or returned what it should not; not the program's fault."""


class ImageApi:
    """The host's functions over the user's models and pictures. A picture comes as a handle's id and a box in the whole picture."""

    def __init__(self, models: VisionModels, images: Images) -> None:
        self._models, self._images = models, images
        self._lock = threading.Lock()

    def functions(self) -> dict[str, Callable[..., Any]]:
        """All of them, as an interpreter takes them."""
        found: tuple[Callable[..., Any], ...] = (
            self.find, self.exists, self.simple_query, self.verify_property, self.best_text_match,
            self.caption, self.depth, self.pixels,
        )  # fmt: skip
        return {f"{PREFIX}{function.__name__}": function for function in found}

    def find(self, image: str, box: list[float], name: str) -> list[list[float]]:
        """Boxes of what the name fits: left, top, right, bottom in the whole picture, score; best score first, then from the top, then from the left."""
        region = self._images.region(image, box)
        return self._ask("find", lambda said: _boxes(said, region), region, _text("name", name))

    def exists(self, image: str, box: list[float], name: str) -> bool:
        """Whether there is anything that the name fits."""
        if self._models.exists is None and self._models.find is not None:
            return bool(self.find(image, box, name))
        return self._ask("exists", _truth, self._images.region(image, box), _text("name", name))

    def simple_query(self, image: str, box: list[float], question: str) -> str:
        """The answer to a question about the picture."""
        return self._ask("simple_query", _reply, self._images.region(image, box), _text("question", question))

    def verify_property(self, image: str, box: list[float], name: str, property: str) -> bool:
        """Whether the thing of this name has the property."""
        region = self._images.region(image, box)
        return self._ask("verify_property", _truth, region, _text("name", name), _text("property", property))

    def best_text_match(self, image: str, box: list[float], options: list[str]) -> str:
        """The option that fits the picture best."""
        if not 0 < len(options) <= MOST_OPTIONS:
            raise ValueError(f"best_text_match takes 1 to {MOST_OPTIONS} options, not {len(options)}")
        texts = [_text("option", option) for option in options]
        return self._ask(
            "best_text_match", lambda said: _one_of(said, texts), self._images.region(image, box), texts
        )

    def caption(self, image: str, box: list[float]) -> str:
        """What the picture shows."""
        return self._ask("caption", _reply, self._images.region(image, box))

    def depth(self, image: str, box: list[float]) -> float:
        """How far away that is."""
        return self._ask("depth", _number, self._images.region(image, box))

    def pixels(self, image: str, box: list[float]) -> list[list[list[int]]]:
        """Rows of (red, green, blue), from the top left."""
        picture = self._images.region(image, box).picture
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise ValueError(
                f"{width} × {height} pixels are too many at once: crop to {MOST_PIXELS} at most first"
            )
        values = picture.tobytes()
        rows = [values[start : start + 3 * width] for start in range(0, len(values), 3 * width)]
        return [[list(row[at : at + 3]) for at in range(0, len(row), 3)] for row in rows]

    def _ask(self, name: str, read: Callable[[Any], T], region: Region, *rest: Any) -> T:
        model = getattr(self._models, name)
        if model is None:
            raise PluggedModelError(
                f"no model answers {name} here: plug one in (VisionModels({name}=…)), or use another function"
            )
        try:
            with self._lock:
                said = model(region.picture, *rest)
                if name == "find":
                    said = list(said)
        except Exception as error:
            told = f"{type(error).__name__}: {error}"[:_ERROR_CHARS]
            raise PluggedModelError(f"the model that is plugged in for {name} failed: {told}") from error
        try:
            return read(said)
        except (TypeError, ValueError, OverflowError) as error:
            raise PluggedModelError(
                f"the model that is plugged in for {name} returned {repr(said)[:_SHOWN_CHARS]}: {error}"
            ) from error


def _text(what: str, value: str) -> str:
    if not value.strip():
        raise ValueError(f"the {what} is empty")
    if len(value) > TEXT_CHARS:
        raise ValueError(f"the {what} has {len(value)} characters; at most {TEXT_CHARS} are taken")
    return value


def _boxes(said: Sequence[Sequence[float]], region: Region) -> list[list[float]]:
    found = []
    for row in said:
        values = [float(value) for value in row]
        if len(values) not in (4, 5) or not all(map(math.isfinite, values)):
            raise ValueError("it returns boxes of left, top, right, bottom and, if it has one, a score")
        left, top, right, bottom = clipped(values[:4], *region.picture.size)
        if left < right and top < bottom:
            score = values[4] if len(values) == 5 else 1.0
            found.append(
                [left + region.left, top + region.top, right + region.left, bottom + region.top, score]
            )
    return sorted(found, key=lambda box: (-box[4], box[1], box[0], box[3], box[2]))[:MOST_FOUND]


def _truth(said: Any) -> bool:
    if said not in (True, False):  # numpy's truths too
        raise ValueError("it returns True or False")
    return bool(said)


def _reply(said: Any) -> str:
    if not isinstance(said, str):
        raise ValueError("it returns a text")
    return said.strip()[:REPLY_CHARS]


def _one_of(said: Any, options: Sequence[str]) -> str:
    if not isinstance(said, str) or said not in options:
        raise ValueError("it returns one of the options")
    return said


def _number(said: Any) -> float:
    value = float(said)
    if not math.isfinite(value):
        raise ValueError("it returns a finite number")
    return value
