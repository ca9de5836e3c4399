"""Travel: the places of an instruction in turn, for each a flight, a hotel and a budget, then their sum."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from windward.evals.tooluse.m3.plans.steps import Steps, use

_OFFERS = ("wifi", "gym", "pool")
_LEG = re.compile(
    r'"(?P<place>[A-Z])" on (?P<date>\d{4}-\d\d-\d\d).*?(?P<nights>\d+) nights\)?(?: for (?P<purpose>business|leisure))?',
    re.S,
)
_RATED = re.compile(r"high rating|highest-rated")


class Leg(NamedTuple):
    """One place of a trip: where to, when, for how long, and what is wished of its hotel."""

    place: str
    date: str
    nights: int
    wishes: str


def travel(instruction: str) -> Steps:
    """Hotels: the best rated where a rating is asked for, the first where nothing says cheap, else the cheapest."""
    start = re.search(r'(?:You are at|starting from) "([A-Z])"', instruction)
    if start is None:
        raise ValueError(f"no plan fits the instruction: {instruction[:200]!r}")
    here, budgets = start.group(1), []
    for leg in _legs(instruction):
        flights = yield from use("find_flights", here, leg.place, leg.date)
        flight = yield from use("min", *[row["price"] for row in flights])
        unwanted = set(re.findall(r"without an? (\w+)", leg.wishes))
        wanted = [name for name in _OFFERS if name in leg.wishes and name not in unwanted]
        hotels = yield from use("book_hotel", leg.place, *wanted)
        hotels = [row for row in hotels if not unwanted & set(row["preferences"])]
        night = yield from _night(hotels, leg.wishes, instruction)
        budgets.append((yield from use("budget_calculator", flight, night, leg.nights)))
        here = leg.place
    return budgets[0] if len(budgets) == 1 else (yield from use("sum", *budgets))


def _night(hotels: list[dict[str, Any]], wishes: str, instruction: str) -> Steps:
    if _RATED.search(wishes):
        best = yield from use("max", *[row["rating"] for row in hotels])
        return next(row["price_per_night"] for row in hotels if row["rating"] == best)
    if not re.search(r"cheap|economical", instruction, re.I):
        return hotels[0]["price_per_night"]
    return (yield from use("min", *[row["price_per_night"] for row in hotels]))


def _legs(instruction: str) -> list[Leg]:
    """What holds of one place or purpose is said of it by name; all else holds of every place."""
    of_place = dict(re.findall(r'[Ii]n "([A-Z])", ([^;.]*)', instruction))
    of_purpose = dict(re.findall(r"[Ff]or (business|leisure)(?: stays)?, prefer ([^;.]*)", instruction))
    general = re.sub(
        r'[Ii]n "[A-Z]", [^;.]*|[Ff]or (?:business|leisure)(?: stays)?, prefer [^;.]*', "", instruction
    )
    return [
        Leg(
            found["place"],
            found["date"],
            int(found["nights"]),
            " ".join((general, of_place.get(found["place"], ""), of_purpose.get(found["purpose"] or "", ""))),
        )
        for found in _LEG.finditer(instruction)
    ]
