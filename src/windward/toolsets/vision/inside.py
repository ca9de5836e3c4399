"""Pictures as programs see them. Sent into the interpreter as text and run there once; the host never imports it."""

import math
from collections.abc import Callable
from typing import Any

TEXT_CHARS = 500  # as in api.py, so that longer texts are refused before they are sent


def vision_names(host: dict[str, Callable[..., Any]]) -> dict[str, Any]:
    """The class and the functions that programs find ready.

    They keep the host's functions to themselves: a tool that defines a `find` of its own does not change what
    `image.find` does.
    """

    def text(what: str, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"the {what} is a text, not {type(value).__name__}")
        if len(value) > TEXT_CHARS:
            raise ValueError(f"the {what} has {len(value)} characters; at most {TEXT_CHARS} are taken")
        return value

    class Image:
        """A picture, or a part of one.

        Positions are pixels of the whole picture, from its top left corner: x grows to the right, y grows downwards. They stay
        those of the whole picture in every part of it, so that the positions of any two parts can be compared.
        """

        def __init__(self, id: str, left: int, top: int, right: int, bottom: int, score: float = 1.0) -> None:
            self._id = id
            self.left, self.top, self.right, self.bottom = left, top, right, bottom
            self.score = score

        @property
        def width(self) -> int:
            """In pixels."""
            return self.right - self.left

        @property
        def height(self) -> int:
            """In pixels."""
            return self.bottom - self.top

        @property
        def area(self) -> int:
            """Width times height."""
            return self.width * self.height

        @property
        def horizontal_center(self) -> float:
            """The x of the middle."""
            return (self.left + self.right) / 2

        @property
        def vertical_center(self) -> float:
            """The y of the middle."""
            return (self.top + self.bottom) / 2

        @property
        def box(self) -> tuple[int, int, int, int]:
            """Left, top, right, bottom."""
            return self.left, self.top, self.right, self.bottom

        def crop(self, left: float, top: float, right: float, bottom: float) -> "Image":
            """The part of this picture between these positions."""
            try:
                box = [float(value) for value in (left, top, right, bottom)]
            except (TypeError, ValueError):
                raise TypeError("crop takes four numbers: left, top, right, bottom") from None
            if not all(math.isfinite(value) for value in box):
                raise ValueError("crop takes finite numbers: left, top, right, bottom")
            x0, x1 = (min(max(value, self.left), self.right) for value in (box[0], box[2]))
            y0, y1 = (min(max(value, self.top), self.bottom) for value in (box[1], box[3]))
            found = math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1)
            if found[0] >= found[2] or found[1] >= found[3]:
                raise ValueError(
                    f"nothing of this picture {self.box} lies in the crop (left, top, right, bottom; y grows downwards)"
                )
            return Image(self._id, *found)

        def find(self, name: str) -> "list[Image]":
            """The parts that the name fits: best score first, then from the top, then from the left."""
            found = host["find"](self._id, self.box, text("name", name))
            return [
                Image(self._id, int(left), int(top), int(right), int(bottom), score)
                for left, top, right, bottom, score in found
            ]

        def exists(self, name: str) -> bool:
            """Whether the name fits anything here."""
            return bool(host["exists"](self._id, self.box, text("name", name)))

        def simple_query(self, question: str) -> str:
            """A short answer to a question about this picture."""
            return str(host["simple_query"](self._id, self.box, text("question", question)))

        def verify_property(self, name: str, property: str) -> bool:
            """Whether the thing of this name has the property."""
            texts = text("name", name), text("property", property)
            return bool(host["verify_property"](self._id, self.box, *texts))

        def best_text_match(self, options: "list[str]") -> str:
            """The text, of several, that fits this picture best."""
            texts = [text("option", option) for option in options]
            return str(host["best_text_match"](self._id, self.box, texts))

        def caption(self) -> str:
            """What this picture shows, in a sentence."""
            return str(host["caption"](self._id, self.box))

        def depth(self) -> float:
            """How far away that is; more is farther."""
            return float(host["depth"](self._id, self.box))

        def pixels(self) -> "list[list[tuple[int, int, int]]]":
            """Rows of (red, green, blue), of 4,096 pixels at most: crop first."""
            return [[tuple(pixel) for pixel in row] for row in host["pixels"](self._id, self.box)]

        def __repr__(self) -> str:
            return f"<Image of {self.width} × {self.height} pixels at {self.box}>"

        def __eq__(self, other: object) -> bool:
            return (self._id, self.box) == (getattr(other, "_id", None), getattr(other, "box", None))

        def __hash__(self) -> int:
            return hash((self._id, self.box))

    def as_function(name: str) -> Callable[..., Any]:
        def function(image: Any, *args: Any, **kwargs: Any) -> Any:
            if not hasattr(image, "_id"):  # tools that are given as source have a class of their own
                raise TypeError(f"{name} takes a picture first, not {type(image).__name__}")
            return getattr(image, name)(*args, **kwargs)

        function.__name__ = function.__qualname__ = name
        function.__doc__ = getattr(Image, name).__doc__
        return function

    def yes_or_no(value: object) -> str:
        """The answer to a question of yes or no."""
        return "yes" if value else "no"

    free = ("crop", *host)
    return {"Image": Image, "yes_or_no": yes_or_no} | {name: as_function(name) for name in free}
