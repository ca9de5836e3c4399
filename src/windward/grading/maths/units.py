"""Units that an answer ends in: dropped where one side has none, but two different units are two answers."""

from __future__ import annotations

import re

_SPELLINGS = {
    "mm": "mm millimeter millimeters millimetre millimetres",
    "cm": "cm centimeter centimeters centimetre centimetres",
    "m": "m meter meters metre metres",
    "km": "km kilometer kilometers kilometre kilometres",
    "in": "in inch inches",
    "ft": "ft foot feet",
    "yd": "yd yard yards",
    "mi": "mi mile miles",
    "mg": "mg milligram milligrams",
    "g": "g gram grams",
    "kg": "kg kilogram kilograms",
    "lb": "lb lbs pound pounds",
    "oz": "oz ounce ounces",
    "s": "s sec second seconds",
    "min": "min minute minutes",
    "h": "h hr hrs hour hours",
    "day": "day days",
    "week": "week weeks",
    "month": "month months",
    "year": "year years",
    "mL": "ml milliliter milliliters millilitre millilitres",
    "L": "l liter liters litre litres",
    "mph": "mph",
    "cent": "cent cents",
    "dollar": "dollar dollars",
    "radian": "rad radian radians",
    "degree": "degree degrees",
}
_UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_LAST_WORD = re.compile(r"[\d)}]\s*(?:square |cubic |sq\.? |cu\.? )?([a-z]+)(?:\s*\^?\s*\{?[23]\}?)?\Z")


def unit(words: str) -> str | None:
    """The unit after the last number in `words` (plain text, lower case); None when there is none that we know."""
    match = _LAST_WORD.search(words[-40:])
    return _UNITS.get(match.group(1)) if match else None


def units_differ(ours: str, theirs: str) -> bool:
    """Whether both answers name a unit, and not the same."""
    left, right = unit(ours), unit(theirs)
    return left is not None and right is not None and left != right
