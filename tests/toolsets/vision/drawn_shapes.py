"""Pictures drawn by hand, and tiny eyes that really look at their pixels: colours, connected parts, and how much of its box a part fills."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from windward.toolsets.vision import VisionModels

COLOURS = {
    "red": (214, 40, 40),
    "green": (30, 150, 60),
    "blue": (40, 70, 210),
    "yellow": (235, 205, 40),
    "purple": (130, 50, 160),
}
PLAIN = (246, 244, 238)
FILLED = {"square": (0.93, 1.01), "circle": (0.7, 0.88), "triangle": (0.38, 0.65)}
"""How much of its box a shape fills; in theory 1, π/4 and 1/2."""
SPECK = 20
TOLERANCE = 60.0


class Shape(NamedTuple):
    """Something to draw: centre and half its side, in pixels."""

    colour: str
    kind: str
    x: int
    y: int
    half: int


@dataclass(frozen=True)
class Seen:
    """Something that was seen."""

    colour: str
    kind: str
    box: tuple[int, int, int, int]
    area: int


def draw(*shapes: Shape, size: tuple[int, int] = (240, 160)) -> Image.Image:
    picture = Image.new("RGB", size, PLAIN)
    pen = ImageDraw.Draw(picture)
    for colour, kind, x, y, half in shapes:
        box = (x - half, y - half, x + half, y + half)
        if kind == "circle":
            pen.ellipse(box, fill=COLOURS[colour])
        elif kind == "square":
            pen.rectangle(box, fill=COLOURS[colour])
        else:
            pen.polygon([(x, y - half), (x - half, y + half), (x + half, y + half)], fill=COLOURS[colour])
    return picture


def look(picture: Image.Image) -> list[Seen]:
    """All shapes in a picture."""
    pixels = np.asarray(picture, dtype=float)
    found = []
    for colour, value in COLOURS.items():
        near = np.linalg.norm(pixels - value, axis=-1) < TOLERANCE
        parts, _ = ndimage.label(near)
        for number, (rows, columns) in enumerate(ndimage.find_objects(parts), 1):
            area = int((parts[rows, columns] == number).sum())
            height, width = rows.stop - rows.start, columns.stop - columns.start
            kind = next(
                (kind for kind, (low, high) in FILLED.items() if low < area / (width * height) < high), ""
            )
            if area >= SPECK and kind:
                found.append(Seen(colour, kind, (columns.start, rows.start, columns.stop, rows.stop), area))
    return found


def fits(seen: Seen, name: str) -> bool:
    words = {word.removesuffix("s") for word in re.findall(r"[a-z]+", name.lower())}
    colours, kinds = words & COLOURS.keys(), words & FILLED.keys()
    if not (colours or kinds or words & {"shape", "thing"}):
        return False
    return (not colours or seen.colour in colours) and (not kinds or seen.kind in kinds)


def find(picture: Image.Image, name: str) -> Iterator[tuple[float, ...]]:
    return (seen.box for seen in look(picture) if fits(seen, name))


def simple_query(picture: Image.Image, question: str) -> str:
    seen = look(picture)
    if counted := re.match(r"how many (.+?)( are there)?\?", question.lower()):
        return str(sum(fits(one, counted[1]) for one in seen))
    if not seen:
        return "nothing"
    largest = max(seen, key=lambda one: one.area)
    if "colour" in question or "color" in question:
        return largest.colour
    return largest.kind if "shape" in question else f"{largest.colour} {largest.kind}"


def verify_property(picture: Image.Image, name: str, property: str) -> bool:
    return any(fits(seen, name) and fits(seen, property) for seen in look(picture))


def best_text_match(picture: Image.Image, options: list[str]) -> str:
    seen = look(picture)
    return max(options, key=lambda option: sum(fits(one, option) for one in seen))


EYES = VisionModels(
    find=find,
    simple_query=simple_query,
    verify_property=verify_property,
    best_text_match=best_text_match,
)
"""What is left out: `caption` and `depth`."""
